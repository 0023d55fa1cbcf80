// SPDX-License-Identifier: BSD-3-Clause

package revocation_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/revocation"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var _ portal.Revocation = (*revocation.Checker)(nil)

var (
	pki    = testpki.New()
	server *testpki.RevocationServer // openssl
)

func TestMain(m *testing.M) {
	var err error
	if server, err = pki.StartRevocation(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	server.Close()
	os.Exit(code)
}

// checker may ask this machine.
func checker(change func(*revocation.Options)) *revocation.Checker {
	o := revocation.Options{AllowLoopback: true, Timeout: time.Minute}
	if change != nil {
		change(&o)
	}
	return revocation.New(o)
}

// issue makes a certificate with these addresses, "-" for none, that the responder knows.
func issue(t testing.TB, ocsp, crl string) *x509.Certificate {
	t.Helper()
	cert, _ := pki.Issue(testpki.LeafOptions{OCSPURL: ocsp, CRLURL: crl})
	server.Know(cert)
	return cert
}

func want(t *testing.T, err, wanted error) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Errorf("%v, not %v", err, wanted)
	}
	for _, other := range []error{revocation.ErrRevoked, revocation.ErrSuspended, revocation.ErrUnknown, revocation.ErrUnavailable} {
		if other != wanted && errors.Is(err, other) {
			t.Errorf("%v is also %v", err, other)
		}
	}
}

// site is a server of the test's own, which counts.
type site struct {
	*httptest.Server
	asked atomic.Int64
}

func serve(t *testing.T, h http.HandlerFunc) *site {
	t.Helper()
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.asked.Add(1); h(w, r) }))
	t.Cleanup(s.Close)
	return s
}

func serveBytes(t *testing.T, b []byte) *site {
	return serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b) })
}

// login is the login of a card that was reported lost, at a portal that asks c.
func login(t *testing.T, c *revocation.Checker) error {
	t.Helper()
	cert, key := pki.Issue(testpki.LeafOptions{OCSPURL: server.OCSPURL(testpki.SignerDelegate), CRLURL: "-"})
	server.Know(cert)
	pki.Suspend(cert)
	origin, err := protocol.ParseOrigin("https://fse.regione.example")
	if err != nil {
		t.Fatal(err)
	}
	const nonce = "0123456789012345678901234567890123456789abcd"
	digest := protocol.TokenDigest(origin, nonce)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	token, err := json.Marshal(map[string]string{
		"unverifiedCertificate": base64.StdEncoding.EncodeToString(cert.Raw), "algorithm": "RS256",
		"signature": base64.StdEncoding.EncodeToString(signature), "format": "web-eid:1.0", "appVersion": "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := portal.NewVerifier(portal.Options{TrustAnchors: []*x509.Certificate{pki.CA()}, Revocation: c})
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Verify(t.Context(), token, origin, nonce)
	return err
}
