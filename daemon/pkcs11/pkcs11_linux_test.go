// SPDX-License-Identifier: EUPL-1.2

package pkcs11_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/pkcs11"
	"github.com/ponte-cns/ponte/daemon/pkcs11/hsmtest"
	"github.com/ponte-cns/ponte/daemon/pkcs11/module"
	"github.com/ponte-cns/ponte/daemon/pkcs11/modulefile"
	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
	"github.com/ponte-cns/ponte/internal/leaktest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// TestMain also is the worker: a release's own trusts the administrator's folders only, and tests make modules elsewhere.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "as-worker" {
		if err := module.Run(os.Args[3:], modulefile.Rules{Base: os.Args[2], User: os.Getuid()}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		os.Exit(0)
	}
	if len(os.Args) > 3 && os.Args[1] == "as-agent" { // see TestTheWorkerDiesWithItsAgent
		h := &pkcs11.Host{Command: []string{os.Args[0], "as-worker", os.Args[2]}}
		_, _ = h.Module(os.Args[3]).Slots(context.Background())
		os.Exit(0)
	}
	os.Exit(leaktest.Run(m))
}

var pki = testpki.New()

// patience is for answers that come: the ten seconds of a release are not enough on every machine that runs tests.
const patience = time.Minute

// host starts workers that trust what is in base; "" is a release's trust.
func host(t *testing.T, base string) *pkcs11.Host {
	t.Helper()
	h := &pkcs11.Host{Command: []string{os.Args[0], "as-worker", base}, Silence: patience}
	t.Cleanup(h.Close)
	return h
}

// tokenOf finds the token with a label.
func tokenOf(t *testing.T, m *pkcs11.Module, label string) pkcs11.Token {
	t.Helper()
	slots, err := m.Slots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range slots {
		if s.Token != nil && s.Token.Label == label {
			return pkcs11.Token{Module: m, Slot: s.ID}
		}
	}
	t.Fatalf("no token %q in %+v", label, slots)
	return pkcs11.Token{}
}

func digits(s string) *pin.PIN { return pin.New([]byte(s)) }

func isCode(err error, c wire.Code) bool { return errors.Is(err, &pkcs11.Error{Code: c}) }

func TestAWrongPINIsSpentOnceAndTheTokenSaysSo(t *testing.T) {
	hsmtest.New(t).Token(t, "one")
	token := tokenOf(t, host(t, "").Module(hsmtest.Module), "one")
	if err := token.Login(t.Context(), digits("00000000")); !isCode(err, wire.CodeWrong) {
		t.Errorf("%v", err)
	}
	state, err := token.State(t.Context())
	if err != nil || !state.CountLow || state.Locked {
		t.Errorf("%+v, %v", state, err)
	}
	if _, err := token.Sign(t.Context(), nil, wire.PKCS1, crypto.SHA256, make([]byte, 51)); !isCode(err, wire.CodeNotLoggedIn) {
		t.Errorf("it signs without a PIN: %v", err)
	}
}

