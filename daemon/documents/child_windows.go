// SPDX-License-Identifier: EUPL-1.2

package documents

import "syscall"

const createNoWindow = 0x08000000 // Process Creation Flags of the Windows API

// processAttributes keep a console from appearing. The program ends when its standard input does.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: createNoWindow}
}
