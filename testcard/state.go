// SPDX-License-Identifier: EUPL-1.2

package testcard

import (
	"errors"
	"time"

	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// State is the state last set. It does not follow what clients do since: see
// TriesLeft.
func (c *Card) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// SetState brings the card into a state: counters, certificate and personal
// data. PIN and PUK values stay. A client that has read the card before sees the
// change only when it reads again, so real tests eject and insert. An error
// leaves the card as it was.
func (c *Card) SetState(s State) error {
	s, err := ParseState(string(s))
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.apply(s); err != nil {
		return err
	}
	c.volatileState()
	return nil
}

// apply makes certificate, files and counters of a state.
func (c *Card) apply(s State) error {
	who := c.holder(s)
	cert, key := c.opts.Certificate, c.opts.Key
	dated := s == StateExpired || s == StateNotYetValid
	switch {
	case cert != nil && dated:
		return errors.New("a card with a certificate of its own cannot change its dates")
	case cert == nil:
		leaf := c.opts.Leaf
		leaf.Holder, leaf.Bits = &who, c.opts.Bits
		switch s {
		case StateExpired:
			leaf.Validity, leaf.NotBefore, leaf.NotAfter = testpki.Expired, time.Time{}, time.Time{}
		case StateNotYetValid:
			leaf.Validity, leaf.NotBefore, leaf.NotAfter = testpki.NotYetValid, time.Time{}, time.Time{}
		}
		// The same certificate comes back with the same state: portals remember it.
		if c.issued == nil {
			c.issued = map[testpki.Validity]issued{}
		}
		have, ok := c.issued[leaf.Validity]
		if !ok {
			have.cert, have.key = c.pki.Issue(leaf)
			c.issued[leaf.Validity] = have
		}
		cert, key = have.cert, have.key
	}
	c.state, c.cert, c.key = s, cert, key
	c.root = c.layout.tree(who, c.stored(s))
	c.pin.left, c.puk.left = c.pin.most, c.puk.most
	switch n, given := s.tries(); {
	case given:
		c.pin.left = n
	case s == StateBlocked:
		c.pin.left = 0
	case s == StatePUKBlocked:
		c.pin.left, c.puk.left = 0, 0
	}
	return nil
}

// stored is what the file of the certificate holds.
func (c *Card) stored(s State) []byte {
	switch {
	case c.opts.CertificateFile != nil:
		return c.opts.CertificateFile
	case s == StateNoCertificate:
		return certificateFile(nil)
	}
	return c.layout.file(c.cert.Raw)
}

// holder is the person with the dates of a state: an expired card has ended a
// month ago. Otherwise they are those of Options.
func (c *Card) holder(s State) holder.Holder {
	who := *c.opts.Holder
	if s == StateExpired {
		end := time.Now().AddDate(0, -1, 0)
		who.Issued, who.Expires = end.AddDate(-6, 0, 0).Format("02012006"), end.Format("02012006")
	}
	return who
}
