// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package main

import (
	"bytes"
	"os"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// signedCmd signs a document: signed FORM STATE FILE. The forms are p7m, nested (a .p7m in a .p7m), p7s (of the file letter.txt), pdf, two (a PDF that
// two have signed), xml, enveloping, asic, and unsigned (a PDF). STATE is good, stamped, expired, unknown, other, old
// (an RSA key of 1024 bits), revoked, suspended, down or tampered.
func signedCmd(ts *testscript.TestScript, _ bool, args []string) {
	server, err := authority.start()
	ts.Check(err)
	state := args[1]
	o := testpki.LeafOptions{OCSPURL: server.OCSPURL(testpki.SignerDelegate), CRLURL: "-"}
	switch state {
	case "down":
		o.OCSPURL = server.CRLURL() // which does not answer requests of OCSP
	case "expired":
		o.Validity = testpki.Expired
	case "unknown":
		o.SignedBy = testpki.OtherCA
	case "other":
		o.Policy = testpki.PolicyOther
	case "old":
		o.Bits = 1024
	}
	cert, key := pki().Issue(o)
	server.Know(cert)
	switch state {
	case "revoked":
		pki().Revoke(cert)
	case "suspended":
		pki().Suspend(cert)
	}
	signer := documenttest.Signer{Certificate: cert, Key: key}
	if state == "stamped" {
		tsa := pki().NewTSA(testpki.TSAOptions{})
		signer.Stamper = documenttest.Tokens(func(digest []byte) []byte { return tsa.Token(digest, nil) })
	}
	file := signForm(ts, args[0], signer)
	if state == "tampered" {
		if !bytes.Contains(file, []byte("Domanda")) {
			ts.Fatalf("%s cannot be tampered with", args[0])
		}
		file = bytes.Replace(file, []byte("Domanda"), []byte("Rinunce"), 1)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), file, 0o600))
}

func signForm(ts *testscript.TestScript, form string, signer documenttest.Signer) []byte {
	letter := []byte(ts.ReadFile("letter.txt"))
	page := pdftest.Simple(1).Table()
	switch form {
	case "p7m":
		return signer.P7M(letter)
	case "nested":
		return signer.P7M(signer.P7M(letter))
	case "p7s":
		return signer.P7S(letter)
	case "pdf":
		return signer.PDF(page)
	case "two":
		return signer.PDF(signer.PDF(page))
	case "xml":
		return signer.Enveloped([]byte("<domanda><testo>Domanda</testo></domanda>"))
	case "enveloping":
		return signer.Enveloping(letter)
	case "asic":
		return signer.Container(letter, "letter.txt", document.CAdES)
	case "unsigned":
		return page
	}
	ts.Fatalf("form %q", form)
	return nil
}

// strangeCmd makes something that is no file of a usual size: strange pipe|huge NAME.
func strangeCmd(ts *testscript.TestScript, _ bool, args []string) {
	name := ts.MkAbs(args[1])
	switch args[0] {
	case "pipe":
		ts.Check(syscall.Mkfifo(name, 0o600))
	case "huge":
		ts.Check(os.WriteFile(name, []byte("%PDF-1.7\n"), 0o600))
		ts.Check(os.Truncate(name, 1<<41)) // it takes no room, but whoever makes room for it fails
	}
}
