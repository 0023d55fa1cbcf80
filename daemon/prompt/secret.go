// SPDX-License-Identifier: EUPL-1.2

package prompt

import "github.com/ponte-cns/ponte/daemon/pin"

// maxTyped is more than any PIN and any word that a dialog asks for. What exceeds it is dropped: the rest is still too
// long to be a PIN.
const maxTyped = 16

// secret collects what was typed, in one piece of memory that never moves.
type secret struct{ b []byte }

func newSecret() *secret { return &secret{make([]byte, 0, maxTyped)} }

func (s *secret) add(p []byte) {
	s.b = append(s.b, p[:min(len(p), cap(s.b)-len(s.b))]...)
}

// trimLine drops the end of line that zenity and osascript write.
func (s *secret) trimLine() {
	if n := len(s.b); n > 0 && s.b[n-1] == '\n' {
		s.b = s.b[:n-1]
	}
}

// trimFirst drops the first byte, which marks what osascript writes.
func (s *secret) trimFirst() {
	copy(s.b, s.b[1:])
	s.b[len(s.b)-1] = 0
	s.b = s.b[:len(s.b)-1]
}

// pin hands the memory over.
func (s *secret) pin() *pin.PIN {
	p := pin.New(s.b)
	s.b = nil
	return p
}

func (s *secret) wipe() { clear(s.b[:cap(s.b)]) }
