// SPDX-License-Identifier: BSD-3-Clause

package cades

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/ponte-cns/ponte/portal/cades/cms"
)

// signedAttributes encodes the attributes that the baseline asks for (EN 319 122-1, 6.3; EN 319 142-1, 6.3).
func signedAttributes(content [sha256.Size]byte, o Options) ([]byte, error) {
	contentType, err := asn1.Marshal(cms.OIDData)
	if err != nil {
		return nil, err
	}
	digest, err := asn1.Marshal(content[:])
	if err != nil {
		return nil, err
	}
	certificate, err := signingCertificate(o.Certificate)
	if err != nil {
		return nil, err
	}
	attributes := []cms.Attribute{
		one(cms.OIDContentType, contentType),
		one(cms.OIDMessageDigest, digest),
		one(cms.OIDSigningCertificateV2, certificate),
	}
	if o.Profile == CAdES {
		at, err := signingTime(o)
		if err != nil {
			return nil, err
		}
		attributes = append(attributes, one(cms.OIDSigningTime, at))
	}
	if o.MimeType != "" {
		mime, err := asn1.MarshalWithParams(o.MimeType, "utf8")
		if err != nil {
			return nil, err
		}
		attributes = append(attributes, one(cms.OIDMimeType, mime))
	}
	return cms.MarshalAttributes(attributes)
}

// signingTime is UTCTime until 2049 and GeneralizedTime from 2050 on (RFC 5652, 11.3), as encoding/asn1 chooses.
func signingTime(o Options) ([]byte, error) { return asn1.Marshal(o.SigningTime.UTC()) }

// signingCertificate encodes a SigningCertificateV2 (RFC 5035, 3 and 4) with the hash function that is its default,
// SHA-256, which DER leaves out.
func signingCertificate(cert *x509.Certificate) ([]byte, error) {
	sum := sha256.Sum256(cert.Raw)
	const directoryName = der.Tag(0x80 | 0x20 | 4) // GeneralName, RFC 5280, 4.2.1.6
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { // SigningCertificateV2
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { // certs
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { // ESSCertIDv2
				b.AddASN1OctetString(sum[:])
				b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { // IssuerSerial
					b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
						b.AddASN1(directoryName, func(b *cryptobyte.Builder) { b.AddBytes(cert.RawIssuer) })
					})
					b.AddASN1BigInt(cert.SerialNumber)
				})
			})
		})
	})
	return b.Bytes()
}
