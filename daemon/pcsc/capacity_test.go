// SPDX-License-Identifier: EUPL-1.2

package pcsc

import (
	"errors"
	"testing"
)

func TestAReaderThatDoesNotTellItsCapacityIsNotBelieved(t *testing.T) {
	for name, features := range map[string][]byte{
		"nothing":                     {},
		"a tag alone":                 {0x12},
		"a length beyond the end":     {0x12, 4, 0x42, 0},
		"another feature":             {0x06, 4, 0x42, 0, 0, 1},
		"a control code of two bytes": {0x12, 2, 0x42, 0},
	} {
		if _, err := propertiesCode(features); !errors.Is(err, ErrNotTold) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, properties := range map[string][]byte{
		"nothing":                  {},
		"another property":         {0x01, 2, 0, 0},
		"a number of one byte":     {0x0A, 1, 1},
		"more than any APDU holds": {0x0A, 4, 1, 0, 1, 0},
	} {
		if n, err := maxAPDU(properties); !errors.Is(err, ErrNotTold) {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

func TestTheCapacityOfAReaderIsRead(t *testing.T) {
	code, err := propertiesCode([]byte{0x06, 4, 0x42, 0x33, 0, 0x06, 0x12, 4, 0x42, 0x33, 0, 0x12})
	if err != nil || code != 0x42330012 {
		t.Errorf("%#x, %v", code, err)
	}
	for want, properties := range map[int][]byte{
		0:       {0x0A, 4, 0, 0, 0, 0},
		1 << 16: {0x01, 2, 0x10, 0, 0x0A, 4, 0, 0, 1, 0, 0x0B, 2, 1, 2},
	} {
		if got, err := maxAPDU(properties); err != nil || got != want {
			t.Errorf("%d, %v, want %d", got, err, want)
		}
	}
}

func FuzzCapacityTakesWhateverADriverSays(f *testing.F) {
	f.Add([]byte{0x12, 4, 0x42, 0x33, 0, 0x12})
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = propertiesCode(b)
		if n, err := maxAPDU(b); err == nil && (n < 0 || n > 1<<16) {
			t.Errorf("%d", n)
		}
	})
}
