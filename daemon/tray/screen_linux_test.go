// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
)

// screenshot is what is to be seen. Where PONTE_TEST_SCREENS names a folder it is kept there, for people.
func (s *seat) screenshot(name string) image.Image {
	s.t.Helper()
	out, err := s.command("import", "-window", "root", "png:-").Output()
	check(s.t, err)
	if dir := os.Getenv("PONTE_TEST_SCREENS"); dir != "" {
		check(s.t, os.WriteFile(filepath.Join(dir, name+".png"), out, 0o600))
	}
	m, err := png.Decode(bytes.NewReader(out))
	check(s.t, err)
	return m
}

// The display: where the panel is, and where its menu opens.
var (
	panelPlace = image.Rect(0, 672, 1000, 700)
	menuPlace  = image.Rect(200, 560, 210, 660)
)

// findColour looks for the pixels of a colour in a part of the display, and gives the middle of where they are and how many.
func findColour(m image.Image, in image.Rectangle, want color.NRGBA) (middle image.Point, n int) {
	near := func(a uint32, b uint8) bool { return max(int(a>>8)-int(b), int(b)-int(a>>8)) < 12 }
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if r, g, b, _ := m.At(x, y).RGBA(); near(r, want.R) && near(g, want.G) && near(b, want.B) {
				middle, n = middle.Add(image.Pt(x, y)), n+1
			}
		}
	}
	if n > 0 {
		middle = middle.Div(n)
	}
	return middle, n
}

// clickAt clicks with the mouse.
func (s *seat) clickAt(p image.Point) {
	s.t.Helper()
	check(s.t, s.command("xdotool", "mousemove", strconv.Itoa(p.X), strconv.Itoa(p.Y), "click", "1").Run())
}
