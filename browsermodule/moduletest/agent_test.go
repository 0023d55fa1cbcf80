// SPDX-License-Identifier: EUPL-1.2

// Package moduletest tests the PKCS#11 module of its parent folder from outside, as programs use it. It is a folder of its
// own because Go does not want C files beside its tests. The agent is a false one here.
package moduletest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/ponte-cns/ponte/testcard/testpki"
)

// What travels between module and agent (agent.h).
const (
	opState   = 1
	opObjects = 2
	opLogin   = 3
	opLogout  = 4
	opSign    = 5

	loginRequired = 1
	signSucceeds  = 4
)

// PKCS#11 values that the tests use.
const (
	ckoCertificate = 1
	ckoPublicKey   = 2
	ckoPrivateKey  = 3

	ckaClass           = 0x00
	ckaToken           = 0x01
	ckaPrivate         = 0x02
	ckaLabel           = 0x03
	ckaValue           = 0x11
	ckaCertificateType = 0x80
	ckaKeyType         = 0x100
	ckaSubject         = 0x101
	ckaID              = 0x102
	ckaSign            = 0x108
	ckaModulus         = 0x120
	ckaModulusBits     = 0x121
	ckaPublicExponent  = 0x122

	ckmRSAPKCS = 1

	ckrOK              = 0
	ckrPINIncorrect    = 0xA0
	ckrUserNotLoggedIn = 0x101
)

// answer is what the false agent says to one request: the bytes as they are.
type answer func(op, mode byte, body []byte) []byte

// frame makes an answer that is as it should be.
func frame(rv uint32, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(4+len(body)))
	return append(binary.BigEndian.AppendUint32(b, rv), body...)
}

// serve starts a false agent, and gives the environment in which the module finds it.
func serve(t *testing.T, say answer) []string {
	t.Helper()
	runtime := t.TempDir()
	dir := filepath.Join(runtime, "ponte")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "tls.sock"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				var length [4]byte
				if _, err := io.ReadFull(conn, length[:]); err != nil {
					return
				}
				request := make([]byte, binary.BigEndian.Uint32(length[:]))
				if _, err := io.ReadFull(conn, request); err != nil || request[0] != 1 {
					return
				}
				_, _ = conn.Write(say(request[1], request[2], request[3:]))
			}()
		}
	}()
	return append(os.Environ(), "XDG_RUNTIME_DIR="+runtime)
}

// attribute encodes one attribute as the agent tells it.
func attribute(b []byte, kind uint32, value any) []byte {
	b = binary.BigEndian.AppendUint32(b, kind)
	switch v := value.(type) {
	case int:
		return binary.BigEndian.AppendUint32(append(b, 'n', 0, 0, 0, 4), uint32(v))
	case bool:
		flag := byte(0)
		if v {
			flag = 1
		}
		return append(b, 'b', 0, 0, 0, 1, flag)
	case []byte:
		return append(binary.BigEndian.AppendUint32(append(b, 'b'), uint32(len(v))), v...)
	}
	panic("no such attribute")
}

type pair struct {
	kind  uint32
	value any
}

func object(attributes ...pair) []byte {
	b := []byte{byte(len(attributes))}
	for _, a := range attributes {
		b = attribute(b, a.kind, a.value)
	}
	return b
}

// token is a card's certificate and key, as an agent in order would serve them.
type token struct {
	certificate *x509.Certificate
	key         *rsa.PrivateKey
	loginFlag   byte
}

func newToken() *token {
	certificate, key := testpki.New().Issue(testpki.LeafOptions{})
	return &token{certificate, key, loginRequired}
}

const generation = 7

func (k *token) answer(op, _ byte, body []byte) []byte {
	switch op {
	case opState:
		state := binary.BigEndian.AppendUint64(nil, generation)
		state = append(state, k.loginFlag)
		state = append(state, "7430010024925855"...)
		return frame(ckrOK, append(state, "CNS                             "...))
	case opObjects:
		return frame(ckrOK, k.objects(true))
	case opSign:
		return frame(ckrOK, k.sign(body))
	}
	return frame(ckrOK, nil)
}

// objects are certificate and public key, and for who has logged in the private key.
func (k *token) objects(private bool) []byte {
	id := []byte{1}
	label := []byte("CNS")
	modulus, exponent := k.key.N.Bytes(), []byte{1, 0, 1}
	all := []byte{2}
	all = append(all, object(pair{ckaClass, ckoCertificate}, pair{ckaToken, true}, pair{ckaPrivate, false}, pair{ckaLabel, label}, pair{ckaID, id},
		pair{ckaCertificateType, 0}, pair{ckaSubject, k.certificate.RawSubject}, pair{ckaValue, k.certificate.Raw})...)
	all = append(all, object(pair{ckaClass, ckoPublicKey}, pair{ckaToken, true}, pair{ckaPrivate, false}, pair{ckaLabel, label}, pair{ckaID, id},
		pair{ckaKeyType, 0}, pair{ckaModulus, modulus}, pair{ckaModulusBits, len(modulus) * 8}, pair{ckaPublicExponent, exponent})...)
	if !private {
		return all
	}
	all[0]++
	return append(all, object(pair{ckaClass, ckoPrivateKey}, pair{ckaToken, true}, pair{ckaPrivate, true}, pair{ckaLabel, label}, pair{ckaID, id},
		pair{ckaKeyType, 0}, pair{ckaSign, true}, pair{ckaModulus, modulus}, pair{ckaPublicExponent, exponent})...)
}

// sign signs as the agent would: RSA_PKCS with a DigestInfo for SHA-256, else the raw data.
func (k *token) sign(body []byte) []byte {
	data := body[9+16:]
	if binary.BigEndian.Uint32(body[9:]) != ckmRSAPKCS {
		return nil
	}
	hash := crypto.Hash(0)
	var info struct {
		Algorithm asn1.RawValue
		Digest    []byte
	}
	if rest, err := asn1.Unmarshal(data, &info); err == nil && len(rest) == 0 && len(info.Digest) == crypto.SHA256.Size() {
		hash, data = crypto.SHA256, info.Digest
	}
	signature, err := rsa.SignPKCS1v15(rand.Reader, k.key, hash, data)
	if err != nil {
		return nil
	}
	return signature
}
