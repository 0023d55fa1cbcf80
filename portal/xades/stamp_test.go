// SPDX-License-Identifier: BSD-3-Clause

package xades_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/timestamp"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// careless is an authority that nobody has verified.
type careless struct {
	options testpki.TSAOptions
	over    []byte // instead of the signature
}

func (c careless) Stamp(_ context.Context, digest [sha256.Size]byte) ([]byte, error) {
	if c.over != nil {
		digest = sha256.Sum256(c.over)
	}
	return pki.NewTSA(c.options).Token(digest[:], nil), nil
}

func stampedBy(t testing.TB, s signer, authorities ...careless) string {
	t.Helper()
	signed := s.enveloped(t, simple)
	for _, a := range authorities {
		if err := signed.Stamp(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	return written(t, signed, nil)
}

func TestATimeStampThatIsWrongIsFoundAndOneThatIsNotTrustedProvesNothing(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	good := stampedBy(t, giada, careless{})
	const form = `<xades:SignatureTimeStamp><ds:CanonicalizationMethod Algorithm="` + exc + `"></ds:CanonicalizationMethod>`
	for name, c := range map[string]struct {
		signed string
		fault  document.Fault // empty: none
		level  document.Level
	}{
		"over something else":           {signed: stampedBy(t, giada, careless{over: []byte("altro")}), fault: document.FaultTimeStamp},
		"with a wrong signature":        {signed: stampedBy(t, giada, careless{options: testpki.TSAOptions{BadSignature: true}}), fault: document.FaultTimeStamp},
		"of tomorrow":                   {signed: stampedBy(t, giada, careless{options: testpki.TSAOptions{At: time.Now().AddDate(0, 0, 1)}}), fault: document.FaultTimeStamp},
		"over another canonical form":   {signed: change(t, good, form, "<xades:SignatureTimeStamp>"), fault: document.FaultTimeStamp},
		"in a form nobody knows":        {signed: change(t, good, form, strings.Replace(form, exc, "urn:x", 1)), fault: document.FaultTimeStamp},
		"that is no token":              {signed: change(t, good, "<xades:EncapsulatedTimeStamp>", "<xades:EncapsulatedTimeStamp>AAAA</xades:EncapsulatedTimeStamp><xades:EncapsulatedTimeStamp>"), fault: document.FaultTimeStamp},
		"that is no base64":             {signed: change(t, good, "<xades:EncapsulatedTimeStamp>", "<xades:EncapsulatedTimeStamp>!"), fault: document.FaultTimeStamp},
		"with text beside":              {signed: change(t, good, form, form+"x"), fault: document.FaultTimeStamp},
		"of another kind":               {signed: strings.ReplaceAll(good, "xades:EncapsulatedTimeStamp>", "xades:XMLTimeStamp>"), fault: document.FaultTimeStamp},
		"nine":                          {signed: nine(t, good), fault: document.FaultTooLarge},
		"of an authority nobody trusts": {signed: stampedBy(t, giada, careless{options: testpki.TSAOptions{SignedBy: testpki.OtherCA}}), level: document.LevelB},

		"in order":           {signed: good, level: document.LevelT},
		"with a counterpart": {signed: change(t, good, "<xades:SignatureTimeStamp>", "<xades:CounterSignature/><xades:SignatureTimeStamp>"), level: document.LevelT},
	} {
		t.Run(name, func(t *testing.T) {
			s := documenttest.Only(t, verify(t, c.signed))
			if c.fault != "" {
				wantFaults(t, s, c.fault)
				return
			}
			wantGood(t, s)
			if at, proven := s.ProvenTime(); s.Level != c.level || proven != (c.level == document.LevelT) {
				t.Errorf("level %q, %s", s.Level, at)
			}
		})
	}
}

func nine(t testing.TB, good string) string {
	_, token := cut(t, good, "<xades:EncapsulatedTimeStamp>", "</xades:EncapsulatedTimeStamp>")
	return change(t, good, token, strings.Repeat(token, 9))
}

// The earliest good time stamp decides over the certificate.
func TestASignatureWithATimeStampOutlivesItsCertificate(t *testing.T) {
	expired := card(testpki.LeafOptions{Validity: testpki.Expired})
	before := careless{options: testpki.TSAOptions{At: time.Now().AddDate(-1, 0, 0)}}
	wantFaults(t, documenttest.Only(t, verify(t, stampedBy(t, expired))), document.FaultExpired)
	wantFaults(t, documenttest.Only(t, verify(t, stampedBy(t, expired, careless{}))), document.FaultExpired)
	wantGood(t, documenttest.Only(t, verify(t, stampedBy(t, expired, before))))
	wantGood(t, documenttest.Only(t, verify(t, stampedBy(t, expired, careless{}, before))))
}

func TestAnAuthorityThatGivesNoTimeStampLeavesTheSignatureAsItWas(t *testing.T) {
	s := card(testpki.LeafOptions{}).enveloped(t, simple)
	before := written(t, s, nil)
	if err := s.Stamp(t.Context(), authority(t, testpki.TSAOptions{Status: 2})); err == nil {
		t.Error("a time stamp that was not given is accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Stamp(ctx, authority(t, testpki.TSAOptions{})); !errors.Is(err, context.Canceled) {
		t.Errorf("a citizen who went away: %v", err)
	}
	if written(t, s, nil) != before {
		t.Error("the signature has changed")
	}
	for range 8 {
		if err := s.Stamp(t.Context(), careless{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Stamp(t.Context(), careless{}); err == nil {
		t.Error("a ninth is accepted")
	}
}

func TestACertificateThatNobodyTrustsIsAFault(t *testing.T) {
	for name, c := range map[string]struct {
		options testpki.LeafOptions
		want    document.Fault
	}{
		"of another authority": {testpki.LeafOptions{SignedBy: testpki.OtherCA}, document.FaultUntrusted},
		"of a forger":          {testpki.LeafOptions{SignedBy: testpki.Forger}, document.FaultUntrusted},
		"not yet valid":        {testpki.LeafOptions{Validity: testpki.NotYetValid}, document.FaultNotYetValid},
		"of 1024 bits":         {testpki.LeafOptions{Bits: 1024}, document.FaultWeakKey},
	} {
		s := documenttest.Only(t, verify(t, written(t, card(c.options).enveloped(t, simple), nil)))
		if !s.Has(c.want) || len(s.Covered) > 0 {
			t.Errorf("%s: %v", name, s.Faults)
		}
	}
}

var _ timestamp.Stamper = careless{}
