// SPDX-License-Identifier: EUPL-1.2

package testcard

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var pki = testpki.New()

// card makes a card with the shared PKI.
func card(t testing.TB, o Options) *Card {
	t.Helper()
	o.PKI = pki
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// hexBytes turns "00 A4 00 00" into bytes.
func hexBytes(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// send transmits a command in hexadecimal and gives data and status word.
func send(t testing.TB, c *Card, command string) ([]byte, string) {
	t.Helper()
	b, err := c.Transmit(hexBytes(t, command))
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	return b[:len(b)-2], strings.ToUpper(hex.EncodeToString(b[len(b)-2:]))
}

// step is a command and the status word it must get.
type step struct{ command, status string }

func run(t *testing.T, c *Card, steps []step) {
	t.Helper()
	for i, s := range steps {
		if _, got := send(t, c, s.command); got != s.status {
			t.Errorf("command %d, %s: %s instead of %s", i+1, s.command, got, s.status)
		}
	}
}

const (
	selectMF      = "00 A4 00 0C 02 3F00"
	emptyVerify   = "00 20 00 10"
	verifyRight   = "00 20 00 10 08 3133353732343638"
	verifyWrong   = "00 20 00 10 08 3030303030303030"
	verifyPUK     = "00 20 00 11 08 3837363534333231"
	restore       = "00 22 F3 03"
	setKey        = "00 22 F1 B8 03 83 01 01"
	newPIN        = "3131313131FFFFFF"
	pinBlock      = "3133353732343638"
	pukBlock      = "3837363534333231"
	wrongBlock    = "3939393939393939"
	pso2048Header = "00 2A 80 86 00 01 01 00"
)

func TestCommandsThatTheCardRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		options Options
		steps   []step
	}{
		"command chaining":                        {Options{}, []step{{"10 2A 80 86 01 00", "6E00"}}},
		"secure messaging":                        {Options{}, []step{{"0C A4 00 0C 02 3F00", "6882"}}},
		"logical channels":                        {Options{}, []step{{"01 A4 00 0C 02 3F00", "6881"}}},
		"an unknown class":                        {Options{}, []step{{"80 A4 00 0C 02 3F00", "6E00"}}},
		"an unknown instruction":                  {Options{}, []step{{"00 88 00 00", "6D00"}}},
		"GET RESPONSE outside its mode":           {Options{}, []step{{"00 C0 00 00 10", "6D00"}}},
		"an APDU without a whole header":          {Options{}, []step{{"00 A4 00", "6700"}}},
		"an APDU shorter than its Lc":             {Options{}, []step{{"00 A4 00 0C 02 3F", "6700"}}},
		"extended length on an old card":          {Options{Model: STIncard10}, []step{{"00 A4 00 0C 00 0002 3F00", "6700"}}},
		"SELECT of a file that is not there":      {Options{}, []step{{"00 A4 00 0C 02 7FFF", "6A82"}}},
		"SELECT of an application":                {Options{}, []step{{"00 A4 04 0C 08 A000000095 01004D", "6A82"}}},
		"SELECT with odd parameters":              {Options{}, []step{{"00 A4 02 0C 02 3F00", "6A86"}, {"00 A4 00 04 02 3F00", "6A86"}}},
		"SELECT by path from the MF with the MF":  {Options{}, []step{{"00 A4 08 0C 06 3F00 1100 1101", "6A82"}}},
		"SELECT by half a path":                   {Options{}, []step{{"00 A4 08 0C 03 110011", "6700"}}},
		"READ BINARY without a file":              {Options{}, []step{{selectMF, "9000"}, {"00 B0 00 00 10", "6986"}}},
		"READ BINARY by short identifier":         {Options{}, []step{{"00 B0 81 00 10", "6A86"}}},
		"READ BINARY without Le":                  {Options{}, []step{{"00 A4 08 0C 04 1000 1003", "9000"}, {"00 B0 00 00", "6700"}}},
		"READ BINARY at the end":                  {Options{}, []step{{"00 A4 08 0C 04 1000 1003", "9000"}, {"00 B0 00 10 01", "6B00"}}},
		"VERIFY of an unknown object":             {Options{}, []step{{"00 20 00 1A 08" + pinBlock, "6A88"}, {"00 20 01 10 08" + pinBlock, "6A86"}}},
		"VERIFY of a wrong length, without a try": {Options{}, []step{{"00 20 00 10 05 3133353732", "6700"}, {emptyVerify, "63C3"}}},
		"a new PIN with letters, without a try":   {Options{}, []step{{"00 24 00 10 10" + wrongBlock + "41414141414141 41", "6A80"}, {emptyVerify, "63C3"}}},
		"a new PIN with four digits":              {Options{}, []step{{"00 24 00 10 10" + pinBlock + "31313131FFFFFFFF", "6A80"}}},
		"a new PIN without the PUK":               {Options{}, []step{{"00 2C 02 10 08" + newPIN, "6982"}, {"00 2C 03 10", "6982"}}},
		"a reset of the PUK":                      {Options{}, []step{{"00 2C 00 11 10" + pukBlock + newPIN, "6A88"}}},
		"a signature without an environment":      {Options{}, []step{{verifyRight, "9000"}, {pso2048Header + zeros(256), "6985"}}},
		"a signature without a key":               {Options{}, []step{{verifyRight, "9000"}, {restore, "9000"}, {pso2048Header + zeros(256), "6985"}}},
		"a signature with a key but no restore":   {Options{}, []step{{verifyRight, "9000"}, {setKey, "9000"}, {pso2048Header + zeros(256), "6985"}}},
		"a signature without the PIN":             {Options{}, []step{{restore, "9000"}, {setKey, "9000"}, {pso2048Header + zeros(256), "6982"}}},
		"a signature after a wrong PIN":           {Options{}, []step{{verifyRight, "9000"}, {restore, "9000"}, {setKey, "9000"}, {verifyWrong, "63C2"}, {pso2048Header + zeros(256), "6982"}}},
		"a block of the wrong length":             {Options{}, []step{{verifyRight, "9000"}, {restore, "9000"}, {setKey, "9000"}, {"00 2A 80 86 02 0001 00", "6700"}}},
		"a block not below the modulus":           {Options{}, []step{{verifyRight, "9000"}, {restore, "9000"}, {setKey, "9000"}, {pso2048Header + strings.Repeat("FF", 256), "6A80"}}},
		"another padding indicator":               {Options{}, []step{{verifyRight, "9000"}, {restore, "9000"}, {setKey, "9000"}, {"00 2A 80 86 00 0101 81" + zeros(256), "6A80"}}},
		"PSO COMPUTE DIGITAL SIGNATURE":           {Options{}, []step{{verifyRight, "9000"}, {restore, "9000"}, {"00 22 F1 B6 03 83 01 01", "9000"}, {"00 2A 9E 9A 02 3000 00", "6985"}}},
		"another environment or key":              {Options{}, []step{{"00 22 F3 30", "6A88"}, {"00 22 F1 B8 03 83 01 02", "6A88"}, {"00 22 F1 B8 03 84 01 01", "6A80"}, {"00 22 41 A4 03 83 01 01", "6A86"}}},
		"a challenge without a length":            {Options{}, []step{{"00 84 00 00", "6700"}, {"00 84 01 00 08", "6A86"}}},
		"all PIN commands when not activated":     {Options{State: StateNotActivated}, []step{{emptyVerify, "6984"}, {verifyRight, "6984"}, {"00 24 00 10 10" + pinBlock + newPIN, "6984"}}},
		"the right PIN when blocked":              {Options{State: StateBlocked}, []step{{emptyVerify, "6983"}, {verifyRight, "6983"}}},
		"the right PUK when that is blocked":      {Options{State: StatePUKBlocked}, []step{{verifyPUK, "6983"}, {"00 2C 00 10 10" + pukBlock + newPIN, "6983"}}},
		"P2 = 10 when only 90 is known":           {Options{Quirks: Quirks{PINOnly90: true}}, []step{{emptyVerify, "6A88"}, {"00 20 00 90", "63C3"}}},
	} {
		t.Run(name, func(t *testing.T) { run(t, card(t, c.options), c.steps) })
	}
}

