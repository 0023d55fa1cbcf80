// SPDX-License-Identifier: BSD-3-Clause

package cms

import (
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// certID is the first ESSCertID or ESSCertIDv2 of an attribute: the one of the signer (RFC 5035, 5.4.1.1).
type certID struct {
	algorithm algorithm // id is nil where it is not written
	hash      []byte
	serial    *big.Int // nil if it is not there. The issuer beside it adds nothing to the hash, and is skipped
}

// readCertID reads SigningCertificate and SigningCertificateV2, which differ in the algorithm only.
func readCertID(raw []byte) (certID, bool) {
	var id certID
	in := cryptobyte.String(raw)
	var attribute, certs, first, hash cryptobyte.String
	if !in.ReadASN1(&attribute, der.SEQUENCE) || !in.Empty() || !attribute.ReadASN1(&certs, der.SEQUENCE) || !certs.ReadASN1(&first, der.SEQUENCE) {
		return id, false
	}
	if first.PeekASN1Tag(der.SEQUENCE) && !readAlgorithm(&first, &id.algorithm) {
		return id, false
	}
	if !first.ReadASN1(&hash, der.OCTET_STRING) || len(hash) == 0 {
		return id, false
	}
	id.hash = hash
	if first.Empty() {
		return id, true
	}
	var both, names cryptobyte.String
	id.serial = new(big.Int)
	return id, first.ReadASN1(&both, der.SEQUENCE) && both.ReadASN1(&names, der.SEQUENCE) && both.ReadASN1Integer(id.serial) && first.Empty()
}
