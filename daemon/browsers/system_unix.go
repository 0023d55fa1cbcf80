// SPDX-License-Identifier: EUPL-1.2

//go:build !windows

package browsers

import "io/fs"

// Browsers read the directory of manifests itself: nothing has to point to it.

func point(place) error        { return nil }
func unpoint(place) error      { return nil }
func checkPointer(place) error { return nil }

func executable(info fs.FileInfo) bool { return info.Mode().Perm()&0o111 != 0 }
