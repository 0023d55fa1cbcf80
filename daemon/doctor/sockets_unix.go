// SPDX-License-Identifier: EUPL-1.2

//go:build !windows

package doctor

import "github.com/ponte-cns/ponte/internal/ipc"

// socketDirectory is where the agent's sockets are.
func socketDirectory() string {
	dir, err := ipc.Dir()
	if err != nil {
		return ""
	}
	return dir
}
