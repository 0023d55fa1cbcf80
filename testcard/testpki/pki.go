// SPDX-License-Identifier: EUPL-1.2

// Package testpki is a certification authority for test cards: it issues
// authentication certificates with the profile of a TS-CNS (cns-card.md A7)
// and the faulty ones that a verifier must refuse (end of cns-card.md C). It is
// not a CA to trust for anything else: its keys are made when it starts, and
// New forgets them.
package testpki

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // key identifiers, RFC 5280 4.2.1.2
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"time"
)

// Names of the two authorities.
const (
	RegionCAName = "Regione Prova - CA Cittadini 2026"
	OtherCAName  = "Regione Altrove - CA Cittadini 2026"
)

// Addresses written in the certificates. The domain is reserved: nothing
// answers there. LeafOptions.CRLURL and OCSPURL name a server of the test.
const (
	DefaultCRLURL  = "http://crl.prova.example/cittadini2026.crl"
	DefaultOCSPURL = "http://ocsp.prova.example/cittadini2026"
)

// PKI is a region's CA, another CA that no portal should trust, and one leaf
// key for each size. Its methods may be called from several goroutines.
type PKI struct {
	store store
	now   time.Time

	mu      sync.Mutex
	ca      *authority
	other   *authority
	keys    map[string]*rsa.PrivateKey
	revoked []Revocation

	listSigners map[ListSigner]*authority
}

type authority struct {
	cert *x509.Certificate
	key  *rsa.PrivateKey
}

// New makes a PKI that lives as long as the process.
func New() *PKI {
	p, err := newPKI(memory{})
	if err != nil {
		panic("testpki: " + err.Error()) // only a system without randomness
	}
	return p
}

// Open loads the PKI kept in the directory, or makes it there: keys as PEM
// files with mode 0600, so that the CA stays the same from one run to the next.
func Open(dir string) (*PKI, error) {
	s, err := openDirectory(dir)
	if err != nil {
		return nil, err
	}
	p, err := newPKI(s)
	if err != nil {
		return nil, fmt.Errorf("opening the test PKI in %s: %w", dir, err)
	}
	for _, bits := range []int{2048, 1024} { // all keys now: Issue has no error to return
		if _, err := p.key(leafKeyName(bits), bits); err != nil {
			return nil, fmt.Errorf("opening the test PKI in %s: %w", dir, err)
		}
	}
	if _, err := p.authority(OtherCA); err != nil {
		return nil, fmt.Errorf("opening the test PKI in %s: %w", dir, err)
	}
	return p, nil
}

func newPKI(s store) (*PKI, error) {
	p := &PKI{store: s, now: time.Now(), keys: map[string]*rsa.PrivateKey{}}
	_, err := p.authority(RegionCA)
	return p, err
}

// CA is the self-signed certificate that a portal trusts.
func (p *PKI) CA() *x509.Certificate { return p.must(RegionCA).cert }

// CAPEM is CA in PEM.
func (p *PKI) CAPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.CA().Raw})
}

// CASigner is the key of CA, to sign OCSP answers in tests.
func (p *PKI) CASigner() crypto.Signer { return p.must(RegionCA).key }

// OtherCA is a self-signed CA of the same shape that no portal trusts.
func (p *PKI) OtherCA() *x509.Certificate { return p.must(OtherCA).cert }

func (p *PKI) must(i Issuer) *authority {
	a, err := p.authority(i)
	if err != nil {
		panic("testpki: " + err.Error()) // Open has made them all, New cannot fail
	}
	return a
}

// authority returns one of the two CAs, made or loaded at its first use.
func (p *PKI) authority(i Issuer) (*authority, error) {
	file, name, where := "ca", RegionCAName, &p.ca
	if i == OtherCA {
		file, name, where = "other-ca", OtherCAName, &p.other
	}
	key, err := p.key(file, 2048)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if *where != nil {
		return *where, nil
	}
	der, err := p.store.certificate(file, func() ([]byte, error) { return p.selfSigned(name, key) })
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("reading the certificate of %s: %w", name, err)
	}
	*where = &authority{cert: cert, key: key}
	return *where, nil
}

func (p *PKI) selfSigned(name string, key *rsa.PrivateKey) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: newSerial(),
		Subject: pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: oidCountry, Value: "IT"},
			{Type: oidOrganization, Value: "Prova S.p.A."},
			{Type: oidUnit, Value: "Servizi di Certificazione"},
			{Type: oidCommonName, Value: name},
		}},
		NotBefore:             p.now.AddDate(-15, 0, 0), // before any expired leaf
		NotAfter:              p.now.AddDate(20, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
		SubjectKeyId:          keyID(key),
		SignatureAlgorithm:    x509.SHA256WithRSA,
	}
	return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}

// key returns the RSA key of that name, made or loaded at its first use.
func (p *PKI) key(name string, bits int) (*rsa.PrivateKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if k := p.keys[name]; k != nil {
		return k, nil
	}
	k, err := p.store.key(name, func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, bits) })
	if err != nil {
		return nil, err
	}
	p.keys[name] = k
	return k, nil
}

func leafKeyName(bits int) string { return fmt.Sprintf("leaf-%d", bits) }

// keyID is the first method of RFC 5280 4.2.1.2.
func keyID(key crypto.Signer) []byte {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		panic("testpki: " + err.Error())
	}
	var public struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &public); err != nil {
		panic("testpki: " + err.Error())
	}
	sum := sha1.Sum(public.Key.Bytes)
	return sum[:]
}

func newSerial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b)          // never fails, see crypto/rand
	b[0] = b[0]&0x7F | 64 // positive, and always 16 bytes long
	return new(big.Int).SetBytes(b)
}
