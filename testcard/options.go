// SPDX-License-Identifier: EUPL-1.2

package testcard

import (
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// DefaultPIN and DefaultPUK open every card whose Options name no others.
const (
	DefaultPIN = "13572468"
	DefaultPUK = "87654321"
)

// Options describes a card. The zero value is a card in order: STIncard 1.1,
// RSA-2048, holder Giada, DefaultPIN and DefaultPUK with three tries each, no
// delays, no quirks.
type Options struct {
	Holder *holder.Holder // nil: holder.Giada()
	Layout Layout         // "": that of the model, else Classic
	Model  Model          // "": one with this layout
	Bits   int            // RSA size, 1024 or 2048; 0: that of the model
	PIN    string         // 5 to 8 digits; "": DefaultPIN
	PUK    string         // 8 digits; "": DefaultPUK
	Tries  int            // of the PIN when it is not blocked; 0: 3
	// PUKTries is 3 when zero. Other issuers are said to give 10 (cns-card.md A5).
	PUKTries int
	State    State // "": StateOK

	// PKI issues the certificate; nil: a PKI of its own, see Card.PKI. Making one
	// takes some tenths of a second, so tests with many cards share one.
	PKI *testpki.PKI
	// Leaf asks the PKI for another certificate than the usual one. Its Holder
	// and Bits are those of the card, and so is its Validity when the state is
	// StateExpired or StateNotYetValid.
	Leaf testpki.LeafOptions
	// Certificate and Key replace what the PKI would issue. They need not
	// belong together: a card whose key is another one is a case to test.
	Certificate *x509.Certificate
	Key         *rsa.PrivateKey
	// CertificateFile is what a client reads in the place of the certificate,
	// headers and zeros included, for files that are not in order.
	CertificateFile []byte

	Mute        bool // no ATR, no answers: a card without a chip, or upside down
	GetResponse bool // answers of case 4 wait for GET RESPONSE, as with T=0
	Quirks      Quirks
	Line        Line
}

// Quirks are deviations that a client should bear (cns-card.md A3, A5, A6).
// None of them is proved on a certain real card.
type Quirks struct {
	// ReadPastEnd is how READ BINARY answers when more is asked than is left.
	ReadPastEnd ReadPastEnd
	// VerifyNoCounter: a wrong PIN is answered 6300, without the tries left.
	VerifyNoCounter bool
	// EmptyVerify is the answer to VERIFY without data, for example 0x6700 or
	// 0x6D00; 0: the tries left.
	EmptyVerify uint16
	// PINOnly90: PIN and PUK are found with P2 = 90 and 91 only, else 6A88.
	PINOnly90 bool
	// SignOnly: PSO DECIPHER is refused with 6985 and PSO COMPUTE DIGITAL
	// SIGNATURE accepted instead, with the padding done by the card.
	SignOnly bool
	// NoSize: the file control information of an EF names no size.
	NoSize bool
}

// ReadPastEnd is a way to answer a READ BINARY that goes past the end.
type ReadPastEnd int

const (
	PastEnd9000 ReadPastEnd = iota // what is left with 9000, as seen on a real card
	PastEnd6282                    // what is left with 6282
	PastEnd6Cxx                    // no data, 6Cxx names what is left
)

// Line is a model of the time a card takes. The zero value takes none.
type Line struct {
	Baud    int           // 12 etu a byte; 0: bytes take no time
	PerAPDU time.Duration // for each command
	PerRSA  time.Duration // for each private key operation
	// CountOnly adds the time to Counters.LineTime without spending it.
	CountOnly bool
}

// RealLine is the line model of cns-card.md A3 and D: 129 kbaud, 11 ms a
// command, 450 ms a signature.
var RealLine = Line{Baud: 129032, PerAPDU: 11 * time.Millisecond, PerRSA: 450 * time.Millisecond}

// State is the condition in which the holder brings the card.
type State string

const (
	StateOK            State = "ok"
	StateBlocked       State = "blocked"        // no PIN tries left
	StatePUKBlocked    State = "puk-blocked"    // no PIN and no PUK tries left
	StateExpired       State = "expired"        // the certificate and the card have ended
	StateNotYetValid   State = "not-yet-valid"  // the certificate begins later
	StateNotActivated  State = "not-activated"  // PIN commands are answered 6984
	StateNoCertificate State = "no-certificate" // EF.C_Carta holds zeros only
)

// TriesState is a card in order but for n tries left of its PIN.
func TriesState(n int) State { return State(fmt.Sprintf("tries=%d", n)) }

// ParseState accepts the names above and tries=N.
func ParseState(s string) (State, error) {
	switch st := State(s); st {
	case "":
		return StateOK, nil
	case StateOK, StateBlocked, StatePUKBlocked, StateExpired, StateNotYetValid, StateNotActivated, StateNoCertificate:
		return st, nil
	default:
		if _, ok := st.tries(); ok {
			return st, nil
		}
	}
	return "", fmt.Errorf("card state %q is unknown: use ok, blocked, puk-blocked, expired, not-yet-valid, not-activated, no-certificate or tries=N with N from 0 to 15", s)
}

func (s State) tries() (int, bool) {
	text, ok := strings.CutPrefix(string(s), "tries=")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n <= 15
}

// withDefaults fills what is zero and refuses what no card can have.
func (o Options) withDefaults() (Options, error) {
	if o.Model == "" {
		o.Model = layouts[o.Layout].model
	}
	setDefault(&o.Model, STIncard11)
	if _, err := o.Model.atr(); err != nil {
		return o, err
	}
	setDefault(&o.Layout, atrs[o.Model].layout)
	setDefault(&o.Layout, Classic)
	if _, ok := layouts[o.Layout]; !ok {
		return o, fmt.Errorf("card layout %q is unknown: use one of %v", o.Layout, Layouts())
	}
	if o.Bits == 0 && o.Key != nil {
		o.Bits = o.Key.N.BitLen()
	}
	if o.Bits == 0 {
		o.Bits = atrs[o.Model].bits
	}
	if o.Holder == nil {
		who := holder.Giada()
		o.Holder = &who
	}
	setDefault(&o.PIN, DefaultPIN)
	setDefault(&o.PUK, DefaultPUK)
	setDefault(&o.Tries, 3)
	setDefault(&o.PUKTries, 3)
	setDefault(&o.State, StateOK)
	return o, o.check()
}

func (o Options) check() error {
	_, badPIN := padded(o.PIN)
	_, badPUK := padded(o.PUK)
	_, badState := ParseState(string(o.State))
	switch {
	case o.Bits != 1024 && o.Bits != 2048:
		return fmt.Errorf("an RSA key of %d bits: the cards have 1024 or 2048", o.Bits)
	case badPIN != nil:
		return fmt.Errorf("the PIN %w", badPIN)
	case badPUK != nil:
		return fmt.Errorf("the PUK %w", badPUK)
	case o.Tries < 1 || o.Tries > 15 || o.PUKTries < 1 || o.PUKTries > 15:
		return fmt.Errorf("%d tries of the PIN and %d of the PUK: a counter has 1 to 15", o.Tries, o.PUKTries)
	case (o.Certificate == nil) != (o.Key == nil):
		return fmt.Errorf("a certificate of its own needs a key of its own, and the reverse")
	case o.Key != nil && o.Key.N.BitLen() != o.Bits:
		return fmt.Errorf("the key has %d bits, the card %d", o.Key.N.BitLen(), o.Bits)
	case len(o.Holder.CardID) != 16:
		return fmt.Errorf("a card id of %d digits instead of 16", len(o.Holder.CardID))
	}
	return badState
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
