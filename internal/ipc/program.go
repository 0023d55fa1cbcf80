// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
)

// Program is one running program: a process, told apart from a later one that gets the same number.
type Program struct {
	PID   int
	Start uint64 // when it began, in the system's own unit
	Path  string // of the file that it runs
}

// Name is the last part of the path: what a person may know the program by.
func (p Program) Name() string { return filepath.Base(p.Path) }

var errNoProgram = errors.New("the system does not tell which program it is")

// ProgramOf says which program is at the other end of conn.
func ProgramOf(conn net.Conn) (Program, error) {
	peer, err := PeerOf(conn)
	if err != nil {
		return Program{}, err
	}
	if peer.PID <= 0 {
		return Program{}, errNoProgram
	}
	p, err := programOf(peer.PID)
	if err != nil {
		return Program{}, fmt.Errorf("%w: %w", errNoProgram, err)
	}
	return p, nil
}
