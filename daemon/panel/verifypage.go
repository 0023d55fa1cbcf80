// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/words"
)

// verification is what ponte-verify says of a document (`ponte verify-document --json`, with two words more).
type verification struct {
	SHA256     string      `json:"sha256"`
	Good       bool        `json:"good"`
	Nested     bool        `json:"nested"`
	Faults     []fault     `json:"faults"`
	Signatures []signature `json:"signatures"`
	Revocation string      `json:"revocation"`
	NoTrust    bool        `json:"noTrust"`
	Inside     bool        `json:"inside"`
	Cause      string      `json:"cause"`

	name string
}

// fault is one thing that is wrong.
type fault struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// signature is one of a document.
type signature struct {
	Good   bool `json:"good"`
	Signer struct {
		Trusted    bool   `json:"trusted"`
		Name       string `json:"name"`
		FiscalCode string `json:"fiscalCode"`
		Authority  string `json:"authority"`
	} `json:"signer"`
	Integrity     string    `json:"integrity"`
	IntegrityText string    `json:"integrityText"`
	Format        string    `json:"format"`
	Level         string    `json:"level"`
	KindText      string    `json:"kindText"`
	ClaimedTime   time.Time `json:"claimedTime"`
	ProvenTime    time.Time `json:"provenTime"`
	Reason        string    `json:"reason"`
	Faults        []fault   `json:"faults"`
}

// verifyView is the page on which a signature is verified.
type verifyView struct {
	Running bool
	Limits  limits
	Report  *reportView
}

// reportView is a verification in words.
type reportView struct {
	Mood       string
	Title      string
	Name       string
	SHA256     string
	Notes      []string
	Faults     []fault
	Signatures []signatureView
}

// signatureView is one signature in words.
type signatureView struct {
	Number    int
	Good      bool
	Rows      []fact
	Integrity notice
	Faults    []fault
}

// fact is a name and what it is.
type fact struct{ Name, Text string }

func (p *panel) verifyPage(w http.ResponseWriter, r *http.Request, s *session) {
	f := p.frame(r, s, "verify")
	v := verifyView{Limits: limits{1, maxDocument >> 20, maxTogether >> 20}}
	if t, ok := p.tasks.get(verifyTask); ok {
		v.Running, f.Refresh = t.Running, t.Running
		found, done := t.Result.(verification)
		switch {
		case t.Running:
		case t.Err != nil:
			f.failed(t.Err)
		case done:
			v.Report = reportOf(f, found)
		}
	}
	f.Body = v
	p.show(w, f)
}

func reportOf(f *frame, x verification) *reportView {
	v := &reportView{Name: plain(x.name, maxSite), SHA256: plain(x.SHA256, maxName), Faults: plainFaults(x.Faults)}
	changed := false
	for i, s := range x.Signatures {
		v.Signatures = append(v.Signatures, signatureOf(f, i+1, s))
		changed = changed || s.Integrity == "changed"
	}
	switch {
	case x.Good:
		v.Mood, v.Title = "good", f.words.N(words.PanelVerifyGood, len(x.Signatures))
	case len(x.Signatures) == 0:
		v.Mood, v.Title = "bad", f.words.T(words.PanelVerifyUnknown, nil)
	case changed:
		v.Mood, v.Title = "bad", f.words.T(words.PanelVerifyChanged, nil)
	case x.NoTrust && onlyUntrusted(x.Signatures):
		v.Mood, v.Title = "wait", f.words.T(words.PanelVerifyHalf, nil)
	default:
		v.Mood, v.Title = "bad", f.words.T(words.PanelVerifyBad, nil)
	}
	for _, note := range []struct {
		is   bool
		text words.Text
	}{
		{x.NoTrust && len(x.Signatures) > 0, words.PanelVerifyNoList}, {x.Nested, words.PanelVerifyNested}, {x.Inside, words.PanelVerifyInside},
		{x.Revocation == "unavailable", words.PanelVerifyRevocation},
	} {
		if note.is {
			v.Notes = append(v.Notes, f.words.T(note.text, nil))
		}
	}
	return v
}