func zeros(n int) string { return strings.Repeat("00", n) }

func TestOptionsThatNoCardCanHave(t *testing.T) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	nobody := holder.Holder{}
	for name, o := range map[string]Options{
		"an unknown model":             {Model: "abacus"},
		"an unknown state":             {State: "asleep"},
		"a counter of 16":              {State: "tries=16"},
		"a key of 4096 bits":           {Bits: 4096},
		"a PIN of four digits":         {PIN: "1234"},
		"a PIN with letters":           {PIN: "12345a"},
		"a PUK of nine digits":         {PUK: "123456789"},
		"tries below one":              {Tries: -1},
		"a certificate without a key":  {Certificate: cert},
		"a key of another size":        {Certificate: cert, Key: key, Bits: 1024},
		"a holder without a card id":   {Holder: &nobody},
		"its own certificate, expired": {Certificate: cert, Key: key, State: StateExpired},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(o); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestEveryATRIsThatOfARealCard(t *testing.T) {
	for model, want := range map[Model]string{ // cns-card.md A1
		STIncard11: "3BFF1800FF8131FE55006B02091617011101434E531131808D",
		STIncard10: "3BFF1800FF8131FE55006B02090200011101434E531031808F",
		Oberthur:   "3BFF1800008131FE45006B04050100011101434E5310318069",
		Idemia:     "3BFF1800008131FE45006B05051017012101434E531031805E",
	} {
		if got := hex.EncodeToString(card(t, Options{Model: model}).ATR()); !strings.EqualFold(got, want) {
			t.Errorf("%s: %s", model, got)
		}
	}
	for _, model := range Models() {
		atr := card(t, Options{Model: model}).ATR()
		var check byte
		for _, b := range atr[1:] {
			check ^= b
		}
		if check != 0 || !bytes.Equal(atr[len(atr)-7:len(atr)-4], []byte("CNS")) {
			t.Errorf("%s: %x", model, atr)
		}
	}
}

func TestAMuteCardSaysNothing(t *testing.T) {
	c := card(t, Options{Mute: true})
	if c.ATR() != nil {
		t.Error("it has an ATR")
	}
	if _, err := c.Transmit(hexBytes(t, selectMF)); err != ErrMute {
		t.Errorf("error %v", err)
	}
}

func TestACardWithoutPowerSaysNothing(t *testing.T) {
	c := card(t, Options{})
	c.PowerOff()
	if _, err := c.Transmit(hexBytes(t, selectMF)); err != ErrNoPower {
		t.Errorf("error %v", err)
	}
}

func TestAnEjectedCardSaysNothingUntilItIsInserted(t *testing.T) {
	c := card(t, Options{})
	c.EjectAt(2)
	run(t, c, []step{{verifyWrong, "63C2"}})
	for range 2 {
		if _, err := c.Transmit(hexBytes(t, selectMF)); err != ErrEjected {
			t.Errorf("error %v", err)
		}
	}
	c.PowerOn() // does not bring it back
	if _, err := c.Transmit(hexBytes(t, selectMF)); err != ErrEjected {
		t.Errorf("error %v", err)
	}
	c.Insert()
	run(t, c, []step{{emptyVerify, "63C2"}})
}

func TestCountersAddUpCommandsBytesAndPINs(t *testing.T) {
	c := card(t, Options{Line: Line{Baud: 12, PerAPDU: 5, CountOnly: true}})
	run(t, c, []step{{emptyVerify, "63C3"}, {verifyRight, "9000"}})
	if got, want := c.Counters(), (Counters{APDUs: 2, BytesIn: 17, BytesOut: 4, Verifies: 1, LineTime: 21e9 + 10}); got != want {
		t.Errorf("%+v instead of %+v", got, want)
	}
	c.ResetCounters()
	if got := c.Counters(); got != (Counters{}) {
		t.Errorf("%+v after the reset", got)
	}
}

func TestStatesChangeWhatTheCardHolds(t *testing.T) {
	c := card(t, Options{})
	valid := c.Certificate()
	for state, holds := range map[State]func() bool{
		StateExpired: func() bool {
			return c.Certificate().NotAfter.Before(valid.NotAfter) && c.Holder().Expires != "21102032"
		},
		StateNotYetValid:   func() bool { return c.Certificate().NotBefore.After(valid.NotBefore) },
		StateNoCertificate: func() bool { return bytes.Equal(readFile(t, c, "1100 1101"), make([]byte, certificateSize)) },
		StateBlocked:       func() bool { return c.TriesLeft() == 0 && c.PUKTriesLeft() == 3 },
		StatePUKBlocked:    func() bool { return c.TriesLeft() == 0 && c.PUKTriesLeft() == 0 },
		TriesState(1):      func() bool { return c.TriesLeft() == 1 && c.PUKTriesLeft() == 3 },
		StateOK:            func() bool { return c.TriesLeft() == 3 && c.Certificate().Equal(valid) },
	} {
		if err := c.SetState(state); err != nil {
			t.Error(err)
		}
		if c.State() != state || !holds() {
			t.Errorf("state %s does not hold", state)
		}
	}
	if err := c.SetState("asleep"); err == nil {
		t.Error("an unknown state is accepted")
	}
}
