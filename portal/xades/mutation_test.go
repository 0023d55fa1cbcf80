// SPDX-License-Identifier: BSD-3-Clause

package xades_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/xades"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// change is one of a text; it fails the test where there is nothing to change.
func change(t testing.TB, text, was, is string) string {
	t.Helper()
	if !strings.Contains(text, was) {
		t.Fatalf("nothing to change: %q", was)
	}
	return strings.Replace(text, was, is, 1)
}

// cut takes out what is from one string to the end of another.
func cut(t testing.TB, text, from, to string) (rest, part string) {
	t.Helper()
	i := strings.Index(text, from)
	if i < 0 || !strings.Contains(text[i:], to) {
		t.Fatalf("nothing to cut: %q", from)
	}
	j := i + strings.Index(text[i:], to) + len(to)
	return text[:i] + text[j:], text[i:j]
}

func without(t testing.TB, text, from, to string) string {
	rest, _ := cut(t, text, from, to)
	return rest
}

func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

const (
	nsDSig  = "http://www.w3.org/2000/09/xmldsig#"
	exc     = "http://www.w3.org/2001/10/xml-exc-c14n#"
	sha256m = "http://www.w3.org/2001/04/xmlenc#sha256"
)

func TestWhatWasChangedWithoutTheKeyIsFound(t *testing.T) {
	giada, other := card(testpki.LeafOptions{}), card(testpki.LeafOptions{FreshKey: true})
	good := written(t, giada.enveloped(t, form), nil)
	wantGood(t, documenttest.Only(t, verify(t, good)))
	for name, c := range map[string]struct {
		changed string
		want    []document.Fault
	}{
		"the document":              {change(t, good, "GIADA", "Giada"), []document.Fault{document.FaultDocumentChanged}},
		"a space in the document":   {change(t, good, "</testo><vuoto", "</testo> <vuoto"), []document.Fault{document.FaultDocumentChanged}},
		"an instruction":            {change(t, good, "modulo.xsl", "altro.xsl"), []document.Fault{document.FaultDocumentChanged}},
		"an element behind":         {change(t, good, "</m:domanda>", "<x/></m:domanda>"), []document.Fault{document.FaultDocumentChanged}},
		"the signing time":          {change(t, good, "<xades:SigningTime>2", "<xades:SigningTime>1"), []document.Fault{document.FaultSignature}},
		"the MIME type":             {change(t, good, "text/xml", "text/html"), []document.Fault{document.FaultSignature}},
		"another's certificate":     {change(t, good, base64Of(giada.cert.Raw), base64Of(other.cert.Raw)), []document.Fault{document.FaultSigningCert, document.FaultSignature}},
		"no certificate":            {without(t, good, "<ds:KeyInfo>", "</ds:KeyInfo>"), []document.Fault{document.FaultNoCertificate}},
		"the reference":             {change(t, good, `URI=""`, `URI="#d1"`), []document.Fault{document.FaultSignature, document.FaultDocumentChanged}},
		"an Object of somebody":     {change(t, good, "</ds:Signature>", "<ds:Object>chiede altro</ds:Object></ds:Signature>"), []document.Fault{document.FaultReference}},
		"a value of another length": {regexp.MustCompile(`(<ds:SignatureValue[^>]*>)[^<]*`).ReplaceAllString(good, "${1}AAAA"), []document.Fault{document.FaultSignature}},
		"no value":                  {regexp.MustCompile(`<ds:SignatureValue[^>]*>[^<]*</ds:SignatureValue>`).ReplaceAllString(good, ""), []document.Fault{document.FaultFormat}},
		"a value that is none":      {regexp.MustCompile(`(<ds:SignatureValue[^>]*>)[^<]*`).ReplaceAllString(good, "${1}!"), []document.Fault{document.FaultFormat}},
		"a value without end":       {regexp.MustCompile(`(<ds:SignatureValue[^>]*>)[^<]*`).ReplaceAllString(good, "${1}"+strings.Repeat("AAAA", 4<<10)), []document.Fault{document.FaultTooLarge}},
		"a comment in a value":      {regexp.MustCompile(`(<ds:SignatureValue[^>]*>)`).ReplaceAllString(good, "${1}<!---->"), []document.Fault{document.FaultFormat}},
		"a comment in SignedInfo":   {change(t, good, "<ds:SignedInfo>", "<ds:SignedInfo><!-- x -->"), []document.Fault{document.FaultFormat}},
		"two SignedInfo":            {change(t, good, "</ds:SignedInfo>", "</ds:SignedInfo><ds:SignedInfo></ds:SignedInfo>"), []document.Fault{document.FaultFormat}},
		"text in the signature":     {change(t, good, "</ds:SignedInfo>", "</ds:SignedInfo>testo"), []document.Fault{document.FaultFormat}},
	} {
		t.Run(name, func(t *testing.T) { wantFaults(t, documenttest.Only(t, verify(t, c.changed)), c.want...) })
	}
}

