// SPDX-License-Identifier: EUPL-1.2

package cns_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/iso7816"
	"github.com/ponte-cns/ponte/testcard"
)

// Beginnings of the two operations.
const (
	decipher = "002A8086"
	compute  = "002A9E9A"
)

func (c *counter) count(prefix string) int {
	n := 0
	for _, s := range c.sent {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

func TestAnotherFailureOfTheKeyIsNoReasonToTryTheOtherOperation(t *testing.T) {
	digest := sha256.Sum256(nil)
	for status, want := range map[string]error{
		"6982": iso7816.SecurityStatus, "6984": iso7816.ReferenceDataNotUsable, "6A80": iso7816.WrongData, "6F00": iso7816.Status(0x6F00),
		"6700": cns.ErrExtendedLength, "6E00": cns.ErrExtendedLength,
	} {
		real := newCard(t, testcard.Options{})
		chip := &counter{Transmitter: real, answers: map[string]string{decipher: status}}
		_, err := cns.New(chip).SignPKCS1(real.Certificate().PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:])
		if !errors.Is(err, want) || chip.count(compute) > 0 {
			t.Errorf("%s: %v, %q", status, err, chip.sent[len(chip.sent)-1])
		}
	}
}

func TestAKeyThatOnlySignsIsLetSignAndRemembered(t *testing.T) {
	digest := sha256.Sum256([]byte("ciao"))
	for _, status := range []string{"6985", "6A86", "6A88", "6D00"} {
		for _, layout := range driven {
			real := newCard(t, testcard.Options{Layout: layout, Bits: 2048, Quirks: testcard.Quirks{SignOnly: true}})
			pub := real.Certificate().PublicKey.(*rsa.PublicKey)
			chip := &counter{Transmitter: real, answers: map[string]string{decipher: status}}
			card := cns.New(chip)
			know(t, real, card)
			kind := card.Kind
			for round := range 2 {
				card = cns.New(chip)
				card.Kind = kind
				if err := card.VerifyPIN(typed(testcard.DefaultPIN)); err != nil {
					t.Fatal(err)
				}
				s, err := card.SignPKCS1(pub, crypto.SHA256, digest[:])
				if err != nil || rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], s) != nil {
					t.Errorf("%s, %s: round %d: %v", layout, status, round, err)
				}
				if n := chip.count(decipher); n != 1 {
					t.Errorf("%s, %s: %d times the operation that is refused", layout, status, n)
				}
				kind = card.Kind
			}
			if _, err := card.SignPSS(pub, crypto.SHA256, digest[:]); err == nil {
				t.Errorf("%s: a key that pads by itself made a PSS signature", layout)
			}
			if n := real.Counters().Verifies; n != 2 {
				t.Errorf("%s: %d VERIFY for two PINs", layout, n)
			}
		}
	}
}

func TestAKeyThatDoesNeitherIsNotRememberedAsOneThatSigns(t *testing.T) {
	real := newCard(t, testcard.Options{})
	chip := &counter{Transmitter: real, answers: map[string]string{decipher: "6A88", compute: "6A88"}}
	card := cns.New(chip)
	digest := sha256.Sum256(nil)
	_, err := card.SignPKCS1(real.Certificate().PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:])
	if !errors.Is(err, iso7816.ReferencedDataNotFound) || card.Kind != (cns.Kind{}) {
		t.Errorf("%v, kind %+v", err, card.Kind)
	}
}

// forgetful is a card whose second operation finds no key: from then on it has to be set again.
type forgetful struct {
	counter
	answer     []byte
	operations int
}

func (f *forgetful) Transmit(command []byte) ([]byte, error) {
	if command[1] == 0x2A {
		if f.operations++; f.operations == 2 {
			f.sent = append(f.sent, decipher)
			return f.answer, nil
		}
	}
	return f.counter.Transmit(command)
}

func TestAFurtherSignatureSetsTheKeyAgainOnlyIfTheCardHasForgottenIt(t *testing.T) {
	wrong := append(make([]byte, 128), 0x90, 0x00) // as another key would sign
	for name, answer := range map[string][]byte{"remembers": nil, "refuses": {0x6A, 0x88}, "another key": wrong} {
		for _, layout := range driven {
			real := newCard(t, testcard.Options{Layout: layout, Bits: 1024})
			pub := real.Certificate().PublicKey.(*rsa.PublicKey)
			chip := &forgetful{counter: counter{Transmitter: real}, answer: answer}
			if answer == nil {
				chip.operations = 2 // it never comes to that
			}
			card := cns.New(chip)
			know(t, real, card)
			if err := card.VerifyPIN(typed(testcard.DefaultPIN)); err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				chip.sent = nil
				digest := sha256.Sum256([]byte{byte(i)})
				signature, err := card.SignPKCS1(pub, crypto.SHA256, digest[:])
				if err != nil || rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], signature) != nil {
					t.Fatalf("%s, %v, signature %d: %v", name, layout, i, err)
				}
				if set := chip.count("0022") > 0; set != (i == 0 || i == 1 && answer != nil) {
					t.Errorf("%s, %v, signature %d: %q", name, layout, i, chip.sent)
				}
			}
		}
	}
}
