// SPDX-License-Identifier: EUPL-1.2

package documents

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// Worker is the argument that makes ponte-document hold documents: questions on its standard input, answers on its
// standard output. Both ends are of the same release, so the messages are no contract with others.
const Worker = "worker"

// A message is one frame of JSON. Where its member data is not 0, a frame of so many bytes follows it.
const maxHead = 64 << 10

// errNonsense is a message that the other end cannot have written.
var errNonsense = errors.New("a message that makes no sense")

// Steps that are asked for.
const (
	StepAdd      = "add"
	StepAppend   = "append"
	StepInspect  = "inspect"
	StepPrepare  = "prepare"
	StepAssemble = "assemble"
	StepRead     = "read"
)

// Question is what the agent asks for.
type Question struct {
	Step        string    `json:"step"`
	Index       int       `json:"index"`
	Document    *Document `json:"document,omitempty"`
	Options     *Options  `json:"options,omitempty"`
	Certificate []byte    `json:"certificate,omitempty"`
	Time        time.Time `json:"time,omitzero"`
	Signature   []byte    `json:"signature,omitempty"`
	Signed      bool      `json:"signed,omitempty"`
	Offset      int64     `json:"offset,omitempty"`
	Count       int       `json:"count,omitempty"`
	Data        int       `json:"data,omitempty"`
}

// Answer is what ponte-document answers.
type Answer struct {
	Refusal    Code        `json:"refusal,omitempty"` // and nothing else but the detail
	Detail     string      `json:"detail,omitempty"`
	Inspection *Inspection `json:"inspection,omitempty"`
	Digest     []byte      `json:"digest,omitempty"`
	Signed     *Signed     `json:"signed,omitempty"`
	Data       int         `json:"data,omitempty"`
}

// WriteMessage writes a question or an answer, of which data is the part that is not JSON.
func WriteMessage(w io.Writer, head any, data []byte) error {
	b, err := json.Marshal(head)
	if err != nil {
		return fmt.Errorf("writing a message: %w", err)
	}
	if err := protocol.WriteFrame(w, b, maxHead); err != nil || len(data) == 0 {
		return err
	}
	return protocol.WriteFrame(w, data, MaxPiece)
}

// ReadQuestion reads a question. At the clean end of all questions the error is io.EOF; after any other one nothing more
// can be read.
func ReadQuestion(r io.Reader) (Question, []byte, error) {
	var q Question
	data, err := readMessage(r, &q, func() int { return q.Data })
	return q, data, err
}

// ReadAnswer reads an answer with at most room bytes of data.
func ReadAnswer(r io.Reader, room int) (Answer, []byte, error) {
	var a Answer
	data, err := readMessage(r, &a, func() int {
		if a.Data > room {
			return -1
		}
		return a.Data
	})
	if err == nil && a.Refusal != "" && !known(Codes(), a.Refusal) {
		err = fmt.Errorf("a refusal without a known reason: %w", errNonsense)
	}
	return a, data, err
}

// readMessage reads a head and, as it says, a frame of exactly that many bytes.
func readMessage(r io.Reader, head any, size func() int) ([]byte, error) {
	b, err := protocol.ReadFrame(r, maxHead)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(head); err != nil {
		return nil, fmt.Errorf("%w: %w", errNonsense, err)
	}
	if d.More() {
		return nil, fmt.Errorf("two messages in one frame: %w", errNonsense)
	}
	n := size()
	if n < 0 || n > MaxPiece {
		return nil, fmt.Errorf("%d bytes of data: %w", n, errNonsense)
	}
	if n == 0 {
		return nil, nil
	}
	data, err := protocol.ReadFrame(r, n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err == nil && len(data) != n {
		err = fmt.Errorf("%d bytes of data instead of %d: %w", len(data), n, errNonsense)
	}
	return data, err
}

func known[T comparable](all []T, one T) bool {
	for _, x := range all {
		if x == one {
			return true
		}
	}
	return false
}
