// SPDX-License-Identifier: BSD-3-Clause

package xades_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/xades"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// template is a signature to which its digests and its value are missing, as xmlsec1 fills them in.
type template struct {
	canonical, signature, digest string   // algorithms; empty: those that are made here
	uri                          string   // of the document
	transforms                   []string // of the document, each with its content
	object                       string   // beside the properties
	plain                        bool     // without properties: no XAdES
}

const (
	c14n10    = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	c14n11    = "http://www.w3.org/2006/12/xml-c14n11"
	enveloped = nsDSig + "enveloped-signature"
)

func (m template) element(cert *x509.Certificate) string {
	or := func(s, otherwise string) string {
		if s == "" {
			return otherwise
		}
		return s
	}
	digest := or(m.digest, sha256m)
	var transforms strings.Builder
	for _, t := range m.transforms {
		algorithm, content, _ := strings.Cut(t, " ")
		transforms.WriteString(`<ds:Transform Algorithm="` + algorithm + `">` + content + `</ds:Transform>`)
	}
	if transforms.Len() > 0 {
		transforms.WriteString("</ds:Transforms>")
	}
	reference := func(attributes, transforms string) string {
		if transforms != "" {
			transforms = "<ds:Transforms>" + transforms
		}
		return "<ds:Reference " + attributes + ">" + transforms + `<ds:DigestMethod Algorithm="` + digest + `"/><ds:DigestValue/></ds:Reference>` + "\n"
	}
	sum := sha256.Sum256(cert.Raw)
	properties, object := reference(`URI="#p" Type="http://uri.etsi.org/01903#SignedProperties"`, ""), `<ds:Object>
    <xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" Target="#s"><xades:SignedProperties Id="p"><xades:SignedSignatureProperties>
    <xades:SigningTime>2026-01-02T03:04:05+01:00</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>
    <ds:DigestMethod Algorithm="`+sha256m+`"/><ds:DigestValue>`+base64Of(sum[:])+`</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>
    <xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#r"><xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties>
    </xades:SignedProperties></xades:QualifyingProperties></ds:Object>`
	if m.plain {
		properties, object = "", ""
	}
	return `<ds:Signature xmlns:ds="` + nsDSig + `" Id="s">
  <ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + or(m.canonical, exc) + `"/><ds:SignatureMethod Algorithm="` + or(m.signature, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256") + `"/>
  ` + reference(`Id="r" URI="`+m.uri+`"`, transforms.String()) + properties + `</ds:SignedInfo><ds:SignatureValue/>
  <ds:KeyInfo><ds:X509Data/></ds:KeyInfo>` + object + m.object + `</ds:Signature>`
}

// signedByXMLSec has xmlsec1 sign a template, alone or inside of a document before which there is a $.
func signedByXMLSec(t *testing.T, s signer, ec *ecdsa.PrivateKey, m template, around string, beside map[string]string) string {
	t.Helper()
	element := m.element(s.cert)
	if around != "" {
		element = strings.Replace(around, "$", element, 1)
	}
	files := map[string]string{"template.xml": element, "key.pem": keyPEM(s.key), "cert.pem": certPEM(s.cert)}
	if ec != nil {
		der, err := x509.MarshalECPrivateKey(ec)
		if err != nil {
			t.Fatal(err)
		}
		files["key.pem"] = string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	}
	for name, content := range beside {
		files[name] = content
	}
	dir := folder(t, files)
	words, err := xmlsec1(dir, "--sign", "--privkey-pem", "key.pem,cert.pem", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
		"--id-attr:Id", "http://www.w3.org/2000/09/xmldsig#:Object", "--id-attr:Id", "urn:m:modulo", "--output", "out.xml", "template.xml")
	if err != nil {
		t.Fatalf("%s", words)
	}
	out, err := os.ReadFile(filepath.Join(dir, "out.xml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

const around = "<?xml version=\"1.0\"?>\n<m:modulo xmlns:m=\"urn:m\" xmlns=\"urn:0\" xmlns:z=\"urn:z\" Id=\"d\" xml:lang=\"it\">\n<a m:b='&quot;'>è</a><!-- c -->$\n<c xmlns=''/></m:modulo>\n"

func TestWhatXMLSecSignsIsAcceptedHere(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	xpath := "http://www.w3.org/TR/1999/REC-xpath-19991116 <ds:XPath> not(ancestor-or-self::ds:Signature) </ds:XPath>"
	prefixes := `<x:InclusiveNamespaces xmlns:x="` + exc + `" PrefixList="z #default"/>`
	more := "http://www.w3.org/2001/04/xmldsig-more#"
	for name, c := range map[string]struct {
		template template
		alone    bool
		beside   map[string]string
		faults   []document.Fault
	}{
		"enveloped":                               {template: template{transforms: []string{enveloped, exc}}},
		"enveloped, every signature left out":     {template: template{transforms: []string{xpath, exc}}},
		"enveloped, with prefixes":                {template: template{transforms: []string{enveloped, exc + " " + prefixes}}},
		"enveloped, Canonical XML 1.0":            {template: template{canonical: c14n10, transforms: []string{enveloped, c14n10}}},
		"enveloped, Canonical XML 1.1":            {template: template{canonical: c14n11, transforms: []string{enveloped, c14n11}}},
		"enveloped, with comments":                {template: template{canonical: c14n10 + "#WithComments", transforms: []string{enveloped, exc + "WithComments"}}},
		"enveloped, no form named":                {template: template{canonical: c14n10, transforms: []string{enveloped}}},
		"enveloped, the root by its Id":           {template: template{uri: "#d", transforms: []string{enveloped, c14n10}}},
		"enveloped, SHA-512 and SHA-384":          {template: template{signature: more + "rsa-sha512", digest: more + "sha384", transforms: []string{enveloped, exc}}},
		"enveloped, by SHA-1":                     {template: template{signature: nsDSig + "rsa-sha1", transforms: []string{enveloped, exc}}, faults: []document.Fault{document.FaultWeakAlgorithm}},
		"enveloped, the document by SHA-1":        {template: template{digest: nsDSig + "sha1", transforms: []string{enveloped, exc}}, faults: []document.Fault{document.FaultWeakAlgorithm}},
		"enveloped, no XAdES":                     {template: template{plain: true, transforms: []string{enveloped, exc}}, faults: []document.Fault{document.FaultAttributeAbsent}},
		"enveloped, of another XPath":             {template: template{transforms: []string{strings.Replace(xpath, "not(", "not(self::m:b or ", 1), exc}}, faults: []document.Fault{document.FaultAlgorithm}},
		"enveloping":                              {alone: true, template: template{uri: "#o", object: `<ds:Object Id="o"><a xmlns="urn:1" b="1"/></ds:Object>`}},
		"enveloping, in base64":                   {alone: true, template: template{uri: "#o", transforms: []string{nsDSig + "base64"}, object: `<ds:Object Id="o">Z Q==` + "\n" + `</ds:Object>`}},
		"enveloping, and an Object nobody signed": {alone: true, template: template{uri: "#o", object: `<ds:Object Id="o"><a/></ds:Object><ds:Object/>`}, faults: []document.Fault{document.FaultReference}},
		"detached": {alone: true, template: template{uri: "x.txt"}, beside: map[string]string{"x.txt": string(text)}},
	} {
		t.Run(name, func(t *testing.T) {
			in, contents := around, []string(nil)
			if c.alone {
				in = ""
			}
			for name, content := range c.beside {
				contents = append(contents, name, content)
			}
			signed := signedByXMLSec(t, giada, nil, c.template, in, c.beside)
			s := documenttest.Only(t, verify(t, signed, contents...))
			wantFaults(t, s, c.faults...)
			if c.faults == nil && (s.Level != document.LevelB || s.Cover != document.CoverWhole || !s.Certificate.Equal(giada.cert)) {
				t.Errorf("%+v", s)
			}
			if !c.alone && len(c.faults) == 0 {
				wantFaults(t, documenttest.Only(t, verify(t, change(t, signed, "</a><!-- c -->", "x</a><!-- c -->"))), document.FaultDocumentChanged)
			}
		})
	}
}

func TestASignatureOfAnEllipticCurveIsVerified(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := *giada.cert
	of.PublicKey, of.PublicKeyAlgorithm, of.SignatureAlgorithm = nil, 0, x509.SHA256WithRSA
	der, err := x509.CreateCertificate(rand.Reader, &of, pki.CA(), key.Public(), pki.CASigner())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	m := template{signature: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", transforms: []string{enveloped, exc}}
	signed := signedByXMLSec(t, signer{cert, giada.key}, key, m, around, nil)
	wantGood(t, documenttest.Only(t, verify(t, signed)))
	wantFaults(t, documenttest.Only(t, verify(t, change(t, signed, "<ds:SignatureValue>", "<ds:SignatureValue>AAAA"))), document.FaultSignature)
	wantFaults(t, documenttest.Only(t, verify(t, change(t, signed, "ecdsa-sha256", "rsa-sha256"))), document.FaultSignature)
	for _, value := range []string{"", "AAAA"} {
		_, was := cut(t, signed, "<ds:SignatureValue>", "</ds:SignatureValue>")
		short := strings.Replace(signed, was, "<ds:SignatureValue>"+value+"</ds:SignatureValue>", 1)
		wantFaults(t, documenttest.Only(t, verify(t, short)), document.FaultSignature)
	}
}

// A key of a million bits would keep a portal busy for minutes.
func TestAKeyThatIsTooLargeIsNotComputedWith(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	of := *giada.cert
	of.SignatureAlgorithm = x509.SHA256WithRSA
	der, err := x509.CreateCertificate(rand.Reader, &of, pki.CA(), &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 8200, 1), E: 65537}, pki.CASigner())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	good := written(t, giada.enveloped(t, simple), nil)
	was, is := sha256.Sum256(giada.cert.Raw), sha256.Sum256(cert.Raw)
	forged := change(t, change(t, good, base64Of(giada.cert.Raw), base64Of(cert.Raw)), base64Of(was[:]), base64Of(is[:]))
	wantFaults(t, documenttest.Only(t, verify(t, xades.Resign(without(t, forged, "<xades:IssuerSerialV2>", "</xades:IssuerSerialV2>"), giada.key))), document.FaultTooLarge)
}

// A further signature leaves the one that xmlsec1 made good, where that can be.
func TestASignatureIsAddedBesideThoseOfOthers(t *testing.T) {
	giada, other := card(testpki.LeafOptions{}), card(testpki.LeafOptions{FreshKey: true})
	xpath := "http://www.w3.org/TR/1999/REC-xpath-19991116 <ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>"
	first := signedByXMLSec(t, giada, nil, template{transforms: []string{xpath, exc}}, around, nil)
	both := written(t, other.enveloped(t, first), nil)
	if words, ok := verifiedByXMLSec(t, both, nil, 2); !ok {
		t.Errorf("%s", words)
	}
	for _, s := range verify(t, both) {
		wantGood(t, s)
	}
	alone := signedByXMLSec(t, giada, nil, template{transforms: []string{enveloped, exc}}, around, nil)
	if _, err := xades.PrepareEnveloped([]byte(alone), other.options()); !isRefusal(err, document.FaultNotAllowed) {
		t.Errorf("one that would break the other: %v", err)
	}
}
