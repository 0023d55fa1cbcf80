// SPDX-License-Identifier: EUPL-1.2

package cns

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // the hashes of encodePKCS1 and encodePSS
	_ "crypto/sha512"
	"encoding/binary"
	"errors"
	"math/big"
)

// The card's key is "RSA pure": it pads nothing, so the host does (cns-card.md A6). crypto/rsa keeps its encoders to
// itself, hence these two.

var errDigest = errors.New("digest and hash do not fit the key")

// digestInfoPrefixes are the DER prefixes of DigestInfo, RFC 8017 section 9.2 note 1.
var digestInfoPrefixes = map[crypto.Hash][]byte{
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

// digestInfo is the DER of a digest with the name of its hash, one that encodePKCS1 knows.
func digestInfo(hash crypto.Hash, digest []byte) []byte {
	return append(bytes.Clone(digestInfoPrefixes[hash]), digest...)
}

// DigestInfo is the DER of a digest with the name of its hash, for keys that pad by themselves.
func DigestInfo(hash crypto.Hash, digest []byte) ([]byte, error) {
	if _, ok := digestInfoPrefixes[hash]; !ok || len(digest) != hash.Size() {
		return nil, errDigest
	}
	return digestInfo(hash, digest), nil
}

// encodePKCS1 is EMSA-PKCS1-v1_5 (RFC 8017, section 9.2) for a key of k bytes.
func encodePKCS1(k int, hash crypto.Hash, digest []byte) ([]byte, error) {
	_, ok := digestInfoPrefixes[hash]
	if !ok || len(digest) != hash.Size() {
		return nil, errDigest
	}
	info := digestInfo(hash, digest)
	if k < len(info)+11 {
		return nil, errDigest
	}
	block := bytes.Repeat([]byte{0xFF}, k)
	block[0], block[1], block[k-len(info)-1] = 0, 1, 0
	copy(block[k-len(info):], info)
	return block, nil
}

// encodePSS is EMSA-PSS (RFC 8017, section 9.1.1) with MGF1 and a random salt of the digest's length, left-padded to the
// key's length.
func encodePSS(bits int, hash crypto.Hash, digest []byte) ([]byte, error) {
	if _, ok := digestInfoPrefixes[hash]; !ok || len(digest) != hash.Size() {
		return nil, errDigest
	}
	hLen, emBits := hash.Size(), bits-1
	emLen, k := (emBits+7)/8, (bits+7)/8
	if emLen < 2*hLen+2 {
		return nil, errDigest
	}
	salt := make([]byte, hLen)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	h := hash.New()
	h.Write(make([]byte, 8))
	h.Write(digest)
	h.Write(salt)
	sum := h.Sum(nil)

	block := make([]byte, k)
	em := block[k-emLen:]
	db := em[:emLen-hLen-1]
	db[len(db)-hLen-1] = 1
	copy(db[len(db)-hLen:], salt)
	copy(em[len(db):], sum)
	em[emLen-1] = 0xBC
	mgf1XOR(db, hash, sum)
	em[0] &= 0xFF >> (8*emLen - emBits)
	return block, nil
}

// mgf1XOR masks out with MGF1 (RFC 8017, appendix B.2.1).
func mgf1XOR(out []byte, hash crypto.Hash, seed []byte) {
	var counter [4]byte
	for i := uint32(0); len(out) > 0; i++ {
		binary.BigEndian.PutUint32(counter[:], i)
		h := hash.New()
		h.Write(seed)
		h.Write(counter[:])
		for _, m := range h.Sum(nil) {
			if len(out) == 0 {
				return
			}
			out[0] ^= m
			out = out[1:]
		}
	}
}

// checkRaw checks that the card's answer, raised to the public exponent, is the block that it was given. Done with
// math/big because crypto/rsa refuses the 1024-bit keys of older cards, and because it serves any padding.
func checkRaw(pub *rsa.PublicKey, signature, block []byte) error {
	s := new(big.Int).SetBytes(signature)
	if s.Cmp(pub.N) >= 0 {
		return ErrKeyMismatch
	}
	s.Exp(s, big.NewInt(int64(pub.E)), pub.N)
	if !bytes.Equal(s.FillBytes(make([]byte, pub.Size())), block) {
		return ErrKeyMismatch
	}
	return nil
}