// The signer has signed it so: what is wrong is only what the name of the case says.
func TestEachForgeryIsFoundOutForWhatItIs(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	good := written(t, giada.enveloped(t, form), nil)
	to := func(was, is string) string { return change(t, good, was, is) }
	reference := func(more string) string { return to("</ds:SignedInfo>", more+"</ds:SignedInfo>") }
	_, properties := cut(t, good, "<ds:Reference Type", "</ds:Reference>")
	_, named := cut(t, good, "<xades:SigningCertificateV2>", "</xades:SigningCertificateV2>")
	short, sum := sha1.Sum(giada.cert.Raw), sha256.Sum256(giada.cert.Raw)
	const xpath = "not(ancestor-or-self::ds:Signature)"
	propertiesDigest := strings.Replace(properties, sha256m, nsDSig+"sha1", 1)
	for name, c := range map[string]struct {
		forged string
		want   document.Fault // empty: none
	}{
		"nothing at all": {good, ""},

		"SHA-1":                           {to("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", nsDSig+"rsa-sha1"), document.FaultWeakAlgorithm},
		"MD5":                             {to("xmldsig-more#rsa-sha256", "xmldsig-more#rsa-md5"), document.FaultWeakAlgorithm},
		"a shared key":                    {to("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256"), document.FaultAlgorithm},
		"an algorithm nobody knows":       {to("xmldsig-more#rsa-sha256", "xmldsig-more#rot13"), document.FaultAlgorithm},
		"an algorithm of another key":     {to("xmldsig-more#rsa-sha256", "xmldsig-more#ecdsa-sha256"), document.FaultSignature},
		"an algorithm with a parameter":   {to(`#rsa-sha256"></ds:SignatureMethod>`, `#rsa-sha256"><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>`), document.FaultAlgorithm},
		"SHA-1 of the document":           {to(sha256m, nsDSig+"sha1"), document.FaultWeakAlgorithm},
		"SHA-1 of the properties":         {to(properties, propertiesDigest), document.FaultWeakAlgorithm},
		"a hash function nobody knows":    {to(sha256m, "urn:sha3"), document.FaultAlgorithm},
		"a canonical form nobody knows":   {to(`CanonicalizationMethod Algorithm="`+exc, `CanonicalizationMethod Algorithm="urn:x`), document.FaultAlgorithm},
		"a canonical form with more":      {to(exc+`"></ds:CanonicalizationMethod>`, exc+`"><x/></ds:CanonicalizationMethod>`), document.FaultAlgorithm},
		"a canonical form with prefixes":  {to(exc+`"></ds:CanonicalizationMethod>`, exc+`"><InclusiveNamespaces xmlns="`+exc+`" PrefixList="m #default"/></ds:CanonicalizationMethod>`), ""},
		"a canonical form with a hundred": {to(exc+`"></ds:CanonicalizationMethod>`, exc+`"><InclusiveNamespaces xmlns="`+exc+`" PrefixList="`+strings.Repeat("m ", 100)+`"/></ds:CanonicalizationMethod>`), document.FaultTooLarge},

		"XSLT":                         {to(exc+`"></ds:Transform>`, `http://www.w3.org/TR/1999/REC-xslt-19991116"></ds:Transform>`), document.FaultAlgorithm},
		"an XPath of nothing":          {to(xpath, "false()"), document.FaultAlgorithm},
		"an XPath of a bit less":       {to(xpath, xpath+" and not(self::testo)"), document.FaultAlgorithm},
		"an XPath of another space":    {to("<ds:XPath>"+xpath, `<ds:XPath xmlns:x="urn:x">not(ancestor-or-self::x:Signature)`), document.FaultAlgorithm},
		"an XPath without its begin":   {to(xpath, "ds:Signature)"), document.FaultAlgorithm},
		"an XPath without its end":     {to(xpath, "not(ancestor-or-self::ds"), document.FaultAlgorithm},
		"an XPath with spaces":         {to(xpath, "\n"+xpath+"\n"), ""},
		"the transform of one":         {to(`<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>`+xpath+`</ds:XPath>`, `<ds:Transform Algorithm="`+nsDSig+`enveloped-signature">`), ""},
		"that transform with more":     {to(`<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>`+xpath+`</ds:XPath>`, `<ds:Transform Algorithm="`+nsDSig+`enveloped-signature"><x/>`), document.FaultAlgorithm},
		"no canonical form":            {to(`<ds:Transform Algorithm="`+exc+`"></ds:Transform>`, ""), ""},
		"a transform after the last":   {to(`<ds:Transform Algorithm="`+exc+`"></ds:Transform>`, `<ds:Transform Algorithm="`+exc+`"></ds:Transform><ds:Transform Algorithm="`+nsDSig+`base64"></ds:Transform>`), document.FaultAlgorithm},
		"five transforms":              {to(`<ds:Transform Algorithm="`+exc+`"></ds:Transform>`, strings.Repeat(`<ds:Transform Algorithm="`+exc+`"></ds:Transform>`, 4)), document.FaultTooLarge},
		"a transform of properties":    {to(properties, strings.Replace(properties, exc, nsDSig+"enveloped-signature", 1)), document.FaultAlgorithm},
		"the filter that DSS may use":  {to(`http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>`+xpath+`</ds:XPath>`, `http://www.w3.org/2002/06/xmldsig-filter2"><f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">/descendant::ds:Signature</f:XPath>`), ""},
		"that filter the other way":    {to(`http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>`+xpath+`</ds:XPath>`, `http://www.w3.org/2002/06/xmldsig-filter2"><f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="intersect">/descendant::ds:Signature</f:XPath>`), document.FaultAlgorithm},
		"the root by its identifier":   {to(`URI=""`, `URI="#d1"`), ""},
		"a reference without URI":      {to(` URI=""`, ""), document.FaultReference},
		"an XPointer":                  {to(`URI=""`, `URI="#xpointer(/)"`), document.FaultReference},
		"an XPointer that is an Id":    {change(t, to(`URI=""`, `URI="#xpointer(/)"`), "<testo>", `<testo Id="xpointer(/)">`), document.FaultReference},
		"a URI of nothing":             {to(`URI=""`, `URI="#"`), document.FaultReference},
		"an identifier of nobody":      {to(`URI=""`, `URI="#nessuno"`), document.FaultReference},
		"a long identifier":            {to(`URI=""`, `URI="#`+strings.Repeat("x", 300)+`"`), document.FaultReference},
		"an identifier of two":         {change(t, to(`URI=""`, `URI="#d1"`), "<vuoto/>", `<vuoto id="d1"/>`), document.FaultReference},
		"a file of the verifier":       {to(`URI=""`, `URI="file:///etc/passwd"`), document.FaultNoContent},
		"a page of the network":        {to(`URI=""`, `URI="http://127.0.0.1:1/x"`), document.FaultNoContent},
		"seventeen references":         {reference(strings.Repeat(properties, 15)), document.FaultTooLarge},
		"no reference to the document": {without(t, good, "<ds:Reference Id", "</ds:Reference>"), document.FaultReference},
		"no reference at all":          {without(t, without(t, good, "<ds:Reference Id", "</ds:Reference>"), "<ds:Reference Type", "</ds:Reference>"), document.FaultReference},
		"a part of the document":       {change(t, to(`URI=""`, `URI="#t"`), "<testo>", `<testo Id="t">`), document.FaultPartialCover},

		"no properties":                   {without(t, good, "<ds:Object>", "</ds:Object>"), document.FaultAttributeAbsent},
		"properties nobody signed":        {without(t, good, "<ds:Reference Type", "</ds:Reference>"), document.FaultAttributeAbsent},
		"properties signed twice":         {reference(properties), document.FaultReference},
		"properties of another signature": {to(`Target="#ponte`, `Target="#x`), document.FaultReference},
		"two properties":                  {to("</ds:Object>", `</ds:Object><ds:Object><xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"/></ds:Object>`), document.FaultReference},
		"something beside the properties": {to("</xades:QualifyingProperties>", "</xades:QualifyingProperties>chiede altro"), document.FaultFormat},
		"a comment in the properties":     {to("<xades:SignedSignatureProperties>", "<xades:SignedSignatureProperties><!-- x -->"), document.FaultFormat},
		"no SigningCertificateV2":         {change(t, good, named, ""), document.FaultAttributeAbsent},
		"SigningCertificateV2 of nobody":  {without(t, good, "<xades:Cert>", "</xades:Cert>"), document.FaultAttribute},
		"SigningCertificateV2 twice":      {change(t, good, named, named+named), document.FaultAttribute},
		"SigningCertificateV2 of another": {to(base64Of(sum[:]), base64Of(make([]byte, 32))), document.FaultSigningCert},
		"SigningCertificateV2 by SHA-1": {change(t, good, named, strings.Replace(strings.Replace(named, sha256m, nsDSig+"sha1", 1), base64Of(sum[:]), base64Of(short[:]), 1)),
			document.FaultWeakAlgorithm},
		"another serial number":      {regexp.MustCompile(`(<xades:IssuerSerialV2>)[^<]*`).ReplaceAllString(good, "${1}MAA="), document.FaultSigningCert},
		"no serial number":           {without(t, good, "<xades:IssuerSerialV2>", "</xades:IssuerSerialV2>"), ""},
		"a time that is none":        {to("<xades:SigningTime>2", "<xades:SigningTime>il 2"), document.FaultAttribute},
		"a time twice":               {to("</xades:SigningTime>", "</xades:SigningTime><xades:SigningTime>2026-01-02T03:04:05Z</xades:SigningTime>"), document.FaultAttribute},
		"a format of nothing":        {to(`ObjectReference="#`, `ObjectReference="`), document.FaultAttribute},
		"two MIME types":             {to("</xades:MimeType>", "</xades:MimeType><xades:MimeType>x/y</xades:MimeType>"), document.FaultFormat},
		"a hundred properties":       {to("<xades:SigningTime>", strings.Repeat("<x/>", 100)+"<xades:SigningTime>"), document.FaultTooLarge},
		"sixty-five certificates":    {to("<ds:X509Certificate>", manyCertificates(t, 64)+"<ds:X509Certificate>"), document.FaultTooLarge},
		"a certificate without end":  {to("<ds:X509Certificate>", "<ds:X509Certificate>"+strings.Repeat("AAAA", 16<<10)+"</ds:X509Certificate><ds:X509Certificate>"), document.FaultTooLarge},
		"a certificate nobody reads": {to("<ds:X509Certificate>", "<ds:X509Certificate>AAAA</ds:X509Certificate><ds:X509Certificate>"), ""},
		"a key beside":               {to("<ds:X509Data>", "<ds:KeyName>x</ds:KeyName><ds:RetrievalMethod URI=\"http://127.0.0.1:1/\"/><ds:X509Data>"), ""},
		"objects without end":        {to("</ds:Signature>", strings.Repeat("<ds:Object/>", 40)+"</ds:Signature>"), document.FaultTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			s := documenttest.Only(t, verify(t, xades.Resign(c.forged, giada.key)))
			if c.want == "" {
				wantGood(t, s)
				return
			}
			if !s.Has(c.want) {
				t.Errorf("%s is not among the faults %v", c.want, s.Faults)
			}
			if s.Cover != document.CoverNone && c.want != document.FaultPartialCover || s.Level != document.LevelNone || len(s.Covered) > 0 {
				t.Errorf("cover %q, level %q, %v", s.Cover, s.Level, s.Covered)
			}
		})
	}
}

