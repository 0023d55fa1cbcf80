// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
)

// maxSigned is how much larger a signed application may be than the application: a signature has some 10 to 40 kB.
const maxSigned = 1 << 20

// applicationLine is an application as the pages show it.
type applicationLine struct {
	ID           int64
	Kind         string // key of a text
	Made, Signed string // empty: not yet
	MadeMachine  string
	Box          any
	Report       *portal.DocumentSummary
}

func lineOf(a application) applicationLine {
	made := a.MadeAt.In(rome())
	line := applicationLine{
		ID: a.ID, Kind: "application.kind." + string(a.Kind), Made: made.Format("02/01/2006, 15:04"), MadeMachine: made.Format(time.RFC3339),
		Box: signatureBox,
	}
	if !a.SignedAt.IsZero() {
		line.Signed = a.SignedAt.In(rome()).Format("02/01/2006, 15:04")
	}
	return line
}

// citizen gives the session of who has logged in, or sends them to the login.
func (s *site) citizen(w http.ResponseWriter, r *http.Request) (session, bool) {
	current, found := s.sessions.find(r)
	if !found || current.identity == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return current, false
	}
	return current, true
}

func (s *site) showApplications(w http.ResponseWriter, r *http.Request) {
	current, ok := s.citizen(w, r)
	if !ok {
		return
	}
	all, err := s.applications.list(r.Context(), current.identity.FiscalCode)
	if err != nil {
		s.broken(w, r, "applications", err)
		return
	}
	p := page{Title: "applications.title", LoggedIn: true, CSRF: current.csrf, Scripts: []string{"/static/profile.js"}, Notice: s.sessions.takeNotice(current)}
	for _, a := range all {
		p.Applications = append(p.Applications, lineOf(a))
	}
	s.render(w, r, http.StatusOK, "applications.html", p)
}

// apply turns the form into a document.
func (s *site) apply(w http.ResponseWriter, r *http.Request) {
	current, ok := s.postedBy(w, r)
	if !ok {
		return
	}
	if current.identity == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	kind := applicationKind(r.PostForm.Get("kind"))
	note, fits := noteOf(r.PostForm.Get("note"))
	if !kind.known() || !fits || r.PostForm.Get("declared") != "yes" {
		s.errorPage(w, r, http.StatusBadRequest, "error.application")
		return
	}
	who := *current.identity
	made, err := s.applications.add(r.Context(), who.FiscalCode, kind, func(a application) ([]byte, error) {
		return applicationPDF(a, who, note)
	})
	switch {
	case errors.Is(err, errTooMany):
		s.errorPage(w, r, http.StatusConflict, "error.toomany")
	case err != nil:
		s.broken(w, r, "apply", err)
	default:
		http.Redirect(w, r, "/domande/"+strconv.FormatInt(made.ID, 10), http.StatusSeeOther)
	}
}

// own finds the application that a request names, or answers.
func (s *site) own(w http.ResponseWriter, r *http.Request, current session) (application, applicationFiles, bool) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		s.notFound(w, r)
		return application{}, applicationFiles{}, false
	}
	a, files, err := s.applications.find(r.Context(), current.identity.FiscalCode, id)
	switch {
	case errors.Is(err, errNoApplication):
		s.notFound(w, r)
	case err != nil:
		s.broken(w, r, "application", err)
	default:
		return a, files, true
	}
	return a, files, false
}

func (s *site) showApplication(w http.ResponseWriter, r *http.Request) {
	current, ok := s.citizen(w, r)
	if !ok {
		return
	}
	a, files, ok := s.own(w, r, current)
	if !ok {
		return
	}
	p := page{
		Title: "application.title", LoggedIn: true, CSRF: current.csrf, Scripts: []string{"/static/profile.js"},
		Notice: s.sessions.takeNotice(current), Application: lineOf(a),
	}
	if files.Signed == nil {
		p.Scripts = append(p.Scripts, "/static/sign.js")
	} else if err := json.Unmarshal(files.Report, &p.Application.Report); err != nil {
		s.broken(w, r, "report", err)
		return
	}
	s.render(w, r, http.StatusOK, "application.html", p)
}

