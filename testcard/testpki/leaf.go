// SPDX-License-Identifier: EUPL-1.2

package testpki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"

	"github.com/ponte-cns/ponte/testcard/holder"
)

// Issuer says who signs a leaf.
type Issuer int

const (
	RegionCA Issuer = iota // the trusted CA
	OtherCA                // a CA of the same shape that is not trusted
	Forger                 // names RegionCA as its issuer, signed by another key
)

// Validity says when a leaf is valid, counted from the making of the PKI.
type Validity int

const (
	Valid       Validity = iota // since a month, for six years
	Expired                     // six years that ended a month ago
	NotYetValid                 // six years that begin in a month
)

// Policy says which certificate policies a leaf names (cns-card.md A7, B).
type Policy int

const (
	PolicyCNS      Policy = iota // 1.3.76.16.2.1 with its user notice
	PolicyNone                   // no certificatePolicies extension
	PolicyOther                  // some policy of the CA's own, not that of the CNS
	PolicyLombardy               // 1.3.159.6.1.3.2.10, the equivalent of Lombardy
	PolicyCIE                    // 1.3.76.47.4, the identity card
)

// Usage says which extended key usages a leaf names.
type Usage int

const (
	ClientAuth      Usage = iota // clientAuth alone
	ClientAuthMore               // clientAuth, e-mail protection, smart card logon
	NoExtendedUsage              // no extendedKeyUsage extension
	ServerAuthOnly               // an extension that does not allow client authentication
)

// LeafOptions describes a certificate. The zero value is the authentication
// certificate of a TS-CNS in order: RSA-2048, holder Giada.
type LeafOptions struct {
	Holder     *holder.Holder // nil: holder.Giada()
	CommonName string         // "": Holder.CommonName()
	Bits       int            // 0: 2048; 1024 is the other size of the cards
	FreshKey   bool           // a key of its own instead of the PKI's key of that size
	Serial     *big.Int       // nil: random, 16 bytes

	SignedBy  Issuer
	Validity  Validity
	NotBefore time.Time // zero: as Validity says
	NotAfter  time.Time // zero: as Validity says

	KeyEncipherment bool // besides digitalSignature, as many real ones
	NonRepudiation  bool // instead of digitalSignature: a signature certificate, not for login
	Policy          Policy
	Usage           Usage

	CRLURL  string // "": DefaultCRLURL; "-": no extension
	OCSPURL string // "": DefaultOCSPURL; "-": no extension
}

var (
	oidCommonName   = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidSurname      = asn1.ObjectIdentifier{2, 5, 4, 4}
	oidCountry      = asn1.ObjectIdentifier{2, 5, 4, 6}
	oidOrganization = asn1.ObjectIdentifier{2, 5, 4, 10}
	oidUnit         = asn1.ObjectIdentifier{2, 5, 4, 11}
	oidGivenName    = asn1.ObjectIdentifier{2, 5, 4, 42}

	oidSmartCardLogon = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 2}
)

// Issue makes a certificate and returns it with its key. Keys are shared by
// all leaves of one size, unless FreshKey. It panics on options that no
// certificate can have: they are a mistake in the test.
func (p *PKI) Issue(o LeafOptions) (*x509.Certificate, *rsa.PrivateKey) {
	cert, key, err := p.issue(o)
	if err != nil {
		panic("testpki: issuing a certificate: " + err.Error())
	}
	return cert, key
}

func (p *PKI) issue(o LeafOptions) (*x509.Certificate, *rsa.PrivateKey, error) {
	key, err := p.leafKey(o)
	if err != nil {
		return nil, nil, err
	}
	cert, err := p.issueFor(o, key)
	return cert, key, err
}

// IssueEC issues a certificate for an elliptic key of its own, as other cards than the CNS have.
func (p *PKI) IssueEC(o LeafOptions, curve elliptic.Curve) (*x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic("testpki: making a key: " + err.Error())
	}
	cert, err := p.issueFor(o, key)
	if err != nil {
		panic("testpki: issuing a certificate: " + err.Error())
	}
	return cert, key
}

