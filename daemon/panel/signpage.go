// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// signView is the page on which documents are signed: the form, or how far a signature is, or what came of one.
type signView struct {
	Running  bool
	Stage    string
	Now      work
	Outcome  *notice
	Form     bool // there is nothing else to be done here
	Results  []resultView
	Many     bool // more than one was signed
	Choices  []string
	Limits   limits
	Renderer bool
	Time     bool // a time stamp authority is configured
}

// limits are told before anything is sent.
type limits struct{ Documents, Document, Together int }

// resultView is what has become of one document.
type resultView struct {
	Number int
	Name   string
	Size   string
	SHA256 string
	Failed string // why it was not signed
}

// choices are the formats that a citizen can ask for, with the format and the shape that the agent is told. The first is
// what is usual for the document.
var choices = map[string][2]string{
	"usual": {}, "pdf": {"pades", ""}, "p7m": {"cades", "attached"}, "p7s": {"cades", "detached"}, "again": {"cades", "parallel"},
	"xml": {"xades", "enveloped"}, "asics": {"asic-s", ""},
}

var choiceOrder = []string{"usual", "pdf", "p7m", "p7s", "again", "xml", "asics"}

// timeSetting names the authority that is asked for time stamps.
const timeSetting = "time_authority"

func (p *panel) signPage(w http.ResponseWriter, r *http.Request, s *session) {
	allowViewer(w.Header())
	f := p.frame(r, s, "sign")
	v := signView{Choices: choiceOrder, Limits: limits{maxDocuments, maxDocument >> 20, maxTogether >> 20}, Renderer: hasRenderer()}
	var all settings
	_ = p.ask(r.Context(), control.SettingsGet, nil, &all) // without them there is one choice less
	v.Time = slices.ContainsFunc(all.Settings, func(x setting) bool { return x.Key == timeSetting && x.Value != "" })
	if t, ok := p.tasks.get(signTask); ok {
		v.Running, f.Refresh = t.Running, t.Running
		v.Now = p.signing.now()
		v.Stage = v.Now.Stage
		if !t.Running {
			v.Results = resultsOf(f.words, p.signing.results())
			v.Many = len(v.Results) > 1
			v.Outcome = signOutcome(f.words, t.Err, v.Results)
		}
	}
	// What came of a signature stays above the form, but a page that asks by itself has none to begin with.
	v.Form = !v.Running && (v.Outcome == nil || r.Header.Get(liveHeader) == "")
	f.Body = v
	p.show(w, f)
}

func resultsOf(w *words.Words, all []*signed) []resultView {
	var views []resultView
	for i, d := range all {
		v := resultView{Number: i, Name: plain(d.Name, maxSite), Size: sizeText(w.Lang(), d.Size), SHA256: plain(d.SHA256, maxName)}
		if d.Error != nil {
			if v.Failed = plain(d.Error.Hint, maxText); v.Failed == "" {
				v.Failed = w.Hint(d.Error.Code)
			}
		}
		views = append(views, v)
	}
	return views
}

// signOutcome says how a signature ended.
func signOutcome(w *words.Words, err error, results []resultView) *notice {
	failed := 0
	for _, r := range results {
		if r.Failed != "" {
			failed++
		}
	}
	var e *protocol.Error
	switch {
	case errors.As(err, &e) && e.Code == protocol.UserCancelled:
		return &notice{"wait", w.T(words.PanelSignCancelled, nil)}
	case errors.Is(err, errTooMuch):
		return &notice{"bad", w.T(words.PanelSignTooMuch, limitData())}
	case errors.Is(err, errForm):
		return &notice{"bad", w.T(words.PanelSignBroken, nil)}
	case err != nil:
		return &notice{"bad", sentence(w, err)}
	case failed == len(results):
		return &notice{"bad", w.T(words.PanelSignNone, nil)}
	case failed > 0:
		return &notice{"wait", w.T(words.PanelSignSome, words.Data{"Signed": len(results) - failed, "All": len(results)})}
	}
	return &notice{"good", w.N(words.PanelSigned, len(results))}
}

func limitData() words.Data {
	return words.Data{"Documents": maxDocuments, "Document": maxDocument >> 20, "Together": maxTogether >> 20}
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

// sheaf is what a form for a signature holds, as far as it was read.
type sheaf struct {
	order   order
	told    bool // a script has said how large the documents are
	held    [][]byte
	total   int64
	started bool // the agent was asked
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

func (p *panel) cancelSigning(w http.ResponseWriter, _ *http.Request, _ *session) {
	p.signing.stop(protocol.Fail(protocol.UserCancelled, ""))
	p.redirect(w, "/sign")
}

// endSigning forgets what was signed; the page has its form again.
func (p *panel) endSigning(w http.ResponseWriter, _ *http.Request, _ *session) {
	if t, _ := p.tasks.get(signTask); !t.Running {
		p.signing.clear()
		p.tasks.forget(signTask)
	}
	p.redirect(w, "/sign")
}

// signedFile gives a signed document.
func (p *panel) signedFile(w http.ResponseWriter, r *http.Request, _ *session) {
	all := p.signing.results()
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	if err != nil || n < 0 || n >= len(all) || all[n].Error != nil {
		p.refuse(w, http.StatusNotFound)
		return
	}
	stayOpen(w, taskLimit)
	giveFile(w, all[n].Name, all[n].Size)
	_ = all[n].writeTo(w)
}

// giveFile begins the answer that a browser saves as a file, whatever is in it.
func giveFile(w http.ResponseWriter, name string, size int64) {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fileName(name)}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	if size >= 0 {
		h.Set("Content-Length", strconv.FormatInt(size, 10))
	}
}

// fileName is a name from outside as the name of a file.
func fileName(name string) string {
	name = strings.Trim(plain(path.Base(strings.ReplaceAll(name, `\`, "/")), maxText/2), ". ")
	if name == "" || name == "/" {
		return "documento"
	}
	return name
}

// allSigned gives all signed documents in one file.
func (p *panel) allSigned(w http.ResponseWriter, _ *http.Request, _ *session) {
	all := p.signing.results()
	if !slices.ContainsFunc(all, func(d *signed) bool { return d.Error == nil }) {
		p.refuse(w, http.StatusNotFound)
		return
	}
	stayOpen(w, taskLimit)
	giveFile(w, "documenti-firmati.zip", -1)
	archive := zip.NewWriter(w)
	taken := map[string]bool{}
	for i, d := range all {
		if d.Error != nil {
			continue
		}
		name := fileName(d.Name)
		if taken[strings.ToLower(name)] {
			name = strconv.Itoa(i+1) + "-" + name
		}
		taken[strings.ToLower(name)] = true
		one, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: p.now()})
		if err != nil || d.writeTo(one) != nil {
			return // the browser sees that the file is not whole
		}
	}
	_ = archive.Close()
}

// sizeText writes a size as people read it.
func sizeText(lang string, n int64) string {
	const kilo, mega = 1000, 1000 * 1000
	switch {
	case n < kilo:
		name := map[string]string{"en": "bytes", "de": "Byte"}[lang]
		return strconv.FormatInt(n, 10) + " " + cmp.Or(name, "byte")
	case n < mega:
		return strconv.FormatInt((n+kilo/2)/kilo, 10) + " kB"
	}
	s := strconv.FormatFloat(float64(n)/mega, 'f', 1, 64)
	if lang != "en" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s + " MB"
}
