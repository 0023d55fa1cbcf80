// SPDX-License-Identifier: EUPL-1.2

package module

import (
	"os"

	"golang.org/x/sys/windows"
)

// confine has nothing to do: the agent puts this process into a job that bounds it.
func confine() {}

// takeStreams gives the pipe, and shows a module that asks the system for the standard streams none. A C library that has
// taken them over before keeps them: what a module writes there is no frame, and ends this process.
func takeStreams() (in, out *os.File, err error) {
	in, out = os.Stdin, os.Stdout
	for _, stream := range []uint32{windows.STD_INPUT_HANDLE, windows.STD_OUTPUT_HANDLE, windows.STD_ERROR_HANDLE} {
		if err := windows.SetStdHandle(stream, 0); err != nil {
			return nil, nil, err
		}
	}
	return in, out, nil
}
