// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/pin"
)

// driver drives the card of a slot for the length of one transaction. Its errors are those of package cns.
type driver interface {
	Certificate() ([]byte, error)
	TriesLeft() (int, error)
	PUKTriesLeft() (int, error)
	VerifyPIN(p *pin.PIN) error
	// Sign signs a digest with the key of the certificate, whose public half is pub, and checks the signature with it. An
	// elliptic one is r and s, one after the other, each as long as the order of the curve.
	Sign(pub crypto.PublicKey, digest []byte, opts crypto.SignerOpts) ([]byte, error)
	ChangePIN(current, chosen *pin.PIN) error
	Unblock(puk, chosen *pin.PIN) error
}

// native is a CNS that is driven by its own APDUs.
type native struct{ *cns.Card }

// Sign signs with PSS when opts are *rsa.PSSOptions. A CNS has an RSA key.
func (n native) Sign(pub crypto.PublicKey, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	key, ok := pub.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the certificate's key is not RSA: %w", cns.ErrKeyMismatch)
	}
	if _, pss := opts.(*rsa.PSSOptions); pss {
		return n.SignPSS(key, opts.HashFunc(), digest)
	}
	return n.SignPKCS1(key, opts.HashFunc(), digest)
}

// kindOf is what a driver has found out about a CNS; nothing of any other card.
func kindOf(d driver) cns.Kind {
	if n, ok := d.(native); ok {
		return n.Kind
	}
	return cns.Kind{}
}

// supported says that signatures of a key can be asked for and checked: of a CNS with an RSA key only.
func supported(d driver, key crypto.PublicKey) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return key.Size() >= 128 && key.Size() <= 512
	case *ecdsa.PublicKey:
		_, cns := d.(native)
		return !cns && (key.Curve == elliptic.P256() || key.Curve == elliptic.P384())
	}
	return false
}

// needsExtended says that a CNS cannot use its key by a short APDU, whose data are 255 bytes at most: the block to decipher
// is as long as the key, and one byte comes before it (cns-card.md A6).
func needsExtended(key crypto.PublicKey) bool {
	k, ok := key.(*rsa.PublicKey)
	return ok && k.Size()+1 > 255
}
