// SPDX-License-Identifier: EUPL-1.2

package transcript

import (
	"slices"

	"github.com/ponte-cns/ponte/daemon/iso7816"
)

// Replayed is a card that answers as the one of a transcript did. It does not insist on the order of the commands, and
// reads files in other pieces: a later Ponte may ask differently. What was never asked it answers with 6D00.
type Replayed struct {
	exact map[question][]byte
	files map[place]*content
	at    place
	of    []byte
}

type question struct {
	at      place
	of      string // the command before a GET RESPONSE
	command string
}

// Replay makes the card of a transcript.
func Replay(t *Transcript) *Replayed {
	r := &Replayed{exact: map[question][]byte{}, files: files(t.Exchanges)}
	walk(t.Exchanges, func(e *Exchange, of []byte, p place) {
		q := ask(p, of, e.Command)
		if _, known := r.exact[q]; !known {
			r.exact[q] = e.Answer
		}
	})
	return r
}

// ask is a command with what its answer depends on: for SELECT by path or by name not on the file that is selected.
func ask(p place, of, command []byte) question {
	q := question{at: p, command: string(command)}
	switch ins, p1, _ := header(command); {
	case ins == iso7816.InsGetResponse:
		q.of = string(of)
	case ins == iso7816.InsSelect && p1 == 0x04:
		q.at = place{}
	case ins == iso7816.InsSelect && (p1 == 0x08 || string(dataOf(command)) == "\x3F\x00"):
		q.at.file = ""
	}
	return q
}

// Transmit answers a command.
func (r *Replayed) Transmit(command []byte) ([]byte, error) {
	if ins, _, _ := header(command); ins != iso7816.InsGetResponse {
		r.of = slices.Clone(command)
	}
	answer, ok := r.exact[ask(r.at, r.of, command)]
	if !ok {
		answer = r.fromFile(command)
	}
	r.at = r.at.after(command, answer)
	return slices.Clone(answer), nil
}

// fromFile answers a READ BINARY that was asked in other pieces.
func (r *Replayed) fromFile(command []byte) []byte {
	f, offset := r.files[r.at], 0
	offset, reads := readAt(command)
	_, le, ok := lengths(command)
	switch {
	case !reads || !ok || f == nil:
		return []byte{0x6D, 0x00}
	case offset >= len(f.bytes):
		return []byte{0x6B, 0x00}
	}
	piece := f.bytes[offset:min(offset+le, len(f.bytes))]
	return append(slices.Clone(piece), 0x90, 0x00)
}
