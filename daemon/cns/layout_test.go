// SPDX-License-Identifier: EUPL-1.2

package cns_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/testcard"
)

// driven are the layouts that a login works with.
var driven = []testcard.Layout{testcard.Classic, testcard.LayoutIdemia2021, testcard.LayoutInfoCamere, testcard.LayoutST2022NFC}

// know lets a client find out what the card is, as package card does.
func know(t testing.TB, chip *testcard.Card, c *cns.Card) []byte {
	t.Helper()
	if cns.Recognise(chip.ATR()) == cns.Candidate {
		if err := c.Identify(); err != nil {
			t.Fatalf("%s: %v", chip.Layout(), err)
		}
	}
	der, err := c.Certificate()
	if err != nil {
		t.Fatalf("%s: %v", chip.Layout(), err)
	}
	return der
}

// counter counts commands, and gives those that match one answer instead of the card's.
type counter struct {
	cns.Transmitter
	sent    []string
	answers map[string]string // by the beginning of the command, hexadecimal
}

func (c *counter) Transmit(b []byte) ([]byte, error) {
	command := strings.ToUpper(hex.EncodeToString(b))
	c.sent = append(c.sent, command)
	for prefix, answer := range c.answers {
		if strings.HasPrefix(command, prefix) {
			return hex.DecodeString(answer)
		}
	}
	if c.Transmitter == nil {
		return []byte{0x6A, 0x82}, nil
	}
	return c.Transmitter.Transmit(b)
}

const (
	selectJSign   = "00A4040008A00000009501004D00"
	selectActalis = "00A404000CA00000053000"
)

func TestACardThatIsNoCNSGetsAsFewCommandsAsPossible(t *testing.T) {
	for name, c := range map[string]struct {
		answers map[string]string
		most    int
	}{
		"a card without the application":               {nil, 1},
		"a card that does not know SELECT":             {map[string]string{"": "6D00"}, 1},
		"a card that answers 9000 to any name":         {map[string]string{"": "9000"}, 2},
		"a card whose application is another product":  {map[string]string{"00A404": "9000", "00CA": "4A5369676E339000"}, 2},
		"a card whose application does not say who is": {map[string]string{"00A404": "9000", "00CA": "6A88"}, 2},
	} {
		chip := &counter{answers: c.answers}
		card := cns.New(chip)
		if err := card.Identify(); !errors.Is(err, cns.ErrNoCertificate) || card.Kind != (cns.Kind{}) {
			t.Errorf("%s: taken for %q (%v)", name, card.Kind, err)
		}
		if len(chip.sent) > c.most || chip.sent[0] != selectJSign {
			t.Errorf("%s: %q", name, chip.sent)
		}
	}
	if err := cns.New(&script{}).Identify(); err == nil || errors.Is(err, cns.ErrNoCertificate) {
		t.Errorf("a card that was pulled is told as no CNS: %v", err)
	}
}

func TestACardThatCannotBeDrivenIsNamed(t *testing.T) {
	actalis := newCard(t, testcard.Options{Layout: testcard.LayoutActalis2025})
	for name, c := range map[string]struct {
		chip   cns.Transmitter
		family string
		most   int
	}{
		"Actalis ACe 2025":                           {actalis, "Actalis", 4},
		"a certificate that nobody may select":       {&counter{answers: map[string]string{"00A4": "6982"}}, "CNS PACE", 3},
		"a certificate that nobody may read":         {&counter{answers: map[string]string{"00A408": "9000", "00B0": "6982"}}, "CNS PACE", 6},
		"no files, and an EF.CardAccess":             {&counter{answers: map[string]string{"00A4020C02011C": "9000"}}, "CNS PACE", 5},
		"a card with the name and no model to check": {&counter{answers: map[string]string{selectActalis: "9000"}}, "Actalis", 4},
	} {
		chip := &counter{Transmitter: c.chip}
		card := cns.New(chip)
		var undriven *cns.UndrivenError
		_, err := card.Certificate()
		if !errors.As(err, &undriven) || !strings.Contains(err.Error(), c.family) || card.Kind != (cns.Kind{}) {
			t.Errorf("%s: %v", name, err)
		}
		if len(chip.sent) > c.most {
			t.Errorf("%s: %d commands: %q", name, len(chip.sent), chip.sent)
		}
	}
}

func TestACardThatFailsIsNotSaidToHaveNoCertificate(t *testing.T) {
	for _, status := range []string{"6581", "6F00", "6400", "6700"} {
		for _, command := range []string{"00A4", "00B0"} {
			chip := &counter{answers: map[string]string{command: status, "00A4": "9000"}}
			if command == "00A4" {
				chip.answers = map[string]string{"00A4": status}
			}
			_, err := cns.New(chip).Certificate()
			if err == nil || errors.Is(err, cns.ErrNoCertificate) || len(chip.sent) > 2 {
				t.Errorf("%s to %s: %v after %d commands", status, command, err, len(chip.sent))
			}
		}
	}
}

