// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestABundleThatHoldsSomethingElseIsRefused(t *testing.T) {
	good := string(pki.CAPEM())
	for name, bundle := range map[string]string{
		"nothing":               "",
		"no PEM":                "Regione Prova",
		"DER":                   string(pki.CA().Raw),
		"a private key":         good + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"another kind of block": strings.ReplaceAll(good, "CERTIFICATE", "TRUSTED CERTIFICATE"),
		"a damaged certificate": strings.Replace(good, "\nM", "\nA", 1),
		"a certificate cut off": good + good[:len(good)/2],
	} {
		t.Run(name, func(t *testing.T) {
			if certs, err := portal.ParseCertificates([]byte(bundle)); err == nil {
				t.Errorf("%d certificates", len(certs))
			}
		})
	}
}

func TestABundleMayHoldCommentsAndManyCertificates(t *testing.T) {
	bundle := "# Regione Prova\n" + string(pki.CAPEM()) + "\n# again\n" + string(pki.CAPEM())
	certs, err := portal.ParseCertificates([]byte(bundle))
	if err != nil || len(certs) != 2 || !certs[1].Equal(pki.CA()) {
		t.Errorf("%d certificates, %v", len(certs), err)
	}
}

// source is a list of authorities that the test changes.
type source struct{ pool *x509.CertPool }

func (s *source) TrustAnchors() *x509.CertPool { return s.pool }

func pool(certs ...*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certs {
		p.AddCert(c)
	}
	return p
}

func TestWhoIsTrustedMayChangeWhileThePortalRuns(t *testing.T) {
	s := &source{}
	v := verifier(t, func(o *portal.Options) { o.TrustAnchors, o.Trust = nil, s })
	token := goodToken(t).json()
	refused := func() {
		t.Helper()
		_, err := v.Verify(t.Context(), token, origin(t, site), nonce)
		wantRefusal(t, err, portal.ReasonChain)
	}
	refused()
	s.pool = pool()
	refused()
	s.pool = pool(pki.OtherCA())
	refused()
	s.pool = pool(pki.OtherCA(), pki.CA())
	if _, err := v.Verify(t.Context(), token, origin(t, site), nonce); err != nil {
		t.Error(err)
	}
	s.pool = nil
	refused()
}

func TestAListBesidesTrustAnchorsAddsToThem(t *testing.T) {
	s := &source{}
	v := verifier(t, func(o *portal.Options) { o.TrustAnchors, o.Trust = []*x509.Certificate{pki.OtherCA()}, s })
	own, key := pki.Issue(testpki.LeafOptions{SignedBy: testpki.OtherCA})
	if _, err := v.Verify(t.Context(), sign(t, own, key, origin(t, site), nonce).json(), origin(t, site), nonce); err != nil {
		t.Errorf("without a list: %v", err)
	}
	_, err := v.Verify(t.Context(), goodToken(t).json(), origin(t, site), nonce)
	wantRefusal(t, err, portal.ReasonChain)
	s.pool = pool(pki.CA())
	if _, err := v.Verify(t.Context(), goodToken(t).json(), origin(t, site), nonce); err != nil {
		t.Errorf("with a list: %v", err)
	}
}

func TestAListThatHoldsAPersonDoesNotLetThePersonIn(t *testing.T) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	v := verifier(t, func(o *portal.Options) { o.TrustAnchors, o.Trust = nil, &source{pool(cert)} })
	_, err := v.Verify(t.Context(), sign(t, cert, key, origin(t, site), nonce).json(), origin(t, site), nonce)
	wantRefusal(t, err, portal.ReasonChain)
}
