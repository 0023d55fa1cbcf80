// SPDX-License-Identifier: EUPL-1.2

package testpki

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // a signature that a reader must refuse
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// ListOptions describes a signed trusted list. The zero value is one in order.
type ListOptions struct {
	Sequence           int           // 0: 1
	Territory          string        // "": IT
	Issued, NextUpdate time.Time     // zero: an hour ago, in ninety days
	Services           []ListService // nil: Services()

	SignedBy ListSigner
	SHA1     bool   // in the signature
	SHA1Sum  bool   // in its digests
	ByURI    bool   // the signature names the whole document, not the Id of its root
	OtherURI string // instead of either
	// KeyInfo is the certificate in the signature. Nil: that of SignedBy.
	KeyInfo *x509.Certificate
	// Edit changes the text of the list before it is signed. It must leave it in
	// canonical form.
	Edit func(list string) string
}

// ListSigner says who signs a list.
type ListSigner int

const (
	SchemeOperator     ListSigner = iota // whom readers trust
	NextSchemeOperator                   // who signs after a rollover
	OtherOperator                        // somebody else with a certificate of the same name
)

const (
	listID         = "ID100001"
	signedPropsID  = "xades-ID100001"
	algExclusive   = "http://www.w3.org/2001/10/xml-exc-c14n#"
	algEnveloped   = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
	algSHA256      = "http://www.w3.org/2001/04/xmlenc#sha256"
	algSHA1        = "http://www.w3.org/2000/09/xmldsig#sha1"
	algRSASHA256   = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	algRSASHA1     = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
	namespaceDSig  = "http://www.w3.org/2000/09/xmldsig#"
	namespaceXAdES = "http://uri.etsi.org/01903/v1.3.2#"
)

func (o ListOptions) withDefaults(p *PKI) ListOptions {
	if o.Sequence == 0 {
		o.Sequence = 1
	}
	if o.Territory == "" {
		o.Territory = "IT"
	}
	if o.Issued.IsZero() {
		o.Issued = p.now.Add(-time.Hour)
	}
	if o.NextUpdate.IsZero() {
		o.NextUpdate = p.now.AddDate(0, 0, 90)
	}
	if o.Services == nil {
		o.Services = p.Services()
	}
	return o
}

// SignedTrustedList is a list with an enveloped XAdES signature as that of
// TSL-IT.xml: exclusive canonicalisation, one reference to the root, one to the
// signed properties, namespaces declared at the root that nobody uses. It is put
// together as text, by the rules of canonical XML (W3C, xml-exc-c14n), and owes
// nothing to the code under test.
func (p *PKI) SignedTrustedList(o ListOptions) []byte {
	list := p.listText(o)
	if o.Edit != nil {
		list = o.Edit(list)
	}
	body, found := strings.CutSuffix(list, listEnd)
	if !found {
		panic("testpki: the edited list has lost its end")
	}
	written := strings.Replace(body, " Id=", ` xmlns:ns4="http://uri.etsi.org/02231/v2/additionaltypes#" Id=`, 1)
	return []byte(xmlDeclaration + written + p.signature(list, o) + listEnd)
}

// signature is the element ds:Signature over a text in canonical form.
func (p *PKI) signature(list string, o ListOptions) string {
	signer := p.listSigner(o.SignedBy)
	shown := signer.cert
	if o.KeyInfo != nil {
		shown = o.KeyInfo
	}
	uri := "#" + listID
	if o.ByURI {
		uri = ""
	}
	if o.OtherURI != "" {
		uri = o.OtherURI
	}
	properties := `<xades:SignedProperties xmlns:xades="` + namespaceXAdES + `" Id="` + signedPropsID + `"><xades:SignedSignatureProperties><xades:SigningTime>` +
		p.now.UTC().Format(time.RFC3339) + `</xades:SigningTime></xades:SignedSignatureProperties></xades:SignedProperties>`

	digestMethod, signatureMethod := algSHA256, algRSASHA256
	if o.SHA1Sum {
		digestMethod = algSHA1
	}
	if o.SHA1 {
		signatureMethod = algRSASHA1
	}
	info := `<ds:SignedInfo xmlns:ds="` + namespaceDSig + `">` + empty("CanonicalizationMethod", algExclusive) + empty("SignatureMethod", signatureMethod) +
		reference(uri, o.SHA1Sum, digestMethod, list, algEnveloped, algExclusive) +
		reference("#"+signedPropsID, o.SHA1Sum, digestMethod, properties, algExclusive) + `</ds:SignedInfo>`

	hash, digest := crypto.SHA256, digestOf(info, o.SHA1)
	if o.SHA1 {
		hash = crypto.SHA1
	}
	value, err := rsa.SignPKCS1v15(rand.Reader, signer.key, hash, digest)
	if err != nil {
		panic("testpki: signing the trusted list: " + err.Error())
	}
	return `<ds:Signature xmlns:ds="` + namespaceDSig + `" Id="id-1">` + info +
		`<ds:SignatureValue>` + base64.StdEncoding.EncodeToString(value) + `</ds:SignatureValue>` +
		`<ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + base64.StdEncoding.EncodeToString(shown.Raw) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo>` +
		`<ds:Object><xades:QualifyingProperties xmlns:xades="` + namespaceXAdES + `" Target="#id-1">` + properties + `</xades:QualifyingProperties></ds:Object></ds:Signature>`
}

func reference(uri string, sha bool, digestMethod, text string, transforms ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<ds:Reference URI="%s"><ds:Transforms>`, uri)
	for _, t := range transforms {
		b.WriteString(empty("Transform", t))
	}
	fmt.Fprintf(&b, `</ds:Transforms>%s<ds:DigestValue>%s</ds:DigestValue></ds:Reference>`,
		empty("DigestMethod", digestMethod), base64.StdEncoding.EncodeToString(digestOf(text, sha)))
	return b.String()
}

func empty(element, algorithm string) string {
	return fmt.Sprintf(`<ds:%[1]s Algorithm="%[2]s"></ds:%[1]s>`, element, algorithm)
}

func digestOf(text string, sha bool) []byte {
	if sha {
		sum := sha1.Sum([]byte(text))
		return sum[:]
	}
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// ListSigner is the certificate that a reader of SignedTrustedList pins.
func (p *PKI) ListSigner(s ListSigner) *x509.Certificate { return p.listSigner(s).cert }

func (p *PKI) listSigner(s ListSigner) *authority {
	key, err := p.key(fmt.Sprintf("list-signer-%d", s), 2048)
	if err != nil {
		panic("testpki: the key of the trusted list: " + err.Error())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.listSigners[s]; a != nil {
		return a
	}
	der, err := p.store.certificate(fmt.Sprintf("list-signer-%d", s), func() ([]byte, error) {
		template := &x509.Certificate{
			SerialNumber: newSerial(),
			Subject:      pkix.Name{Country: []string{"IT"}, Organization: []string{"Agenzia di Prova"}, CommonName: "Gestore dell'elenco"},
			NotBefore:    p.now.AddDate(-1, 0, 0),
			NotAfter:     p.now.AddDate(4, 0, 0),
			KeyUsage:     x509.KeyUsageDigitalSignature,
		}
		return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	})
	if err != nil {
		panic("testpki: the certificate of the trusted list: " + err.Error())
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic("testpki: the certificate of the trusted list: " + err.Error())
	}
	if p.listSigners == nil {
		p.listSigners = map[ListSigner]*authority{}
	}
	p.listSigners[s] = &authority{cert: cert, key: key}
	return p.listSigners[s]
}
