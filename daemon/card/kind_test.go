// SPDX-License-Identifier: EUPL-1.2

package card_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/card/cardtest"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// bank is a card without contacts that is no CNS.
func bank(t *testing.T) *testcard.Card {
	return cardtest.Card(t, testcard.Options{PKI: pki, Model: testcard.STNFC, Layout: testcard.Classic})
}

func nfc(t *testing.T) *testcard.Card {
	return cardtest.Card(t, testcard.Options{PKI: pki, Layout: testcard.LayoutST2022NFC})
}

func TestACardWithoutContactsThatIsNoCNSStaysUnknownAndIsAskedOnce(t *testing.T) {
	chip := bank(t)
	d := cardtest.New(t, chip)
	for range 3 {
		if s := first(t, d); s.State != protocol.StateUnknown {
			t.Errorf("it is %s", s.State)
		}
	}
	if n := chip.Counters().APDUs; n != 1 {
		t.Errorf("it got %d commands", n)
	}
	d.Eject(0)
	d.Insert(0, chip)
	if s := first(t, d); s.State != protocol.StateUnknown || chip.Counters().APDUs != 2 {
		t.Errorf("another insertion: %s after %d commands", s.State, chip.Counters().APDUs)
	}
}

func TestACNSWithoutContactsIsReadyAndSigns(t *testing.T) {
	chip := nfc(t)
	d := cardtest.New(t, chip)
	s := first(t, d)
	if s.State != protocol.StateReady || chip.Counters().APDUs != 2 {
		t.Fatalf("it is %s after %d commands", s.State, chip.Counters().APDUs)
	}
	if _, err := d.Readers.Identity(t.Context(), s); err != nil { // before anybody has read the certificate
		t.Errorf("identity: %v", err)
	}
	signs(t, d, s)
	d.Eject(0)
	d.Insert(0, bank(t))
	if s := first(t, d); s.State != protocol.StateUnknown {
		t.Errorf("the next card in the reader is %s", s.State)
	}
}

// stranger is a key of no card.
var stranger = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// signs looks at a card and lets it sign.
func signs(t *testing.T, d *cardtest.Desk, s card.Slot) {
	t.Helper()
	view, err := d.Readers.Look(t.Context(), s)
	if err != nil || view.Problem != "" || view.TriesLeft != 3 {
		t.Fatalf("%+v, %v", view, err)
	}
	digest := sha256.Sum256([]byte("ciao"))
	req := card.SignRequest{PIN: pin.New([]byte(testcard.DefaultPIN)), Certificate: view.Certificate, Hash: crypto.SHA256, Digest: digest[:]}
	signature, err := d.Readers.Sign(t.Context(), s, req)
	if err != nil {
		t.Fatal(err)
	}
	if err := rsa.VerifyPKCS1v15(view.Certificate.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], signature); err != nil {
		t.Error(err)
	}
}

func TestACandidateThatAnotherProgramHoldsIsAskedAgain(t *testing.T) {
	chip, other := nfc(t), cardtest.Card(t, testcard.Options{PKI: pki})
	d := cardtest.New(t, chip, other)
	release := d.Hold(0)
	slots, err := d.Readers.Slots(t.Context())
	if err != nil || slots[0].State != protocol.StateUnknown || slots[1].State != protocol.StateReady {
		t.Fatalf("%+v, %v", slots, err)
	}
	signs(t, d, slots[1]) // the card in the other reader does not wait for it
	changed := d.Readers.Changed()
	release()
	for end := time.Now().Add(time.Minute); slots[0].State != protocol.StateReady; {
		if slots, err = d.Readers.Slots(t.Context()); err != nil || time.Now().After(end) {
			t.Fatalf("never ready: %+v, %v", slots, err)
		}
	}
	select {
	case <-changed: // who was told "unknown" looks again
	case <-time.After(time.Minute):
		t.Fatal("nobody is told")
	}
	changed = d.Readers.Changed()
	if _, err := d.Readers.Slots(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
		t.Error("what is known already is news")
	default:
	}
}

func TestACandidateThatCouldNotBeAskedIsAskedAtTheNextCall(t *testing.T) {
	chip, attempts := nfc(t), 0
	r := card.New(func(_ string, work func(card.Link) error) error {
		if attempts++; attempts < 3 {
			return pcsc.ErrBusy
		}
		return work(quiet{chip})
	}, func() {})
	r.Update([]pcsc.Reader{{Name: "NFC", Presence: pcsc.Present, Insertion: 1, ATR: chip.ATR()}}, nil)
	for _, want := range []protocol.CardState{protocol.StateUnknown, protocol.StateUnknown, protocol.StateReady, protocol.StateReady} {
		slots, err := r.Slots(t.Context())
		if err != nil || slots[0].State != want {
			t.Errorf("after %d attempts: %+v, %v", attempts, slots, err)
		}
	}
	if attempts != 3 {
		t.Errorf("%d attempts", attempts)
	}
}

// quiet is a card whose transactions do not end with a reset.
type quiet struct{ *testcard.Card }

func (quiet) ResetAtEnd() {}

