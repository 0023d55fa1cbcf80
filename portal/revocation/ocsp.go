// SPDX-License-Identifier: BSD-3-Clause

package revocation

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha1" // names issuers in requests (RFC 5019, 2.1.1); nothing is signed with it
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

var (
	oidSHA1  = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidNonce = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2} // RFC 9654, 2.1
)

// nonceSize is what clients should use (RFC 9654, 2.1).
const nonceSize = 32

// Of RFC 6960, 4.1.1 and 4.2.1, as far as golang.org/x/crypto/ocsp hides it. Further fields of a SEQUENCE are skipped.
type (
	certID struct {
		HashAlgorithm     pkix.AlgorithmIdentifier
		NameHash, KeyHash []byte
		Serial            *big.Int
	}
	ocspRequest struct{ TBS tbsRequest }
	tbsRequest  struct {
		RequestList []singleRequest
		Extensions  []pkix.Extension `asn1:"explicit,tag:2"`
	}
	singleRequest struct{ CertID certID }
	responseData  struct {
		Version    int `asn1:"optional,default:0,explicit,tag:0"`
		Responder  asn1.RawValue
		ProducedAt time.Time `asn1:"generalized"`
		Responses  []singleResponse
		Extensions []pkix.Extension `asn1:"optional,explicit,tag:1"`
	}
	singleResponse struct{ CertID certID }
)

// askOCSP gives the outcome and, if it is good, until when it holds: never longer than the next clock tick if the answer
// does not say.
func (c *Checker) askOCSP(ctx context.Context, address string, cert, issuer *x509.Certificate) (time.Time, error) {
	nonce := make([]byte, nonceSize)
	rand.Read(nonce) // never fails, see crypto/rand
	request, err := newRequest(cert, issuer, nonce)
	if err != nil {
		return time.Time{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, ocspTimeout)
	defer cancel()
	answer, err := c.web.post(ctx, address, "application/ocsp-request", request, maxAnswer)
	if err != nil {
		return time.Time{}, err
	}
	return c.readAnswer(answer, nonce, cert, issuer)
}

func newRequest(cert, issuer *x509.Certificate, nonce []byte) ([]byte, error) {
	key, err := keyHash(issuer, crypto.SHA1)
	if err != nil {
		return nil, err
	}
	name := sha1.Sum(issuer.RawSubject)
	value, err := asn1.Marshal(nonce) // an OCTET STRING, inside that of the extension
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(ocspRequest{tbsRequest{
		RequestList: []singleRequest{{certID{pkix.AlgorithmIdentifier{Algorithm: oidSHA1, Parameters: asn1.NullRawValue}, name[:], key, cert.SerialNumber}}},
		Extensions:  []pkix.Extension{{Id: oidNonce, Value: value}},
	}})
}

// keyHash is the hash of the public key, without its wrapping (RFC 6960, 4.1.1).
func keyHash(issuer *x509.Certificate, hash crypto.Hash) ([]byte, error) {
	var key struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(issuer.RawSubjectPublicKeyInfo, &key); err != nil {
		return nil, fmt.Errorf("the key of the issuer: %w", err)
	}
	h := hash.New()
	h.Write(key.Key.RightAlign())
	return h.Sum(nil), nil
}

// readAnswer checks an answer as the package says.
func (c *Checker) readAnswer(answer, nonce []byte, cert, issuer *x509.Certificate) (time.Time, error) {
	r, err := ocsp.ParseResponseForCert(answer, cert, issuer) // checks the signatures
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the answer: %w", err)
	}
	now := c.options.Now()
	if weak(r.SignatureAlgorithm) {
		return time.Time{}, errors.New("the answer is signed with an algorithm that is not accepted")
	}
	if err := checkResponder(r.Certificate, issuer, now); err != nil {
		return time.Time{}, err
	}
	if err := c.checkAbout(r, nonce, cert, issuer); err != nil {
		return time.Time{}, err
	}
	if err := inTime(r.ThisUpdate, r.NextUpdate, now, c.options.MaxAge); err != nil {
		return time.Time{}, fmt.Errorf("an answer %w", err)
	}
	switch r.Status {
	case ocsp.Good:
		return r.NextUpdate, nil
	case ocsp.Revoked:
		return time.Time{}, takenBack(r.RevocationReason, r.RevokedAt)
	}
	return time.Time{}, ErrUnknown
}

// checkResponder says whether the certificate in the answer may speak for the issuer, which has signed it: it is nil, the
// issuer's own, or a delegate's (RFC 6960, 4.2.2.2). Any citizen has a certificate that the issuer has signed.
func checkResponder(responder, issuer *x509.Certificate, now time.Time) error {
	switch {
	case responder == nil, bytes.Equal(responder.RawSubjectPublicKeyInfo, issuer.RawSubjectPublicKeyInfo):
		return nil
	case !bytes.Equal(responder.RawIssuer, issuer.RawSubject), weak(responder.SignatureAlgorithm):
		return errors.New("the responder was not authorised by the issuer")
	case !slices.Contains(responder.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning):
		return errors.New("the responder may not sign OCSP answers")
	case responder.KeyUsage != 0 && responder.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0, len(responder.UnhandledCriticalExtensions) > 0:
		return errors.New("the certificate of the responder is for something else")
	case now.Before(responder.NotBefore), now.After(responder.NotAfter):
		return errors.New("the certificate of the responder has expired, or is not yet valid")
	}
	return nil
}

// checkAbout says whether the answer is about this certificate of this issuer, and an answer to our request.
func (c *Checker) checkAbout(r *ocsp.Response, nonce []byte, cert, issuer *x509.Certificate) error {
	var data responseData
	if _, err := asn1.Unmarshal(r.TBSResponseData, &data); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	i := slices.IndexFunc(data.Responses, func(s singleResponse) bool { return s.CertID.Serial.Cmp(cert.SerialNumber) == 0 })
	if i < 0 || !r.IssuerHash.Available() {
		return errors.New("the answer is about another certificate")
	}
	h := r.IssuerHash.New()
	h.Write(issuer.RawSubject)
	key, err := keyHash(issuer, r.IssuerHash)
	if err != nil {
		return err
	}
	if id := data.Responses[i].CertID; !bytes.Equal(id.NameHash, h.Sum(nil)) || !bytes.Equal(id.KeyHash, key) {
		return errors.New("the answer is about a certificate of another issuer")
	}
	repeated := false
	for _, e := range data.Extensions {
		var value []byte
		switch {
		case e.Id.Equal(oidNonce):
			if _, err := asn1.Unmarshal(e.Value, &value); err != nil || !bytes.Equal(value, nonce) {
				return errors.New("an answer to another request: its nonce is not ours")
			}
			repeated = true
		case e.Critical:
			return fmt.Errorf("the answer has a critical extension %v that is not understood", e.Id)
		}
	}
	if !repeated && !c.options.AcceptNoNonce {
		return errors.New("the answer does not repeat our nonce, and may be an old one")
	}
	return nil
}
