// SPDX-License-Identifier: EUPL-1.2

// Package testcard is an emulated TS-CNS, the Italian health card as a card of
// national services: files, PIN, PUK and signature as cns-card.md A describes
// them, for tests and the demo. It is not a model of one maker's chip, it keeps
// no secret safe, and it knows nothing of PC/SC: package vpcd puts it into a
// reader.
package testcard

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// Reasons why Transmit gives no answer at all.
var (
	ErrNoPower = errors.New("the card has no power")
	ErrEjected = errors.New("the card was ejected")
	ErrMute    = errors.New("the card is mute")
)

// Instructions (cns-card.md A3, A5, A6; ISO/IEC 7816-4).
const (
	insVerify           = 0x20
	insManageSE         = 0x22
	insChangeReference  = 0x24
	insPerformOperation = 0x2A
	insResetRetry       = 0x2C
	insGetChallenge     = 0x84
	insSelect           = 0xA4
	insReadBinary       = 0xB0
	insGetResponse      = 0xC0
	insGetData          = 0xCA
)

// Counters is what a client has cost since New or ResetCounters. Bytes are
// those of whole commands and answers, status words included.
type Counters struct {
	APDUs      int
	BytesIn    int           // to the card
	BytesOut   int           // from the card
	Verifies   int           // VERIFY with data: PINs that were really tried
	Signatures int           // private key operations
	LineTime   time.Duration // as Options.Line has it
}

// Card is an emulated card. Its methods may be called from several goroutines;
// commands are answered one at a time.
type Card struct {
	opts   Options
	layout layoutFacts
	pki    *testpki.PKI

	mu    sync.Mutex
	state State
	pin   secret
	puk   secret
	cert  *x509.Certificate
	key   *rsa.PrivateKey
	root  *file // of the CNS; see mf
	// issued remembers what the PKI gave, so that a state has one certificate.
	issued map[testpki.Validity]issued

	powered       bool
	inside        bool // the application that holds the CNS is selected
	currentDF     *file
	currentEF     *file
	env           environment
	pending       []byte // for GET RESPONSE
	counters      Counters
	rsaOperations int
	ejectIn       int // commands until the card is pulled; 0: it stays
	ejected       bool
}

// issued is a certificate of the PKI with its key.
type issued struct {
	cert *x509.Certificate
	key  *rsa.PrivateKey
}

// New makes a card, powered and at its MF as after a reset.
func New(o Options) (*Card, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("making a test card: %w", err)
	}
	c := &Card{opts: o, layout: layouts[o.Layout], pki: o.PKI, state: o.State}
	if c.pki == nil && o.Certificate == nil {
		c.pki = testpki.New()
	}
	c.pin.most, c.puk.most = o.Tries, o.PUKTries
	c.pin.value, _ = padded(o.PIN)
	c.puk.value, _ = padded(o.PUK)
	if err := c.apply(o.State); err != nil {
		return nil, fmt.Errorf("making a test card: %w", err)
	}
	c.PowerOn()
	return c, nil
}

// ATR is the answer to reset, nil when the card is mute.
func (c *Card) ATR() []byte {
	if c.opts.Mute {
		return nil
	}
	b, err := c.opts.Model.atr()
	if err != nil {
		panic("testcard: " + err.Error()) // New has checked the model
	}
	return b
}

// PowerOn resets the card: the MF is current, no PIN is verified, no security
// environment is set. PIN and PUK counters stay.
func (c *Card) PowerOn() { c.restart(true) }

// PowerOff takes the power away: commands then fail with ErrNoPower.
func (c *Card) PowerOff() { c.restart(false) }

// Reset is PowerOn without a loss of power: a warm reset.
func (c *Card) Reset() { c.restart(true) }

func (c *Card) restart(powered bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.powered = powered
	c.volatileState()
}

func (c *Card) volatileState() {
	c.inside = false
	c.currentDF, c.currentEF = c.mf(), nil
	c.env, c.pending = environment{}, nil
	c.pin.verified, c.puk.verified = false, false
}

// Transmit answers a command APDU. An error means no answer: the card is out
// of the reader, mute or without power.
func (c *Card) Transmit(cmd []byte) ([]byte, error) {
	response, spent, err := c.transmit(cmd)
	if spent > 0 && !c.opts.Line.CountOnly {
		time.Sleep(spent)
	}
	return response, err
}

