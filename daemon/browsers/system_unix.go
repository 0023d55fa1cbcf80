// SPDX-License-Identifier: EUPL-1.2

//go:build !windows

package browsers

import "io/fs"

// Browsers read the directory of manifests itself: nothing has to point to it.

func point(place) error        { return nil }
func unpoint(place) error      { return nil }
func checkPointer(place) error { return nil }

// forAllUsers: those of all users are in directories here.
func forAllUsers(place) []string { return nil }

// programOf is the program that a manifest names. Browsers refuse a relative path here.
func programOf(_ string, m manifest) string { return m.Path }

func executable(info fs.FileInfo) bool { return info.Mode().Perm()&0o111 != 0 }
