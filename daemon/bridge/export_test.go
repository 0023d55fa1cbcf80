// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"crypto"
	"crypto/x509"
	"time"
)

// SetPatience shortens what a sign.document waits for.
func (b *Bridge) SetPatience(upload, collect time.Duration) {
	b.patience = patience{upload, usualPatience.whole, collect}
}

// SetWholePatience shortens what a sign.document waits for all bytes.
func (b *Bridge) SetWholePatience(whole time.Duration) { b.patience.whole = whole }

// MayNotSign is mayNotSign.
func (b *Bridge) MayNotSign(c *x509.Certificate) error { return b.mayNotSign(c) }

// Proven is proven.
func Proven(c *x509.Certificate, hash crypto.Hash, digest, signature []byte) error {
	return proven(c, hash, digest, signature)
}
