// SPDX-License-Identifier: EUPL-1.2

package cns_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var pki = testpki.New()

func newCard(t testing.TB, o testcard.Options) *testcard.Card {
	t.Helper()
	o.PKI = pki
	c, err := testcard.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func typed(s string) *pin.PIN { return pin.New([]byte(s)) }

// script answers commands from a table, whatever they are. With sequel it goes on with that answer when the table ends.
type script struct {
	answers []string
	sequel  string
}

func (s *script) Transmit([]byte) ([]byte, error) {
	if len(s.answers) == 0 && s.sequel != "" {
		return hex.DecodeString(s.sequel)
	}
	if len(s.answers) == 0 {
		return nil, errors.New("the script is over")
	}
	b, err := hex.DecodeString(s.answers[0])
	s.answers = s.answers[1:]
	return b, err
}

func TestOnlyTheHistoricalBytesOfACNSAreRecognised(t *testing.T) {
	for _, s := range []string{
		"", "3B", "3B80", "3B80800102", "3F80800101", "3B8B80010031C164112233445566778899",
		"3BFF1800008131FE45006B0505912001F101" + hex.EncodeToString([]byte("DSD")) + "10318038",
		"3BFF1800008131FE45006B0505912001F101" + hex.EncodeToString([]byte("HPC")) + "10318038",
	} {
		atr, _ := hex.DecodeString(s)
		if cns.Recognise(atr) != cns.Other {
			t.Errorf("%s was taken for a CNS", s)
		}
	}
	for _, m := range testcard.Models() {
		if c := newCard(t, testcard.Options{Model: m}); cns.Recognise(c.ATR()) != cns.CNS {
			t.Errorf("%s: %X was not recognised", m, c.ATR())
		}
	}
}

func TestAWrongPINCostsOneTryAndAMalformedOneNone(t *testing.T) {
	c := newCard(t, testcard.Options{})
	for _, s := range []string{"", "1234", "123456789", "12a45"} {
		if err := cns.New(c).VerifyPIN(typed(s)); !errors.Is(err, pin.ErrFormat) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if n := c.Counters().APDUs; n != 0 {
		t.Errorf("%d commands were sent for what is no PIN", n)
	}
	for want := 2; want >= 1; want-- {
		var wrong *cns.WrongPINError
		if err := cns.New(c).VerifyPIN(typed("00000000")); !errors.As(err, &wrong) || wrong.TriesLeft != want {
			t.Errorf("want %d tries left: %v", want, err)
		}
		if n := c.TriesLeft(); n != want {
			t.Errorf("the card has %d tries left, want %d", n, want)
		}
	}
	if err := cns.New(c).VerifyPIN(typed("00000000")); !errors.Is(err, cns.ErrBlocked) {
		t.Errorf("third wrong PIN: %v", err)
	}
	if err := cns.New(c).VerifyPIN(typed(testcard.DefaultPIN)); !errors.Is(err, cns.ErrBlocked) {
		t.Errorf("right PIN on a blocked card: %v", err)
	}
}

func TestTriesLeftAreReadWithoutSpendingOne(t *testing.T) {
	for _, c := range []struct {
		name  string
		o     testcard.Options
		tries int
		err   error
	}{
		{"three tries", testcard.Options{}, 3, nil},
		{"one try", testcard.Options{State: testcard.TriesState(1)}, 1, nil},
		{"blocked", testcard.Options{State: testcard.StateBlocked}, 0, cns.ErrBlocked},
		{"not activated", testcard.Options{State: testcard.StateNotActivated}, cns.Unknown, cns.ErrNotActivated},
		{"an answer of 6700 says nothing", testcard.Options{Quirks: testcard.Quirks{EmptyVerify: 0x6700}}, cns.Unknown, nil},
		{"an answer of 6D00 says nothing", testcard.Options{Quirks: testcard.Quirks{EmptyVerify: 0x6D00}}, cns.Unknown, nil},
		{"PIN found with P2 90 only", testcard.Options{Quirks: testcard.Quirks{PINOnly90: true}}, 3, nil},
	} {
		chip := newCard(t, c.o)
		before := chip.TriesLeft()
		tries, err := cns.New(chip).TriesLeft()
		if tries != c.tries || !errors.Is(err, c.err) {
			t.Errorf("%s: %d, %v", c.name, tries, err)
		}
		if chip.TriesLeft() != before {
			t.Errorf("%s: a try was spent", c.name)
		}
	}
}

// With the length that 6Cxx asks for, a card of T=0 could take what comes next for a PIN.
func TestAnEmptyVerifyIsNeverSentAgainWithALength(t *testing.T) {
	s := &script{answers: []string{"9000", "6C08", "63C2"}}
	if n, err := cns.New(s).TriesLeft(); n != cns.Unknown || err != nil || len(s.answers) != 1 {
		t.Errorf("%d, %v, %d answers left", n, err, len(s.answers))
	}
}

func TestACardWithoutCertificateSaysSo(t *testing.T) {
	chip := newCard(t, testcard.Options{State: testcard.StateNoCertificate})
	if der, err := cns.New(chip).Certificate(); !errors.Is(err, cns.ErrNoCertificate) {
		t.Errorf("%d bytes, %v", len(der), err)
	}
	for name, answers := range map[string][]string{
		"file not found":         {"6A82"},
		"empty file":             {"9000", "6B00"},
		"not DER":                {"9000", "01020304059000"},
		"a length of 65 kB":      {"9000", "3082FFFF009000"},
		"the file ends too soon": {"9000", "3082010000009000", "6B00"},
	} {
		if der, err := cns.New(&script{answers: answers, sequel: "6A82"}).Certificate(); !errors.Is(err, cns.ErrNoCertificate) {
			t.Errorf("%s: %d bytes, %v", name, len(der), err)
		}
	}
}

func TestACardThatNeverEndsIsLeft(t *testing.T) {
	endless := make([]string, 10000)
	for i := range endless {
		endless[i] = "6100"
	}
	if _, err := cns.New(&script{answers: endless}).Certificate(); err == nil {
		t.Error("GET RESPONSE without end was accepted")
	}
	drops := []string{"9000", "308202009000"}
	for range 10000 {
		drops = append(drops, "009000")
	}
	if _, err := cns.New(&script{answers: drops}).Certificate(); err == nil {
		t.Error("one byte at a time was accepted")
	}
	if _, err := cns.New(&script{answers: []string{"9000", fmt.Sprintf("%0512d9000", 0)}}).Certificate(); err == nil {
		t.Error("more bytes than asked were accepted")
	}
}

// flood gives 64 KiB with each answer, and always says that there is more.
type flood struct{ commands int }

func (f *flood) Transmit([]byte) ([]byte, error) {
	f.commands++
	return append(make([]byte, 65536), 0x61, 0x00), nil
}

func TestACardThatFloodsIsLeftAfter64KiB(t *testing.T) {
	var f flood
	if _, err := cns.New(&f).Certificate(); err == nil || f.commands > 2 {
		t.Errorf("%d answers of 64 KiB were taken: %v", f.commands, err)
	}
}

func TestTheCertificateIsReadWhateverTheEndOfFileLooksLike(t *testing.T) {
	for _, o := range []testcard.Options{
		{}, {Quirks: testcard.Quirks{ReadPastEnd: testcard.PastEnd6282}}, {Quirks: testcard.Quirks{ReadPastEnd: testcard.PastEnd6Cxx}},
		{GetResponse: true}, {Bits: 1024, Model: testcard.STIncard10},
	} {
		chip := newCard(t, o)
		der, err := cns.New(chip).Certificate()
		if err != nil || !bytes.Equal(der, chip.Certificate().Raw) {
			t.Errorf("%+v: %d bytes, %v", o.Quirks, len(der), err)
		}
		id, err := cns.New(chip).CardID()
		if err != nil || id != chip.Holder().CardID {
			t.Errorf("%+v: %q, %v", o.Quirks, id, err)
		}
		p, err := cns.New(chip).PersonalData()
		if err != nil || p.FiscalCode != chip.Holder().FiscalCode || p.Name != chip.Holder().Name || p.ResidenceMunicipality != "H501" {
			t.Errorf("%+v: %+v, %v", o.Quirks, p, err)
		}
	}
}

func TestSigningNeedsThePIN(t *testing.T) {
	chip := newCard(t, testcard.Options{})
	digest := sha256.Sum256([]byte("x"))
	pub := chip.Certificate().PublicKey.(*rsa.PublicKey)
	if s, err := cns.New(chip).SignPKCS1(pub, crypto.SHA256, digest[:]); err == nil {
		t.Errorf("signed without a PIN: %x", s)
	}
	if s, err := cns.New(chip).SignPKCS1(pub, crypto.SHA256, digest[:31]); err == nil {
		t.Errorf("signed a digest of 31 bytes: %x", s)
	}
	if s, err := cns.New(chip).SignPKCS1(pub, crypto.SHA1, digest[:20]); err == nil {
		t.Errorf("signed a SHA-1 digest: %x", s)
	}
}

func TestAKeyThatIsNotTheCertificatesIsFound(t *testing.T) {
	chip := newCard(t, testcard.Options{})
	card := cns.New(chip)
	if err := card.VerifyPIN(typed(testcard.DefaultPIN)); err != nil {
		t.Fatal(err)
	}
	pub := *chip.Certificate().PublicKey.(*rsa.PublicKey)
	pub.N = new(big.Int).Add(pub.N, big.NewInt(2))
	digest := sha256.Sum256([]byte("x"))
	if _, err := card.SignPKCS1(&pub, crypto.SHA256, digest[:]); !errors.Is(err, cns.ErrKeyMismatch) {
		t.Errorf("%v", err)
	}
}

func TestSignaturesVerify(t *testing.T) {
	digest := sha256.Sum256([]byte("ciao"))
	for _, m := range testcard.Models() {
		for _, o := range []testcard.Options{{Model: m}, {Model: m, GetResponse: true}, {Model: m, Quirks: testcard.Quirks{PINOnly90: true}}} {
			chip := newCard(t, o)
			card := cns.New(chip)
			know(t, chip, card)
			if _, err := card.TriesLeft(); err != nil {
				t.Fatalf("%s: %v", m, err)
			}
			if err := card.VerifyPIN(typed(testcard.DefaultPIN)); err != nil {
				t.Fatalf("%s: %v", m, err)
			}
			pub := chip.Certificate().PublicKey.(*rsa.PublicKey)
			s, err := card.SignPKCS1(pub, crypto.SHA256, digest[:])
			if err != nil {
				t.Fatalf("%s: %v", m, err)
			}
			if pub.Size() >= 256 {
				if err := rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], s); err != nil {
					t.Errorf("%s: PKCS#1 v1.5: %v", m, err)
				}
			}
			s, err = card.SignPSS(pub, crypto.SHA256, digest[:])
			if err != nil {
				t.Fatalf("%s: %v", m, err)
			}
			if pub.Size() >= 256 {
				if err := rsa.VerifyPSS(pub, crypto.SHA256, digest[:], s, &rsa.PSSOptions{SaltLength: 32}); err != nil {
					t.Errorf("%s: PSS: %v", m, err)
				}
			}
			if v := chip.Counters(); v.Verifies != 1 {
				t.Errorf("%s: %d VERIFY with a PIN for two signatures", m, v.Verifies)
			}
		}
	}
}

