// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/protocol"
)

// maxCertificate is more than any certificate of a card has (cns-card.md A7), in base64.
const maxCertificate = 16 << 10

// withCitizen is that of the bridge, or lets the citizen's own program ask.
func (c *channel) withCitizen(ctx context.Context, method, lang string, work func(context.Context, *request) error) error {
	if c.own {
		return c.b.asking(ctx, &request{b: c.b, purpose: ForSigning, lang: lang}, method, func() {}, work)
	}
	return c.b.withCitizen(ctx, c.origin, method, lang, work)
}

// signingTimeout is how long the citizen may take for a signature, by default or as the page asks.
func signingTimeout(ms int) (time.Duration, error) {
	switch {
	case ms == 0:
		ms = protocol.SigningTimeoutMs
	case ms < protocol.MinSigningTimeoutMs || ms > protocol.MaxSigningTimeoutMs:
		return 0, protocol.Fail(protocol.InvalidArgument,
			fmt.Sprintf("timeoutMs: %d to %d", protocol.MinSigningTimeoutMs, protocol.MaxSigningTimeoutMs))
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// signers lists the cards with which documents can be signed.
func (r *request) signers(ctx context.Context) ([]candidate, error) {
	if !r.b.Settings.SignaturesOn() {
		return nil, errSwitchedOff
	}
	cards, err := r.candidates(ctx)
	if err != nil {
		return nil, err
	}
	r.relist = r.signers
	var reason error
	cards = slices.DeleteFunc(cards, func(c candidate) bool {
		err := r.b.mayNotSign(c.view.Certificate)
		if reason == nil {
			reason = err
		}
		return err != nil
	})
	if len(cards) == 0 {
		return nil, reason
	}
	return cards, nil
}

// certificate is certificate.get: the certificate of the card, once the citizen has seen what it tells. The citizen's own
// programs have it from card.info as well, so they get it without a dialog.
func (c *channel) certificate(ctx context.Context, req protocol.Request) (lang string, result any, err error) {
	var p protocol.CertificateParams
	if err := req.Bind(&p); err != nil {
		return "", nil, err
	}
	if !knownLanguage(p.Lang) {
		return "", nil, protocol.Fail(protocol.InvalidArgument, "lang: it, en or de")
	}
	if p.Purpose != protocol.PurposeSigning {
		return p.Lang, nil, protocol.Fail(protocol.InvalidArgument, "purpose: signing")
	}
	ctx, cancel := context.WithTimeout(ctx, protocol.LoginTimeoutMs*time.Millisecond)
	defer cancel()
	err = c.withCitizen(ctx, protocol.MethodCertificate, p.Lang, func(ctx context.Context, r *request) error {
		cards, err := r.signers(ctx)
		if err != nil {
			return err
		}
		chosen, err := r.choose(ctx, cards)
		if err != nil {
			return err
		}
		if err := r.discloseCertificate(ctx, chosen, readerIfSeveral(cards, chosen)); err != nil {
			return err
		}
		result = protocol.CertificateResult{
			Certificate:                  base64.StdEncoding.EncodeToString(chosen.view.Certificate.Raw),
			SupportedSignatureAlgorithms: algorithms(),
		}
		return nil
	})
	if err != nil {
		return p.Lang, nil, err
	}
	return p.Lang, result, nil
}

// discloseCertificate shows a site's request for the certificate, with what that tells of its holder.
func (r *request) discloseCertificate(ctx context.Context, c candidate, reader string) error {
	if r.purpose != ForSite {
		return nil
	}
	q := Disclosure{Lang: r.lang, Origin: r.origin, Holder: c.view.Holder, Reader: reader, Certificate: true}
	fiscalCode, cardNumber := card.Subject(c.view.Certificate)
	for _, v := range []Value{{protocol.FieldFiscalCode, fiscalCode}, {protocol.FieldCardNumber, cardNumber}} {
		if v.Text != "" {
			q.Values = append(q.Values, v)
		}
	}
	return r.disclosed(ctx, c, q)
}

// signHash is sign.hash: the signature of a hash of something that nobody here has seen. The dialog says so.
func (c *channel) signHash(ctx context.Context, req protocol.Request) (lang string, result any, err error) {
	var p protocol.SignHashParams
	if err := req.Bind(&p); err != nil {
		return "", nil, err
	}
	if !knownLanguage(p.Lang) {
		return "", nil, protocol.Fail(protocol.InvalidArgument, "lang: it, en or de")
	}
	limit, err := signingTimeout(p.TimeoutMs)
	if err != nil {
		return p.Lang, nil, err
	}
	h, err := hashToSign(p)
	if err != nil {
		return p.Lang, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var signature []byte
	err = c.withCitizen(ctx, protocol.MethodSignHash, p.Lang, func(ctx context.Context, r *request) error {
		var err error
		signature, err = r.signHash(ctx, h)
		return err
	})
	if err != nil {
		return p.Lang, nil, err
	}
	return p.Lang, protocol.SignHashResult{
		Signature: base64.StdEncoding.EncodeToString(signature), SignatureAlgorithm: algorithm(p.HashFunction),
	}, nil
}

// blind is the document of a sign.hash.
type blind struct {
	document    AskedDocument
	certificate []byte
	name        string // of the hash function
	hash        crypto.Hash
	digest      []byte
}

// hashToSign judges the form of a sign.hash.
func hashToSign(p protocol.SignHashParams) (blind, error) {
	if err := protocol.CheckDocumentName(p.DocumentName); err != nil {
		return blind{}, err
	}
	if p.DocumentSize < 0 {
		return blind{}, protocol.Fail(protocol.InvalidArgument, "documentSize: not negative")
	}
	length, known := protocol.HashLengths[p.HashFunction]
	if !known {
		return blind{}, protocol.Fail(protocol.InvalidArgument, "hashFunction: one of Web eID")
	}
	i := slices.IndexFunc(signatureHashes, func(h signatureHash) bool { return h.name == p.HashFunction })
	if i < 0 {
		return blind{}, protocol.Fail(protocol.InvalidArgument, "hashFunction: see supportedSignatureAlgorithms")
	}
	digest, err := base64.StdEncoding.Strict().DecodeString(p.Hash)
	if err != nil || len(digest) != length {
		return blind{}, protocol.Fail(protocol.InvalidArgument, fmt.Sprintf("hash: base64 of %d bytes", length))
	}
	if len(p.Certificate) > maxCertificate {
		return blind{}, protocol.Fail(protocol.InvalidArgument, "certificate: too long")
	}
	der, err := base64.StdEncoding.DecodeString(p.Certificate)
	if err != nil || len(der) == 0 {
		return blind{}, protocol.Fail(protocol.InvalidArgument, "certificate: base64 of the DER")
	}
	return blind{AskedDocument{Name: p.DocumentName, Size: p.DocumentSize}, der, p.HashFunction, signatureHashes[i].hash, digest}, nil
}

func (r *request) signHash(ctx context.Context, h blind) ([]byte, error) {
	cards, err := r.signers(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(cards, func(c candidate) bool { return string(c.view.Certificate.Raw) == string(h.certificate) })
	if i < 0 {
		return nil, protocol.Fail(protocol.CertificateMissing, "no card has this certificate")
	}
	chosen, reader := cards[i], readerIfSeveral(cards, cards[i])
	q := SigningQuestion{
		Lang: r.lang, Purpose: r.purpose, Origin: r.origin, Holder: chosen.view.Holder, Reader: reader,
		Documents: []AskedDocument{h.document}, Hash: hex.EncodeToString(h.digest), HashFunction: h.name,
	}
	if _, err := r.confirmSigning(ctx, chosen, q); err != nil {
		return nil, err
	}
	r.documents, r.document = 1, h.document.Name
	signature, err := r.sign(ctx, chosen, reader, h.hash, h.digest)
	if err == nil {
		err = proven(chosen.view.Certificate, h.hash, h.digest, signature)
	}
	if err != nil {
		return nil, err
	}
	return signature, nil
}

// confirmSigning shows the consent for signatures, which goes away with the card.
func (r *request) confirmSigning(ctx context.Context, c candidate, q SigningQuestion) (Choice, error) {
	dialog, stop := r.whileInserted(ctx, c.slot)
	defer stop()
	r.seen = true
	choice, err := r.b.Dialogs.ConfirmSigning(dialog, q)
	if cause := context.Cause(dialog); cause != nil {
		return ChooseView, cause
	}
	if err == nil && choice == ChooseView && !q.CanView {
		err = ErrDialogCancelled
	}
	if err == nil {
		err = r.welcome() // blocked while the dialog was open
	}
	return choice, err
}
