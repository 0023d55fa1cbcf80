// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/revocation"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// What the scripts in daemon/testdata cannot bring about is tested here.

func TestAFileThatAppearsMeanwhileIsNotOverwritten(t *testing.T) {
	pki := testpki.New()
	cert, key := pki.Issue(testpki.LeafOptions{})
	trust, err := document.NewTrust(document.Options{TrustAnchors: []*x509.Certificate{pki.CA()}})
	if err != nil {
		t.Fatal(err)
	}
	signer := documenttest.Signer{Certificate: cert, Key: key}
	report, err := portal.VerifyDocument(t.Context(), signer.P7M([]byte("Domanda")), portal.DocumentOptions{Trust: trust})
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.txt")
	if err := os.WriteFile(out, []byte("mio"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeDocument(words.For("it"), out, report); err == nil || !strings.Contains(err.Error(), "c'è già") {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(out); string(b) != "mio" {
		t.Errorf("the file holds %q", b)
	}
	other := filepath.Join(t.TempDir(), "new.txt")
	if err := writeDocument(words.For("it"), other, report); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(other); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read it: %v, %v", info, err)
	}
}

func TestNoNameMovesTheCursorOrTurnsTheText(t *testing.T) {
	for _, bad := range []string{"a\x1b[2Jb.pdf", "a\r\nVALIDO", "fdp\u202Exe.pdf", "a\xffb", "a\u009bb"} {
		var out bytes.Buffer
		documentVerification{File: bad, DocumentSummary: portal.DocumentSummary{Faults: []portal.FaultSummary{{Code: "format", Text: "Rovinato."}}}}.
			tell(reportPrinter{&out, words.For("it")}, "")
		if text := out.String(); !utf8.ValidString(text) || strings.ContainsAny(text, "\x1b\r\u202E\u009b") || strings.Count(text, "\n") != 2 {
			t.Errorf("%q: %q", bad, text)
		}
	}
}

func TestALongTextStandsBelowItsBeginning(t *testing.T) {
	var out bytes.Buffer
	reportPrinter{&out, words.For("it")}.text("  Perché  ", strings.Repeat("è così ", 30))
	for i, line := range strings.Split(strings.TrimRight(out.String(), "\n"), "\n") {
		if n := utf8.RuneCountInString(line); n > lineWidth || i > 0 && !strings.HasPrefix(line, strings.Repeat(" ", 10)+"è") && !strings.HasPrefix(line, strings.Repeat(" ", 10)+"così") {
			t.Errorf("%q", line)
		}
	}
}

// noAnswer is an authority that does not answer, or says something else.
type noAnswer struct{ err error }

func (n noAnswer) Check(context.Context, *x509.Certificate, *x509.Certificate) error { return n.err }

func TestOnlyNoAnswerAtAllIsPassedOver(t *testing.T) {
	ended, end := context.WithCancel(t.Context())
	end()
	for name, c := range map[string]struct {
		soft bool
		ctx  context.Context
		err  error
		good bool
		want string
	}{
		"revoked, soft":             {true, t.Context(), revocation.ErrRevoked, false, ""},
		"unknown, soft":             {true, t.Context(), revocation.ErrUnknown, false, ""},
		"no answer, where required": {false, t.Context(), revocation.ErrUnavailable, false, revocationUnavailable},
		"interrupted":               {true, ended, revocation.ErrUnavailable, false, ""},
		"no answer, soft":           {true, t.Context(), revocation.ErrUnavailable, true, revocationUnavailable},
		"good":                      {false, t.Context(), nil, true, revocationGood},
	} {
		a := &askedAuthorities{checker: noAnswer{c.err}, soft: c.soft}
		if err := a.Check(c.ctx, nil, nil); (err == nil) != c.good || err != nil && !errors.Is(err, c.err) || a.outcome("soft") != c.want {
			t.Errorf("%s: %v, %s", name, err, a.outcome("soft"))
		}
	}
	if got := (&askedAuthorities{}).outcome("require"); got != "" {
		t.Errorf("nobody was asked, but %q", got)
	}
}
