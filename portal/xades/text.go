// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/ponte-cns/ponte/portal/xades/canon"
)

// maxSignature is more than any signature made here takes: nine certificates and eight time stamps.
const maxSignature = 1 << 20

// What is written of transforms. The XPath, not the transform for enveloped signatures, leaves out every signature: with
// the latter each new signature would break those before it. Both xmlsec1 and EU DSS verify it; DSS writes the same where
// it is asked to allow parallel signatures.
var (
	envelopedTransforms = []transform{{kind: transformNoSignatures}, {kind: transformCanonical, form: canon.Form{Exclusive: true}}}
	base64Transforms    = []transform{{kind: transformBase64}}
	canonicalTransforms = []transform{{kind: transformCanonical, form: canon.Form{Exclusive: true}}}
)

// parts are the identifiers of a signature. Their random half keeps them apart from whatever is in the document.
type parts struct {
	half   string
	object string // of the document, where it is inside
}

func newParts() parts {
	random := make([]byte, 16)
	rand.Read(random) // never fails, see crypto/rand
	return parts{half: hex.EncodeToString(random)}
}

// name is the identifier of a part.
func (p parts) name(part string) string { return "ponte-" + part + "-" + p.half }

// empty writes an element that only names an algorithm.
func empty(name, algorithm string) string {
	return fmt.Sprintf(`<ds:%[1]s Algorithm="%[2]s"></ds:%[1]s>`, name, algorithm)
}

func escaped(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // to a strings.Builder, which does not fail
	return b.String()
}

// text writes a reference.
func (r reference) text() string {
	var b strings.Builder
	b.WriteString("<ds:Reference")
	for _, a := range [][2]string{{"Id", r.id}, {"Type", r.kind}} {
		if a[1] != "" {
			fmt.Fprintf(&b, ` %s="%s"`, a[0], escaped(a[1]))
		}
	}
	fmt.Fprintf(&b, ` URI="%s">`, escaped(r.uri))
	if len(r.transforms) > 0 {
		b.WriteString("<ds:Transforms>")
		for _, t := range r.transforms {
			switch t.kind {
			case transformNoSignatures:
				b.WriteString(`<ds:Transform Algorithm="` + algXPath + `"><ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath></ds:Transform>`)
			case transformBase64:
				b.WriteString(empty("Transform", algBase64))
			default:
				b.WriteString(empty("Transform", algExclusive))
			}
		}
		b.WriteString("</ds:Transforms>")
	}
	fmt.Fprintf(&b, `%s<ds:DigestValue>%s</ds:DigestValue></ds:Reference>`, empty("DigestMethod", algSHA256), base64.StdEncoding.EncodeToString(r.digest))
	return b.String()
}

// seal writes SignedInfo, and with it all that is signed.
func (p *Prepared) seal(content reference) error {
	properties, err := p.properties()
	if err != nil {
		return err
	}
	sum, err := canonicalSum(properties)
	if err != nil {
		return err
	}
	content.id = p.parts.name("r")
	signed := reference{kind: typeSignedProperties, uri: "#" + p.parts.name("p"), transforms: canonicalTransforms, digest: sum[:]}
	p.info = "<ds:SignedInfo>" + empty("CanonicalizationMethod", algExclusive) + empty("SignatureMethod", algRSASHA256) + content.text() + signed.text() + "</ds:SignedInfo>"
	p.digest, err = canonicalSum(p.info)
	return err
}

const declarations = ` xmlns:ds="` + nsDSig + `" xmlns:xades="` + nsXAdES + `"`

// canonicalSum is the SHA-256 of the exclusive canonical form of an element, which is the same wherever it is.
func canonicalSum(element string) (sum [sha256.Size]byte, err error) {
	doc, err := canon.Parse([]byte("<x" + declarations + ">" + element + "</x>"))
	if err != nil {
		return sum, fmt.Errorf("reading what was written: %w", err)
	}
	h := sha256.New()
	if err := (canon.Form{Exclusive: true}).Write(h, doc.Root.Children[0], nil); err != nil {
		return sum, err
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// properties writes the signed ones that the baseline asks for (EN 319 132-1, 6.3).
func (p *Prepared) properties() (string, error) {
	serial, err := issuerSerial(p.options.Certificate)
	if err != nil {
		return "", fmt.Errorf("naming the certificate: %w", err)
	}
	sum := sha256.Sum256(p.options.Certificate.Raw)
	return `<xades:SignedProperties Id="` + p.parts.name("p") + `"><xades:SignedSignatureProperties><xades:SigningTime>` +
		p.options.SigningTime.UTC().Format(time.RFC3339) + `</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>` +
		empty("DigestMethod", algSHA256) + `<ds:DigestValue>` + base64.StdEncoding.EncodeToString(sum[:]) + `</ds:DigestValue></xades:CertDigest><xades:IssuerSerialV2>` +
		base64.StdEncoding.EncodeToString(serial) + `</xades:IssuerSerialV2></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>` +
		`<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#` + p.parts.name("r") + `"><xades:MimeType>` +
		escaped(p.options.MimeType) + `</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties>`, nil
}

// issuerSerial encodes an IssuerSerial (RFC 5035, 4) in DER, as IssuerSerialV2 holds it.
func issuerSerial(cert *x509.Certificate) ([]byte, error) {
	const directoryName = der.Tag(0x80 | 0x20 | 4) // GeneralName, RFC 5280, 4.2.1.6
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(directoryName, func(b *cryptobyte.Builder) { b.AddBytes(cert.RawIssuer) })
		})
		b.AddASN1BigInt(cert.SerialNumber)
	})
	return b.Bytes()
}
