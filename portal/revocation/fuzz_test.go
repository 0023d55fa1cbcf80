// SPDX-License-Identifier: BSD-3-Clause

package revocation

import (
	"crypto/x509"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/ponte-cns/ponte/testcard/testpki"
)

// FuzzAnswer looks for an OCSP answer that makes the reader panic, or that it takes for good though nobody signed it.
func FuzzAnswer(f *testing.F) {
	pki := testpki.New()
	cert, _ := pki.Issue(testpki.LeafOptions{})
	other, _ := pki.Issue(testpki.LeafOptions{})
	for _, r := range []ocsp.Response{{Status: ocsp.Good}, {Status: ocsp.Unknown}, {Status: ocsp.Revoked, RevokedAt: time.Now(), RevocationReason: 6}} {
		r.SerialNumber, r.ThisUpdate, r.NextUpdate = other.SerialNumber, time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		delegate, key := pki.IssueResponder(testpki.ResponderOptions{})
		r.Certificate = delegate
		der, err := ocsp.CreateResponse(pki.CA(), delegate, r, key)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(der)
		f.Add(der[:len(der)/2])
	}
	f.Add(ocsp.TryLaterErrorResponse)
	f.Add([]byte{0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF})
	c := New(Options{AcceptNoNonce: true})
	f.Fuzz(func(t *testing.T, der []byte) {
		if _, err := c.readAnswer(der, []byte("nonce"), cert, pki.CA()); err == nil || final(err) {
			t.Errorf("believed: %v", err)
		}
	})
}

// FuzzList does the same with revocation lists. A second reader takes the signature for good, to come to what is below.
func FuzzList(f *testing.F) {
	pki := testpki.New()
	cert, _ := pki.Issue(testpki.LeafOptions{})
	pki.Suspend(cert)
	good := pki.CRL()
	f.Add(pki.CRLWith(testpki.CRLOptions{SignedBy: testpki.OtherCA}))
	f.Add(pki.CRLWith(testpki.CRLOptions{SignedBy: testpki.Forger}))
	f.Add(good[:len(good)/2])
	f.Add([]byte{0x30, 0x82, 0x01})
	f.Add([]byte{0x30, 0x0E, 0xA0, 0x06, 0xA0, 0x04, 0x86, 0x02, 'x', 'y', 0x81, 0x01, 0xFF, 0x84, 0x01, 0x00})
	f.Fuzz(func(t *testing.T, der []byte) {
		if l, err := readList(der, pki.CA()); err == nil && l.outcome(cert) == nil {
			t.Error("believed")
		}
		_ = new(list).readScope(der)
		if parsed, err := x509.ParseRevocationList(der); err == nil {
			l := &list{}
			if l.readExtensions(parsed.Extensions) == nil && l.readEntries(parsed.RevokedCertificateEntries) == nil {
				_ = l.outcome(cert)
			}
		}
	})
}
