// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// Only on Linux can a test say what the roots of the system are.

// Without roots crypto/x509 asks the system: the authority of the test stands for one of the web there.
func TestWithoutAListTheAuthoritiesOfTheSystemAreNotTrusted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(file, pki.CAPEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", file)
	cert, _ := pki.Issue(testpki.LeafOptions{})
	if _, err := cert.Verify(x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		t.Fatalf("another test has asked for the roots of the system before, which are read once: %v", err)
	}
	v := verifier(t, func(o *portal.Options) { o.TrustAnchors, o.Trust = nil, &source{} })
	_, err := v.Verify(t.Context(), goodToken(t).json(), origin(t, site), nonce)
	wantRefusal(t, err, portal.ReasonChain)
}
