// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/ponte-cns/ponte/protocol"
)

// maxTokenLength is the longest token, in bytes, that the Web eID validators accept.
const maxTokenLength = 10_000

// AlgorithmPS256 is RSASSA-PSS with SHA-256 (RFC 7518, section 3.5).
const AlgorithmPS256 = protocol.AlgorithmPS256

// token is a Web eID token that was read, and not yet believed.
type token struct {
	algorithm   string
	signature   []byte
	certificate *x509.Certificate
}

// parseToken reads the JSON form. The error is a *Refusal with ReasonFormat.
func parseToken(b []byte) (token, error) {
	members, err := tokenMembers(b)
	if err != nil {
		return token{}, refuse(ReasonFormat, err.Error())
	}
	for _, name := range []string{"unverifiedCertificate", "algorithm", "signature", "format"} {
		if members[name] == "" {
			return token{}, refuse(ReasonFormat, name+" is missing")
		}
	}
	if f := members["format"]; f != "web-eid:1" && !strings.HasPrefix(f, "web-eid:1.") {
		return token{}, refuse(ReasonFormat, "the format is not web-eid:1")
	}
	t := token{algorithm: members["algorithm"]}
	if t.signature, err = decodeBase64(members["signature"]); err != nil {
		return token{}, refuse(ReasonFormat, "signature is not base64")
	}
	der, err := decodeBase64(members["unverifiedCertificate"])
	if err != nil {
		return token{}, refuse(ReasonFormat, "unverifiedCertificate is not base64")
	}
	if t.certificate, err = x509.ParseCertificate(der); err != nil {
		return token{}, refuse(ReasonFormat, "unverifiedCertificate is not an X.509 certificate")
	}
	return t, nil
}

// tokenMembers reads one JSON object and gives the members that a token must have. encoding/json alone would accept
// repeated members, and "Algorithm" for "algorithm".
func tokenMembers(b []byte) (map[string]string, error) {
	if len(b) > maxTokenLength {
		return nil, fmt.Errorf("a token has at most %d bytes, not %d", maxTokenLength, len(b))
	}
	errJSON := errors.New("not one JSON object in UTF-8")
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') || !utf8.Valid(b) {
		return nil, errJSON
	}
	needed := map[string]string{"unverifiedCertificate": "", "algorithm": "", "signature": "", "format": ""}
	seen := map[string]bool{}
	for d.More() {
		name, err := d.Token()
		key, ok := name.(string)
		if err != nil || !ok {
			return nil, errJSON
		}
		if seen[key] {
			return nil, errors.New("a member is repeated")
		}
		seen[key] = true
		if _, ok := needed[key]; !ok {
			var skipped json.RawMessage
			if d.Decode(&skipped) != nil {
				return nil, errJSON
			}
			continue
		}
		value, err := d.Token()
		text, ok := value.(string)
		if err != nil || !ok {
			return nil, errors.New(key + " is not a string")
		}
		needed[key] = text
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return nil, errJSON
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errJSON
	}
	return needed, nil
}

// decodeBase64 accepts one spelling only: standard alphabet, padded, no line breaks (which encoding/base64 would skip).
func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("line break in base64")
	}
	return base64.StdEncoding.Strict().DecodeString(s)
}

// checkAlgorithm gives the key of the certificate if it fits the algorithm.
func (t token) checkAlgorithm() (crypto.PublicKey, error) {
	if protocol.HashOf(t.algorithm) == 0 {
		return nil, refuse(ReasonAlgorithm, "none of RS256, PS256, ES256 and ES384")
	}
	fits := false
	switch key := t.certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		fits = t.algorithm == protocol.AlgorithmRS256 || t.algorithm == AlgorithmPS256
	case *ecdsa.PublicKey:
		fits = key.Curve == elliptic.P256() && t.algorithm == protocol.AlgorithmES256 ||
			key.Curve == elliptic.P384() && t.algorithm == protocol.AlgorithmES384
	}
	if !fits {
		return nil, refuse(ReasonAlgorithm, "the certificate holds no key for this algorithm")
	}
	return t.certificate.PublicKey, nil
}

// checkSignature verifies that key, which checkAlgorithm gave, signed the origin and the nonce.
func (t token) checkSignature(key crypto.PublicKey, origin protocol.Origin, nonce string) error {
	hash, digest := protocol.HashOf(t.algorithm), protocol.TokenDigestWith(t.algorithm, origin, nonce)
	signed := false
	switch key := key.(type) {
	case *rsa.PublicKey:
		if t.algorithm == AlgorithmPS256 {
			signed = rsa.VerifyPSS(key, hash, digest, t.signature, &rsa.PSSOptions{SaltLength: hash.Size()}) == nil
		} else {
			signed = rsa.VerifyPKCS1v15(key, hash, digest, t.signature) == nil
		}
	case *ecdsa.PublicKey: // r and s, each as long as the order of the curve (RFC 7518, section 3.4)
		n := (key.Curve.Params().N.BitLen() + 7) / 8
		if len(t.signature) == 2*n {
			signed = ecdsa.Verify(key, digest, new(big.Int).SetBytes(t.signature[:n]), new(big.Int).SetBytes(t.signature[n:]))
		}
	}
	if !signed {
		return refuse(ReasonSignature, "not made by this card for this origin and challenge")
	}
	return nil
}
