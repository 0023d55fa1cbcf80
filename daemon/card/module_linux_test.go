// SPDX-License-Identifier: EUPL-1.2

package card_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/card/cardtest"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/pkcs11"
	"github.com/ponte-cns/ponte/daemon/pkcs11/hsmtest"
	"github.com/ponte-cns/ponte/daemon/pkcs11/module"
	"github.com/ponte-cns/ponte/daemon/pkcs11/modulefile"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// asWorker makes the test program a worker, which trusts a folder of tests besides.
func asWorker() {
	if len(os.Args) > 2 && os.Args[1] == "as-worker" {
		if err := module.Run(os.Args[3:], modulefile.Rules{Base: os.Args[2], User: os.Getuid()}); err != nil {
			os.Exit(2)
		}
		os.Exit(0)
	}
}

// withSoftHSM is a desk whose module for any card is SoftHSM, with one token.
func withSoftHSM(t *testing.T, o testpki.LeafOptions, cards ...*testcard.Card) (*cardtest.Desk, card.Slot) {
	t.Helper()
	h := hsmtest.New(t)
	c, key := pki.Issue(o)
	h.Token(t, "chiave")
	h.Add(t, "chiave", []byte{1}, key, c)
	d := cardtest.New(t, cards...)
	useModule(t, d, pkcs11.Choices{Modules: map[string]string{pkcs11.AnyCard: hsmtest.Module}})
	for deadline := time.Now().Add(time.Minute); ; { // a module that is slow is asked again
		slots, err := d.Readers.Slots(t.Context())
		if err == nil && len(slots) == len(cards)+1 {
			return d, slots[len(cards)]
		}
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v, %v", slots, err)
		}
	}
}

func useModule(t *testing.T, d *cardtest.Desk, choices pkcs11.Choices) {
	t.Helper()
	host := &pkcs11.Host{Command: []string{os.Args[0], "as-worker", ""}, Silence: time.Minute}
	t.Cleanup(host.Close)
	d.Readers.UseModules(&pkcs11.Finder{Host: host, Choices: func() pkcs11.Choices { return choices }})
}

func TestATokenInNoReaderIsListedBesideTheReaders(t *testing.T) {
	d, s := withSoftHSM(t, testpki.LeafOptions{}, cardtest.Card(t, testcard.Options{PKI: pki}))
	if s.Reader != "chiave" || s.State != protocol.StateReady {
		t.Errorf("%+v", s)
	}
	view, err := d.Readers.Look(t.Context(), s)
	if err != nil || view.Problem != "" || view.Holder == "" || view.TriesLeft != card.Unknown || view.Algorithm != protocol.AlgorithmRS256 {
		t.Errorf("%+v, %v", view, err)
	}
	d.Service(false) // it needs no PC/SC
	if slots, err := d.Readers.Slots(t.Context()); err != nil || len(slots) != 1 || slots[0] != s {
		t.Errorf("%+v, %v", slots, err)
	}
}

func TestWhatNoPINCanMendIsSaidOfTokensToo(t *testing.T) {
	d, s := withSoftHSM(t, testpki.LeafOptions{Validity: testpki.Expired})
	if view, err := d.Readers.Look(t.Context(), s); err != nil || view.Problem != protocol.CertificateExpired {
		t.Errorf("%q, %v", view.Problem, err)
	}
}

func TestAWrongPINOfATokenIsToldAndRemembered(t *testing.T) {
	d, s := withSoftHSM(t, testpki.LeafOptions{})
	view, err := d.Readers.Look(t.Context(), s)
	if err != nil || view.PINFailed {
		t.Fatalf("%+v, %v", view, err)
	}
	var wrong *card.WrongPINError
	if _, err := signWith(t, d, s, view, "00000000"); !errors.As(err, &wrong) || wrong.TriesLeft != card.Unknown {
		t.Errorf("%v", err)
	}
	if view, err = d.Readers.Look(t.Context(), s); err != nil || !view.PINFailed {
		t.Errorf("%+v, %v", view, err)
	}
	if _, err := signWith(t, d, s, view, hsmtest.PIN); err != nil {
		t.Error(err)
	}
}

