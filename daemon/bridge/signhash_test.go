// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func hashParams(certificate, hash []byte, function, name string) string {
	return fmt.Sprintf(`{"certificate":%q,"hash":%q,"hashFunction":%q,"documentName":%q,"documentSize":1234}`,
		base64.StdEncoding.EncodeToString(certificate), base64.StdEncoding.EncodeToString(hash), function, name)
}

func TestAHashThatIsNoneOrCannotBeSignedIsRefusedWithoutADialog(t *testing.T) {
	chips := one(t, testcard.Options{})
	own := chips[0].Certificate().Raw
	other := chip(t, testcard.Options{}).Certificate().Raw
	good := sha256.Sum256([]byte("x"))
	for name, c := range map[string]struct {
		params string
		want   protocol.Code
	}{
		"a short hash":             {hashParams(own, good[:31], "SHA-256", "a"), protocol.InvalidArgument},
		"a hash of another length": {hashParams(own, good[:], "SHA-512", "a"), protocol.InvalidArgument},
		"SHA-1":                    {hashParams(own, good[:20], "SHA-1", "a"), protocol.InvalidArgument},
		"SHA-224":                  {hashParams(own, good[:28], "SHA-224", "a"), protocol.InvalidArgument},
		"SHA3-256":                 {hashParams(own, good[:], "SHA3-256", "a"), protocol.InvalidArgument},
		"no name":                  {hashParams(own, good[:], "SHA-256", ""), protocol.InvalidArgument},
		"a path":                   {hashParams(own, good[:], "SHA-256", "../a"), protocol.InvalidArgument},
		"no certificate":           {hashParams(nil, good[:], "SHA-256", "a"), protocol.InvalidArgument},
		"a huge certificate":       {hashParams(make([]byte, 20_000), good[:], "SHA-256", "a"), protocol.InvalidArgument},
		"the one of another card":  {hashParams(other, good[:], "SHA-256", "a"), protocol.CertificateMissing},
	} {
		h := newHouse(t, chips)
		if a := h.page(portal).call(1, protocol.MethodSignHash, c.params); a.code() != c.want || len(h.human.dialogs()) != 0 {
			t.Errorf("%s: %q, %v", name, a.code(), h.human.dialogs())
		}
	}
}

func TestAHashIsSignedAfterADialogThatShowsItAndSaysThatNobodyHasSeenTheDocument(t *testing.T) {
	d256, d512 := sha256.Sum256([]byte("x")), sha512.Sum512([]byte("x"))
	for function, c := range map[string]struct {
		hash   crypto.Hash
		digest []byte
	}{"SHA-256": {crypto.SHA256, d256[:]}, "SHA-512": {crypto.SHA512, d512[:]}} {
		chips := one(t, testcard.Options{})
		h := newHouse(t, chips, bridge.ChooseSign, rightPIN)
		a := h.page(portal).call(1, protocol.MethodSignHash, hashParams(chips[0].Certificate().Raw, c.digest, function, "delega.pdf"))
		var r protocol.SignHashResult
		if a.Error != nil || json.Unmarshal(a.Result, &r) != nil {
			t.Fatalf("%+v", a.Error)
		}
		signature, _ := base64.StdEncoding.DecodeString(r.Signature)
		if rsa.VerifyPKCS1v15(chips[0].Certificate().PublicKey.(*rsa.PublicKey), c.hash, c.digest, signature) != nil ||
			r.SignatureAlgorithm != (protocol.SignatureAlgorithm{CryptoAlgorithm: "RSA", HashFunction: function, PaddingScheme: "PKCS1.5"}) {
			t.Errorf("%+v", r)
		}
		q := h.human.dialogs()[0].(bridge.SigningQuestion)
		if q.Hash != hex.EncodeToString(c.digest) || q.HashFunction != function || q.CanView || q.Documents[0].Name != "delega.pdf" ||
			q.Documents[0].Size != 1234 || q.Origin != portal {
			t.Errorf("%+v", q)
		}
		if p := h.human.dialogs()[1].(bridge.PINQuestion); p.Documents != 1 || p.Document != "delega.pdf" {
			t.Errorf("%+v", p)
		}
	}
}

func TestAHashIsNotSignedWithoutAYes(t *testing.T) {
	digest := sha256.Sum256([]byte("x"))
	for _, answer := range []action{bridge.ErrDialogCancelled, bridge.ChooseView} {
		chips := one(t, testcard.Options{})
		h := newHouse(t, chips, answer)
		a := h.page(portal).call(1, protocol.MethodSignHash, hashParams(chips[0].Certificate().Raw, digest[:], "SHA-256", "a"))
		if a.code() != protocol.UserCancelled || chips[0].Counters().Verifies != 0 {
			t.Errorf("%v: %+v", answer, a)
		}
	}
}

// spoilt are cards whose signatures fit nothing.
type spoilt struct{ bridge.Cards }

func (s spoilt) Sign(ctx context.Context, slot card.Slot, req card.SignRequest) ([]byte, error) {
	signature, err := s.Cards.Sign(ctx, slot, req)
	if err == nil {
		signature[5] ^= 1
	}
	return signature, err
}

