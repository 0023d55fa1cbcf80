// SPDX-License-Identifier: BSD-3-Clause

package trustlist

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// Algorithms that a signature may use (W3C xmldsig-core1, RFC 6931). goxmldsig would accept SHA-1 too.
var (
	signatureMethods = map[string]bool{
		dsig.RSASHA256SignatureMethod: true, dsig.RSASHA384SignatureMethod: true, dsig.RSASHA512SignatureMethod: true,
		dsig.ECDSASHA256SignatureMethod: true, dsig.ECDSASHA384SignatureMethod: true, dsig.ECDSASHA512SignatureMethod: true,
	}
	digestMethods = map[string]bool{
		"http://www.w3.org/2001/04/xmlenc#sha256":       true,
		"http://www.w3.org/2001/04/xmldsig-more#sha384": true,
		"http://www.w3.org/2001/04/xmlenc#sha512":       true,
	}
)

// verify checks the signature and returns the root as it was read again from the bytes that the signature covers, so
// that nothing else of the document can be taken for signed.
func verify(b []byte, o Options) (*etree.Element, *x509.Certificate, error) {
	doc := etree.NewDocument()
	doc.ReadSettings.MaxDepth = maxDepth
	if err := doc.ReadFromBytes(b); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	root := doc.Root()
	if root == nil || root.Tag != "TrustServiceStatusList" || root.NamespaceURI() != namespace {
		return nil, nil, fmt.Errorf("%w: another document", ErrFormat)
	}
	signature, err := onlySignature(root)
	if err != nil {
		return nil, nil, err
	}
	if err := checkSignedInfo(signature, root.SelectAttrValue("Id", "")); err != nil {
		return nil, nil, err
	}
	signer, err := pinned(signature, o)
	if err != nil {
		return nil, nil, err
	}
	// goxmldsig gives up looking for the signature after 1,000 elements, of which real lists have many more. Its place among
	// the children of the root does not count: the enveloped-signature transform takes it out before the digest is made.
	root.RemoveChild(signature)
	root.InsertChildAt(0, signature)
	context := &dsig.ValidationContext{
		CertificateStore: &dsig.MemoryX509CertificateStore{Roots: []*x509.Certificate{signer}},
		IdAttribute:      "Id",
		Clock:            dsig.NewFakeClockAt(o.Now()),
	}
	signed, err := context.Validate(root)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if signed == nil || signed.Tag != root.Tag || signed.NamespaceURI() != namespace {
		return nil, nil, fmt.Errorf("%w: it covers something else", ErrSignature)
	}
	return signed, signer, nil
}

// onlySignature is the one signature of the list, a child of the root (TS 119 612, 5.7.1). Any other signature in the
// document, wherever it is, is the mark of one that was wrapped.
func onlySignature(root *etree.Element) (*etree.Element, error) {
	var all []*etree.Element
	var walk func(e *etree.Element)
	walk = func(e *etree.Element) {
		for _, c := range e.ChildElements() {
			if c.Tag == "Signature" && c.NamespaceURI() == dsig.Namespace {
				all = append(all, c)
			}
			walk(c)
		}
	}
	walk(root)
	switch {
	case len(all) == 0:
		return nil, ErrUnsigned
	case len(all) > 1 || all[0].Parent() != root:
		return nil, fmt.Errorf("%w: one signature is wanted, as a child of the root", ErrUnsigned)
	}
	return all[0], nil
}

// checkSignedInfo looks at what the signature says of itself, before it is verified: goxmldsig reads the same element.
func checkSignedInfo(signature *etree.Element, id string) error {
	info := dsigChild(signature, "SignedInfo")
	if info == nil {
		return fmt.Errorf("%w: no SignedInfo", ErrSignature)
	}
	method := dsigChild(info, "SignatureMethod")
	if method == nil || !signatureMethods[method.SelectAttrValue("Algorithm", "")] {
		return fmt.Errorf("%w: an algorithm that is not accepted", ErrSignature)
	}
	covers := 0
	for _, c := range info.ChildElements() {
		if c.Tag != "Reference" {
			continue
		}
		if digest := dsigChild(c, "DigestMethod"); digest == nil || !digestMethods[digest.SelectAttrValue("Algorithm", "")] {
			return fmt.Errorf("%w: a digest that is not accepted", ErrSignature)
		}
		if uri := c.SelectAttr("URI"); uri != nil && (uri.Value == "" || id != "" && uri.Value == "#"+id) {
			covers++
		}
	}
	if covers != 1 {
		return fmt.Errorf("%w: the root element is covered %d times, not once", ErrSignature, covers)
	}
	return nil
}

// pinned finds which of the configured signers the signature names; the certificate in it is compared, and forgotten.
func pinned(signature *etree.Element, o Options) (*x509.Certificate, error) {
	named := dsigChild(dsigChild(dsigChild(signature, "KeyInfo"), "X509Data"), "X509Certificate")
	if named == nil {
		return nil, fmt.Errorf("%w: it does not name one certificate", ErrSignature)
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(named.Text()), ""))
	if err != nil {
		return nil, fmt.Errorf("%w: its certificate: %w", ErrSignature, err)
	}
	for _, s := range o.Signers {
		if s != nil && string(s.Raw) == string(der) {
			if now := o.Now(); now.Before(s.NotBefore) || now.After(s.NotAfter) {
				return nil, fmt.Errorf("%w: the certificate of the signer was valid until %s", ErrSignature, s.NotAfter.Format("2006-01-02"))
			}
			return s, nil
		}
	}
	return nil, fmt.Errorf("%w: made by somebody who is not one of the %d configured signers", ErrSignature, len(o.Signers))
}

// dsigChild is the only child of that name in the namespace of XML signatures, else nil.
func dsigChild(e *etree.Element, tag string) *etree.Element {
	if e == nil {
		return nil
	}
	var found *etree.Element
	for _, c := range e.ChildElements() {
		if c.Tag == tag && c.NamespaceURI() == dsig.Namespace {
			if found != nil {
				return nil
			}
			found = c
		}
	}
	return found
}
