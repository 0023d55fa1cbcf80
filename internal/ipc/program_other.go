// SPDX-License-Identifier: EUPL-1.2

//go:build !linux && !windows

package ipc

import "errors"

// KnowsPrograms says that ProgramOf works on this system.
const KnowsPrograms = false

func programOf(int) (Program, error) { return Program{}, errors.ErrUnsupported }