func TestASecondQualifyingPropertiesIsSeenAsOne(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	good := written(t, giada.enveloped(t, form), nil)
	_, object := cut(t, good, "<ds:Object>", "</ds:Object>")
	s := documenttest.Only(t, verify(t, xades.Resign(change(t, good, object, object+strings.Replace(object, ` Id="`, ` Id="x`, 1)), giada.key)))
	if !s.Has(document.FaultReference) || !strings.Contains(s.Faults[0].Detail, "two QualifyingProperties") {
		t.Errorf("%v", s.Faults)
	}
}

func manyCertificates(t testing.TB, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString("<ds:X509Certificate>" + base64Of(pki.CA().Raw) + "</ds:X509Certificate>")
	}
	return b.String()
}

// What the baseline asks for and is not there makes no fault, but no level either.
func TestWithoutWhatTheBaselineAsksForThereIsNoLevel(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	good := written(t, giada.enveloped(t, form), nil)
	old := strings.NewReplacer("SigningCertificateV2", "SigningCertificate").Replace(without(t, good, "<xades:IssuerSerialV2>", "</xades:IssuerSerialV2>"))
	for name, forged := range map[string]string{
		"no time":                   without(t, good, "<xades:SigningTime>", "</xades:SigningTime>"),
		"no format":                 without(t, good, "<xades:DataObjectFormat", "</xades:DataObjectFormat>"),
		"no MIME type":              without(t, good, "<xades:MimeType>", "</xades:MimeType>"),
		"a format of another":       change(t, good, `ObjectReference="#`, `ObjectReference="#x`),
		"the certificate, as once":  old,
		"no properties of the kind": without(t, good, "<xades:SignedDataObjectProperties>", "</xades:SignedDataObjectProperties>"),
	} {
		s := documenttest.Only(t, verify(t, xades.Resign(forged, giada.key)))
		wantGood(t, s)
		if s.Level != document.LevelNone || len(s.Notes) < 2 {
			t.Errorf("%s: level %q, notes %q", name, s.Level, s.Notes)
		}
	}
}

// Whatever byte is changed: it is not read, or a fault is found, or what is covered is the same.
func TestNoChangedByteChangesWhatIsSaid(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	good := written(t, giada.enveloped(t, `<a b="1"><c>due</c><!-- d --></a>`), nil)
	want := covered(t, documenttest.Only(t, verify(t, good)))
	for i := range good {
		for _, bit := range [][]byte{{0x01}, {0x20}}[i%2] {
			broken := []byte(good)
			broken[i] ^= bit
			m, err := xades.Read(broken)
			if err != nil {
				continue
			}
			found, err := m.Verify(t.Context(), trust(t, nil), xades.Input{})
			if err != nil || len(found) != 1 || !found[0].Good() {
				continue
			}
			if got := covered(t, found[0]); !bytes.Equal(got, want) || !found[0].Certificate.Equal(giada.cert) {
				t.Fatalf("byte %d: %s", i, got)
			}
		}
	}
}

func covered(t testing.TB, s xades.Signature) []byte {
	t.Helper()
	if len(s.Covered) != 1 {
		t.Fatalf("it covers %v: %v", s.Covered, s.Faults)
	}
	var out bytes.Buffer
	if _, err := s.Covered[0].WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