func TestWhatIsNoPINDoesNotReachTheModule(t *testing.T) {
	hsmtest.New(t).Token(t, "one")
	token := tokenOf(t, host(t, "").Module(hsmtest.Module), "one")
	for _, typed := range []string{"", "12", "123456789", "abcdefgh"} {
		if err := token.Login(t.Context(), digits(typed)); !errors.Is(err, pin.ErrFormat) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	if state, err := token.State(t.Context()); err != nil || state.CountLow {
		t.Errorf("a try was spent: %+v, %v", state, err)
	}
}

func TestAKeyThatIsNotThereIsSaid(t *testing.T) {
	hsmtest.New(t).Token(t, "one")
	token := tokenOf(t, host(t, "").Module(hsmtest.Module), "one")
	if err := token.Login(t.Context(), digits(hsmtest.PIN)); err != nil {
		t.Fatal(err)
	}
	if _, err := token.Sign(t.Context(), []byte{1}, wire.PKCS1, crypto.SHA256, make([]byte, 51)); !isCode(err, wire.CodeNoKey) {
		t.Errorf("%v", err)
	}
}

func TestSoftHSMSignsWithRSAAndEllipticKeys(t *testing.T) {
	h := hsmtest.New(t)
	rsaCertificate, rsaKey := pki.Issue(testpki.LeafOptions{})
	p256, p256Key := pki.IssueEC(testpki.LeafOptions{}, elliptic.P256())
	p384, p384Key := pki.IssueEC(testpki.LeafOptions{}, elliptic.P384())
	h.Token(t, "keys")
	h.Add(t, "keys", []byte{1}, rsaKey, rsaCertificate)
	h.Add(t, "keys", []byte{2}, p256Key, p256)
	h.Add(t, "keys", []byte{3}, p384Key, p384)
	token := tokenOf(t, host(t, "").Module(hsmtest.Module), "keys")
	found, err := token.Certificates(t.Context())
	if err != nil || len(found) != 3 {
		t.Fatalf("%d certificates, %v", len(found), err)
	}
	if err := token.Login(t.Context(), digits(hsmtest.PIN)); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("x"))
	sum384 := sha512.Sum384([]byte("x"))
	pss, err := token.Sign(t.Context(), []byte{1}, wire.PSS, crypto.SHA256, sum[:])
	if err != nil || rsa.VerifyPSS(&rsaKey.PublicKey, crypto.SHA256, sum[:], pss, &rsa.PSSOptions{SaltLength: 32}) != nil {
		t.Errorf("PSS: %v", err)
	}
	for _, c := range []struct {
		id     byte
		key    *ecdsa.PrivateKey
		digest []byte
		hash   crypto.Hash
	}{{2, p256Key, sum[:], crypto.SHA256}, {3, p384Key, sum384[:], crypto.SHA384}} {
		s, err := token.Sign(t.Context(), []byte{c.id}, wire.ECDSA, c.hash, c.digest)
		if err != nil || len(s) != 2*c.hash.Size() {
			t.Errorf("%v, %d bytes", err, len(s))
			continue
		}
		r, ss := new(big.Int).SetBytes(s[:len(s)/2]), new(big.Int).SetBytes(s[len(s)/2:])
		if !ecdsa.Verify(&c.key.PublicKey, c.digest, r, ss) {
			t.Error("a signature that is none")
		}
	}
	if err := token.Logout(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := token.Sign(t.Context(), []byte{1}, wire.PSS, crypto.SHA256, sum[:]); !isCode(err, wire.CodeNotLoggedIn) {
		t.Errorf("it signs on: %v", err)
	}
	for _, c := range []*x509.Certificate{rsaCertificate, p256, p384} {
		if !contains(found, c.Raw) {
			t.Error("a certificate is missing")
		}
	}
}

func contains(all []wire.Certificate, der []byte) bool {
	for _, c := range all {
		if bytes.Equal(c.DER, der) {
			return true
		}
	}
	return false
}

func TestThePINIsReplacedAndUnblocked(t *testing.T) {
	hsmtest.New(t).Token(t, "one")
	token := tokenOf(t, host(t, "").Module(hsmtest.Module), "one")
	if err := token.SetPIN(t.Context(), digits("00000000"), digits("11112222")); !isCode(err, wire.CodeWrong) {
		t.Errorf("%v", err)
	}
	if err := token.SetPIN(t.Context(), digits(hsmtest.PIN), digits("11112222")); err != nil {
		t.Fatal(err)
	}
	if err := token.Unblock(t.Context(), digits("00000000"), digits("33334444")); !isCode(err, wire.CodeWrong) {
		t.Errorf("%v", err)
	}
	if err := token.Login(t.Context(), digits("11112222")); err != nil {
		t.Error(err)
	}
	if err := token.Unblock(t.Context(), digits(hsmtest.PUK), digits("33334444")); err != nil {
		t.Fatal(err)
	}
	if err := token.Login(t.Context(), digits("33334444")); err != nil {
		t.Error(err)
	}
}

// The proxy of p11-kit is a module like any other: here it leads to SoftHSM.
func TestATokenIsReachedThroughP11Kit(t *testing.T) {
	h := hsmtest.New(t)
	c, key := pki.Issue(testpki.LeafOptions{})
	h.Token(t, "by proxy")
	h.Add(t, "by proxy", []byte{9}, key, c)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, ".config"))
	modules := filepath.Join(home, ".config", "pkcs11", "modules")
	if err := os.MkdirAll(modules, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(modules, "softhsm.module"), []byte("module: "+hsmtest.Module+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	proxies, err := filepath.Glob("/usr/lib/*/p11-kit-proxy.so")
	if err != nil || len(proxies) != 1 {
		t.Fatal(proxies, err)
	}
	token := tokenOf(t, host(t, "").Module(proxies[0]), "by proxy")
	if err := token.Login(t.Context(), digits(hsmtest.PIN)); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("x"))
	signature, err := token.Sign(t.Context(), []byte{9}, wire.PSS, crypto.SHA256, sum[:])
	if err != nil || rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, sum[:], signature, nil) != nil {
		t.Errorf("%v", err)
	}
}
