// SPDX-License-Identifier: EUPL-1.2

package prompt

import "math"

// contrast is the contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio"). A colour is a COLORREF of Windows,
// 0x00bbggrr.
func contrast(a, b uint32) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// luminance is the relative luminance of a COLORREF (WCAG 2.2).
func luminance(c uint32) float64 {
	linear := func(v uint32) float64 {
		s := float64(v&0xFF) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c) + 0.7152*linear(c>>8) + 0.0722*linear(c>>16)
}
