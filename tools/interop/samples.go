// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

const letterName, otherName = "letter.txt", "other.txt"

var (
	letter = []byte("Domanda di iscrizione\r\nIl sottoscritto chiede che vi siano accenti: è ì ò ù\n")
	form   = []byte(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<m:domanda xmlns:m="urn:prova:modulo" anno='2026'><m:nome>GIADA</m:nome><!-- nota --></m:domanda>` + "\n")
)

// sample is a file for the judges.
type sample struct {
	name    string
	file    []byte
	content string             // the file with the document of a detached signature
	want    map[string]verdict // of each judge that is asked; why is a part of what it says
}

type authority struct{ pki *testpki.PKI }

func newAuthority() *authority { return &authority{testpki.New()} }

func (a *authority) signer(o testpki.LeafOptions) documenttest.Signer {
	o.OCSPURL, o.CRLURL = "-", "-" // the judges get the list of those that were revoked
	cert, key := a.pki.Issue(o)
	return documenttest.Signer{Certificate: cert, Key: key}
}

// stamping is a signer of B-T.
func (a *authority) stamping() documenttest.Signer {
	s, tsa := a.signer(testpki.LeafOptions{}), a.pki.NewTSA(testpki.TSAOptions{})
	s.Stamper = documenttest.Tokens(func(digest []byte) []byte { return tsa.Token(digest, nil) })
	return s
}

// accepted is wanted of all judges: the level in the words of DSS, and whether pyHanko reads the format.
func accepted(level string, pyhanko bool) map[string]verdict {
	want := map[string]verdict{"ponte": {"pass", ""}, "dss": {"pass", level}}
	if pyhanko {
		want["pyhanko"] = verdict{"pass", ""}
	}
	return want
}

// refused is wanted of all judges, for a reason in the words of ours and of DSS.
func refused(ours document.Fault, dss string, pyhanko bool) map[string]verdict {
	want := map[string]verdict{"ponte": {"fail", string(ours)}, "dss": {"fail", dss}}
	if pyhanko {
		want["pyhanko"] = verdict{"fail", ""}
	}
	return want
}

func goodSamples(a *authority) []sample {
	giada, stamped := a.signer(testpki.LeafOptions{}), a.stamping()
	matteo := holder.Matteo()
	second := a.signer(testpki.LeafOptions{Holder: &matteo, FreshKey: true})
	page, fields := pdftest.Simple(2).Table(), pdftest.WithForm().Packed()
	boxed := stamped
	boxed.Box = &pades.Box{Page: 1, X: 60, Y: 60, Width: 220, Height: 70}
	return []sample{
		{"cades-b.p7m", giada.P7M(letter), "", accepted("CAdES-BASELINE-B", false)},
		{"cades-b.p7s", giada.P7S(letter), letterName, accepted("CAdES-BASELINE-B", true)},
		{"cades-t.p7m", stamped.P7M(letter), "", accepted("CAdES-BASELINE-T", false)},
		{"cades-t.p7s", stamped.P7S(letter), letterName, accepted("CAdES-BASELINE-T", true)},
		{"cades-two.p7m", second.Beside(giada.P7M(letter)), "", accepted("CAdES-BASELINE-B CAdES-BASELINE-B", false)},
		{"pades-b.pdf", giada.PDF(page), "", accepted("PAdES-BASELINE-B", true)},
		{"pades-t.pdf", stamped.PDF(page), "", accepted("PAdES-BASELINE-T", true)},
		{"pades-box.pdf", boxed.PDF(page), "", accepted("PAdES-BASELINE-T", true)},
		{"pades-form.pdf", giada.PDF(fields), "", accepted("PAdES-BASELINE-B", true)},
		{"pades-two.pdf", second.PDF(stamped.PDF(page)), "", accepted("PAdES-BASELINE-", true)},
		{"xades-enveloped.xml", giada.Enveloped(form), "", accepted("XAdES-BASELINE-B", false)},
		{"xades-enveloped-t.xml", stamped.Enveloped(form), "", accepted("XAdES-BASELINE-T", false)},
		{"xades-two.xml", second.Enveloped(giada.Enveloped(form)), "", accepted("XAdES-BASELINE-B", false)},
		{"xades-enveloping.xml", giada.Enveloping(letter), "", accepted("XAdES-BASELINE-B", false)},
		{"xades-detached.xml", giada.DetachedXML(letter, letterName), letterName, accepted("XAdES-BASELINE-B", false)},
		{"asic-cades.asics", giada.Container(letter, letterName, document.CAdES), "", accepted("CAdES-BASELINE-B", false)},
		{"asic-cades-t.asics", stamped.Container(letter, letterName, document.CAdES), "", accepted("CAdES-BASELINE-T", false)},
		{"asic-xades.asics", giada.Container(letter, letterName, document.XAdES), "", accepted("XAdES-BASELINE-B", false)},
	}
}

func badSamples(a *authority) []sample {
	giada := a.signer(testpki.LeafOptions{})
	unknown, lost := a.signer(testpki.LeafOptions{SignedBy: testpki.OtherCA}), a.signer(testpki.LeafOptions{})
	a.pki.Revoke(lost.Certificate)
	page := pdftest.Simple(2).Table()
	signed := giada.PDF(page)
	added := refused(document.FaultChangedAfter, "", true)
	added["pyhanko"] = verdict{"fail", "ILLEGAL_MODIFICATIONS"}
	delete(added, "dss") // which warns only: it leaves what was added to a PDF to who looks at it
	return []sample{
		{"tampered.p7m", tampered(giada.P7M(letter), "Domanda", "Rinunce"), "", refused(document.FaultDocumentChanged, "HASH_FAILURE", false)},
		{"tampered-attribute.p7s", tamperedTime(giada.P7S(letter)), letterName, refused(document.FaultSignature, "SIG_CRYPTO_FAILURE", true)},
		{"swapped.p7s", giada.P7S(letter), otherName, refused(document.FaultDocumentChanged, "HASH_FAILURE", true)},
		{"tampered.pdf", tampered(signed, "Domanda", "Rinunce"), "", refused(document.FaultDocumentChanged, "HASH_FAILURE", true)},
		{"added.pdf", pdftest.Update(signed, map[int]string{5: pdftest.Stream("", "BT /F1 24 Tf 72 720 Td (Altro) Tj ET"), 90: "null"}, ""), "", added},
		{"tampered.xml", tampered(giada.Enveloped(form), "GIADA", "PAOLO"), "", refused(document.FaultDocumentChanged, "HASH_FAILURE", false)},
		{"tampered-enveloping.xml", tampered(giada.Enveloping(letter), encoded("Domand"), encoded("Rinunc")), "", refused(document.FaultDocumentChanged, "HASH_FAILURE", false)},
		{"swapped.xml", giada.DetachedXML(letter, otherName), otherName, refused(document.FaultDocumentChanged, "HASH_FAILURE", false)},
		{"untrusted.p7m", unknown.P7M(letter), "", refused(document.FaultUntrusted, "NO_CERTIFICATE_CHAIN_FOUND", false)},
		{"untrusted.pdf", unknown.PDF(page), "", refused(document.FaultUntrusted, "NO_CERTIFICATE_CHAIN_FOUND", true)},
		{"untrusted.xml", unknown.Enveloped(form), "", refused(document.FaultUntrusted, "NO_CERTIFICATE_CHAIN_FOUND", false)},
		{"revoked.p7m", lost.P7M(letter), "", map[string]verdict{"dss": {"fail", "REVOKED"}}},
		{"revoked.pdf", lost.PDF(page), "", map[string]verdict{"dss": {"fail", "REVOKED"}, "pyhanko": {"fail", ""}}},
	}
}

func encoded(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// tampered changes a document without changing its length.
func tampered(file []byte, old, new string) []byte {
	if !bytes.Contains(file, []byte(old)) || len(old) != len(new) {
		panic("a document that cannot be tampered with")
	}
	return bytes.Replace(file, []byte(old), []byte(new), 1)
}

// tamperedTime changes the time that the signer says: the last digit of its minute.
func tamperedTime(p7s []byte) []byte {
	signingTime := []byte{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x05, 0x31, 0x0F, 0x17, 0x0D}
	at := bytes.Index(p7s, signingTime)
	if at < 0 {
		panic("no signing time")
	}
	out := bytes.Clone(p7s)
	out[at+len(signingTime)+9] ^= 1
	return out
}

// ownVerdicts are those of portal.VerifyDocument.
func ownVerdicts(ctx context.Context, a *authority, all []sample) map[string]verdict {
	anchors := []*x509.Certificate{a.pki.CA()}
	trust, err := document.NewTrust(document.Options{TrustAnchors: anchors, TimeAuthorities: anchors})
	if err != nil {
		panic(err)
	}
	found := map[string]verdict{}
	for _, s := range all {
		o := portal.DocumentOptions{Trust: trust}
		switch s.content {
		case letterName:
			o.Content = bytes.NewReader(letter)
		case otherName:
			o.Content = strings.NewReader("un altro documento\n")
		}
		report, err := portal.VerifyDocument(ctx, s.file, o)
		if err != nil {
			found[s.name] = verdict{"fail", err.Error()}
			continue
		}
		v := verdict{"fail", ""}
		if report.Good() {
			v.outcome = "pass"
		}
		for _, one := range report.Signatures {
			v.why = strings.TrimSpace(fmt.Sprint(v.why, " ", one.Format, " ", one.Level, " ", one.Faults))
		}
		found[s.name] = v
	}
	return found
}