// file gives one of the documents of an application.
func (s *site) file(w http.ResponseWriter, r *http.Request) {
	current, ok := s.citizen(w, r)
	if !ok {
		return
	}
	a, files, ok := s.own(w, r, current)
	if !ok {
		return
	}
	name := r.PathValue("file")
	found, isKnown := map[string][]byte{"domanda.pdf": files.Document, "domanda-firmata.pdf": files.Signed, "verifica.json": files.Report}[name]
	if !isKnown || found == nil {
		s.notFound(w, r)
		return
	}
	w.Header().Set("Content-Type", map[bool]string{true: "application/json", false: "application/pdf"}[strings.HasSuffix(name, ".json")])
	w.Header().Set("Content-Disposition", `attachment; filename="`+strconv.FormatInt(a.ID, 10)+"-"+name+`"`)
	w.Write(found)
}

// takeSigned verifies what the citizen has signed, by the page or at home, and keeps it with its report.
func (s *site) takeSigned(w http.ResponseWriter, r *http.Request) {
	current, found := s.sessions.find(r)
	if !found || current.identity == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	signed, err := readSigned(w, r, current.csrf)
	if err != nil {
		s.errorPage(w, r, http.StatusBadRequest, "error.form")
		return
	}
	a, files, ok := s.own(w, r, current)
	if !ok {
		return
	}
	if files.Signed != nil {
		s.errorPage(w, r, http.StatusConflict, "error.signed")
		return
	}
	report, refused := s.judge(r.Context(), files.Document, signed, current.identity.FiscalCode)
	if refused != "" {
		s.log.Info("signature", "outcome", refused)
		s.errorPage(w, r, http.StatusUnprocessableEntity, refused)
		return
	}
	kept, err := json.Marshal(report)
	if err == nil {
		err = s.applications.sign(r.Context(), a.ID, signed, kept)
	}
	switch {
	case errors.Is(err, errSignedAlready):
		s.errorPage(w, r, http.StatusConflict, "error.signed")
	case err != nil:
		s.broken(w, r, "signature", err)
	default:
		s.log.Info("signature", "outcome", "ok")
		s.sessions.setNotice(current, "notice.signed")
		http.Redirect(w, r, "/domande/"+strconv.FormatInt(a.ID, 10), http.StatusSeeOther)
	}
}

// judge says whether this is the portal's own document, signed by this person with a CNS and by nobody else. refused is
// the key of a text. That the signed file begins with the document is what ties the two together: a signature is added to
// a PDF behind its last byte, and VerifyDocument has found out that nothing else was.
func (s *site) judge(ctx context.Context, made, signed []byte, who portal.FiscalCode) (report portal.DocumentSummary, refused string) {
	found, err := portal.VerifyDocument(ctx, signed, portal.DocumentOptions{Trust: s.trust})
	switch {
	case err != nil:
		if _, ok := portal.SummarizeRefusal(err, string(italian)); !ok {
			s.log.Error("signature", "error", err)
		}
		return report, "error.unsigned"
	case found.Form != portal.FormPDF || !bytes.HasPrefix(signed, made):
		return report, "error.document"
	case len(found.Signatures) != 1:
		return report, "error.signers"
	}
	one := found.Signatures[0]
	switch {
	case one.Integrity() != portal.IntegrityWhole:
		return report, "error.changed"
	case !one.Good() || one.Kind != document.KindFEA:
		return report, "error.signature"
	case one.Signer.FiscalCode != who:
		return report, "error.signer"
	}
	return found.Summary(string(italian)), ""
}

// readSigned reads the form that the page and its script send: the session's own token, then the file.
func readSigned(w http.ResponseWriter, r *http.Request, csrf string) ([]byte, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxSigned)
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	token, err := readPart(parts.NextPart, "csrf")
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(token, []byte(csrf)) != 1 {
		return nil, errors.New("not the form of this session")
	}
	return readPart(parts.NextPart, "file")
}

func readPart[P interface {
	io.Reader
	FormName() string
}](next func() (P, error), name string) ([]byte, error) {
	part, err := next()
	if err != nil {
		return nil, err
	}
	if part.FormName() != name {
		return nil, errors.New("not the part " + name)
	}
	return io.ReadAll(part) // the body has a limit
}

// broken says that it is the site's fault.
func (s *site) broken(w http.ResponseWriter, r *http.Request, what string, err error) {
	s.log.Error(what, "error", err)
	s.errorPage(w, r, http.StatusServiceUnavailable, "error.database")
}
