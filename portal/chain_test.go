// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/testcard/testpki"
)

// NewVerifier does not let such a pool come about; crypto/x509 would trust it.
func TestACertificateThatIsItsOwnAnchorIsRefused(t *testing.T) {
	cert, _ := testpki.New().Issue(testpki.LeafOptions{})
	v := &Verifier{roots: x509.NewCertPool()}
	v.roots.AddCert(cert)
	if _, err := v.checkChain(cert, time.Now()); !errors.Is(err, &Refusal{Reason: ReasonChain}) {
		t.Errorf("%v", err)
	}
}
