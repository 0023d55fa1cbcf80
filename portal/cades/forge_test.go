// SPDX-License-Identifier: BSD-3-Clause

package cades_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/cades/cms"
)

// forgery is a message with one signer, made without the code that is tested, so that anything can be wrong with it.
type forgery struct {
	content     []byte
	apart       bool // detached
	contentType asn1.ObjectIdentifier
	attributes  [][]byte // encoded, in the order in which they are written and signed
	noSigned    bool
	digest      []byte // AlgorithmIdentifier
	algorithm   []byte // AlgorithmIdentifier
	hash        crypto.Hash
	key         *rsa.PrivateKey
	named       *x509.Certificate   // by issuer and serial number
	certs       []*x509.Certificate // in the message
	unsigned    [][]byte            // encoded attributes
	change      func(signature []byte)
}

func tlv(tag byte, parts ...[]byte) []byte {
	b, err := asn1.Marshal(asn1.RawValue{Class: int(tag >> 6), Tag: int(tag & 0x1F), IsCompound: tag&0x20 != 0, Bytes: slices.Concat(parts...)})
	if err != nil {
		panic(err)
	}
	return b
}

func encoded(v any) []byte {
	b, err := asn1.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// attribute encodes one with any number of values.
func attribute(id asn1.ObjectIdentifier, values ...[]byte) []byte {
	return tlv(0x30, encoded(id), tlv(0x31, values...))
}

func identifier(numbers ...int) []byte {
	return tlv(0x30, encoded(asn1.ObjectIdentifier(numbers)), []byte{5, 0})
}

// Algorithms of forgeries.
var (
	sha1ID       = identifier(1, 3, 14, 3, 2, 26)
	sha256ID     = identifier(2, 16, 840, 1, 101, 3, 4, 2, 1)
	sha512ID     = identifier(2, 16, 840, 1, 101, 3, 4, 2, 3)
	sha3ID       = identifier(2, 16, 840, 1, 101, 3, 4, 2, 8)
	rsaID        = identifier(1, 2, 840, 113549, 1, 1, 1)
	rsaMD5ID     = identifier(1, 2, 840, 113549, 1, 1, 4)
	rsaSHA1ID    = identifier(1, 2, 840, 113549, 1, 1, 5)
	rsaSHA256ID  = identifier(1, 2, 840, 113549, 1, 1, 11)
	rsaSHA512ID  = identifier(1, 2, 840, 113549, 1, 1, 13)
	ed25519ID    = identifier(1, 3, 101, 112)
	ecdsa256ID   = identifier(1, 2, 840, 10045, 4, 3, 2)
	oidTSTInfo   = cms.OIDTSTInfo
	oidUnknownID = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 7}
)

// pss is RSASSA-PSS with two hash functions (RFC 4055, 3.1).
func pss(hash, mask []byte) []byte {
	mgf1 := tlv(0x30, encoded(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}), mask)
	return tlv(0x30, encoded(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}), tlv(0x30, tlv(0xA0, hash), tlv(0xA1, mgf1), tlv(0xA2, encoded(32))))
}

// Attributes of a good one, each of which a test may replace.
func contentTypeAttribute() []byte { return attribute(cms.OIDContentType, encoded(cms.OIDData)) }
func digestAttribute(b []byte) []byte {
	sum := sha256.Sum256(b)
	return attribute(cms.OIDMessageDigest, encoded(sum[:]))
}
func timeAttribute() []byte { return attribute(cms.OIDSigningTime, encoded(time.Now().UTC())) }

// certAttribute is signing-certificate-v2 with SHA-256, and nothing else in it.
func certAttribute(c *x509.Certificate) []byte {
	sum := sha256.Sum256(c.Raw)
	return attribute(cms.OIDSigningCertificateV2, certIDs(encoded(sum[:])))
}

// certIDs is a SigningCertificate or SigningCertificateV2 with one certificate.
func certIDs(parts ...[]byte) []byte { return tlv(0x30, tlv(0x30, tlv(0x30, parts...))) }

// forged is a good message, for a start.
func forged(s signer) *forgery {
	f := &forgery{
		content: text, contentType: cms.OIDData, digest: sha256ID, algorithm: rsaSHA256ID, hash: crypto.SHA256,
		key: s.key, named: s.cert, certs: []*x509.Certificate{s.cert},
		attributes: [][]byte{contentTypeAttribute(), digestAttribute(text), timeAttribute(), certAttribute(s.cert)},
	}
	return f.sorted()
}

func (f *forgery) sorted() *forgery {
	slices.SortFunc(f.attributes, bytes.Compare)
	return f
}

// replace puts an attribute in the place of that of the same type; none removes it.
func (f *forgery) replace(id asn1.ObjectIdentifier, with ...[]byte) *forgery {
	f.attributes = slices.DeleteFunc(f.attributes, func(a []byte) bool { return bytes.Contains(a[:min(len(a), 20)], encoded(id)) })
	f.attributes = append(f.attributes, with...)
	return f.sorted()
}

func (f *forgery) signerInfo(t testing.TB) []byte {
	t.Helper()
	set := tlv(0x31, f.attributes...)
	what := set
	if f.noSigned {
		what = f.content
	}
	h := f.hash.New()
	h.Write(what)
	signature, err := rsa.SignPKCS1v15(nil, f.key, f.hash, h.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	if f.change != nil {
		f.change(signature)
	}
	parts := [][]byte{encoded(1), tlv(0x30, f.named.RawIssuer, encoded(f.named.SerialNumber)), f.digest}
	if !f.noSigned {
		parts = append(parts, append([]byte{0xA0}, set[1:]...))
	}
	parts = append(parts, f.algorithm, encoded(signature))
	if f.unsigned != nil {
		parts = append(parts, tlv(0xA1, f.unsigned...))
	}
	return tlv(0x30, parts...)
}

func (f *forgery) message(t testing.TB) []byte { return joined(t, f) }

// joined is a message with the signers of several forgeries, of the content of the first.
func joined(t testing.TB, all ...*forgery) []byte {
	t.Helper()
	first := all[0]
	var certs, signers [][]byte
	for _, f := range all {
		for _, c := range f.certs {
			certs = append(certs, c.Raw)
		}
		signers = append(signers, f.signerInfo(t))
	}
	content := tlv(0x30, encoded(first.contentType), tlv(0xA0, encoded(first.content)))
	if first.apart {
		content = tlv(0x30, encoded(first.contentType))
	}
	parts := [][]byte{encoded(1), tlv(0x31, first.digest), content}
	if certs != nil {
		parts = append(parts, tlv(0xA0, certs...))
	}
	parts = append(parts, tlv(0x31, signers...))
	return tlv(0x30, encoded(cms.OIDSignedData), tlv(0xA0, tlv(0x30, parts...)))
}