func TestACandidateThatIsPulledWhileItIsAskedIsUnknown(t *testing.T) {
	for n := 1; n <= 2; n++ {
		chip := nfc(t)
		d := cardtest.New(t, chip)
		chip.EjectAt(n)
		if slots, err := d.Readers.Slots(t.Context()); err != nil || slots[0].State == protocol.StateReady {
			t.Errorf("at command %d: %+v, %v", n, slots, err)
		}
		d.Insert(0, chip)
		signs(t, d, first(t, d))
	}
}

func TestACardThatCannotBeDrivenIsNamed(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki, Layout: testcard.LayoutActalis2025})
	d := cardtest.New(t, chip)
	for range 2 {
		view, err := d.Readers.Look(t.Context(), first(t, d))
		if err != nil || view.Problem != protocol.CardUnsupported || !strings.Contains(view.Detail, "Actalis ACe 2025") {
			t.Errorf("%+v, %v", view, err)
		}
	}
	if n := chip.Counters().APDUs; n != 4 {
		t.Errorf("%d commands for two looks", n)
	}
}

func TestWhatWasFoundIsRememberedForTheInsertion(t *testing.T) {
	for _, layout := range []testcard.Layout{testcard.Classic, testcard.LayoutIdemia2021, testcard.LayoutST2022NFC, testcard.LayoutInfoCamere} {
		chip := cardtest.Card(t, testcard.Options{PKI: pki, Layout: layout, Bits: 2048, Quirks: testcard.Quirks{PINOnly90: true, SignOnly: true}})
		d := cardtest.New(t, chip)
		s := first(t, d)
		var cost [3]int
		for i := range cost {
			chip.ResetCounters()
			signs(t, d, s)
			cost[i] = chip.Counters().APDUs
		}
		if cost[1] >= cost[0] || cost[2] != cost[1] {
			t.Errorf("%s: logins cost %v commands", layout, cost)
		}
		if n := chip.Counters().Verifies; n != 1 {
			t.Errorf("%s: %d VERIFY for one PIN", layout, n)
		}
	}
}

func TestACertificateIsReadOnceHoweverManyLookAtTheSameTime(t *testing.T) {
	chip := cardtest.Card(t, testcard.Options{PKI: pki})
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		r := card.New(func(_ string, work func(card.Link) error) error {
			<-gate
			return work(quiet{chip})
		}, func() {})
		r.Update([]pcsc.Reader{{Name: "desk", Presence: pcsc.Present, Insertion: 1, ATR: chip.ATR()}}, nil)
		slots, err := r.Slots(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			go func() {
				if view, err := r.Look(t.Context(), slots[0]); err != nil || view.Certificate == nil {
					t.Errorf("%+v, %v", view, err)
				}
			}()
		}
		synctest.Wait() // one has the card, and the others wait for it
		close(gate)
		synctest.Wait()
	})
	reads := 1 + (len(chip.Certificate().Raw)+251)/252
	if n := chip.Counters().APDUs; n != reads+4*2 { // and each asks for the tries
		t.Errorf("%d commands instead of %d", n, reads+4*2)
	}
}

func TestAKeyOfAnotherCertificateIsFoundBeforeItsSignatureLeaves(t *testing.T) {
	for _, layout := range []testcard.Layout{testcard.Classic, testcard.LayoutIdemia2021, testcard.LayoutST2022NFC, testcard.LayoutInfoCamere} {
		cert := cardtest.Card(t, testcard.Options{PKI: pki}).Certificate()
		chip := cardtest.Card(t, testcard.Options{Layout: layout, Certificate: cert, Key: stranger()})
		d := cardtest.New(t, chip)
		s := first(t, d)
		view, err := d.Readers.Look(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256(nil)
		req := card.SignRequest{PIN: pin.New([]byte(testcard.DefaultPIN)), Certificate: view.Certificate, Hash: crypto.SHA256, Digest: digest[:]}
		if signature, err := d.Readers.Sign(t.Context(), s, req); code(err) != protocol.KeyMismatch || signature != nil {
			t.Errorf("%s: %d bytes, %v", layout, len(signature), err)
		}
	}
}

func TestFilesThatHoldNoCertificateAreToldAsSuch(t *testing.T) {
	der := cardtest.Card(t, testcard.Options{PKI: pki}).Certificate().Raw
	for name, c := range map[string]struct {
		file []byte
		want protocol.Code
	}{
		"zeros":                  {make([]byte, 2048), protocol.CertificateMissing},
		"64 KiB":                 {make([]byte, 65536), protocol.CertificateMissing},
		"DER that ends too soon": {der[:len(der)-1], protocol.CertificateMissing},
		"DER that is something":  {append([]byte{0x30, 0x82, 0x01, 0x00}, make([]byte, 256)...), protocol.CardUnsupported},
		"two certificates":       {append(append([]byte{}, der...), der...), ""},
	} {
		d := cardtest.New(t, cardtest.Card(t, testcard.Options{PKI: pki, CertificateFile: c.file, Quirks: testcard.Quirks{NoSize: true}}))
		if view, err := d.Readers.Look(t.Context(), first(t, d)); err != nil || view.Problem != c.want {
			t.Errorf("%s: %q, want %q (%v)", name, view.Problem, c.want, err)
		}
	}
}