func signWith(t *testing.T, d *cardtest.Desk, s card.Slot, view card.View, digits string) ([]byte, error) {
	t.Helper()
	return d.Readers.Sign(t.Context(), s, card.SignRequest{PIN: pin.New([]byte(digits)), Certificate: view.Certificate, Hash: crypto.SHA256, Digest: sum[:]})
}

func TestASessionWithATokenSignsBothWaysAndEndsLoggedOut(t *testing.T) {
	d, s := withSoftHSM(t, testpki.LeafOptions{})
	c, err := d.Readers.Certificate(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	session, err := d.Readers.Unlock(t.Context(), s, c, pin.New([]byte(hsmtest.PIN)))
	if err != nil {
		t.Fatal(err)
	}
	pub := c.PublicKey.(*rsa.PublicKey)
	signature, err := session.Sign(t.Context(), sum[:], crypto.SHA256)
	if err != nil || rsa.VerifyPKCS1v15(pub, crypto.SHA256, sum[:], signature) != nil {
		t.Errorf("PKCS #1: %v", err)
	}
	signature, err = session.Sign(t.Context(), sum[:], withPSS)
	if err != nil || rsa.VerifyPSS(pub, crypto.SHA256, sum[:], signature, withPSS) != nil {
		t.Errorf("PSS: %v", err)
	}
	session.Close()
	<-session.Done()
	if _, err := session.Sign(t.Context(), sum[:], crypto.SHA256); code(err) != protocol.CardBusy {
		t.Errorf("it signs on: %v", err)
	}
}

func TestThePINOfATokenIsChangedAndUnblocked(t *testing.T) {
	d, s := withSoftHSM(t, testpki.LeafOptions{})
	view, err := d.Readers.Look(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	var wrong *card.WrongPINError
	if err := d.Readers.ChangePIN(t.Context(), s, pin.New([]byte("00000000")), pin.New([]byte("24681357"))); !errors.As(err, &wrong) {
		t.Errorf("%v", err)
	}
	if err := d.Readers.ChangePIN(t.Context(), s, pin.New([]byte(hsmtest.PIN)), pin.New([]byte("24681357"))); err != nil {
		t.Fatal(err)
	}
	var wrongPUK *card.WrongPUKError
	if err := d.Readers.Unblock(t.Context(), s, pin.New([]byte("00000000")), pin.New([]byte("11223344"))); !errors.As(err, &wrongPUK) {
		t.Errorf("%v", err)
	}
	if err := d.Readers.Unblock(t.Context(), s, pin.New([]byte(hsmtest.PUK)), pin.New([]byte("11223344"))); err != nil {
		t.Fatal(err)
	}
	if _, err := signWith(t, d, s, view, "11223344"); err != nil {
		t.Error(err)
	}
}

func TestAnEllipticTokenSigns(t *testing.T) {
	h := hsmtest.New(t)
	c, key := pki.IssueEC(testpki.LeafOptions{}, elliptic.P256())
	h.Token(t, "curva")
	h.Add(t, "curva", []byte{1}, key, c)
	d := cardtest.New(t)
	useModule(t, d, pkcs11.Choices{Modules: map[string]string{pkcs11.AnyCard: hsmtest.Module}})
	s := first(t, d)
	view, err := d.Readers.Look(t.Context(), s)
	if err != nil || view.Algorithm != protocol.AlgorithmES256 {
		t.Fatalf("%+v, %v", view, err)
	}
	signature, err := signWith(t, d, s, view, hsmtest.PIN)
	if err != nil || len(signature) != 64 || !ecdsa.Verify(&key.PublicKey, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		t.Errorf("%d bytes, %v", len(signature), err)
	}
}

// Somebody has chosen a module for this card: when it fails, Ponte does not drive the card in its own way after all.
func TestACardWhoseChosenModuleDoesNotKnowItIsNotTouched(t *testing.T) {
	hsmtest.New(t)
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip)
	useModule(t, d, pkcs11.Choices{Modules: map[string]string{fmt.Sprintf("%x", chip.ATR()): hsmtest.Module}})
	if _, err := d.Readers.Look(t.Context(), first(t, d)); code(err) != protocol.ModuleFailed {
		t.Errorf("%v", err)
	}
	if n := chip.Counters().APDUs; n != 0 {
		t.Errorf("%d commands", n)
	}
}

// found is Modules that always find the same.
type found struct{ pkcs11.Found }

func (found) Knows([]byte) bool                                         { return true }
func (found) Chosen([]byte) bool                                        { return true }
func (found) Survey([]byte) []pkcs11.Trial                              { return nil }
func (found) Family([]byte) string                                      { return "" }
func (f found) Loose(context.Context, []string) ([]pkcs11.Found, error) { return nil, nil }

func (f found) Find(context.Context, string, []byte, []string) (*pkcs11.Found, []pkcs11.Trial, error) {
	return &f.Found, nil, nil
}

// liar is a desk with a card whose module does what it must not: see package pkcs11.
func liar(t *testing.T, deeds string) (*cardtest.Desk, card.Slot, card.View) {
	t.Helper()
	return liarFor(t, deeds, time.Minute)
}

// liarFor is liar with a module that is ended after a silence.
func liarFor(t *testing.T, deeds string, silence time.Duration) (*cardtest.Desk, card.Slot, card.View) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "evil.so")
	source := filepath.Join("..", "pkcs11", "eviltest", "evil.c")
	if out, err := exec.Command("gcc", "-shared", "-fPIC", "-w", "-o", path, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Setenv("EVIL", deeds)
	host := &pkcs11.Host{Command: []string{os.Args[0], "as-worker", dir}, Silence: silence}
	t.Cleanup(host.Close)
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip)
	d.Readers.UseModules(found{pkcs11.Found{Token: pkcs11.Token{Module: host.Module(path)}, Certificate: chip.Certificate(), Key: []byte{1}}})
	return d, first(t, d), card.View{Certificate: chip.Certificate()}
}

