// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"
)

// drawnLine is one line of a box, as its operators say.
type drawnLine struct {
	font    string
	size    float64
	x, base float64
	text    []byte
}

func drawnLines(content []byte) []drawnLine {
	var out []drawnLine
	for row := range bytes.Lines(content) {
		var l drawnLine
		var colour, text string
		if n, _ := fmt.Sscanf(string(row), "BT %s g /%s %f Tf %f %f Td <%s", &colour, &l.font, &l.size, &l.x, &l.base, &text); n < 6 {
			continue
		}
		l.text, _ = hex.DecodeString(text[:len(text)-1])
		out = append(out, l)
	}
	return out
}

// textOf is what the lines say, each with an end of line.
func textOf(content []byte) []byte {
	var out []byte
	for _, l := range drawnLines(content) {
		out = append(append(out, l.text...), '\n')
	}
	return out
}

// checkInside fails when a line passes the frame, by the measures of Helvetica: 0.72 above its base, 0.21 below.
func checkInside(t *testing.T, b Box, content []byte) {
	t.Helper()
	lines := drawnLines(content)
	if len(lines) == 0 {
		t.Fatalf("no lines in %q", content)
	}
	below := b.Height
	for _, l := range lines {
		right := l.x + textWidth(l.text, l.font == "B")*l.size
		top, bottom := l.base+0.72*l.size, l.base-0.21*l.size
		if l.x < 1 || right > b.Width-1 || top > below || bottom < 0 {
			t.Errorf("%.0f by %.0f: %q from %.1f to %.1f, %.1f to %.1f", b.Width, b.Height, l.text, l.x, right, bottom, top)
		}
		below = bottom
	}
}
