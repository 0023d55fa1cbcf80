// SPDX-License-Identifier: EUPL-1.2

package transcript

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/iso7816"
)

// errBroken stands for whatever ended a conversation: the words of the system may name the computer.
var errBroken = errors.New("the card did not answer")

// recorder keeps what is said to a card.
type recorder struct {
	cns.Transmitter
	exchanges []Exchange
	broken    bool // the card or the reader went away
}

// Transmit carries a command to the card and keeps both sides.
func (r *recorder) Transmit(command []byte) ([]byte, error) {
	if len(r.exchanges) >= maxExchanges {
		return nil, ErrTooLong
	}
	answer, err := r.Transmitter.Transmit(command)
	if err != nil || len(answer) < 2 || len(answer) > maxAPDU {
		r.broken = true
		return nil, errors.Join(errBroken, err)
	}
	r.exchanges = append(r.exchanges, Exchange{slices.Clone(command), slices.Clone(answer)})
	return answer, nil
}

// Record recognises and reads the card behind t, and gives what was said without what is personal. No PIN is asked. A card
// whose answer to reset is not that of a CNS is asked as well: who records a card wants to know why it is not recognised.
func Record(atr []byte, t cns.Transmitter) *Transcript {
	r := &recorder{Transmitter: t}
	before := Read(atr, r)
	out := &Transcript{ATR: maskATR(atr), Exchanges: redact(r.exchanges)}
	switch out.Findings = Read(out.ATR, Replay(out)); {
	case r.broken:
		out.Findings = append(out.Findings, noteMark+"the card or the reader went away in the middle")
	case !slices.Equal(before, out.Findings):
		out.Findings = append(out.Findings, noteMark+"with fillers the card reads differently")
	}
	return out
}

// noteMark begins a finding that is about the transcript, and not about the card.
const noteMark = "note: "

// maskATR keeps of a card that is no CNS what its family is known by: some put the number of the card behind it.
func maskATR(atr []byte) []byte {
	const family = 8
	atr = slices.Clone(atr)
	if cns.Recognise(atr) == cns.Other && len(atr) > family {
		clear(atr[family:])
	}
	return atr
}

// Read recognises and reads a card as a login does, up to the PIN, and says what it has found, one finding a line. None of
// them is personal.
func Read(atr []byte, t cns.Transmitter) []string {
	card := cns.New(t)
	evidence := cns.Recognise(atr)
	findings := []string{"answer to reset: " + map[cns.Evidence]string{cns.CNS: "CNS", cns.Candidate: "says nothing", cns.Other: "no CNS"}[evidence]}
	if evidence != cns.CNS {
		if err := card.Identify(); err != nil && !errors.Is(err, cns.ErrNoCertificate) {
			return append(findings, "application: "+plain(err))
		}
	}
	der, err := card.Certificate()
	findings = append(findings, "layout: "+named(card.Kind.String()))
	if err != nil {
		return append(findings, "certificate: "+plain(err))
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return append(findings, fmt.Sprintf("certificate: %d bytes that are no X.509", len(der)))
	}
	findings = append(findings, describe(certificate))
	tries, err := card.TriesLeft()
	switch {
	case err != nil:
		findings = append(findings, "PIN: "+plain(err))
	case tries == cns.Unknown:
		findings = append(findings, "PIN: the tries are not told")
	default:
		findings = append(findings, fmt.Sprintf("PIN: %d tries", tries))
	}
	_, err = card.CardID()
	findings = append(findings, "EF.ID_Carta: "+readable(err))
	_, err = card.PersonalData()
	return append(findings, "EF.Dati_personali: "+readable(err))
}

func named(layout string) string {
	if layout == "" {
		return "none"
	}
	return layout
}

func readable(err error) string {
	if err != nil {
		return plain(err)
	}
	return "readable"
}

// plain is an error in one line, without what the system says: that may name the computer.
func plain(err error) string {
	if errors.Is(err, errBroken) {
		return errBroken.Error()
	}
	var s iso7816.Status
	switch {
	case errors.Is(err, ErrTooLong):
		return ErrTooLong.Error()
	case errors.Is(err, cns.ErrNoCertificate):
		return cns.ErrNoCertificate.Error()
	case errors.As(err, &s):
		return s.Error()
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

// describe says of a certificate what it is for and how long it lasts.
func describe(c *x509.Certificate) string {
	key := c.PublicKeyAlgorithm.String()
	if pub, ok := c.PublicKey.(*rsa.PublicKey); ok {
		key = fmt.Sprintf("RSA %d", pub.N.BitLen())
	}
	policies := make([]string, 0, len(c.Policies))
	for _, p := range c.Policies {
		policies = append(policies, p.String())
	}
	return fmt.Sprintf("certificate: %d bytes, %s, %d to %d, key usage %03X, policies %s",
		len(c.Raw), key, c.NotBefore.Year(), c.NotAfter.Year(), int(c.KeyUsage), strings.Join(policies, " "))
}
