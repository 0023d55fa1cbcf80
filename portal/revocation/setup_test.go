// SPDX-License-Identifier: BSD-3-Clause

package revocation_test

import (
	"crypto/x509"
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