func TestAClassicCardWithoutCertificateCostsThreeMoreCommands(t *testing.T) {
	chip := &counter{Transmitter: newCard(t, testcard.Options{State: testcard.StateNoCertificate})}
	if _, err := cns.New(chip).Certificate(); !errors.Is(err, cns.ErrNoCertificate) {
		t.Error(err)
	}
	want := []string{"00A4080C0411001101", "00B00000FC", "00A4080C06140090012002", "00A4080C042FFF8228", selectActalis + "0B104001021A00"}
	if !slices.Equal(chip.sent, want) {
		t.Errorf("%q", chip.sent)
	}
}

func TestAWholeLoginInEveryLayout(t *testing.T) {
	digest := sha256.Sum256([]byte("ciao"))
	for _, layout := range driven {
		for name, o := range map[string]testcard.Options{
			"plain": {}, "T=0": {GetResponse: true}, "6282": {Quirks: testcard.Quirks{ReadPastEnd: testcard.PastEnd6282}},
			"6Cxx": {Quirks: testcard.Quirks{ReadPastEnd: testcard.PastEnd6Cxx}}, "P2 90": {Quirks: testcard.Quirks{PINOnly90: true}},
			"no size": {Quirks: testcard.Quirks{NoSize: true}},
		} {
			o.Layout, o.Bits = layout, 2048
			chip := newCard(t, o)
			card := cns.New(chip)
			der := know(t, chip, card)
			if !bytes.Equal(der, chip.Certificate().Raw) {
				t.Errorf("%s, %s: another certificate", layout, name)
			}
			chip.Reset()
			next := cns.New(chip) // another transaction
			next.Kind = card.Kind
			if n, err := next.TriesLeft(); n != 3 || err != nil {
				t.Errorf("%s, %s: %d tries, %v", layout, name, n, err)
			}
			if id, err := next.CardID(); err != nil || id != chip.Holder().CardID {
				t.Errorf("%s, %s: card %q, %v", layout, name, id, err)
			}
			if p, err := next.PersonalData(); err != nil || p.FiscalCode != chip.Holder().FiscalCode {
				t.Errorf("%s, %s: %+v, %v", layout, name, p, err)
			}
			pub := chip.Certificate().PublicKey.(*rsa.PublicKey)
			if _, err := next.SignPKCS1(pub, crypto.SHA256, digest[:]); err == nil {
				t.Errorf("%s, %s: signed without a PIN", layout, name)
			}
			if err := next.VerifyPIN(typed(testcard.DefaultPIN)); err != nil {
				t.Fatalf("%s, %s: %v", layout, name, err)
			}
			s, err := next.SignPKCS1(pub, crypto.SHA256, digest[:])
			if err != nil || rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], s) != nil {
				t.Errorf("%s, %s: PKCS#1 v1.5: %v", layout, name, err)
			}
			s, err = next.SignPSS(pub, crypto.SHA256, digest[:])
			if err != nil || rsa.VerifyPSS(pub, crypto.SHA256, digest[:], s, &rsa.PSSOptions{SaltLength: 32}) != nil {
				t.Errorf("%s, %s: PSS: %v", layout, name, err)
			}
			if n := chip.Counters().Verifies; n > 2 || n == 2 && name != "P2 90" {
				t.Errorf("%s, %s: %d VERIFY for one PIN", layout, name, n)
			}
		}
	}
}

func TestPINCareInEveryLayout(t *testing.T) {
	for _, layout := range driven {
		for _, q := range []testcard.Quirks{{}, {PINOnly90: true}} {
			chip := newCard(t, testcard.Options{Layout: layout, Quirks: q})
			card := cns.New(chip)
			know(t, chip, card)
			for range 2 { // not knowing how the PIN is found, and knowing it
				if err := chip.SetState(testcard.StateOK); err != nil {
					t.Fatal(err)
				}
				known := card.Kind
				card = cns.New(chip)
				card.Kind = known
				var wrong *cns.WrongPINError
				if err := card.ChangePIN(typed("00000000"), typed(newPIN)); !errors.As(err, &wrong) || wrong.TriesLeft != 2 || chip.TriesLeft() != 2 {
					t.Errorf("%s, %+v: %v, %d tries left", layout, q, err, chip.TriesLeft())
				}
				if err := card.ChangePIN(typed(chip.PIN()), typed(newPIN)); err != nil || chip.PIN() != newPIN {
					t.Errorf("%s, %+v: change: %v", layout, q, err)
				}
				if err := chip.SetState(testcard.StateBlocked); err != nil {
					t.Fatal(err)
				}
				again := cns.New(chip)
				again.Kind = card.Kind
				if _, err := again.TriesLeft(); !errors.Is(err, cns.ErrBlocked) {
					t.Errorf("%s, %+v: a blocked PIN: %v", layout, q, err)
				}
				if n, err := again.PUKTriesLeft(); n != 3 || err != nil {
					t.Errorf("%s, %+v: %d tries of the PUK, %v", layout, q, n, err)
				}
				if err := again.Unblock(typed(testcard.DefaultPUK), typed("97318642")); err != nil || chip.PIN() != "97318642" || chip.TriesLeft() != 3 {
					t.Errorf("%s, %+v: unblock: %v", layout, q, err)
				}
			}
		}
	}
}

