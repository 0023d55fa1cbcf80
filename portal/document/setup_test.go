// SPDX-License-Identifier: BSD-3-Clause

package document_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var pki = testpki.New()

func trust(t testing.TB, change func(*document.Options)) *document.Trust {
	t.Helper()
	return documenttest.Trust(t, pki.CA(), change)
}

// issue makes a certificate with further extensions, and otherwise as changed.
func issue(t testing.TB, o testpki.LeafOptions, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	leaf, key := pki.Issue(o)
	if change == nil {
		return leaf
	}
	template := *leaf
	template.SignatureAlgorithm = x509.SHA256WithRSA
	change(&template)
	der, err := x509.CreateCertificate(rand.Reader, &template, pki.CA(), key.Public(), pki.CASigner())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// statements is an extension qcStatements (RFC 3739, 3.2.6).
func statements(t testing.TB, encoded ...[]byte) func(*x509.Certificate) {
	t.Helper()
	var content []byte
	for _, e := range encoded {
		content = append(content, e...)
	}
	der := marshal(t, asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: content})
	return func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}, Value: der})
	}
}

// statement is one of ETSI EN 319 412-5, by its last number.
func statement(t testing.TB, number int, info any) []byte {
	t.Helper()
	content := marshal(t, asn1.ObjectIdentifier{0, 4, 0, 1862, 1, number})
	if info != nil {
		content = append(content, marshal(t, info)...)
	}
	return marshal(t, asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: content})
}

// kinds are the types of qualified certificates: 1 signatures, 2 seals, 3 web sites.
func kinds(numbers ...int) []asn1.ObjectIdentifier {
	var all []asn1.ObjectIdentifier
	for _, n := range numbers {
		all = append(all, asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6, n})
	}
	return all
}

func marshal(t testing.TB, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// judged is a signature in order but for its certificate, as it is after Judge.
func judged(t testing.TB, trust *document.Trust, cert *x509.Certificate, stamps ...time.Time) document.Signature {
	t.Helper()
	s := document.Signature{Certificate: cert}
	for _, at := range stamps {
		s.TimeStamps = append(s.TimeStamps, document.TimeStamp{Time: at})
	}
	trust.Judge(t.Context(), &s, nil)
	return s
}

// asked is a Revocation that counts and answers.
type asked struct {
	count int
	err   error
}

func (a *asked) Check(context.Context, *x509.Certificate, *x509.Certificate) error {
	a.count++
	return a.err
}