func (p *PKI) issueFor(o LeafOptions, key crypto.Signer) (*x509.Certificate, error) {
	parent, signer, err := p.issuer(o.SignedBy)
	if err != nil {
		return nil, err
	}
	template := p.template(o, key)
	template.AuthorityKeyId = parent.SubjectKeyId
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func (p *PKI) leafKey(o LeafOptions) (*rsa.PrivateKey, error) {
	bits := o.Bits
	if bits == 0 {
		bits = 2048
	}
	if bits != 1024 && bits != 2048 {
		return nil, fmt.Errorf("%d bits: the cards have RSA keys of 1024 and 2048", bits)
	}
	if o.FreshKey {
		return rsa.GenerateKey(rand.Reader, bits)
	}
	return p.key(leafKeyName(bits), bits)
}

func (p *PKI) issuer(i Issuer) (*x509.Certificate, *rsa.PrivateKey, error) {
	if i != Forger {
		a, err := p.authority(i)
		if err != nil {
			return nil, nil, err
		}
		return a.cert, a.key, nil
	}
	key, err := p.authority(OtherCA)
	if err != nil {
		return nil, nil, err
	}
	parent := *p.CA()
	parent.PublicKey = key.key.Public() // CreateCertificate compares it with the signer
	return &parent, key.key, nil
}

func (p *PKI) template(o LeafOptions, key crypto.Signer) *x509.Certificate {
	who := holder.Giada()
	if o.Holder != nil {
		who = *o.Holder
	}
	cn := o.CommonName
	if cn == "" {
		cn = who.CommonName()
	}
	serial := o.Serial
	if serial == nil {
		serial = newSerial()
	}
	from, to := p.validity(o)
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject: pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: oidCountry, Value: "IT"},
			{Type: oidOrganization, Value: "Prova S.p.A."},
			{Type: oidUnit, Value: "REGIONE PROVA"},
			{Type: oidCommonName, Value: cn},
			{Type: oidGivenName, Value: who.Name},
			{Type: oidSurname, Value: who.Surname},
		}},
		NotBefore:          from,
		NotAfter:           to,
		KeyUsage:           x509.KeyUsageDigitalSignature, // written as critical by crypto/x509
		SubjectKeyId:       keyID(key),
		SignatureAlgorithm: x509.SHA256WithRSA,
		ExtraExtensions:    policies(o.Policy),
	}
	if o.NonRepudiation {
		t.KeyUsage = x509.KeyUsageContentCommitment
	}
	if o.KeyEncipherment {
		t.KeyUsage |= x509.KeyUsageKeyEncipherment
	}
	o.Usage.apply(t)
	if url := orDefault(o.CRLURL, DefaultCRLURL); url != "-" {
		t.CRLDistributionPoints = []string{url}
	}
	if url := orDefault(o.OCSPURL, DefaultOCSPURL); url != "-" {
		t.OCSPServer = []string{url}
	}
	return t
}

func (u Usage) apply(t *x509.Certificate) {
	switch u {
	case ClientAuth:
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	case ClientAuthMore:
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageEmailProtection}
		t.UnknownExtKeyUsage = []asn1.ObjectIdentifier{oidSmartCardLogon}
	case ServerAuthOnly:
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
}

func (p *PKI) validity(o LeafOptions) (from, to time.Time) {
	switch o.Validity {
	case Valid:
		from = p.now.AddDate(0, -1, 0)
	case Expired:
		from = p.now.AddDate(-6, -1, 0)
	case NotYetValid:
		from = p.now.AddDate(0, 1, 0)
	}
	to = from.AddDate(6, 0, 0)
	if !o.NotBefore.IsZero() {
		from = o.NotBefore
	}
	if !o.NotAfter.IsZero() {
		to = o.NotAfter
	}
	return from, to
}

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
