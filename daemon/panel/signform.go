// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// sheaf is what a form for a signature holds, as far as it was read.
type sheaf struct {
	order   order
	told    bool // a script has said how large the documents are
	held    [][]byte
	total   int64
	started bool // the agent was asked
}

// sendDocuments takes the documents, and hands them to the agent as they arrive. A script says beforehand how large they
// are; without one they are held until that is known.
func (p *panel) sendDocuments(w http.ResponseWriter, r *http.Request, s *session) {
	started, err := p.takeDocuments(r)
	if err != nil {
		p.log.Info("documents are not signed", "err", err)
	}
	if started && err != nil { // the page tells it, as whatever comes of a signature
		p.signing.stop(err)
	}
	byScript := r.Header.Get("Accept") == "application/json"
	if !started && err != nil {
		i, _ := p.info(r.Context())
		said := p.whyNotSent(words.For(i.Language), err)
		if byScript {
			w.Header().Set("Connection", "close") // what is still on its way is not read
			answerJSON(w, map[string]string{"error": said})
			return
		}
		s.say("bad", said)
	}
	if byScript {
		answerJSON(w, map[string]string{})
		return
	}
	p.redirect(w, "/sign")
}

func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *panel) whyNotSent(w *words.Words, err error) string {
	switch {
	case errors.Is(err, errRunning):
		return w.T(words.PanelSignRunning, nil)
	case errors.Is(err, errNothing):
		return w.T(words.PanelSignNothing, nil)
	case errors.Is(err, errEmpty):
		return w.T(words.PanelSignEmpty, nil)
	case errors.Is(err, errTooMuch):
		return w.T(words.PanelSignTooMuch, limitData())
	case errors.Is(err, errForm):
		return w.T(words.PanelSignBroken, nil)
	}
	return sentence(w, err)
}

// errNothing: no document was chosen.
var errNothing = errors.New("no document")

// errEmpty: there is nothing in a document.
var errEmpty = errors.New("an empty document")

// brokenOff says why the rest of a form did not come: a page that goes away in the middle has changed its mind.
func brokenOff(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return protocol.Fail(protocol.UserCancelled, "")
	}
	return fmt.Errorf("%w: %w", errForm, err)
}

// takeDocuments reads the form. started says that the agent was asked for a signature of its documents.
func (p *panel) takeDocuments(r *http.Request) (started bool, err error) {
	var x sheaf
	err = p.takeParts(r, &x)
	return x.started, err
}

func (p *panel) takeParts(r *http.Request, x *sheaf) error {
	u := uploadOf(r)
	sent := 0
	for {
		name, value, file, err := u.next()
		switch {
		case errors.Is(err, io.EOF):
			return p.finish(r, x, sent)
		case errors.Is(err, errTooMuch):
			return err
		case err != nil:
			return brokenOff(err)
		case file == nil:
			err = x.field(name, value)
		case x.told && sent < len(x.order.Documents):
			if sent == 0 {
				err = p.startSigning(r.Context(), x.order)
				x.started = err == nil
			}
			if err == nil {
				err = p.sendPaper(r.Context(), sent, x.order.Documents[sent].Size, file)
			}
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = brokenOff(err)
			}
			sent++
		case x.told:
			err = errForm
		case file.FileName() != "": // a field without a file is one too
			err = x.hold(file.FileName(), file.Header.Get("Content-Type"), file)
		}
		if err != nil {
			return err
		}
	}
}

// finish sees that all documents are there, and sends those that were held.
func (p *panel) finish(r *http.Request, x *sheaf, sent int) error {
	switch {
	case len(x.order.Documents) == 0:
		return errNothing
	case x.told && sent != len(x.order.Documents):
		return errForm
	case x.told:
		return nil
	}
	if err := p.startSigning(r.Context(), x.order); err != nil {
		return err
	}
	x.started = true
	for i, d := range x.order.Documents {
		if err := p.sendPaper(r.Context(), i, d.Size, bytes.NewReader(x.held[i])); err != nil {
			return err
		}
		x.held[i] = nil
	}
	return nil
}

// hold keeps a document of a form without a script.
func (x *sheaf) hold(name, kind string, from io.Reader) error {
	b, err := io.ReadAll(io.LimitReader(from, maxDocument+1))
	if err != nil {
		return err
	}
	x.held = append(x.held, b)
	return x.add(paper{name, kind, int64(len(b))})
}

// add takes one document into the list.
func (x *sheaf) add(d paper) error {
	x.total += d.Size
	switch {
	case d.Size < 0 || d.Size > maxDocument || x.total > maxTogether || len(x.order.Documents) == maxDocuments:
		return errTooMuch
	case d.Size == 0:
		return errEmpty
	}
	if d.Name = plain(path.Base(strings.ReplaceAll(d.Name, `\`, "/")), maxText/2); d.Name == "" || d.Name == "." || d.Name == ".." || d.Name == "/" {
		d.Name = "documento"
	}
	if kind, _, err := mime.ParseMediaType(d.Type); err == nil && len(kind) <= maxName {
		d.Type = kind
	} else {
		d.Type = "application/octet-stream"
	}
	x.order.Documents = append(x.order.Documents, d)
	return nil
}

// field takes what is no file.
func (x *sheaf) field(name, value string) error {
	switch name {
	case "format":
		choice, ok := choices[value]
		if !ok {
			return errForm
		}
		x.order.Format, x.order.Shape = choice[0], choice[1]
	case "time":
		x.order.Level = "B-T"
	case "reason":
		x.order.Reason = plain(value, maxReason)
	case "box":
		if value == "" {
			return nil
		}
		var b box
		if err := json.Unmarshal([]byte(value), &b); err != nil || b.Page < 1 {
			return errForm
		}
		x.order.Visible = &b
	case "papers": // by a script
		var all []paper
		if err := json.Unmarshal([]byte(value), &all); err != nil || x.told || len(x.order.Documents) > 0 {
			return errForm
		}
		x.told = true
		for _, d := range all {
			if err := x.add(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxReason is the ceiling of a reason in a signature, in characters.
const maxReason = 300
