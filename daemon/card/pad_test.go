// SPDX-License-Identifier: EUPL-1.2

package card_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"errors"
	"testing"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/card/cardtest"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// keyed is a desk whose reader has keys.
func keyed(t *testing.T, k *cardtest.Keypad, o testcard.Options) (*cardtest.Desk, *testcard.Card) {
	t.Helper()
	o.PKI = pki
	chip := cardtest.Card(t, o)
	d := cardtest.New(t, chip)
	d.Keypad(0, k)
	d.Readers.UsePads(func() bool { return true }, func() string { return "it" })
	return d, chip
}

func look(t *testing.T, d *cardtest.Desk) card.View {
	t.Helper()
	v, err := d.Readers.Look(t.Context(), first(t, d))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// signOnKeys asks for a signature whose PIN is typed on the reader.
func signOnKeys(ctx context.Context, t *testing.T, d *cardtest.Desk, chip *testcard.Card) ([]byte, error) {
	t.Helper()
	return d.Readers.Sign(ctx, first(t, d), card.SignRequest{Certificate: chip.Certificate(), Hash: crypto.SHA256, Digest: sum[:]})
}

func TestAReaderHasNoKeysWhereTheSettingsSayNo(t *testing.T) {
	for name, use := range map[string]func(*card.Readers){
		"nobody has said yes":   func(r *card.Readers) { r.UsePads(nil, nil) },
		"the settings say off":  func(r *card.Readers) { r.UsePads(func() bool { return false }, nil) },
		"its features are none": nil,
	} {
		k := &cardtest.Keypad{Typed: []any{testcard.DefaultPIN}}
		if use == nil {
			k.List = []byte{0x06, 200, 1}
		}
		d, chip := keyed(t, k, testcard.Options{})
		if use != nil {
			use(d.Readers)
		}
		if v := look(t, d); v.Pad != (card.Pad{}) {
			t.Errorf("%s: %+v", name, v.Pad)
		}
		if _, err := signOnKeys(t.Context(), t, d, chip); !errors.Is(err, card.ErrPadFailed) || k.Asked() != 0 || chip.Counters().Verifies != 0 {
			t.Errorf("%s: %v, asked %d times", name, err, k.Asked())
		}
	}
}

func TestThePINThatIsTypedOnTheReaderSigns(t *testing.T) {
	for _, layout := range []testcard.Layout{testcard.Classic, testcard.LayoutIdemia2021, testcard.LayoutInfoCamere} {
		for _, q := range []testcard.Quirks{{}, {PINOnly90: true}} {
			k := &cardtest.Keypad{Typed: []any{testcard.DefaultPIN}}
			d, chip := keyed(t, k, testcard.Options{Layout: layout, Quirks: q})
			if v := look(t, d); v.Pad != (card.Pad{Verify: true, Change: true}) {
				t.Errorf("%s: %+v", layout, v.Pad)
			}
			signature, err := signOnKeys(t.Context(), t, d, chip)
			if err != nil || rsa.VerifyPKCS1v15(chip.Certificate().PublicKey.(*rsa.PublicKey), crypto.SHA256, sum[:], signature) != nil {
				t.Errorf("%s, %+v: %v", layout, q, err)
			}
			if n := chip.Counters().Verifies; n != 1 || verified(chip) {
				t.Errorf("%s, %+v: %d VERIFY; or the PIN is still verified", layout, q, n)
			}
		}
	}
}

func TestAWrongPINOnTheReaderCostsOneTry(t *testing.T) {
	k := &cardtest.Keypad{Typed: []any{"00000000"}}
	d, chip := keyed(t, k, testcard.Options{})
	look(t, d)
	var wrong *card.WrongPINError
	if _, err := signOnKeys(t.Context(), t, d, chip); !errors.As(err, &wrong) || wrong.TriesLeft != 2 || chip.Counters().Verifies != 1 {
		t.Errorf("%v, %d VERIFY", err, chip.Counters().Verifies)
	}
}

func TestWhatTheReaderAnswersInTheCardsPlaceCostsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		answer any
		code   protocol.Code
		is     error
	}{
		"nobody typed":         {uint16(0x6400), protocol.UserTimeout, nil},
		"cancelled":            {uint16(0x6401), protocol.UserCancelled, nil},
		"too few digits":       {uint16(0x6403), "", pin.ErrFormat},
		"a strange structure":  {uint16(0x6B80), "", card.ErrPadFailed},
		"an error":             {errors.New("not supported"), "", card.ErrPadFailed},
		"nothing":              {[]byte{}, "", card.ErrPadFailed},
		"one byte":             {[]byte{0x90}, "", card.ErrPadFailed},
		"no such instruction":  {uint16(0x6D00), "", card.ErrPadFailed},
		"something else again": {uint16(0x6F00), "", card.ErrPadFailed},
	} {
		k := &cardtest.Keypad{Answers: []any{c.answer}}
		d, chip := keyed(t, k, testcard.Options{})
		look(t, d)
		_, err := signOnKeys(t.Context(), t, d, chip)
		if c.code != "" && code(err) != c.code || c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v", name, err)
		}
		if chip.Counters().Verifies != 0 || k.Asked() != 1 || verified(chip) {
			t.Errorf("%s: %d VERIFY, asked %d times", name, chip.Counters().Verifies, k.Asked())
		}
		if v := look(t, d); (v.Pad == card.Pad{}) != errors.Is(c.is, card.ErrPadFailed) {
			t.Errorf("%s: then the reader's keys are %+v", name, v.Pad)
		}
	}
}

