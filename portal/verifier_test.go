// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// Every certificate that the test PKI can issue, and what becomes of a login with it.
func TestEveryVariantOfCertificateIsAcceptedOrRefusedForItsReason(t *testing.T) {
	accented, slashed, omocodia := holder.Accented(), holder.Slashed(), holder.Omocodia()
	for name, c := range map[string]struct {
		options testpki.LeafOptions
		reason  portal.Reason // empty: accepted
		change  func(*portal.Options)
	}{
		"a key of 1024 bits":                        {options: testpki.LeafOptions{Bits: 1024}, reason: portal.ReasonKeySize},
		"a certificate for signatures":              {options: testpki.LeafOptions{NonRepudiation: true}, reason: portal.ReasonKeyUsage},
		"no client authentication":                  {options: testpki.LeafOptions{Usage: testpki.ServerAuthOnly}, reason: portal.ReasonExtendedKeyUsage},
		"no policy":                                 {options: testpki.LeafOptions{Policy: testpki.PolicyNone}, reason: portal.ReasonPolicy},
		"a policy that is not that of the CNS":      {options: testpki.LeafOptions{Policy: testpki.PolicyOther}, reason: portal.ReasonPolicy},
		"an identity card":                          {options: testpki.LeafOptions{Policy: testpki.PolicyCIE}, reason: portal.ReasonPolicy},
		"a certificate that is not yet valid":       {options: testpki.LeafOptions{Validity: testpki.NotYetValid}, reason: portal.ReasonNotYetValid},
		"an expired certificate":                    {options: testpki.LeafOptions{Validity: testpki.Expired}, reason: portal.ReasonExpired},
		"an authority that is not trusted":          {options: testpki.LeafOptions{SignedBy: testpki.OtherCA}, reason: portal.ReasonChain},
		"a forged signature of the authority":       {options: testpki.LeafOptions{SignedBy: testpki.Forger}, reason: portal.ReasonChain},
		"a name without fiscal code":                {options: testpki.LeafOptions{CommonName: "GIADA ROSSINI"}, reason: portal.ReasonSubject},
		"a fiscal code with a wrong letter":         {options: testpki.LeafOptions{CommonName: "RSSGPR84S63H501D/7430010024925855.x="}, reason: portal.ReasonSubject},
		"the identity card where it is configured":  {options: testpki.LeafOptions{Policy: testpki.PolicyCIE}, change: func(o *portal.Options) { o.Policies = []string{"1.3.76.47.4"} }},
		"a CNS where only another policy is wanted": {reason: portal.ReasonPolicy, change: func(o *portal.Options) { o.Policies = []string{"1.3.76.47.4"} }},

		"the common TS-CNS":              {},
		"keyEncipherment besides":        {options: testpki.LeafOptions{KeyEncipherment: true}},
		"no extended key usage":          {options: testpki.LeafOptions{Usage: testpki.NoExtendedUsage}},
		"more extended key usages":       {options: testpki.LeafOptions{Usage: testpki.ClientAuthMore}},
		"Lombardy's policy":              {options: testpki.LeafOptions{Policy: testpki.PolicyLombardy}},
		"accents and an apostrophe":      {options: testpki.LeafOptions{Holder: &accented}},
		"a hash with a slash":            {options: testpki.LeafOptions{Holder: &slashed}},
		"an omocodia":                    {options: testpki.LeafOptions{Holder: &omocodia}},
		"a key of its own":               {options: testpki.LeafOptions{FreshKey: true}},
		"no CRL and no OCSP":             {options: testpki.LeafOptions{CRLURL: "-", OCSPURL: "-"}},
		"a key of 1024 bits, if allowed": {options: testpki.LeafOptions{Bits: 1024}, change: func(o *portal.Options) { o.AllowRSA1024 = true }},
	} {
		t.Run(name, func(t *testing.T) {
			cert, key := pki.Issue(c.options)
			token := sign(t, cert, key, origin(t, site), nonce).json()
			who, err := verifier(t, c.change).Verify(t.Context(), token, origin(t, site), nonce)
			if c.reason != "" {
				wantRefusal(t, err, c.reason)
				if who != (portal.Identity{}) {
					t.Error("a refused login tells an identity")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := holder.Giada()
			if c.options.Holder != nil {
				want = *c.options.Holder
			}
			if string(who.FiscalCode) != want.FiscalCode || who.Name != want.Name || who.Surname != want.Surname || who.CardNumber != want.CardID {
				t.Errorf("identity %+v, not that of %s", who, want.FiscalCode)
			}
		})
	}
}

func TestTheIdentityTellsWhoIssuedTheCardAndUntilWhen(t *testing.T) {
	who, err := verifier(t, nil).Verify(t.Context(), goodToken(t).json(), origin(t, site), nonce)
	if err != nil {
		t.Fatal(err)
	}
	if who.Administration != "REGIONE PROVA" || who.Authority != testpki.RegionCAName {
		t.Errorf("administration %q, authority %q", who.Administration, who.Authority)
	}
	if who.Certificate == nil || !who.NotAfter.Equal(who.Certificate.NotAfter) {
		t.Error("the certificate is not the card's")
	}
}

func TestASignatureForAnotherSiteChallengeOrKeyIsRefused(t *testing.T) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	_, other := pki.Issue(testpki.LeafOptions{FreshKey: true})
	here := origin(t, site)
	for name, m := range map[string]members{
		"made for another site":               sign(t, cert, key, origin(t, "https://phish.example"), nonce),
		"made for a site that begins like it": sign(t, cert, key, origin(t, site+".evil.example"), nonce),
		"made for another port":               sign(t, cert, key, origin(t, site+":8443"), nonce),
		"made for another challenge":          sign(t, cert, key, here, strings.Repeat("x", 44)),
		"made by another card":                sign(t, cert, other, here, nonce),
		"made by nobody":                      sign(t, cert, nil, here, nonce),
		"with one bit less":                   sign(t, cert, key, here, nonce).with("signature", "AAAA"),
		"RS256 that calls itself PS256":       sign(t, cert, key, here, nonce).with("algorithm", "PS256"),
		"PS256 that calls itself RS256":       signPSS(t, cert, key, here, nonce).with("algorithm", "RS256"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := verifier(t, nil).Verify(t.Context(), m.json(), here, nonce)
			wantRefusal(t, err, portal.ReasonSignature)
		})
	}
}

