// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

// Fields of crx3.proto (chromium: components/crx_file).
const (
	crxRSAProof      = 2     // CrxFileHeader.sha256_with_rsa
	crxSignedData    = 10000 // CrxFileHeader.signed_header_data
	crxProofKey      = 1     // AsymmetricKeyProof.public_key
	crxProofSig      = 2     // AsymmetricKeyProof.signature
	crxSignedID      = 1     // SignedData.crx_id
	crxVersion       = 3
	crxSignedContext = "CRX3 SignedData\x00"
)

// crx3 signs a zip archive, and tells the identity that Chromium gives it. RSASSA-PKCS1-v1_5 makes the same bytes each time.
func crx3(archive []byte, key *rsa.PrivateKey) (crx []byte, id string, err error) {
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(public)
	signed := field(nil, crxSignedID, sum[:16])

	h := sha256.New()
	h.Write([]byte(crxSignedContext))
	h.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(signed))))
	h.Write(signed)
	h.Write(archive)
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, h.Sum(nil))
	if err != nil {
		return nil, "", err
	}
	proof := field(field(nil, crxProofKey, public), crxProofSig, signature)
	header := field(field(nil, crxRSAProof, proof), crxSignedData, signed)

	crx = append(crx, "Cr24"...)
	crx = binary.LittleEndian.AppendUint32(crx, crxVersion)
	crx = binary.LittleEndian.AppendUint32(crx, uint32(len(header)))
	crx = append(append(crx, header...), archive...)
	return crx, identity(sum[:16]), nil
}

// identity is how Chromium writes the sum of a key: the letters a to p for the hexadecimal digits.
func identity(sum []byte) string {
	var id []byte
	for _, b := range sum {
		id = append(id, 'a'+b>>4, 'a'+b&15)
	}
	return string(id)
}

// field appends a field of bytes as Protocol Buffers encode it (wire type 2).
func field(to []byte, number uint64, value []byte) []byte {
	to = binary.AppendUvarint(to, number<<3|2)
	to = binary.AppendUvarint(to, uint64(len(value)))
	return append(to, value...)
}

// readKey reads an RSA key, PKCS #8 in PEM, as `chromium --pack-extension` and openssl write it.
func readKey(file string) (*rsa.PrivateKey, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("%s: no PEM", file)
	}
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	key, ok := any.(*rsa.PrivateKey)
	if !ok || key.N.BitLen() < 2048 {
		return nil, errors.New("the key of the extension must be RSA with 2048 bits or more")
	}
	return key, nil
}
