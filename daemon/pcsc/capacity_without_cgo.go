// SPDX-License-Identifier: EUPL-1.2

//go:build !cgo && !windows

package pcsc

// MaxAPDU gives ErrUnavailable; see without_cgo.go.
func MaxAPDU(string, bool) (int, error) { return 0, ErrUnavailable }
