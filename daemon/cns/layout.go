// SPDX-License-Identifier: EUPL-1.2

package cns

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/iso7816"
)

// layouts are the families that Ponte drives, each in a file of its own, in the order in which they are tried (cns-card.md
// E). The classic one is the first, so that it costs nothing to find.
var layouts = []*layout{&classic, &idemia2021, &infoCamere, &st2022NFC}

// layout is where a family of cards keeps certificate and key. The rest of the files, and the objects of PIN and PUK, are
// the same for all that are known.
type layout struct {
	name        string
	application []byte // identifier of the application that holds the files; nil: they are there after a reset
	model       []byte // what GET DATA tells inside that application
	certificate []byte // path from the MF
	// extent finds the certificate in its file, which begins with head: its first byte and the one after its last.
	extent func(head []byte) (from, to int, ok bool)
	key    byte
	keyDF  []byte // path from the MF of the DF that must be current for the key; nil: any
}

// Kind is what a Card has found out about the card that stays the same as long as it is in its reader. The caller hands
// it to the next transaction, and nothing is asked twice. The zero Kind is that of a card that is not known yet.
type Kind struct {
	layout     *layout
	backtracks bool // PIN and PUK are found from the current DF up (cns-card.md A5)
	signs      bool // the key takes PSO COMPUTE DIGITAL SIGNATURE only (cns-card.md A6)
}

// String names the family of the card: empty while it is not known.
func (k Kind) String() string {
	if k.layout == nil {
		return ""
	}
	return k.layout.name
}

// layout is the one that was found; until then the classic one.
func (c *Card) layout() *layout {
	if c.Kind.layout == nil {
		return &classic
	}
	return c.Kind.layout
}

// enter selects the application that holds the files, once in a transaction.
func (c *Card) enter() error {
	if c.entered || c.layout().application == nil {
		return nil
	}
	if _, err := c.do("selecting the CNS application", selectApplication(c.layout().application)); err != nil {
		return err
	}
	c.entered = true
	return nil
}

func selectApplication(name []byte) iso7816.Command {
	return iso7816.Command{INS: iso7816.InsSelect, P1: 0x04, Data: name, Le: 256}
}

// Identify looks for a CNS on a card whose answer to reset says nothing, and keeps it as Kind. A card without one, a bank
// card for example, gets one SELECT for each family that needs it and no more, and ErrNoCertificate is returned.
func (c *Card) Identify() error {
	for _, l := range layouts {
		if l.application == nil {
			continue
		}
		found, err := c.holds(l)
		if err != nil {
			return err
		}
		if found {
			c.Kind.layout, c.entered = l, true
			return nil
		}
	}
	return ErrNoCertificate
}

// holds says whether the card has the application of a layout. Some cards answer 9000 to any name, so that the model has
// to be the right one, too.
func (c *Card) holds(l *layout) (bool, error) {
	r, err := c.send(selectApplication(l.application))
	if err != nil || r.Status != iso7816.OK {
		return false, err
	}
	r, err = c.send(iso7816.Command{INS: iso7816.InsGetData, P1: 0x01, P2: 0x80, Le: 256})
	return err == nil && r.Status == iso7816.OK && bytes.Contains(r.Data, l.model), err
}

// Certificate reads the authentication certificate, DER, from the layout that Kind knows or from the first with one that
// parses. A file that is absent, empty or not DER gives ErrNoCertificate; a card of a family that is known not to be
// driven, an *UndrivenError.
func (c *Card) Certificate() ([]byte, error) {
	if c.Kind.layout != nil {
		return c.readCertificate(c.Kind.layout)
	}
	var seen []error
	var strange []byte // DER that is no X.509
	for _, l := range layouts {
		if l.application != nil {
			continue
		}
		der, err := c.readCertificate(l)
		if err == nil {
			if _, err = x509.ParseCertificate(der); err == nil {
				c.Kind.layout = l
				return der, nil
			}
			strange, err = der, fmt.Errorf("%s: %w: %w", l.name, ErrNoCertificate, err)
		}
		if !errors.Is(err, ErrNoCertificate) {
			return nil, err
		}
		seen = append(seen, err)
	}
	if err := c.undriven(seen); err != nil {
		return nil, err
	}
	if strange != nil {
		return strange, nil
	}
	return nil, errors.Join(seen...)
}

// readCertificate reads the certificate of one layout and no byte behind it: its length is in its own header (cns-card.md
// A3).
func (c *Card) readCertificate(l *layout) ([]byte, error) {
	if err := c.selectPath(l.certificate); err != nil {
		return nil, fmt.Errorf("%s: selecting the certificate: %w", l.name, withoutCertificate(err))
	}
	head, err := c.readBinary(0, chunk)
	if err != nil {
		return nil, fmt.Errorf("%s: reading the certificate: %w", l.name, withoutCertificate(err))
	}
	from, to, ok := l.extent(head)
	if !ok || to > maxCertificate {
		return nil, fmt.Errorf("%s: its file begins with something else: %w", l.name, ErrNoCertificate)
	}
	file, err := c.readOn(head, to)
	if err != nil {
		return nil, fmt.Errorf("%s: reading the certificate: %w", l.name, err)
	}
	if len(file) < to {
		return nil, fmt.Errorf("%s: %d bytes instead of %d: %w", l.name, len(file), to, ErrNoCertificate)
	}
	return file[from:to], nil
}

// withoutCertificate adds ErrNoCertificate to an answer that says that a file is not there, or not for us. After any other
// failure, a memory error for example, the card may well have a certificate.
func withoutCertificate(err error) error {
	for _, s := range []iso7816.Status{
		iso7816.FileNotFound, iso7816.SecurityStatus, iso7816.ConditionsNotSatisfied, iso7816.CommandNotAllowed,
		iso7816.FunctionNotSupported, iso7816.WrongParameters, iso7816.ReferencedDataNotFound,
	} {
		if errors.Is(err, s) {
			return fmt.Errorf("%w: %w", ErrNoCertificate, err)
		}
	}
	return err
}

// derExtent is that of a file that holds a certificate from its first byte on, with a length of two bytes: 1.2 to 1.9 kB
// (cns-card.md A7).
func derExtent(head []byte) (from, to int, ok bool) {
	if len(head) < 4 || head[0] != 0x30 || head[1] != 0x82 {
		return 0, 0, false
	}
	return 0, 4 + int(head[2])<<8 + int(head[3]), true
}