func TestAKeyThatIsNotTheCertificatesIsFoundInEveryLayout(t *testing.T) {
	cert := newCard(t, testcard.Options{}).Certificate()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, layout := range driven {
		for _, q := range []testcard.Quirks{{}, {SignOnly: true}} {
			chip := newCard(t, testcard.Options{Layout: layout, Certificate: cert, Key: key, Quirks: q})
			card := cns.New(chip)
			know(t, chip, card)
			if err := card.VerifyPIN(typed(testcard.DefaultPIN)); err != nil {
				t.Fatal(err)
			}
			digest := sha256.Sum256(nil)
			if _, err := card.SignPKCS1(cert.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:]); !errors.Is(err, cns.ErrKeyMismatch) {
				t.Errorf("%s, %+v: %v", layout, q, err)
			}
		}
	}
}

func TestLookingForALayoutCostsAtMostThreeCommands(t *testing.T) {
	costs := map[testcard.Layout]int{}
	for _, layout := range driven {
		chip := newCard(t, testcard.Options{Layout: layout, Bits: 2048})
		card := cns.New(chip)
		know(t, chip, card)
		costs[layout] = chip.Counters().APDUs
		chip.ResetCounters()
		again := cns.New(chip)
		again.Kind = card.Kind
		know(t, chip, again)
		if n := chip.Counters().APDUs; layout != testcard.LayoutST2022NFC && n > costs[testcard.Classic] {
			t.Errorf("%s: %d commands when it is known already", layout, n)
		}
	}
	for layout, n := range costs {
		if more := n - costs[testcard.Classic]; more > 3 {
			t.Errorf("%s: %d commands more than a classic card", layout, more)
		}
	}
	reads := (len(newCard(t, testcard.Options{}).Certificate().Raw) + 251) / 252
	if costs[testcard.Classic] != 1+reads {
		t.Errorf("a classic card costs %d commands", costs[testcard.Classic])
	}
}

func TestAnAnswerToResetOf33BytesIsRead(t *testing.T) {
	history := "\x00\x6B\x02\x09\x16\x17\x01\x11\x01CNS\x11\x31\x80"
	atr := []byte("\x3B\xFF" + "\x18\x00\xFF\xF1" + "\x01\x02\x03\xF1" + "\xFE\x55\x05\x71" + "\x01\x02\x03" + history + "\x00")
	if len(atr) != 33 || cns.Recognise(atr) != cns.CNS {
		t.Errorf("%d bytes: %v", len(atr), cns.Recognise(atr))
	}
	if cns.Recognise(append(atr, 0)) != cns.Other {
		t.Error("34 bytes are no answer to reset")
	}
	if cns.Recognise(newCard(t, testcard.Options{Layout: testcard.LayoutST2022NFC}).ATR()) != cns.Candidate {
		t.Error("the bare answer of a card over NFC is a candidate")
	}
}

// A PIN that the MF does not have may be the key's, and the search goes from the current DF up (cns-card.md A5).
func TestTheSearchForThePINBeginsInTheKeysDF(t *testing.T) {
	for layout, df := range map[testcard.Layout]string{testcard.LayoutIdemia2021: "00A4080C0414009002", testcard.LayoutInfoCamere: "00A4080C042FFF0000"} {
		real := newCard(t, testcard.Options{Layout: layout, Quirks: testcard.Quirks{PINOnly90: true}})
		card := cns.New(real)
		know(t, real, card)
		for _, want := range [][]string{{"00A4000C023F00", "00200010", df, "00200090"}, {df, "00200090"}} {
			chip := &counter{Transmitter: real}
			next := cns.New(chip)
			next.Kind = card.Kind
			if _, err := next.TriesLeft(); err != nil || !slices.Equal(chip.sent, want) {
				t.Errorf("%s: %q instead of %q, %v", layout, chip.sent, want, err)
			}
			card = next
		}
		chip := &counter{Transmitter: real}
		again := cns.New(chip)
		again.Kind = card.Kind
		if n, err := again.PUKTriesLeft(); n != 3 || err != nil || !slices.Equal(chip.sent, []string{df, "00200091"}) {
			t.Errorf("%s: PUK: %d, %v, %q", layout, n, err, chip.sent)
		}
	}
}

func TestTheApplicationIsSelectedOnceInATransaction(t *testing.T) {
	real := newCard(t, testcard.Options{Layout: testcard.LayoutST2022NFC})
	card := cns.New(real)
	know(t, real, card)
	for range 2 {
		real.Reset()
		chip := &counter{Transmitter: real}
		next := cns.New(chip)
		next.Kind = card.Kind
		if err := next.VerifyPIN(typed(testcard.DefaultPIN)); err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256(nil)
		if _, err := next.SignPKCS1(real.Certificate().PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:]); err != nil {
			t.Fatal(err)
		}
		if _, err := next.CardID(); err != nil {
			t.Fatal(err)
		}
		if n := chip.count("00A404"); n != 1 || chip.sent[0] != selectJSign {
			t.Errorf("%d times, first %s", n, chip.sent[0])
		}
	}
}