func TestAPSSSignatureIsAccepted(t *testing.T) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	if _, err := verifier(t, nil).Verify(t.Context(), signPSS(t, cert, key, origin(t, site), nonce).json(), origin(t, site), nonce); err != nil {
		t.Error(err)
	}
}

func TestAPortalThatIsNotSecureIsRefused(t *testing.T) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	developer := func(o *portal.Options) { o.AllowInsecureLocalhost = true }
	for name, c := range map[string]struct {
		origin string
		change func(*portal.Options)
		ok     bool
	}{
		"http":                                {origin: "http://fse.regione.example"},
		"http, with localhost allowed":        {origin: "http://fse.regione.example", change: developer},
		"localhost, not allowed":              {origin: "http://localhost:8080"},
		"no origin at all":                    {origin: ""},
		"no origin at all, localhost allowed": {origin: "", change: developer},
		"localhost, allowed":                  {origin: "http://localhost:8080", change: developer, ok: true},
		"127.0.0.1, allowed":                  {origin: "http://127.0.0.1:8080", change: developer, ok: true},
	} {
		t.Run(name, func(t *testing.T) {
			o := origin(t, site)
			if c.origin != "" {
				o = origin(t, c.origin)
			}
			token := sign(t, cert, key, o, nonce).json()
			if c.origin == "" {
				o = protocol.Origin{}
			}
			_, err := verifier(t, c.change).Verify(t.Context(), token, o, nonce)
			if c.ok && err != nil {
				t.Error(err)
			} else if !c.ok {
				wantRefusal(t, err, portal.ReasonOrigin)
			}
		})
	}
}

func TestAChallengeThatCannotBeOneIsRefused(t *testing.T) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	for name, n := range map[string]string{
		"empty": "", "short": strings.Repeat("a", 43), "long": strings.Repeat("a", 129), "with a space": strings.Repeat("a", 43) + " ",
	} {
		t.Run(name, func(t *testing.T) {
			token := sign(t, cert, key, origin(t, site), n).json()
			_, err := verifier(t, nil).Verify(t.Context(), token, origin(t, site), n)
			wantRefusal(t, err, portal.ReasonNonceUnknown)
		})
	}
}