func TestWhoGivesUpWhileTheReaderAsksGetsNoSignature(t *testing.T) {
	typing, typed := make(chan struct{}), make(chan struct{})
	k := &cardtest.Keypad{Typed: []any{func() string { close(typing); <-typed; return testcard.DefaultPIN }}}
	d, chip := keyed(t, k, testcard.Options{})
	look(t, d)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-typing; cancel() }()
	if _, err := signOnKeys(ctx, t, d, chip); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	before := chip.Counters().Signatures
	close(typed)
	if _, err := d.Readers.Look(t.Context(), first(t, d)); err != nil { // when the reader has come back
		t.Fatal(err)
	}
	if chip.Counters().Signatures != before || verified(chip) {
		t.Error("what was typed after the end has signed, or is still verified")
	}
}

func TestTheKeysOfAReaderOpenASession(t *testing.T) {
	k := &cardtest.Keypad{Typed: []any{testcard.DefaultPIN}}
	d, chip := keyed(t, k, testcard.Options{})
	look(t, d)
	s, err := d.Readers.Unlock(t.Context(), first(t, d), chip.Certificate(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { s.Close(); <-s.Done() }()
	if _, err := s.Sign(t.Context(), sum[:], crypto.SHA256); err != nil || k.Asked() != 1 {
		t.Errorf("%v, asked %d times", err, k.Asked())
	}
}

func TestThePINIsChangedOnTheReader(t *testing.T) {
	const chosen = "24681357"
	for name, c := range map[string]struct {
		typed   []any
		answers []any
		want    error
		left    int
		pin     string
	}{
		"right":                               {[]any{testcard.DefaultPIN, chosen, chosen}, nil, nil, 3, chosen},
		"wrong":                               {[]any{"00000000", chosen, chosen}, nil, &card.WrongPINError{TriesLeft: 2}, 2, testcard.DefaultPIN},
		"typed differently":                   {[]any{testcard.DefaultPIN, chosen, "11223344"}, nil, card.ErrPadMismatch, 3, testcard.DefaultPIN},
		"too short":                           {[]any{testcard.DefaultPIN, "1234", "1234"}, nil, pin.ErrFormat, 3, testcard.DefaultPIN},
		"a reader that refuses the structure": {nil, []any{uint16(0x6B80)}, card.ErrPadFailed, 3, testcard.DefaultPIN},
		"a reader that falls silent":          {nil, []any{errors.New("time-out")}, card.ErrUncertain, 3, testcard.DefaultPIN},
	} {
		d, chip := keyed(t, &cardtest.Keypad{Typed: c.typed, Answers: c.answers}, testcard.Options{})
		look(t, d)
		err := d.Readers.ChangePIN(t.Context(), first(t, d), nil, nil)
		var wrong *card.WrongPINError
		if same := errors.Is(err, c.want) || errors.As(err, &wrong) && *wrong == *asWrong(c.want); !same || chip.TriesLeft() != c.left || chip.PIN() != c.pin {
			t.Errorf("%s: %v, %d tries, PIN %s", name, err, chip.TriesLeft(), chip.PIN())
		}
	}
}

func asWrong(err error) *card.WrongPINError {
	w := &card.WrongPINError{}
	errors.As(err, &w)
	return w
}