func TestASignatureThatDoesNotFitTheCertificateLeavesNobody(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, bridge.ChooseSign, rightPIN)
	h.Cards = spoilt{h.Cards}
	digest := sha256.Sum256([]byte("x"))
	a := h.page(portal).call(1, protocol.MethodSignHash, hashParams(chips[0].Certificate().Raw, digest[:], "SHA-256", "a"))
	if a.code() != protocol.KeyMismatch || strings.Contains(string(a.Result), "signature") {
		t.Errorf("%+v, %s", a.Error, a.Result)
	}
	if err := bridge.Proven(chips[0].Certificate(), crypto.SHA256, digest[:], make([]byte, 256)); err == nil {
		t.Error("a signature of zeros")
	}
}

func TestTheCertificateIsGivenAfterADialogThatShowsWhatItTells(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, bridge.No, bridge.ErrDialogCancelled, bridge.Yes)
	p := h.page(portal)
	for _, params := range []string{`{}`, `{"purpose":"authentication"}`, `{"purpose":"signing","lang":"fr"}`} {
		if a := p.call(1, protocol.MethodCertificate, params); a.code() != protocol.InvalidArgument {
			t.Errorf("%s: %+v", params, a)
		}
	}
	if a := p.call(1, protocol.MethodCertificate, `{"purpose":"signing"}`); a.code() != protocol.ConsentDenied {
		t.Errorf("%+v", a)
	}
	if a := p.call(1, protocol.MethodCertificate, `{"purpose":"signing"}`); a.code() != protocol.UserCancelled {
		t.Errorf("%+v", a)
	}
	a := h.page(otherPortal).call(1, protocol.MethodCertificate, `{"purpose":"signing"}`)
	var r protocol.CertificateResult
	_ = json.Unmarshal(a.Result, &r)
	if r.Certificate != base64.StdEncoding.EncodeToString(chips[0].Certificate().Raw) || len(r.SupportedSignatureAlgorithms) != 3 ||
		r.SupportedSignatureAlgorithms[0].HashFunction != "SHA-256" {
		t.Errorf("%+v", a)
	}
	q := h.human.dialogs()[2].(bridge.Disclosure)
	if !q.Certificate || q.Origin != otherPortal || q.Holder == "" || q.Values[0] != (bridge.Value{Field: protocol.FieldFiscalCode, Text: "RSSGPR84S63H501C"}) {
		t.Errorf("%+v", q)
	}
	if a := h.ownProgram().call(1, protocol.MethodCertificate, `{"purpose":"signing"}`); a.Error != nil {
		t.Errorf("the citizen's own program: %+v", a)
	}
}

func TestCertificatesThatAreNotForSignaturesAreRefusedWithTheReason(t *testing.T) {
	h := newHouse(t, nil)
	for name, c := range map[string]struct {
		leaf testpki.LeafOptions
		want protocol.Reason
	}{
		"a CNS":                 {testpki.LeafOptions{}, ""},
		"no extended key usage": {testpki.LeafOptions{Usage: testpki.NoExtendedUsage}, ""},
		"for servers":           {testpki.LeafOptions{Usage: testpki.ServerAuthOnly}, protocol.ReasonKeyUsage},
		"no policy":             {testpki.LeafOptions{Policy: testpki.PolicyNone}, protocol.ReasonPolicy},
		"another policy":        {testpki.LeafOptions{Policy: testpki.PolicyOther}, protocol.ReasonPolicy},
		"a CIE":                 {testpki.LeafOptions{Policy: testpki.PolicyCIE}, protocol.ReasonPolicy},
	} {
		certificate, _ := pki.Issue(c.leaf)
		err := h.MayNotSign(certificate)
		var e *protocol.Error
		if errors.As(err, &e); (err == nil) != (c.want == "") || err != nil && (e.Code != protocol.SigningNotAllowed || e.Reason != c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := h.MayNotSign(&x509.Certificate{KeyUsage: x509.KeyUsageKeyEncipherment}); err == nil {
		t.Error("a certificate for encryption")
	}
}

func TestWhatThePolicyForbidsIsSaidBeforeAnyDialog(t *testing.T) {
	digest := sha256.Sum256([]byte("x"))
	for reason, set := range map[protocol.Reason]func(*memory){
		protocol.ReasonSwitchedOff: func(m *memory) { m.noSignatures = true },
		protocol.ReasonPolicy:      func(m *memory) { m.policies = []string{"1.2.3"} },
	} {
		chips := one(t, testcard.Options{})
		h, _ := office(t, chips)
		set(h.memory)
		p := h.page(portal)
		answers := []answer{
			p.call(1, protocol.MethodCertificate, `{"purpose":"signing"}`),
			p.call(2, protocol.MethodSignHash, hashParams(chips[0].Certificate().Raw, digest[:], "SHA-256", "a")),
		}
		p.send(request, protocol.MethodSignDocument, many(1).params())
		p.send(3, protocol.MethodSignSend, send(0, 0, many(1)[0]))
		answers = append(answers, p.until(request))
		for i, a := range answers {
			if a.code() != protocol.SigningNotAllowed || a.Error.Data.Reason != reason || a.Error.Data.Hint == "" {
				t.Errorf("%s, %d: %+v", reason, i, a.Error)
			}
		}
		if len(h.human.dialogs()) != 0 {
			t.Errorf("%s: %v", reason, h.human.dialogs())
		}
	}
}