func TestCertificatesBentByHandAreRefused(t *testing.T) {
	good, key := pki.Issue(testpki.LeafOptions{})
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		public any
		change func(*x509.Certificate)
		reason portal.Reason
	}{
		"a key on an elliptic curve":             {public: curve.Public(), reason: portal.ReasonAlgorithm},
		"a key of 1023 bits, even where 1024 go": {public: modulus(1023), reason: portal.ReasonKeySize},
		"a key of 4097 bits":                     {public: modulus(4097), reason: portal.ReasonKeySize},
		"no key usage":                           {change: func(c *x509.Certificate) { c.KeyUsage = 0 }, reason: portal.ReasonKeyUsage},
		"keyEncipherment alone":                  {change: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }, reason: portal.ReasonKeyUsage},
		"nonRepudiation and digitalSignature": {change: func(c *x509.Certificate) {
			c.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
		}, reason: portal.ReasonKeyUsage},
		"an authority": {change: func(c *x509.Certificate) { c.BasicConstraintsValid, c.IsCA = true, true }, reason: portal.ReasonKeyUsage},
		"anyExtendedKeyUsage": {change: func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
		}, reason: portal.ReasonExtendedKeyUsage},
		"an extended key usage that nobody knows": {change: func(c *x509.Certificate) {
			c.ExtKeyUsage, c.UnknownExtKeyUsage = nil, []asn1.ObjectIdentifier{{1, 2, 3, 4}}
		}, reason: portal.ReasonExtendedKeyUsage},
		"anyPolicy": {change: func(c *x509.Certificate) {
			c.Policies, c.PolicyIdentifiers = nil, []asn1.ObjectIdentifier{{2, 5, 29, 32, 0}}
			any, _ := x509.ParseOID("2.5.29.32.0")
			c.Policies = []x509.OID{any}
		}, reason: portal.ReasonPolicy},
		"a policy that begins like that of the CNS": {change: func(c *x509.Certificate) {
			longer, _ := x509.ParseOID("1.3.76.16.2.1.1")
			c.Policies = []x509.OID{longer}
		}, reason: portal.ReasonPolicy},
		"signed with SHA-1": {change: func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }, reason: portal.ReasonChain},
		"a critical extension that nobody knows": {change: func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		}, reason: portal.ReasonChain},
		"two common names": {change: func(c *x509.Certificate) {
			c.Subject.ExtraNames = append(c.Subject.ExtraNames, pkix.AttributeTypeAndValue{
				Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: holder.Matteo().CommonName(),
			})
		}, reason: portal.ReasonSubject},
		"no subject": {change: func(c *x509.Certificate) { c.Subject = pkix.Name{} }, reason: portal.ReasonSubject},
	} {
		t.Run(name, func(t *testing.T) {
			if c.public == nil {
				c.public = key.Public()
			}
			cert := reissue(t, good, c.public, c.change)
			v := verifier(t, func(o *portal.Options) { o.AllowRSA1024 = true })
			_, err := v.Verify(t.Context(), sign(t, cert, key, origin(t, site), nonce).json(), origin(t, site), nonce)
			wantRefusal(t, err, c.reason)
		})
	}
}

// modulus is a public key of that size to which there is no private key.
func modulus(bits int) *rsa.PublicKey {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return &rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537}
}

func TestTheCertificateOfATrustAnchorCannotLogIn(t *testing.T) {
	_, err := verifier(t, nil).Verify(t.Context(), newMembers(pki.CA(), "RS256", make([]byte, 256)).json(), origin(t, site), nonce)
	wantRefusal(t, err, portal.ReasonKeyUsage)
}

func TestARefusalForSHA1SaysSo(t *testing.T) {
	good, key := pki.Issue(testpki.LeafOptions{})
	cert := reissue(t, good, key.Public(), func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA })
	_, err := verifier(t, nil).Verify(t.Context(), sign(t, cert, key, origin(t, site), nonce).json(), origin(t, site), nonce)
	if err == nil || !strings.Contains(err.Error(), "SHA-1") {
		t.Errorf("%v", err)
	}
}

