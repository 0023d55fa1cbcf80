// SPDX-License-Identifier: EUPL-1.2

package testpki

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"
)

// ResponderOptions describes the certificate of an OCSP responder. The zero value is one in order.
type ResponderOptions struct {
	SignedBy Issuer
	NoEKU    bool // without id-kp-OCSPSigning
	Expired  bool
	// CannotSign: its key usage is for something else.
	CannotSign bool
	// OtherName: signed with the key of the CA, but in another name.
	OtherName bool
}

// IssueResponder makes the certificate of an OCSP responder (RFC 6960, 4.2.2.2) and returns it with its key.
func (p *PKI) IssueResponder(o ResponderOptions) (*x509.Certificate, *rsa.PrivateKey) {
	key, err := p.key("ocsp-responder", 2048)
	if err != nil {
		panic("testpki: the key of the responder: " + err.Error())
	}
	parent, signer, err := p.issuer(o.SignedBy)
	if err != nil {
		panic("testpki: the issuer of the responder: " + err.Error())
	}
	template := &x509.Certificate{
		SerialNumber: newSerial(),
		Subject:      pkix.Name{Country: []string{"IT"}, Organization: []string{"Prova S.p.A."}, CommonName: "OCSP"},
		NotBefore:    p.now.AddDate(0, -2, 0),
		NotAfter:     p.now.AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning},
	}
	if o.NoEKU {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	if o.CannotSign {
		template.KeyUsage = x509.KeyUsageKeyEncipherment
	}
	if o.OtherName {
		other := *parent
		other.RawSubject, other.Subject = nil, pkix.Name{CommonName: "Another CA"}
		parent = &other
	}
	if o.Expired {
		template.NotAfter = p.now.AddDate(0, -1, 0)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		panic("testpki: the certificate of the responder: " + err.Error())
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic("testpki: the certificate of the responder: " + err.Error())
	}
	return cert, key
}

// CRLOptions describes a revocation list. The zero value is that of CRL.
type CRLOptions struct {
	Number                 int64
	ThisUpdate, NextUpdate time.Time // zero: an hour ago, in a week
	SignedBy               Issuer
	Extensions             []pkix.Extension                    // of the list
	Entries                []x509.RevocationListEntry          // beside what was taken back
	Edit                   func(template *x509.RevocationList) // last
}

// CRLWith is a revocation list of the region's CA, or of who signs it, in DER.
func (p *PKI) CRLWith(o CRLOptions) []byte {
	list := &x509.RevocationList{
		Number: big.NewInt(time.Now().Unix()), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(7 * 24 * time.Hour),
		ExtraExtensions: o.Extensions,
	}
	if o.Number != 0 {
		list.Number = big.NewInt(o.Number)
	}
	if !o.ThisUpdate.IsZero() {
		list.ThisUpdate = o.ThisUpdate
	}
	if !o.NextUpdate.IsZero() {
		list.NextUpdate = o.NextUpdate
	}
	for _, r := range p.Revoked() {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: r.Serial, RevocationTime: r.At, ReasonCode: r.Reason,
		})
	}
	list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, o.Entries...)
	if o.Edit != nil {
		o.Edit(list)
	}
	issuer, key, err := p.issuer(o.SignedBy)
	if err != nil {
		panic("testpki: signing the revocation list: " + err.Error())
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, issuer, key)
	if err != nil {
		panic("testpki: signing the revocation list: " + err.Error())
	}
	return der
}
