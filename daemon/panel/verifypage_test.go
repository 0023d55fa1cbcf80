// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/words"
)

// withVerifier has a shell script stand where ponte-verify would; what it reads it keeps in a file.
func withVerifier(t *testing.T, script string) (change func(*rig), read string) {
	t.Helper()
	dir := t.TempDir()
	read = filepath.Join(dir, "read")
	program := filepath.Join(dir, "ponte-verify")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"+strings.ReplaceAll(script, "READ", read)), 0o700); err != nil {
		t.Fatal(err)
	}
	return func(r *rig) { r.verifier = program }, read
}

// verified waits for the end of a verification, and gives the page.
func (r *rig) verified() string {
	r.t.Helper()
	eventually(r.t, "the end of the verification", func() bool { x, ok := r.tasks.get(verifyTask); return !ok || !x.Running })
	return r.get("/verify").text
}

func TestWhatCannotBeVerifiedIsSaid(t *testing.T) {
	w := words.For("it")
	file := part{"signed", "abc", "a.p7m"}
	internal := w.Hint("INTERNAL")
	for _, c := range []struct {
		name, script string
		parts        []part
		said         string
	}{
		{"no file", "cat > READ; echo {}", []part{{name: "x", value: "y"}}, w.T(words.PanelVerifyNothing, nil)},
		{"three files", "cat > READ; echo {}", []part{file, file, file}, w.T(words.PanelVerifyTooMuch, limitData())},
		{"a program that fails", "cat > READ; exit 1", []part{file}, internal},
		{"a program that says nothing", "cat > READ", []part{file}, internal},
		{"a program that talks nonsense", "cat > READ; echo x", []part{file}, internal},
		{"a program that has a cause", `cat > READ; echo '{"cause":"no"}'`, []part{file}, internal},
		{"a program that does not read", "exit 0", []part{{"signed", strings.Repeat("x", 1<<20), "a.p7m"}}, internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			change, _ := withVerifier(t, c.script)
			r := start(t, change)
			if got := r.upload("/verify/send", c.parts); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "/verify" {
				t.Fatal(got.Status)
			}
			if text := r.verified(); !says(text, c.said) {
				t.Errorf("the page does not say %q: %s", c.said, text)
			}
		})
	}
	r := start(t, func(r *rig) { r.verifier = filepath.Join(t.TempDir(), "absent") })
	r.upload("/verify/send", []part{file})
	if text := r.verified(); !says(text, internal) {
		t.Errorf("without the program: %s", text)
	}
}

func TestADocumentIsReadByTheVerifierAndWrittenNowhere(t *testing.T) {
	change, read := withVerifier(t, `cat > READ; ls > READ.here; echo '{"good":true,"sha256":"ab","signatures":[]}'`)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	r := start(t, change)
	r.upload("/verify/send", []part{{"signed", "abc", `C:\x\a.p7s`}, {"original", strings.Repeat("d", pieceSize+1), "a.txt"}})
	if text := r.verified(); !says(text, "a.p7s") || strings.Contains(text, `C:\`) {
		t.Error(text)
	}
	b, err := os.ReadFile(read)
	if err != nil {
		t.Fatal(err)
	}
	want := "\x00\x00\x00\x03abc\x00\x00\x00\x00" + "\x00\x00\xaf\xc8" + strings.Repeat("d", pieceSize) + "\x00\x00\x00\x01d\x00\x00\x00\x00"
	if string(b) != want {
		t.Errorf("the program reads %d bytes, not %d: %.40q", len(b), len(want), b)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("on the disk is %v", left)
	}
}

// reportFor shows the page for a report.
func reportFor(t *testing.T, v verification) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	change, _ := withVerifier(t, "cat > READ; cat <<'END'\n"+string(b)+"\nEND")
	r := start(t, change)
	r.upload("/verify/send", []part{{"signed", "abc", "a.p7m"}})
	return r.verified()
}

func TestTheHeadingSaysWhatMatters(t *testing.T) {
	w := words.For("it")
	one := func(integrity string, good bool, codes ...string) signature {
		s := signature{Integrity: integrity, IntegrityText: "<b>testo</b>", Good: good, Format: "CAdES", Level: "B-B", KindText: "Firma con la CNS."}
		s.Signer.Name, s.Signer.Trusted = "GIADA PROVA ROSSINI", good
		for _, c := range codes {
			s.Faults = append(s.Faults, fault{c, "Colpa " + c})
		}
		return s
	}
	for _, c := range []struct {
		name string
		v    verification
		says []string
		not  string
	}{
		{"nothing signed", verification{Faults: []fault{{"no-signature", "Nel file non c’è nessuna firma."}}}, []string{w.T(words.PanelVerifyUnknown, nil), "Nel file non c’è nessuna firma."}, "GIADA"},
		{"changed", verification{Signatures: []signature{one("whole", true), one("changed", false, "document-changed")}}, []string{w.T(words.PanelVerifyChanged, nil), "Colpa document-changed", "Firma 2 di 2"}, w.T(words.PanelVerifyBad, nil)},
		{"not valid", verification{Signatures: []signature{one("whole", false, "revoked")}}, []string{w.T(words.PanelVerifyBad, nil), "nessuna autorità riconosciuta lo garantisce"}, w.T(words.PanelVerifyChanged, nil)},
		{"not signed, no list", verification{NoTrust: true}, []string{w.T(words.PanelVerifyUnknown, nil)}, w.T(words.PanelVerifyNoList, nil)},
		{"no list", verification{NoTrust: true, Signatures: []signature{one("whole", false, "untrusted")}}, []string{w.T(words.PanelVerifyHalf, nil), w.T(words.PanelVerifyNoList, nil)}, w.T(words.PanelVerifyBad, nil)},
		{"no list, and more", verification{NoTrust: true, Signatures: []signature{one("whole", false, "untrusted", "expired")}}, []string{w.T(words.PanelVerifyBad, nil)}, w.T(words.PanelVerifyHalf, nil)},
		{"good", verification{Good: true, Revocation: "unavailable", Nested: true, Inside: true, Signatures: []signature{one("whole", true)}}, []string{w.N(words.PanelVerifyGood, 1), "GIADA PROVA ROSSINI", "Firma con la CNS.", w.T(words.PanelVerifyRevocation, nil), w.T(words.PanelVerifyNested, nil), w.T(words.PanelVerifyInside, nil)}, w.T(words.PanelVerifyNoList, nil)},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := reportFor(t, c.v)
			for _, said := range c.says {
				if !says(text, said) {
					t.Errorf("the page does not say %q", said)
				}
			}
			if says(text, c.not) || strings.Contains(text, "<b>testo") || strings.Contains(strings.ToLower(text), "firma digitale") {
				t.Errorf("the page says too much: %s", text)
			}
		})
	}
}

func TestTheVerifierItselfSpeaksAsThePageListens(t *testing.T) {
	program := filepath.Join(t.TempDir(), "ponte-verify")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, "../verify").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("LANG", "it_IT.UTF-8")
	r := start(t, func(r *rig) { r.verifier = program })
	r.upload("/verify/send", []part{{"signed", "%PDF-1.7\nnot one", "a.pdf"}})
	if text := r.verified(); !says(text, words.For("it").T(words.PanelVerifyUnknown, nil)) || !says(text, "Il file è rovinato") {
		t.Error(text)
	}
}