func (c *Card) transmit(raw []byte) ([]byte, time.Duration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ejectIn > 0 {
		c.ejectIn--
		c.ejected = c.ejected || c.ejectIn == 0
	}
	switch {
	case c.ejected:
		c.powered = false
		return nil, 0, ErrEjected
	case c.opts.Mute:
		return nil, 0, ErrMute
	case !c.powered:
		return nil, 0, ErrNoPower
	}
	c.rsaOperations = 0
	response := c.execute(raw).bytes()
	c.counters.APDUs++
	c.counters.BytesIn += len(raw)
	c.counters.BytesOut += len(response)
	spent := c.opts.Line.spent(len(raw)+len(response), c.rsaOperations)
	c.counters.Signatures += c.rsaOperations
	c.counters.LineTime += spent
	return response, spent, nil
}

func (l Line) spent(bytes, rsaOperations int) time.Duration {
	d := l.PerAPDU + time.Duration(rsaOperations)*l.PerRSA
	if l.Baud > 0 {
		d += time.Duration(bytes) * 12 * time.Second / time.Duration(l.Baud)
	}
	return d
}

// execute checks what all commands have in common and runs one.
func (c *Card) execute(raw []byte) answer {
	pending := c.pending
	c.pending = nil // an answer not fetched at once is lost
	cmd, ok := parseCommand(raw)
	switch {
	case !ok:
		return sw(swLength)
	case cmd.cla != 0:
		return sw(classStatus(cmd.cla))
	case cmd.extended && !c.extendedLength():
		return sw(swLength)
	case cmd.ins == insGetResponse && c.opts.GetResponse:
		return c.getResponse(cmd, pending)
	}
	return c.run(cmd)
}

func (c *Card) run(cmd command) answer {
	switch cmd.ins {
	case insSelect:
		return c.selectFile(cmd)
	case insReadBinary:
		return c.readBinary(cmd)
	case insVerify:
		return c.verify(cmd)
	case insChangeReference:
		return c.changePIN(cmd)
	case insResetRetry:
		return c.resetRetryCounter(cmd)
	case insManageSE:
		return c.manageEnvironment(cmd)
	case insPerformOperation:
		a := c.performOperation(cmd)
		if a.status == swOK {
			return c.limited(cmd, a.data)
		}
		return a
	case insGetChallenge:
		return c.getChallenge(cmd)
	case insGetData:
		return c.getData(cmd)
	}
	return sw(swInstruction)
}

// classStatus refuses every class but 00. A real card answered 6E00 to command
// chaining, CLA 10 (cns-card.md A6); the others are as ISO/IEC 7816-4 has them.
func classStatus(cla byte) status {
	switch {
	case cla < 0x10 && cla&0x0C != 0:
		return swNoMessaging
	case cla < 0x10:
		return swNoChannels
	}
	return swClass
}

// extendedLength: cards with RSA-2048 take extended APDUs, the older ones do not.
func (c *Card) extendedLength() bool { return c.opts.Bits > 1024 }

// Counters is what the client has cost so far.
func (c *Card) Counters() Counters {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counters
}

// Verified says that the PIN was verified since the last reset: whoever reaches
// the card now can sign.
func (c *Card) Verified() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pin.verified
}

// ResetCounters begins to count anew.
func (c *Card) ResetCounters() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counters = Counters{}
}

// EjectAt pulls the card at the n-th command from now, 1 being the next: that
// one and all later ones fail with ErrEjected until Insert. 0 lets it stay.
func (c *Card) EjectAt(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ejectIn = max(n, 0)
}

// Insert puts an ejected card back, powered; counters of PIN and PUK stay.
func (c *Card) Insert() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ejected, c.ejectIn, c.powered = false, 0, true
	c.volatileState()
}

// Ejected tells whether EjectAt has pulled the card.
func (c *Card) Ejected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ejected
}

// Certificate is the authentication certificate; in StateNoCertificate it is
// the one that the card lacks.
func (c *Card) Certificate() *x509.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cert
}

// PKI issued the certificate; nil when the card was given its own.
func (c *Card) PKI() *testpki.PKI { return c.pki }

// Holder is the person of the card, with the dates that the state asks for.
func (c *Card) Holder() holder.Holder {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.holder(c.state)
}

// Model is the maker and version of the card.
func (c *Card) Model() Model { return c.opts.Model }

// Layout is where the card keeps certificate and key.
func (c *Card) Layout() Layout { return c.opts.Layout }

// Mute tells whether the card has no ATR.
func (c *Card) Mute() bool { return c.opts.Mute }

// TriesLeft is the number of wrong PINs before the card blocks.
func (c *Card) TriesLeft() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pin.left
}

// PUKTriesLeft is the number of wrong PUKs before the card is lost.
func (c *Card) PUKTriesLeft() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.puk.left
}

// PIN is the present PIN, for tests that follow a change.
func (c *Card) PIN() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(slices.DeleteFunc(slices.Clone(c.pin.value), func(b byte) bool { return b == 0xFF }))
}