// onlyUntrusted says that nothing is wrong but that nobody could be asked who vouches for the signers.
func onlyUntrusted(all []signature) bool {
	for _, s := range all {
		for _, x := range s.Faults {
			if x.Code != "untrusted" {
				return false
			}
		}
	}
	return true
}

func plainFaults(all []fault) []fault {
	var views []fault
	for _, x := range all {
		views = append(views, fault{plain(x.Code, maxName), plain(x.Text, maxText)})
	}
	return views
}

func signatureOf(f *frame, number int, s signature) signatureView {
	v := signatureView{Number: number, Good: s.Good, Faults: plainFaults(s.Faults)}
	mood := map[string]string{"whole": "good", "added": "good", "changed": "bad"}[s.Integrity]
	if mood == "" {
		mood = "wait"
	}
	v.Integrity = notice{mood, plain(s.IntegrityText, maxText)}
	add := func(id words.Text, text string) {
		if text != "" {
			v.Rows = append(v.Rows, fact{f.words.T(id, nil), text})
		}
	}
	name, code := plain(s.Signer.Name, maxName), plain(s.Signer.FiscalCode, maxName)
	switch {
	case name != "" && code != "":
		name = f.words.T(words.DocumentsFiscalCode, words.Data{"Name": name, "FiscalCode": code})
	case code != "":
		name = f.words.T(words.DocumentsOnlyCode, words.Data{"FiscalCode": code})
	case name == "":
		name = f.words.T(words.DocumentsNobody, nil)
	}
	if !s.Signer.Trusted && (s.Signer.Name != "" || code != "") {
		name = f.words.T(words.DocumentsSelfSaid, words.Data{"Name": name})
	}
	add(words.DocumentsRowWho, name)
	if s.Signer.Trusted {
		add(words.DocumentsRowIssuer, plain(s.Signer.Authority, maxSite))
	}
	switch {
	case !s.ProvenTime.IsZero():
		add(words.DocumentsRowWhen, f.words.T(words.DocumentsProven, words.Data{"Time": f.Moment(s.ProvenTime)}))
	case !s.ClaimedTime.IsZero():
		add(words.DocumentsRowWhen, f.words.T(words.DocumentsClaimed, words.Data{"Time": f.Moment(s.ClaimedTime)}))
	default:
		add(words.DocumentsRowWhen, f.words.T(words.DocumentsNoTime, nil))
	}
	add(words.DocumentsRowWorth, plain(s.KindText, maxText))
	add(words.DocumentsRowReason, plain(s.Reason, maxText))
	if s.Level == "" {
		add(words.DocumentsRowFormat, f.words.T(words.DocumentsNoLevel, words.Data{"Format": plain(s.Format, maxName)}))
	} else {
		add(words.DocumentsRowFormat, f.words.T(words.DocumentsLevel, words.Data{"Format": plain(s.Format, maxName), "Level": plain(s.Level, maxName)}))
	}
	return v
}

// verifyDocument hands a signed file to ponte-verify while it arrives. It is written to no disk.
func (p *panel) verifyDocument(w http.ResponseWriter, r *http.Request, s *session) {
	err := p.startVerifying(r)
	if err != nil {
		p.log.Info("a document is not verified", "err", err)
		i, _ := p.info(r.Context())
		said := words.For(i.Language)
		switch {
		case errors.Is(err, errRunning):
			s.say("wait", said.T(words.PanelVerifyRunning, nil))
		case errors.Is(err, errNothing):
			s.say("bad", said.T(words.PanelVerifyNothing, nil))
		case errors.Is(err, errTooMuch):
			s.say("bad", said.T(words.PanelVerifyTooMuch, limitData()))
		case errors.Is(err, errForm):
			s.say("bad", said.T(words.PanelSignBroken, nil))
		default:
			s.say("bad", sentence(said, err))
		}
	}
	p.redirect(w, "/verify")
}

