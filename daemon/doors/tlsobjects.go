// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
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

// token is what programs see: one token with the certificates and keys of all cards that are there.
type token struct{ cards []tokenCard }

type tokenCard struct {
	insertion   uint64
	certificate *x509.Certificate
	key         *rsa.PublicKey
}

// maxTokenCards is for MAX_OBJECTS and MAX_OBJECT_BYTES of the module (browsermodule/objects.h).
const (
	maxTokenCards  = 5
	maxObjectBytes = 32768
)

// token gives the cards in the order of their insertion. A program that logs in sees the first alone: it logs in to a whole
// token (PKCS#11 2.40, section 5.6), and one PIN unlocks one card.
func (d *TLS) token(ctx context.Context, mode byte) token {
	var t token
	for insertion, c := range d.Keys.Tokens(ctx) {
		if key, ok := c.PublicKey.(*rsa.PublicKey); ok {
			t.cards = append(t.cards, tokenCard{insertion, c, key})
		}
	}
	slices.SortFunc(t.cards, func(a, b tokenCard) int { return cmp.Compare(a.insertion, b.insertion) })
	most := maxTokenCards
	if mode != signMode {
		most = 1
	}
	t.cards = t.cards[:min(len(t.cards), most)]
	return t
}

// generation is another one as soon as a card comes or goes; 0 without any.
func (t token) generation() uint64 {
	switch len(t.cards) {
	case 0:
		return 0
	case 1:
		return t.cards[0].insertion
	}
	var all []byte
	for _, c := range t.cards {
		all = binary.BigEndian.AppendUint64(all, c.insertion)
	}
	sum := sha256.Sum256(all)
	return binary.BigEndian.Uint64(sum[:]) | 1 // never 0
}

// serial is made of the certificates: another one for other cards, and nothing personal.
func (t token) serial() (serial [16]byte) {
	all := sha256.New()
	for _, c := range t.cards {
		all.Write(c.certificate.Raw)
	}
	hex.Encode(serial[:], all.Sum(nil)[:len(serial)/2])
	return serial
}

// state tells whether there is a token.
func (d *TLS) state(ctx context.Context, p ipc.Program, mode byte) []byte {
	t := d.token(ctx, mode)
	var serial [16]byte
	var flags byte
	if len(t.cards) > 0 {
		serial = t.serial()
		switch {
		case mode != signMode:
			flags = flagLoginRequired
			if d.Keys.Unlocked(p, t.cards[0].insertion) {
				flags |= flagLoggedIn
			}
		case hangsWithoutSignature(p):
			flags = flagSignSucceeds
		}
	}
	b := append(binary.BigEndian.AppendUint64(nil, t.generation()), flags)
	b = append(b, serial[:]...)
	return append(b, tokenLabel+strings.Repeat(" ", 32-len(tokenLabel))...)
}

// objects lists what is on the token.
func (d *TLS) objects(ctx context.Context, p ipc.Program, r tlsRequest) (returnValue, []byte) {
	if len(r.body) < 8 {
		return ckrFunctionFailed, nil
	}
	t := d.token(ctx, r.mode)
	switch {
	case len(t.cards) == 0:
		return ckrTokenNotPresent, nil
	case t.generation() != r.generation():
		return ckrSessionHandleInvalid, nil
	case r.mode == signMode:
		return ckrOK, objectsOf(t.cards, r.mode, true)
	}
	return ckrOK, objectsOf(t.cards, r.mode, d.Keys.Unlocked(p, t.cards[0].insertion))
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

// objectsOf encodes the objects of all cards. The private key of a program that logs in is the last, and there only for who
// has logged in: OpenSSL's engine logs in when it does not find it.
func objectsOf(cards []tokenCard, mode byte, unlocked bool) []byte {
	b := []byte{0}
	add := func(all ...*object) {
		var more []byte
		for _, o := range all {
			more = append(append(more, o.count), o.bytes...)
		}
		if len(b)+len(more) <= maxObjectBytes {
			b[0] += byte(len(all))
			b = append(b, more...)
		}
	}
	if mode == signMode {
		for i, c := range cards {
			certificate, public, private := c.objects(byte(i+1), mode)
			add(certificate, public, private)
		}
		return b
	}
	certificate, public, private := cards[0].objects(1, mode)
	profile := newObject(ckoProfile, false)
	profile.number(ckaProfileID, ckpPublicCertificatesToken)
	add(certificate, public, profile)
	if unlocked {
		add(private)
	}
	return b
}

// objects makes the three of one card, which have the same CKA_ID. CKA_ALWAYS_AUTHENTICATE is never true: browsers hang, or
// ask before each signature. Each card has another CKA_LABEL: NSS finds certificates by it, and knows one alone of those that
// have the same.
func (c tokenCard) objects(id, mode byte) (certificate, public, private *object) {
	label := tokenLabel
	if id > 1 {
		label = fmt.Sprintf("%s %d", tokenLabel, id)
	}
	named := func(o *object) *object {
		o.data(ckaLabel, []byte(label))
		o.data(ckaID, []byte{id})
		o.data(ckaSubject, c.certificate.RawSubject)
		return o
	}
	rsaKey := func(o *object) *object {
		o.number(ckaKeyType, 0) // CKK_RSA
		o.data(ckaModulus, c.key.N.Bytes())
		o.data(ckaPublicExponent, big.NewInt(int64(c.key.E)).Bytes())
		return o
	}
	certificate = named(newObject(ckoCertificate, false))
	certificate.number(ckaCertificateType, 0) // CKC_X_509
	certificate.data(ckaIssuer, c.certificate.RawIssuer)
	certificate.data(ckaSerialNumber, derInteger(c.certificate.SerialNumber))
	certificate.data(ckaValue, c.certificate.Raw)

	public = rsaKey(named(newObject(ckoPublicKey, false)))
	public.number(ckaModulusBits, uint32(c.key.N.BitLen()))
	public.flag(ckaEncrypt, false)
	public.flag(ckaVerify, true)

	private = rsaKey(named(newObject(ckoPrivateKey, mode != signMode)))
	private.flag(ckaSign, true)
	private.flag(ckaDecrypt, false)
	private.flag(ckaSensitive, true)
	private.flag(ckaAlwaysSensitive, true)
	private.flag(ckaExtractable, false)
	private.flag(ckaNeverExtractable, true)
	private.flag(ckaAlwaysAuthenticate, false)
	return certificate, public, private
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
// DigestInfo, with PSS the digest, and a salt of its length (TLS 1.3, RFC 8446, section 4.2.3). SHA-1, and SHA-1 with MD5,
// are not among them: whoever can make two texts with one such digest has a signature of both (RFC 9155, RFC 8996).
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
