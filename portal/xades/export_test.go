// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/ponte-cns/ponte/portal/xades/canon"
)

var (
	digestValue    = regexp.MustCompile(`<ds:DigestValue>[^<]*</ds:DigestValue>`)
	signatureValue = regexp.MustCompile(`(<ds:SignatureValue[^>]*>)[^<]*<`)
	signedInfo     = regexp.MustCompile(`(?s)<ds:SignedInfo>.*?</ds:SignedInfo>`)
)

// Resign makes the digests and the value of the first signature of a text right again after a test has changed it, as a
// forger with a key of their own would. It can only do it where the signature can be read, and leaves digests as they are
// that it does not understand.
func Resign(text string, key *rsa.PrivateKey) string {
	doc, err := canon.Parse([]byte(text))
	if err != nil {
		return text
	}
	s, err := readSignature(signaturesIn(doc)[0])
	if err != nil {
		return text
	}
	i := 0
	text = signedInfo.ReplaceAllStringFunc(text, func(info string) string {
		return digestValue.ReplaceAllStringFunc(info, func(was string) string {
			if i == len(s.references) { // of another signature
				return was
			}
			r := s.references[i]
			i++
			if hash := digestMethods[r.digestMethod]; hash != 0 && !r.outside() {
				if n, err := r.inside(doc); err == nil {
					if selected, err := r.selectFrom(n, s.node); err == nil {
						h := hash.New()
						if selected.write(h) == nil {
							return `<ds:DigestValue>` + base64.StdEncoding.EncodeToString(h.Sum(nil)) + `</ds:DigestValue>`
						}
					}
				}
			}
			return was
		})
	})
	if doc, err = canon.Parse([]byte(text)); err != nil {
		panic(err) // it was read before
	}
	if s, err = readSignature(signaturesIn(doc)[0]); err != nil {
		panic(err)
	}
	h := crypto.SHA256.New()
	if err := s.form.Write(h, s.info, nil); err != nil {
		panic(err)
	}
	value, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, h.Sum(nil))
	if err != nil {
		panic(err)
	}
	found := signatureValue.FindStringSubmatchIndex(text)
	return text[:found[3]] + base64.StdEncoding.EncodeToString(value) + text[strings.Index(text[found[3]:], "<")+found[3]:]
}