// extendedRefused is a reader that carries short APDUs only.
type extendedRefused struct{ cns.Transmitter }

func (r extendedRefused) Transmit(b []byte) ([]byte, error) {
	if len(b) > 261 {
		return []byte{0x67, 0x00}, nil
	}
	return r.Transmitter.Transmit(b)
}

func TestAReaderWithoutExtendedAPDUsIsNamed(t *testing.T) {
	chip := newCard(t, testcard.Options{})
	card := cns.New(extendedRefused{chip})
	if err := card.VerifyPIN(typed(testcard.DefaultPIN)); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("x"))
	_, err := card.SignPKCS1(chip.Certificate().PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:])
	if !errors.Is(err, cns.ErrExtendedLength) {
		t.Errorf("%v", err)
	}
}

func TestPersonalDataThatCannotBeReadIsRefused(t *testing.T) {
	for _, s := range []string{"", "00", "zzzzzz", "000010", "000004046", "00000602ZZ", "0000090A123", "FFFFFF10short", "000002" + "00"} {
		if p, err := cns.ParsePersonalData([]byte(s)); !errors.Is(err, cns.ErrPersonalData) {
			t.Errorf("%q: %+v, %v", s, p, err)
		}
	}
	// Missing trailing fields and Latin-1 are fine.
	p, err := cns.ParsePersonalData([]byte("00001F" + "0000" + "00" + "07D'ARR\xd2\x01" + "03Eva" + "08" + "01012000"))
	if err != nil || p.Surname != "D'ARRÒ" || p.Name != "Eva" || p.BirthDate != "01012000" || p.FiscalCode != "" {
		t.Errorf("%+v, %v", p, err)
	}
}

