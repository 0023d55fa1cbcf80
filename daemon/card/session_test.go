// SPDX-License-Identifier: EUPL-1.2

package card_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/card/cardtest"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

var (
	sum     = sha256.Sum256([]byte("a handshake"))
	withPSS = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
)

// unlocked is a desk with one card and a session with it.
func unlocked(t *testing.T) (*cardtest.Desk, *testcard.Card, *card.Session) {
	t.Helper()
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip)
	if _, err := d.Readers.Look(t.Context(), first(t, d)); err != nil {
		t.Fatal(err)
	}
	s, err := unlock(t.Context(), d, chip, testcard.DefaultPIN)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(); <-s.Done() })
	return d, chip, s
}

func unlock(ctx context.Context, d *cardtest.Desk, chip *testcard.Card, digits string) (*card.Session, error) {
	slots, err := d.Readers.Slots(ctx)
	if err != nil {
		return nil, err
	}
	return d.Readers.Unlock(ctx, slots[0], chip.Certificate(), pin.New([]byte(digits)))
}

// verified asks the chip itself, by a VERIFY without data.
func verified(chip *testcard.Card) bool {
	answer, err := chip.Transmit([]byte{0x00, 0x20, 0x00, 0x10})
	return err == nil && bytes.Equal(answer, []byte{0x90, 0x00})
}

func TestAWrongPINOpensNoSessionAndLeavesTheCardFree(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip)
	_, err := unlock(t.Context(), d, chip, "00000000")
	var wrong *card.WrongPINError
	if !errors.As(err, &wrong) || wrong.TriesLeft != 2 || chip.Counters().Verifies != 1 {
		t.Errorf("%v, %d PINs", err, chip.Counters().Verifies)
	}
	if view, err := d.Readers.Look(t.Context(), first(t, d)); err != nil || view.TriesLeft != 2 {
		t.Errorf("%+v, %v", view, err)
	}
}

func TestASessionWithACardThatAnotherProgramHoldsIsRefused(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip)
	release := d.Hold(0)
	if _, err := unlock(t.Context(), d, chip, testcard.DefaultPIN); code(err) != protocol.CardBusy {
		t.Errorf("%v", err)
	}
	release()
	if _, err := d.Readers.Look(t.Context(), first(t, d)); err != nil || chip.Counters().Verifies != 0 {
		t.Errorf("%v; %d PINs were sent after nobody waited any more", err, chip.Counters().Verifies)
	}
}

func TestOnePINServesSeveralSignaturesOfBothKinds(t *testing.T) {
	_, chip, s := unlocked(t)
	pub := chip.Certificate().PublicKey.(*rsa.PublicKey)
	for range 3 {
		signature, err := s.Sign(t.Context(), sum[:], crypto.SHA256)
		if err != nil || rsa.VerifyPKCS1v15(pub, crypto.SHA256, sum[:], signature) != nil {
			t.Errorf("PKCS #1: %v", err)
		}
		signature, err = s.Sign(t.Context(), sum[:], withPSS)
		if err != nil || rsa.VerifyPSS(pub, crypto.SHA256, sum[:], signature, withPSS) != nil {
			t.Errorf("PSS: %v", err)
		}
	}
	if n := chip.Counters().Verifies; n != 1 {
		t.Errorf("%d PINs", n)
	}
}

func TestASessionEndsThirtySecondsAfterTheLastSignature(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, chip, s := unlocked(t)
		for range 3 {
			time.Sleep(card.SessionIdle - time.Second)
			if _, err := s.Sign(t.Context(), sum[:], crypto.SHA256); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(card.SessionIdle + time.Second)
		synctest.Wait()
		ended(t, chip, s)
	})
}

func TestASessionEndsAfterTwoMinutesHoweverBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, chip, s := unlocked(t)
		for range 11 {
			time.Sleep(10 * time.Second)
			if _, err := s.Sign(t.Context(), sum[:], crypto.SHA256); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(11 * time.Second)
		synctest.Wait()
		ended(t, chip, s)
	})
}

func TestASessionEndsWithTheCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, chip, s := unlocked(t)
		d.Eject(0)
		synctest.Wait()
		d.Insert(0, chip)
		ended(t, chip, s)
	})
}

func TestACardPulledDuringASignatureEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, chip, s := unlocked(t)
		chip.EjectAt(2)
		if _, err := s.Sign(t.Context(), sum[:], crypto.SHA256); code(err) != protocol.CardRemoved {
			t.Errorf("%v", err)
		}
		synctest.Wait()
		ended(t, chip, s)
	})
}

func TestClosingASessionResetsTheCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, chip, s := unlocked(t)
		if !verified(chip) {
			t.Fatal("the PIN is not verified during a session")
		}
		s.Close()
		synctest.Wait()
		ended(t, chip, s)
	})
}

// ended checks that a session signs no more, and that nobody else can: the card has forgotten the PIN.
func ended(t *testing.T, chip *testcard.Card, s *card.Session) {
	t.Helper()
	if _, err := s.Sign(t.Context(), sum[:], crypto.SHA256); code(err) != protocol.CardBusy {
		t.Errorf("it signs on: %v", err)
	}
	if verified(chip) {
		t.Error("the card still knows the PIN")
	}
}

func TestTheAgentsOwnUseEndsASession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, chip, s := unlocked(t)
		_, err := d.Readers.Sign(t.Context(), first(t, d), card.SignRequest{
			PIN: pin.New([]byte(testcard.DefaultPIN)), Certificate: chip.Certificate(), Hash: crypto.SHA256, Digest: sum[:],
		})
		if err != nil {
			t.Error(err)
		}
		synctest.Wait()
		ended(t, chip, s)
	})
}

func TestANewSessionEndsTheOneBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, chip, s := unlocked(t)
		other, err := unlock(t.Context(), d, chip, testcard.DefaultPIN)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, err := s.Sign(t.Context(), sum[:], crypto.SHA256); code(err) != protocol.CardBusy {
			t.Errorf("the first one signs on: %v", err)
		}
		if _, err := other.Sign(t.Context(), sum[:], crypto.SHA256); err != nil {
			t.Error(err)
		}
		other.Close()
		synctest.Wait()
	})
}

func TestWhoOnlyLooksDoesNotEndASession(t *testing.T) {
	d, chip, s := unlocked(t)
	apdus := chip.Counters().APDUs
	view, err := d.Readers.Look(t.Context(), first(t, d))
	if err != nil || view.Holder == "" || view.Problem != "" || view.TriesLeft != card.Unknown {
		t.Errorf("%+v, %v", view, err)
	}
	if n := chip.Counters().APDUs; n != apdus {
		t.Errorf("%d commands reached the card", n-apdus)
	}
	if _, err := s.Sign(t.Context(), sum[:], crypto.SHA256); err != nil {
		t.Error(err)
	}
}

func TestACallerThatIsGoneGetsNoSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip := cardtest.Card(t, testcard.Options{PKI: pki})
		d := cardtest.New(t, chip)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := unlock(ctx, d, chip, testcard.DefaultPIN); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		synctest.Wait()
		if verified(chip) {
			t.Error("the card knows the PIN, and nobody wants it")
		}
	})
}

func TestTheCertificateAloneIsAskedOfTheCardOnceForEachInsertion(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip)
	for i := range 2 {
		chip.ResetCounters()
		c, err := d.Readers.Certificate(t.Context(), first(t, d))
		if err != nil || !c.Equal(chip.Certificate()) {
			t.Errorf("%v", err)
		}
		if n := chip.Counters().APDUs; (n > 0) != (i == 0) {
			t.Errorf("call %d: %d commands", i, n)
		}
	}
}

func TestACardThatCannotLogInHasNoCertificate(t *testing.T) {
	for state, want := range map[testcard.State]protocol.Code{
		testcard.StateExpired: protocol.CertificateExpired, testcard.StateNoCertificate: protocol.CertificateMissing,
	} {
		d := cardtest.New(t, cardtest.Card(t, testcard.Options{PKI: pki, State: state}))
		for range 2 {
			if _, err := d.Readers.Certificate(t.Context(), first(t, d)); code(err) != want {
				t.Errorf("%s: %v", state, err)
			}
		}
	}
}
