// SPDX-License-Identifier: EUPL-1.2

package testpki

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // names certificates as RFC 3161 did before RFC 5816
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"time"
)

// TSAPolicy is the policy of the test authority; it is made up.
const TSAPolicy = "1.3.6.1.4.1.99999.1.2"

// TSAOptions describes a time stamp authority (RFC 3161). The zero value is one in order, whose certificate the region's
// CA has issued.
type TSAOptions struct {
	SignedBy    Issuer
	NoUsage     bool // without id-kp-timeStamping
	MoreUsages  bool // for client authentication too
	NotCritical bool // extendedKeyUsage is not critical
	Expired     bool // the certificate, a month ago

	NameBySHA1    bool // signing-certificate of RFC 2634 instead of signing-certificate-v2
	NameOther     bool // signing-certificate-v2 names another certificate
	NoCertificate bool // not put into the token
	BadSignature  bool
	At            time.Time // zero: now
	Fraction      bool      // the time with a fraction of a second, and the accuracy
	NoNonce       bool
	OtherNonce    bool
	OtherDigest   bool
	OtherPolicy   bool
	CriticalExt   bool   // an extension that nobody knows, critical
	Status        int    // other than granted
	Answer        []byte // instead of any
}

// TSA is a time stamp authority, and serves RFC 3161, 3.4.
type TSA struct {
	options TSAOptions
	cert    *x509.Certificate
	other   *x509.Certificate // which NameOther names
	key     *rsa.PrivateKey
}

// Of RFC 3161.
type (
	tsaRequest struct {
		Version int
		Imprint tsaImprint
		Policy  asn1.ObjectIdentifier `asn1:"optional"`
		Nonce   *big.Int              `asn1:"optional"`
		CertReq bool                  `asn1:"optional"`
	}
	tsaImprint struct {
		Hash   pkix.AlgorithmIdentifier
		Digest []byte
	}
	tsaInfo struct {
		Version    int
		Policy     asn1.ObjectIdentifier
		Imprint    tsaImprint
		Serial     *big.Int
		Time       asn1.RawValue
		Accuracy   tsaAccuracy      `asn1:"optional"`
		Nonce      *big.Int         `asn1:"optional"`
		Extensions []pkix.Extension `asn1:"optional,tag:1,omitempty"`
	}
	tsaAccuracy struct {
		Seconds int `asn1:"optional"`
	}
	tsaStatus   struct{ Status int }
	tsaResponse struct {
		Status tsaStatus
		Token  asn1.RawValue `asn1:"optional"`
	}
)

// Of RFC 5652, 5.1 and 5.3.
type (
	tsaContentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}
	tsaSignedData struct {
		Version      int
		Algorithms   []pkix.AlgorithmIdentifier `asn1:"set"`
		Content      tsaContentInfo
		Certificates asn1.RawValue   `asn1:"optional"`
		Signers      []tsaSignerInfo `asn1:"set"`
	}
	tsaSignerInfo struct {
		Version int
		Signer  struct {
			Issuer asn1.RawValue
			Serial *big.Int
		}
		Digest    pkix.AlgorithmIdentifier
		Signed    asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature []byte
	}
	tsaAttribute struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
)

var (
	oidTSTInfo         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidCMSSignedData   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidAttrContentType = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidAttrDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidAttrCert        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidAttrCertV2      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidDigestSHA256    = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidRSAWithSHA256   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidKeyUsageTime    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
	oidKeyUsageClient  = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 2}
	oidExtKeyUsage     = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidTSAPolicy       = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1, 2}
)

// NewTSA makes a time stamp authority. It panics where Issue does.
func (p *PKI) NewTSA(o TSAOptions) *TSA {
	key, err := p.key("tsa", 2048)
	if err != nil {
		panic("testpki: the key of the time stamp authority: " + err.Error())
	}
	a := &TSA{options: o, key: key}
	a.cert, a.other = p.issueTSA(o, key), p.issueTSA(o, key)
	return a
}

func (p *PKI) issueTSA(o TSAOptions, key *rsa.PrivateKey) *x509.Certificate {
	parent, signer, err := p.issuer(o.SignedBy)
	if err != nil {
		panic("testpki: the issuer of the time stamp authority: " + err.Error())
	}
	template := &x509.Certificate{
		SerialNumber: newSerial(),
		Subject:      pkix.Name{Country: []string{"IT"}, Organization: []string{"Prova S.p.A."}, CommonName: "Prova TSA"},
		NotBefore:    p.now.AddDate(-8, 0, 0),
		NotAfter:     p.now.AddDate(8, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	if o.Expired {
		template.NotAfter = p.now.AddDate(0, -1, 0)
	}
	if !o.NoUsage {
		usages := []asn1.ObjectIdentifier{oidKeyUsageTime}
		if o.MoreUsages {
			usages = append(usages, oidKeyUsageClient)
		}
		template.ExtraExtensions = []pkix.Extension{{Id: oidExtKeyUsage, Critical: !o.NotCritical, Value: mustDER(usages)}}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		panic("testpki: the certificate of the time stamp authority: " + err.Error())
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic("testpki: the certificate of the time stamp authority: " + err.Error())
	}
	return cert
}

// Certificate is that of the authority.
func (a *TSA) Certificate() *x509.Certificate { return a.cert }

// ServeHTTP answers requests (RFC 3161, 3.4).
func (a *TSA) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 4096))
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "not a request", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	if a.options.Answer != nil {
		w.Write(a.options.Answer)
		return
	}
	answer, err := a.respond(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Write(answer)
}