func FuzzPersonalData(f *testing.F) {
	f.Add([]byte("000067046030082310202608211020320" + "7ROSSINI0BGIADA PROVA082311198401F0010RSSGPR84S63H501C0004H501000004H5010000"))
	f.Add([]byte("000000"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = cns.ParsePersonalData(b) })
}

// FuzzCard feeds a whole login with whatever a hostile card may answer, in every layout and before one is known: it must
// end, and never send a second VERIFY.
func FuzzCard(f *testing.F) {
	kinds := []cns.Kind{{}}
	for _, layout := range driven {
		chip := newCard(f, testcard.Options{Layout: layout})
		card := cns.New(chip)
		know(f, chip, card)
		kinds = append(kinds, card.Kind)
	}
	for i := range kinds {
		f.Add(uint(i), []byte{0x90, 0, 0xFF, 0x30, 0x82, 1, 0, 0x90, 0})
		f.Add(uint(i), []byte{0x61, 0x00, 0xFF, 0x6C, 0x10})
		f.Add(uint(i), []byte("JSign4\x90\x00\xFF\x90\x00\xFF\x6A\x88\xFF\x69\x85"))
		f.Add(uint(i), append([]byte{0x90, 0, 0xFF, 1, 1, 4, 0, 0, 0x30, 0x82, 1, 0}, make([]byte, 300)...))
	}
	pub := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 2047), E: 65537}
	f.Fuzz(func(t *testing.T, which uint, b []byte) {
		h := &hostile{pieces: bytes.Split(b, []byte{0xFF})}
		kind := kinds[which%uint(len(kinds))]
		card := cns.New(h)
		card.Kind = kind
		if kind == (cns.Kind{}) {
			_ = card.Identify()
		}
		if der, err := card.Certificate(); err == nil && len(der) > 8192 {
			t.Fatalf("a certificate of %d bytes", len(der))
		}
		_, _ = card.CardID()
		_, _ = card.PersonalData()
		_, _ = card.TriesLeft()
		err := card.VerifyPIN(typed("12345678"))
		if h.verifies > 2 || (h.verifies == 2 && !h.notFound) {
			t.Fatalf("%d VERIFY for one PIN (%v)", h.verifies, err)
		}
		_, _ = card.SignPKCS1(pub, crypto.SHA256, make([]byte, 32))
		*h = hostile{pieces: h.pieces}
		card = cns.New(h)
		card.Kind = kind
		_, _ = card.PUKTriesLeft()
		_ = card.ChangePIN(typed("12345678"), typed(newPIN))
		_ = card.Unblock(typed("12345678"), typed(newPIN))
		if h.replaces > 4 || h.replaces > 2 && !h.notFound {
			t.Fatalf("%d commands for one change and one unblocking", h.replaces)
		}
	})
}

type hostile struct {
	pieces   [][]byte
	sent     int
	verifies int
	replaces int
	notFound bool
}

func (h *hostile) Transmit(cmd []byte) ([]byte, error) {
	if h.sent++; h.sent > 2000 {
		return nil, errors.New("pulled")
	}
	answer := h.pieces[h.sent%len(h.pieces)]
	if len(cmd) == 13 && cmd[1] == 0x20 {
		h.verifies++
		h.notFound = h.notFound || bytes.HasSuffix(answer, []byte{0x6A, 0x88})
	}
	if cns.ReplacesPIN(cmd) {
		h.replaces++
		h.notFound = h.notFound || bytes.HasSuffix(answer, []byte{0x6A, 0x88})
	}
	return answer, nil
}
