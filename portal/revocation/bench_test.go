// SPDX-License-Identifier: BSD-3-Clause

package revocation_test

import (
	"testing"

	"github.com/ponte-cns/ponte/testcard/testpki"
)

// BenchmarkCheckRemembered is what a login pays while the good answer is remembered.
func BenchmarkCheckRemembered(b *testing.B) {
	cert := issue(b, server.OCSPURL(testpki.SignerDelegate), "-")
	c := checker(nil)
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Check(b.Context(), cert, pki.CA()); err != nil {
			b.Fatal(err)
		}
	}
}
