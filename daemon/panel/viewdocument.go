// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/ponte-cns/ponte/daemon/words"
)

// documentView is the method of the control socket that gives a document which a dialog is asking about now.
const documentView = "document.view"

// viewPrefix is followed by the key of a view, which only the agent gives out, and for as long as its dialog is open.
const viewPrefix = "/view/"

// maxNotes is more than there are.
const maxNotes = 32

var viewKey = regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`)

func isViewKey(s string) bool { return viewKey.MatchString(s) }

// shownPiece is what document.view answers: a part of one document, and what it is.
type shownPiece struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Size      int64  `json:"size"`
	Data      []byte `json:"data"`
	End       bool   `json:"end"`
	Documents int    `json:"documents"` // of the question

	Names    []string `json:"names"` // of all of them; this and what follows with the first part only
	Notes    []string `json:"notes"`
	Reason   string   `json:"reason"`
	Location string   `json:"location"`
	Box      int      `json:"box"`
}

// shownView is the page of a document that is being asked about.
type shownView struct {
	Name, Size string
	Number     int
	Documents  []string // names; several in a batch
	Warnings   []string
	File       string
	Renderer   bool
}

// viewDocument shows a document that a dialog of the agent is asking about now, or gives its bytes.
func (p *panel) viewDocument(w http.ResponseWriter, r *http.Request, s *session) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	key := strings.TrimPrefix(path, p.base+viewPrefix)
	q := r.URL.Query()
	number := 0
	if text := q.Get("n"); text != "" {
		var err error
		if number, err = strconv.Atoi(text); err != nil || number < 0 || number >= maxDocuments {
			p.refuse(w, http.StatusNotFound)
			return
		}
	}
	if q.Has("file") {
		p.giveShown(w, r, key, number)
		return
	}
	allowViewer(w.Header())
	f := p.frame(r, s, "view")
	first, err := p.shown(r.Context(), key, number, 0)
	if err == nil {
		v := shownView{Name: plain(first.Name, maxSite), Size: sizeText(f.Lang(), first.Size), Number: number, Renderer: hasRenderer()}
		v.File = p.base + viewPrefix + key + "?file&n=" + strconv.Itoa(number)
		for _, name := range first.Names[:min(len(first.Names), maxDocuments)] {
			v.Documents = append(v.Documents, plain(name, maxSite))
		}
		v.Warnings = warnings(f.words, first)
		f.Body = &v
	} else {
		p.log.Info("a document cannot be shown", "err", err)
		f.Body = (*shownView)(nil)
	}
	p.show(w, f)
}

// warnings are what to know of a document before it is signed, and what will be in the signed one and not in this.
func warnings(w *words.Words, first shownPiece) (all []string) {
	for _, n := range first.Notes[:min(len(first.Notes), maxNotes)] {
		if text := w.DocumentNote(n); text != "" {
			all = append(all, text)
		}
	}
	if first.Reason != "" {
		all = append(all, w.T(words.SignReason, words.Data{"Text": plain(first.Reason, maxText)}))
	}
	if first.Location != "" {
		all = append(all, w.T(words.SignLocation, words.Data{"Text": plain(first.Location, maxText)}))
	}
	if first.Box > 0 {
		all = append(all, w.T(words.SignBox, words.Data{"Page": first.Box}))
	}
	return all
}

func (p *panel) shown(ctx context.Context, key string, number int, offset int64) (shownPiece, error) {
	var piece shownPiece
	err := p.ask(ctx, documentView, map[string]any{"key": key, "document": number, "offset": offset}, &piece)
	switch {
	case err != nil:
		return piece, err
	case piece.Size < 0 || piece.Size > maxDocument || offset+int64(len(piece.Data)) > piece.Size:
		return piece, fmt.Errorf("a document of %d bytes", piece.Size)
	case !piece.End && len(piece.Data) == 0:
		return piece, errors.New("a document without an end")
	}
	return piece, nil
}

// giveShown gives the bytes, as they come.
func (p *panel) giveShown(w http.ResponseWriter, r *http.Request, key string, number int) {
	piece, err := p.shown(r.Context(), key, number, 0)
	if err != nil {
		p.refuse(w, http.StatusNotFound)
		return
	}
	stayOpen(w, taskLimit)
	giveFile(w, piece.Name, piece.Size)
	for offset := int64(0); ; {
		if _, err := w.Write(piece.Data); err != nil {
			return
		}
		offset += int64(len(piece.Data))
		if piece.End {
			return
		}
		if piece, err = p.shown(r.Context(), key, number, offset); err != nil {
			panic(http.ErrAbortHandler) // so that the browser does not take it for the whole
		}
	}
}
