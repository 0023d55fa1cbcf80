// SPDX-License-Identifier: BSD-3-Clause

package trustlist_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/trustlist"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var _ portal.TrustSource = (*trustlist.Store)(nil)

var pki = testpki.New()

func options() trustlist.Options {
	return trustlist.Options{Signers: []*x509.Certificate{pki.ListSigner(testpki.SchemeOperator)}}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, not %v", err, want)
	}
}

// authority makes the certificate of an authority, bent by change.
func authority(t testing.TB, name string, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().AddDate(-20, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, pki.CASigner().Public(), pki.CASigner())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func idv(name string, certs ...*x509.Certificate) testpki.ListService {
	return testpki.ListService{Type: testpki.ServiceIdV, Status: testpki.StatusRecognised, Name: name, Certificates: certs}
}

func write(t *testing.T, name string, b []byte) string {
	t.Helper()
	if filepath.Base(name) == name {
		name = filepath.Join(t.TempDir(), name)
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func names(authorities []trustlist.Authority) []string {
	var all []string
	for _, a := range authorities {
		all = append(all, a.Service)
	}
	return all
}