// verifyLimit bounds a verification: authorities in the network are asked whether certificates were revoked.
const verifyLimit = 2 * time.Minute

func (p *panel) startVerifying(r *http.Request) error {
	u := uploadOf(r)
	in, out, err := os.Pipe()
	if err != nil {
		return err
	}
	defer out.Close()
	name := make(chan string, 2) // of the file, and of the document apart
	read := make(chan error, 1)
	err = p.tasks.start(verifyTask, "", func(ctx context.Context) (any, error) {
		defer in.Close()
		signedName, ok := <-name
		if !ok {
			return nil, <-read
		}
		found, err := p.runVerifier(ctx, in)
		found.name = signedName
		if failed := <-read; failed != nil {
			return nil, failed
		}
		return found, err
	})
	if err != nil {
		return errors.Join(err, in.Close())
	}
	err = handOn(u, out, name)
	close(name)
	_ = out.Close()
	read <- err
	if err != nil { // told once, and not kept as an outcome
		p.tasks.settle(verifyTask)
		p.tasks.forget(verifyTask)
	}
	return err
}

// handOn writes the files of a form as ponte-verify reads them, and tells the name of the first.
func handOn(u *upload, to io.Writer, name chan<- string) error {
	files := 0
	for {
		_, _, file, err := u.next()
		switch {
		case errors.Is(err, io.EOF) && files == 0:
			return errNothing
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, errTooMuch):
			return err
		case err != nil:
			return fmt.Errorf("%w: %w", errForm, err)
		case file == nil || file.FileName() == "":
			continue
		case files == 2:
			return errTooMuch
		}
		if files++; files == 1 {
			name <- path.Base(strings.ReplaceAll(file.FileName(), `\`, "/"))
		}
		if err := writePieces(to, file); err != nil {
			return err
		}
	}
}

// writePieces writes a file in pieces, each behind its length, and a piece of no bytes.
func writePieces(to io.Writer, from io.Reader) error {
	piece := make([]byte, 4+pieceSize)
	total := 0
	for {
		n, err := fill(from, piece[4:])
		if total += n; total > maxDocument {
			return errTooMuch
		}
		if n > 0 {
			binary.BigEndian.PutUint32(piece, uint32(n))
			if _, err := to.Write(piece[:4+n]); err != nil {
				return fmt.Errorf("%w: %w", errVerifier, err)
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			if _, err := to.Write([]byte{0, 0, 0, 0}); err != nil {
				return fmt.Errorf("%w: %w", errVerifier, err)
			}
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", errForm, err)
		}
	}
}

// maxReport bounds what ponte-verify says, in bytes.
const maxReport = 4 << 20

// errVerifier: ponte-verify has not done its work.
var errVerifier = errors.New("ponte-verify gives no report")

// runVerifier has ponte-verify read a document from in.
func (p *panel) runVerifier(ctx context.Context, in *os.File) (verification, error) {
	ctx, cancel := context.WithTimeout(ctx, verifyLimit)
	defer cancel()
	var v verification
	cmd := exec.CommandContext(ctx, p.verifier, "verify-framed")
	cmd.Stdin = in
	withoutWindow(cmd)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	_ = in.Close() // the child has it; when that ends, who writes learns of it
	if err != nil {
		return v, fmt.Errorf("%w: %w", errVerifier, err)
	}
	var b bytes.Buffer
	_, err = b.ReadFrom(io.LimitReader(out, maxReport))
	if ended := cmd.Wait(); err == nil {
		err = ended
	}
	if err == nil {
		err = json.Unmarshal(b.Bytes(), &v)
	}
	if err == nil && v.Cause != "" {
		err = errors.New(v.Cause)
	}
	if err != nil {
		return v, fmt.Errorf("%w: %w", errVerifier, err)
	}
	return v, nil
}