func TestTheDatesCountToTheSecond(t *testing.T) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	token := sign(t, cert, key, origin(t, site), nonce).json()
	for name, c := range map[string]struct {
		now    time.Time
		reason portal.Reason
	}{
		"a second before":   {cert.NotBefore.Add(-time.Second), portal.ReasonNotYetValid},
		"a second after":    {cert.NotAfter.Add(time.Second), portal.ReasonExpired},
		"the first moment":  {cert.NotBefore, ""},
		"the last moment":   {cert.NotAfter, ""},
		"after the CA ends": {pki.CA().NotAfter.Add(time.Hour), portal.ReasonExpired},
	} {
		t.Run(name, func(t *testing.T) {
			v := verifier(t, func(o *portal.Options) { o.Now = func() time.Time { return c.now } })
			_, err := v.Verify(t.Context(), token, origin(t, site), nonce)
			if c.reason != "" {
				wantRefusal(t, err, c.reason)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestACardOfAnAuthorityThatHasExpiredIsRefused(t *testing.T) {
	after := pki.CA().NotAfter.Add(time.Hour)
	cert, key := pki.Issue(testpki.LeafOptions{NotAfter: after.AddDate(1, 0, 0)})
	v := verifier(t, func(o *portal.Options) { o.Now = func() time.Time { return after } })
	_, err := v.Verify(t.Context(), sign(t, cert, key, origin(t, site), nonce).json(), origin(t, site), nonce)
	wantRefusal(t, err, portal.ReasonChain)
}

type revocation func(ctx context.Context, cert, issuer *x509.Certificate) error

func (r revocation) Check(ctx context.Context, cert, issuer *x509.Certificate) error {
	return r(ctx, cert, issuer)
}

func TestACardThatWasTakenBackIsRefused(t *testing.T) {
	suspended := errors.New("suspended")
	v := verifier(t, func(o *portal.Options) {
		o.Revocation = revocation(func(_ context.Context, cert, issuer *x509.Certificate) error {
			if err := cert.CheckSignatureFrom(issuer); err != nil {
				t.Error(err)
			}
			return suspended
		})
	})
	_, err := v.Verify(t.Context(), goodToken(t).json(), origin(t, site), nonce)
	wantRefusal(t, err, portal.ReasonRevocation)
	if !errors.Is(err, suspended) {
		t.Errorf("%v does not wrap the cause", err)
	}
}

func TestOnlyAGenuineCardMakesThePortalAskForRevocation(t *testing.T) {
	v := verifier(t, func(o *portal.Options) {
		o.Revocation = revocation(func(context.Context, *x509.Certificate, *x509.Certificate) error {
			t.Error("asked")
			return nil
		})
	})
	cert, key := pki.Issue(testpki.LeafOptions{})
	stranger, _ := pki.Issue(testpki.LeafOptions{SignedBy: testpki.OtherCA})
	nobody, _ := pki.Issue(testpki.LeafOptions{CommonName: "nobody"})
	for _, m := range []members{
		sign(t, cert, nil, origin(t, site), nonce), sign(t, stranger, key, origin(t, site), nonce), sign(t, nobody, key, origin(t, site), nonce),
	} {
		if _, err := v.Verify(t.Context(), m.json(), origin(t, site), nonce); err == nil {
			t.Error("accepted")
		}
	}
}

func TestOptionsThatWouldTrustTooMuchAreRefused(t *testing.T) {
	person, _ := pki.Issue(testpki.LeafOptions{})
	for name, o := range map[string]portal.Options{
		"no trust anchor":             {},
		"a person as trust anchor":    {TrustAnchors: []*x509.Certificate{pki.CA(), person}},
		"a person as intermediate":    {TrustAnchors: []*x509.Certificate{pki.CA()}, Intermediates: []*x509.Certificate{person}},
		"a nil certificate":           {TrustAnchors: []*x509.Certificate{nil}},
		"a policy that is not one":    {TrustAnchors: []*x509.Certificate{pki.CA()}, Policies: []string{"CNS"}},
		"a policy that is empty text": {TrustAnchors: []*x509.Certificate{pki.CA()}, Policies: []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := portal.NewVerifier(o); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestRefusalsCompareByReason(t *testing.T) {
	_, err := verifier(t, nil).Verify(t.Context(), nil, origin(t, site), nonce)
	if !errors.Is(err, &portal.Refusal{Reason: portal.ReasonFormat}) || errors.Is(err, &portal.Refusal{Reason: portal.ReasonChain}) {
		t.Errorf("%v", err)
	}
}
