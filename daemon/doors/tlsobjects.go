// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"strings"

	"github.com/ponte-cns/ponte/internal/ipc"
)

// returnValue is a CK_RV of PKCS#11 2.40.
type returnValue uint32

const (
	ckrOK                    returnValue = 0x00
	ckrFunctionFailed        returnValue = 0x06
	ckrDataInvalid           returnValue = 0x20
	ckrDataLenRange          returnValue = 0x21
	ckrDeviceError           returnValue = 0x30
	ckrDeviceRemoved         returnValue = 0x32
	ckrFunctionCanceled      returnValue = 0x50
	ckrMechanismInvalid      returnValue = 0x70
	ckrMechanismParamInvalid returnValue = 0x71
	ckrSessionHandleInvalid  returnValue = 0xB3
	ckrTokenNotPresent       returnValue = 0xE0
	ckrUserNotLoggedIn       returnValue = 0x101
)

// Classes, attributes and mechanisms of PKCS#11 2.40; the profile is of 3.0.
const (
	ckoCertificate = 1
	ckoPublicKey   = 2
	ckoPrivateKey  = 3
	ckoProfile     = 9

	ckaClass              = 0x00
	ckaToken              = 0x01
	ckaPrivate            = 0x02
	ckaLabel              = 0x03
	ckaValue              = 0x11
	ckaCertificateType    = 0x80
	ckaIssuer             = 0x81
	ckaSerialNumber       = 0x82
	ckaKeyType            = 0x100
	ckaSubject            = 0x101
	ckaID                 = 0x102
	ckaSensitive          = 0x103
	ckaEncrypt            = 0x104
	ckaDecrypt            = 0x105
	ckaSign               = 0x108
	ckaVerify             = 0x10A
	ckaModulus            = 0x120
	ckaModulusBits        = 0x121
	ckaPublicExponent     = 0x122
	ckaExtractable        = 0x162
	ckaNeverExtractable   = 0x164
	ckaAlwaysSensitive    = 0x165
	ckaModifiable         = 0x170
	ckaAlwaysAuthenticate = 0x202
	ckaProfileID          = 0x601

	// ckpPublicCertificatesToken: certificates can be read without a login.
	ckpPublicCertificatesToken = 4

	ckmRSAPKCS    = 0x01
	ckmRSAPKCSPSS = 0x0D
)

// tokenLabel is the name of the token in the windows of browsers.
const tokenLabel = "CNS"

// state tells whether there is a token. Its serial number is made of the certificate: another one for each card, and
// nothing personal.
func (d *TLS) state(ctx context.Context, p ipc.Program, mode byte) []byte {
	certificate, generation := d.Keys.Token(ctx)
	var serial [16]byte
	var flags byte
	if certificate == nil {
		generation = 0
	} else {
		sum := sha256.Sum256(certificate.Raw)
		hex.Encode(serial[:], sum[:len(serial)/2])
		switch {
		case mode != signMode:
			flags = flagLoginRequired
			if d.Keys.Unlocked(p, generation) {
				flags |= flagLoggedIn
			}
		case hangsWithoutSignature(p):
			flags = flagSignSucceeds
		}
	}
	b := append(binary.BigEndian.AppendUint64(nil, generation), flags)
	b = append(b, serial[:]...)
	return append(b, tokenLabel+strings.Repeat(" ", 32-len(tokenLabel))...)
}

// objects lists what is on the token.
func (d *TLS) objects(ctx context.Context, p ipc.Program, r tlsRequest) (returnValue, []byte) {
	wanted, err := r.generation()
	if err != nil {
		return ckrFunctionFailed, nil
	}
	certificate, generation := d.Keys.Token(ctx)
	switch {
	case certificate == nil:
		return ckrTokenNotPresent, nil
	case generation != wanted:
		return ckrSessionHandleInvalid, nil
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return ckrTokenNotPresent, nil
	}
	return ckrOK, objectsOf(certificate, key, r.mode, d.Keys.Unlocked(p, generation))
}

// object is a PKCS#11 object as the module takes it: see objects_parse in browsermodule/objects.h.
type object struct {
	count byte
	bytes []byte
}

func (o *object) add(attribute uint32, kind byte, value []byte) {
	o.count++
	o.bytes = append(binary.BigEndian.AppendUint32(o.bytes, attribute), kind)
	o.bytes = append(binary.BigEndian.AppendUint32(o.bytes, uint32(len(value))), value...)
}

func (o *object) number(attribute, value uint32) {
	o.add(attribute, 'n', binary.BigEndian.AppendUint32(nil, value))
}

func (o *object) data(attribute uint32, value []byte) { o.add(attribute, 'b', value) }

func (o *object) flag(attribute uint32, value bool) {
	b := byte(0)
	if value {
		b = 1
	}
	o.add(attribute, 'b', []byte{b})
}

// newObject begins an object of the token.
func newObject(class uint32, private bool) *object {
	o := &object{}
	o.number(ckaClass, class)
	o.flag(ckaToken, true)
	o.flag(ckaPrivate, private)
	o.flag(ckaModifiable, false)
	return o
}