func TestASignatureThatDoesNotFitTheCertificateIsNotHandedOut(t *testing.T) {
	d, s, view := liar(t, "")
	if _, err := d.Readers.Look(t.Context(), s); err != nil {
		t.Error(err)
	}
	if signature, err := signWith(t, d, s, view, testcard.DefaultPIN); code(err) != protocol.KeyMismatch || signature != nil {
		t.Errorf("%x, %v", signature, err)
	}
}

func TestAModuleThatCrashesInTheMiddleOfALoginIsToldAsThat(t *testing.T) {
	for _, deed := range []string{"login:segv", "sign:abort", "sign:exit"} {
		d, s, view := liar(t, deed)
		_, _ = d.Readers.Look(t.Context(), s)
		if _, err := signWith(t, d, s, view, testcard.DefaultPIN); code(err) != protocol.ModuleFailed {
			t.Errorf("%s: %v", deed, err)
		}
	}
}

func TestAModuleThatForgetsThePINSlowlyIsWaitedFor(t *testing.T) {
	d, s, view := liarFor(t, "logout:hang", 5*time.Second) // a card may take less
	_, _ = d.Readers.Look(t.Context(), s)
	if _, err := signWith(t, d, s, view, testcard.DefaultPIN); err == nil || !strings.Contains(err.Error(), "logout: it did not answer") {
		t.Errorf("%v", err)
	}
}

func TestAPINThatWasOnItsWayWhenTheModuleCrashedIsUncertain(t *testing.T) {
	d, s, _ := liar(t, "open:exit")
	_, _ = d.Readers.Look(t.Context(), s)
	err := d.Readers.ChangePIN(t.Context(), s, pin.New([]byte("12345678")), pin.New([]byte("24681357")))
	if !errors.Is(err, card.ErrUncertain) || code(err) != protocol.ModuleFailed {
		t.Errorf("%v", err)
	}
}
