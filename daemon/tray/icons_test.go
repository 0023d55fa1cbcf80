// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"testing"
)

var allIcons = []icon{iconAbsent, iconWaiting, iconReady, iconBusy, iconAttention}

func readIcon(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("icons/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decodeIcon(t *testing.T, name string) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(readIcon(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// grid is how much of each of the 16 by 16 fields of a picture is covered, from 0 to 1: what is seen in a small panel
// without colours.
func grid(m image.Image) [256]float64 {
	var g [256]float64
	size := m.Bounds().Dx()
	for y := range size {
		for x := range size {
			_, _, _, a := m.At(x, y).RGBA()
			g[y*16/size*16+x*16/size] += float64(a) / 0xffff
		}
	}
	for i := range g {
		g[i] /= float64(size*size) / 256
	}
	return g
}

func TestPicturesDifferByTheirShapeAlone(t *testing.T) {
	for _, suffix := range []string{".png", ".template.png"} {
		for i, a := range allIcons {
			for _, b := range allIcons[:i] {
				ga, gb := grid(decodeIcon(t, string(a)+suffix)), grid(decodeIcon(t, string(b)+suffix))
				different := 0
				for j := range ga {
					if math.Abs(ga[j]-gb[j]) > 0.5 {
						different++
					}
				}
				if different < 16 {
					t.Errorf("%s and %s%s differ in %d of 256 fields only", a, b, suffix, different)
				}
			}
		}
	}
}

// luminance is that of WCAG 2.2.
func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func contrast(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func TestPicturesAreSeenOnLightAndOnDarkPanels(t *testing.T) {
	panels := map[string]color.Color{"white": color.White, "Adwaita": color.Gray{0xf0}, "dark": color.Gray{0x2b}, "black": color.Black}
	for _, i := range allIcons {
		m := decodeIcon(t, string(i)+".png")
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
				if c.A < 0xff {
					continue
				}
				for name, panel := range panels {
					if got := contrast(c, panel); got < 3 { // WCAG 2.2, 1.4.11
						t.Fatalf("%s on %s: %v has a contrast of %.2f", i, name, c, got)
					}
				}
			}
		}
	}
}

// TestWindowsIconsHoldBitmapsOfEachSize reads the directory of the ICO files: some shells swap the colours of a PNG in it.
func TestWindowsIconsHoldBitmapsOfEachSize(t *testing.T) {
	const headerLength, entryLength, infoLength = 6, 16, 40
	for _, i := range allIcons {
		b := readIcon(t, string(i)+".ico")
		n := int(binary.LittleEndian.Uint16(b[4:]))
		sizes := map[byte]bool{}
		for e := range n {
			entry := b[headerLength+e*entryLength:]
			start := binary.LittleEndian.Uint32(entry[12:])
			if got := binary.LittleEndian.Uint32(b[start:]); got != infoLength { // biSize of BITMAPINFOHEADER
				t.Errorf("%s, entry %d: no bitmap (%#x)", i, e, got)
			}
			if depth := binary.LittleEndian.Uint16(b[start+14:]); depth != 32 {
				t.Errorf("%s, entry %d: %d bits for a pixel", i, e, depth)
			}
			sizes[entry[0]] = true
		}
		for _, size := range []byte{16, 20, 24, 32, 48} {
			if !sizes[size] {
				t.Errorf("%s has no picture of %d pixels", i, size)
			}
		}
	}
}

func TestTemplatesForMacOSAreBlackWithAlpha(t *testing.T) {
	for _, i := range allIcons {
		m := decodeIcon(t, string(i)+".template.png")
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				if r, g, b, _ := m.At(x, y).RGBA(); r|g|b != 0 {
					t.Fatalf("%s has a colour at %d, %d", i, x, y)
				}
			}
		}
	}
}