// objectsOf encodes the objects. The private key is the last, and there only for who has logged in or does not have to:
// OpenSSL's engine logs in when it does not find it. CKA_ALWAYS_AUTHENTICATE is never true: browsers hang, or ask before
// each signature.
func objectsOf(certificate *x509.Certificate, key *rsa.PublicKey, mode byte, unlocked bool) []byte {
	id := []byte{1}
	modulus, exponent := key.N.Bytes(), big.NewInt(int64(key.E)).Bytes()
	named := func(o *object) *object {
		o.data(ckaLabel, []byte(tokenLabel))
		o.data(ckaID, id)
		o.data(ckaSubject, certificate.RawSubject)
		return o
	}
	rsaKey := func(o *object) *object {
		o.number(ckaKeyType, 0) // CKK_RSA
		o.data(ckaModulus, modulus)
		o.data(ckaPublicExponent, exponent)
		return o
	}
	c := named(newObject(ckoCertificate, false))
	c.number(ckaCertificateType, 0) // CKC_X_509
	c.data(ckaIssuer, certificate.RawIssuer)
	c.data(ckaSerialNumber, derInteger(certificate.SerialNumber))
	c.data(ckaValue, certificate.Raw)

	public := rsaKey(named(newObject(ckoPublicKey, false)))
	public.number(ckaModulusBits, uint32(key.N.BitLen()))
	public.flag(ckaEncrypt, false)
	public.flag(ckaVerify, true)

	private := rsaKey(named(newObject(ckoPrivateKey, mode != signMode)))
	private.flag(ckaSign, true)
	private.flag(ckaDecrypt, false)
	private.flag(ckaSensitive, true)
	private.flag(ckaAlwaysSensitive, true)
	private.flag(ckaExtractable, false)
	private.flag(ckaNeverExtractable, true)
	private.flag(ckaAlwaysAuthenticate, false)

	all := []*object{c, public}
	if mode != signMode {
		profile := newObject(ckoProfile, false)
		profile.number(ckaProfileID, ckpPublicCertificatesToken)
		all = append(all, profile)
	}
	if mode == signMode || unlocked {
		all = append(all, private)
	}
	b := []byte{byte(len(all))}
	for _, o := range all {
		b = append(append(b, o.count), o.bytes...)
	}
	return b
}

// derInteger is the DER encoding of a serial number, as CKA_SERIAL_NUMBER wants it. Those of certificates have at most 20
// bytes (RFC 5280, section 4.1.2.2); of a longer one the rest is cut, so that it matches none.
func derInteger(n *big.Int) []byte {
	b := n.Bytes()
	if len(b) == 0 || b[0]&0x80 != 0 {
		b = append([]byte{0}, b...)
	}
	b = b[:min(len(b), 127)]
	return append([]byte{0x02, byte(len(b))}, b...)
}

// hashes are those that a program may have signed, with the DER prefix of their DigestInfo (RFC 8017, section 9.2 note 1)
// and their numbers as mechanism and as mask generation function.
var hashes = []struct {
	hash           crypto.Hash
	mechanism, mgf uint32
	digestInfo     []byte
}{
	{crypto.SHA256, 0x250, 2, []byte("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20")},
	{crypto.SHA384, 0x260, 3, []byte("\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30")},
	{crypto.SHA512, 0x270, 4, []byte("\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40")},
}

// parseSignature reads mechanism, hash, mask generation function, length of the salt, and what is to be signed. The key
// signs digests of known hashes only, so that nobody has it sign what is no handshake or document: with PKCS #1 a whole
// DigestInfo, with PSS the digest, and a salt of its length (TLS 1.3, RFC 8446, section 4.2.3).
func parseSignature(b []byte) (digest []byte, opts crypto.SignerOpts, rv returnValue) {
	const parameters = 16
	if len(b) < parameters {
		return nil, nil, ckrFunctionFailed
	}
	word := func(i int) uint32 { return binary.BigEndian.Uint32(b[4*i:]) }
	mechanism, hash, mgf, salt, data := word(0), word(1), word(2), word(3), b[parameters:]
	switch mechanism {
	case ckmRSAPKCS:
		for _, h := range hashes {
			if digest, ok := bytes.CutPrefix(data, h.digestInfo); ok && len(digest) == h.hash.Size() {
				return digest, h.hash, ckrOK
			}
		}
		return nil, nil, ckrDataInvalid
	case ckmRSAPKCSPSS:
		for _, h := range hashes {
			if hash != h.mechanism {
				continue
			}
			if mgf != h.mgf || salt != uint32(h.hash.Size()) {
				break
			}
			if len(data) != h.hash.Size() {
				return nil, nil, ckrDataLenRange
			}
			return data, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: h.hash}, ckrOK
		}
		return nil, nil, ckrMechanismParamInvalid
	}
	return nil, nil, ckrMechanismInvalid
}