func (a *TSA) respond(body []byte) ([]byte, error) {
	var r tsaRequest
	if rest, err := asn1.Unmarshal(body, &r); err != nil || len(rest) > 0 || r.Version != 1 {
		return nil, fmt.Errorf("not a request of version 1: %v", err)
	}
	if !r.Imprint.Hash.Algorithm.Equal(oidDigestSHA256) || len(r.Imprint.Digest) != sha256.Size {
		return nil, fmt.Errorf("a digest of %d bytes with %v", len(r.Imprint.Digest), r.Imprint.Hash.Algorithm)
	}
	if a.options.Status != 0 {
		return asn1.Marshal(tsaResponse{Status: tsaStatus{a.options.Status}})
	}
	if a.options.NoNonce {
		r.Nonce = nil
	}
	if a.options.OtherNonce {
		r.Nonce = new(big.Int).Add(r.Nonce, big.NewInt(1))
	}
	return asn1.Marshal(tsaResponse{Token: asn1.RawValue{FullBytes: a.Token(r.Imprint.Digest, r.Nonce)}})
}

// Token is a time stamp over a SHA-256; nonce may be nil.
func (a *TSA) Token(digest []byte, nonce *big.Int) []byte {
	content := mustDER(a.info(slices.Clone(digest), nonce))
	attributes := a.attributes(content)
	sum := sha256.Sum256(attributes)
	signature, err := rsa.SignPKCS1v15(nil, a.key, crypto.SHA256, sum[:])
	if err != nil {
		panic("testpki: signing a time stamp: " + err.Error())
	}
	if a.options.BadSignature {
		signature[10] ^= 1
	}
	signer := tsaSignerInfo{
		Version: 1, Digest: pkix.AlgorithmIdentifier{Algorithm: oidDigestSHA256},
		Signed:    asn1.RawValue{FullBytes: append([]byte{0xA0}, attributes[1:]...)},
		Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidRSAWithSHA256, Parameters: asn1.NullRawValue}, Signature: signature,
	}
	signer.Signer.Issuer, signer.Signer.Serial = asn1.RawValue{FullBytes: a.cert.RawIssuer}, a.cert.SerialNumber
	data := tsaSignedData{
		Version: 3, Algorithms: []pkix.AlgorithmIdentifier{{Algorithm: oidDigestSHA256}},
		Content: tsaContentInfo{oidTSTInfo, explicit(mustDER(content))}, Signers: []tsaSignerInfo{signer},
	}
	if !a.options.NoCertificate {
		data.Certificates = explicit(a.cert.Raw)
	}
	return mustDER(tsaContentInfo{oidCMSSignedData, explicit(mustDER(data))})
}

func (a *TSA) info(digest []byte, nonce *big.Int) tsaInfo {
	at := a.options.At
	if at.IsZero() {
		at = time.Now()
	}
	layout := "20060102150405Z"
	info := tsaInfo{Version: 1, Policy: oidTSAPolicy, Serial: newSerial(), Nonce: nonce}
	if a.options.Fraction {
		layout, info.Accuracy = "20060102150405.000Z", tsaAccuracy{1}
	}
	info.Time = asn1.RawValue{Tag: asn1.TagGeneralizedTime, Bytes: []byte(at.UTC().Format(layout))}
	if a.options.OtherDigest {
		digest[0] ^= 1
	}
	if a.options.OtherPolicy {
		info.Policy = oidPolicyOther
	}
	if a.options.CriticalExt {
		info.Extensions = []pkix.Extension{{Id: oidPolicyOther, Critical: true, Value: []byte{5, 0}}}
	}
	info.Imprint = tsaImprint{pkix.AlgorithmIdentifier{Algorithm: oidDigestSHA256}, digest}
	return info
}

// attributes are the signed ones, as a SET in the order of DER.
func (a *TSA) attributes(content []byte) []byte {
	named := a.cert
	if a.options.NameOther {
		named = a.other
	}
	sum, short := sha256.Sum256(named.Raw), sha1.Sum(named.Raw)
	type certID struct{ Hash []byte }
	type certificates struct{ IDs []certID }
	name := tsaAttribute{oidAttrCertV2, one(certificates{[]certID{{sum[:]}}})}
	if a.options.NameBySHA1 {
		name = tsaAttribute{oidAttrCert, one(certificates{[]certID{{short[:]}}})}
	}
	digest := sha256.Sum256(content)
	encoded := [][]byte{
		mustDER(tsaAttribute{oidAttrContentType, one(oidTSTInfo)}), mustDER(tsaAttribute{oidAttrDigest, one(digest[:])}), mustDER(name),
	}
	slices.SortFunc(encoded, bytes.Compare)
	return mustDER(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: slices.Concat(encoded...)})
}

func one(value any) []asn1.RawValue { return []asn1.RawValue{{FullBytes: mustDER(value)}} }

// explicit is [0] around something in DER.
func explicit(der []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: der}
}

func mustDER(value any) []byte {
	der, err := asn1.Marshal(value)
	if err != nil {
		panic("testpki: " + err.Error())
	}
	return der
}
