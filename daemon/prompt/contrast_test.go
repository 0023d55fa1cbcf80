// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"math"
	"testing"
)

func TestContrastIsThatOfTheGuidelines(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b uint32
		want float64
	}{
		{"a colour on itself", 0x123456, 0x123456, 1},
		{"black on white", 0, 0xFFFFFF, 21},
		{"white on black", 0xFFFFFF, 0, 21},
		{"pure red on white", 0x0000FF, 0xFFFFFF, 4.00},
		{"pure blue on white", 0xFF0000, 0xFFFFFF, 8.59},
	} {
		if got := contrast(c.a, c.b); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%s: %.2f, want %.2f", c.name, got, c.want)
		}
	}
}
