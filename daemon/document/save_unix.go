// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package main

import (
	"errors"
	"syscall"
)

// diskFull also says of a quota that it is used up.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
