// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/ponte-cns/ponte/protocol"
)

// Methods of the control socket for signatures (PROTOCOL.md).
const (
	signDocument = "sign.document"
	signSend     = "sign.send"
	signReceive  = "sign.receive"
	signEnd      = "sign.end"
	signProgress = "sign.progress"
)

// paper is a document that is to be signed.
type paper struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// order is what sign.document is asked.
type order struct {
	Documents []paper `json:"documents"`
	Format    string  `json:"format,omitempty"`
	Shape     string  `json:"shape,omitempty"`
	Level     string  `json:"level,omitempty"`
	Visible   *box    `json:"visible,omitempty"`
	Reason    string  `json:"reason,omitempty"`
	Location  string  `json:"location,omitempty"`
	Lang      string  `json:"lang,omitempty"`
}

// box is where one sees a signature, in points from the lower left corner of the page.
type box struct {
	Page   int     `json:"page"`
	X      float64 `json:"x"`
	Y      float64 `json:"y"`
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
}

// signed is what has become of one document.
type signed struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Error  *struct {
		Code protocol.Code `json:"code"`
		Hint string        `json:"hint"`
	} `json:"error"`

	pieces [][]byte // of the signed file, as they came
}

// Stages of a signature.
const (
	stageReceiving = "receiving"
	stageAsking    = "asking"
	stageSigning   = "signing"
	stageFetching  = "fetching"
)

// signing is the signature that is under way or was the last one: one at a time. What was signed is kept here until the
// citizen has done with it, in memory only.
type signing struct {
	mu        sync.Mutex
	channel   channel // of the one under way
	failure   error   // why we have ended it ourselves
	request   int
	stage     string
	documents []paper
	done      int
	result    []*signed
}

// work is how far a signature is.
type work struct {
	Stage     string
	Documents []paper
	Done      int
}

func (s *signing) now() work {
	s.mu.Lock()
	defer s.mu.Unlock()
	return work{s.stage, s.documents, s.done}
}

// results are the documents of the last signature.
func (s *signing) results() []*signed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.result
}

// set moves on to a stage.
func (s *signing) set(stage string, done int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stage, s.done = stage, done
}

// clear forgets what was signed.
func (s *signing) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.result = nil
}

// stop ends the signature that is under way: with its channel the agent closes its dialog and forgets the documents.
func (s *signing) stop(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.channel != nil && s.failure == nil {
		s.failure = why
		_ = s.channel.Close()
	}
}

// startSigning asks the agent for a signature, whose documents are then to be sent. errRunning: another one is under way.
func (p *panel) startSigning(ctx context.Context, o order) error {
	s := &p.signing
	if t, _ := p.tasks.get(signTask); t.Running {
		return errRunning
	}
	ch, err := p.agent.Open(ctx, func(method string, params json.RawMessage) { p.progress(method, params) })
	if err != nil {
		return err
	}
	id, wait, err := ch.Begin(signDocument, o)
	if err != nil {
		return errors.Join(err, ch.Close())
	}
	err = p.tasks.start(signTask, signDocument, func(ctx context.Context) (any, error) {
		defer func() { _ = ch.Close() }()
		result, err := p.await(ctx, ch, id, wait)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.failure != nil {
			err = s.failure
		}
		s.channel, s.result = nil, result
		p.idle.touch() // who has just signed is there
		return nil, err
	}, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.channel, s.request, s.failure, s.stage, s.documents, s.done, s.result = ch, id, nil, stageReceiving, o.Documents, 0, nil
	})
	if err != nil {
		return errors.Join(err, ch.Close())
	}
	return nil
}

// await gives what was signed, whole.
func (p *panel) await(ctx context.Context, ch channel, id int, wait waiter) ([]*signed, error) {
	var answer struct {
		Documents []*signed `json:"documents"`
	}
	if err := wait(ctx, &answer); err != nil {
		return nil, err
	}
	if len(answer.Documents) > maxDocuments {
		return nil, fmt.Errorf("%d documents came back", len(answer.Documents))
	}
	p.signing.set(stageFetching, 0)
	p.tasks.news()
	for i, d := range answer.Documents {
		if d == nil {
			return nil, errors.New("a document came back as nothing")
		}
		if d.Error != nil {
			continue
		}
		if err := d.fetch(ctx, ch, id, i); err != nil {
			return nil, fmt.Errorf("fetching what was signed: %w", err)
		}
	}
	_ = ch.Call(ctx, signEnd, map[string]int{"request": id}, nil) // closing the channel does the same
	return answer.Documents, nil
}

// maxGrowth is how much a signature may add to a document. Those of a CNS add some 10 to 40 kB; as XML or in a container
// the document itself may grow by a third.
const maxGrowth = maxDocument

// fetch reads one signed document.
func (d *signed) fetch(ctx context.Context, ch channel, request, document int) error {
	if d.Size < 0 || d.Size > maxDocument+maxGrowth {
		return fmt.Errorf("a document of %d bytes", d.Size)
	}
	var offset int64
	for {
		var piece struct {
			Data []byte `json:"data"`
			End  bool   `json:"end"`
		}
		err := ch.Call(ctx, signReceive, map[string]any{"request": request, "document": document, "offset": offset}, &piece)
		if err != nil {
			return err
		}
		offset += int64(len(piece.Data))
		d.pieces = append(d.pieces, piece.Data)
		switch {
		case offset > d.Size, !piece.End && len(piece.Data) == 0, piece.End && offset != d.Size:
			return fmt.Errorf("%d bytes came of %d", offset, d.Size)
		case piece.End:
			return nil
		}
	}
}

// writeTo writes the signed document.
func (d *signed) writeTo(w io.Writer) error {
	for _, piece := range d.pieces {
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// progress takes what the agent says of a signature that is under way.
func (p *panel) progress(method string, params json.RawMessage) {
	var m struct {
		Request int    `json:"request"`
		Stage   string `json:"stage"`
		Done    int    `json:"done"`
	}
	if method != signProgress || json.Unmarshal(params, &m) != nil || m.Stage == stageReceiving {
		return // what is received the page has sent itself
	}
	switch m.Stage {
	case stageAsking, stageSigning:
		p.signing.set(m.Stage, m.Done)
		p.tasks.news()
	}
}

// sendPaper hands a document to the agent while it arrives. It must be as long as was said.
func (p *panel) sendPaper(ctx context.Context, document int, size int64, from io.Reader) error {
	p.signing.mu.Lock()
	ch, id := p.signing.channel, p.signing.request
	p.signing.mu.Unlock()
	if ch == nil {
		return errEnded
	}
	piece := make([]byte, pieceSize)
	for offset := int64(0); ; {
		n, err := fill(from, piece)
		if n > 0 {
			if offset+int64(n) > size { // more than the agent was told
				return errForm
			}
			if err := ch.Call(ctx, signSend, map[string]any{"request": id, "document": document, "offset": offset, "data": piece[:n]}, nil); err != nil {
				return err
			}
			offset += int64(n)
		}
		switch {
		case errors.Is(err, io.EOF):
			if offset != size {
				return errForm
			}
			return nil
		case err != nil:
			return err
		}
	}
}

// errEnded: the signature has ended before all of its documents were there.
var errEnded = errors.New("the signature has ended")

// fill reads until a piece is full. At the end the error is io.EOF, also with some bytes: io.ErrUnexpectedEOF is that of a
// form that breaks off.
func fill(from io.Reader, piece []byte) (n int, err error) {
	for n < len(piece) && err == nil {
		var more int
		more, err = from.Read(piece[n:])
		n += more
	}
	return n, err
}
