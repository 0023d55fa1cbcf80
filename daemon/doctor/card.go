// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"context"
	"crypto/rsa"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// readers tells which readers there are.
func (m *Machine) readers(_ context.Context, f facts) findings {
	if !f.looked || f.readerErr != nil {
		return findings{}
	}
	if len(f.readers) == 0 {
		if m.remote() {
			return findings{checks: []Check{m.advised(m.check("reader", Fail, words.DoctorReaderNoneRemote, nil), words.DoctorFixReaderRemote, nil)}}
		}
		return findings{checks: []Check{m.advised(m.check("reader", Fail, words.DoctorReaderNone, nil), words.DoctorFixReaderNone, nil)}}
	}
	var checks []Check
	for i, r := range f.readers {
		data := words.Data{"Name": ReaderName(r.Name)}
		switch c := m.check(numbered("reader", i), OK, words.DoctorReaderGood, data); readerKind(r.Name) {
		case notForCards:
			c = m.check(c.ID, Info, words.DoctorReaderToken, data)
			checks = append(checks, c)
		case contactless:
			c = m.check(c.ID, Warn, words.DoctorReaderContactless, data)
			checks = append(checks, m.advised(c, words.DoctorFixReaderContactless, nil))
		default:
			checks = append(checks, c)
		}
	}
	return findings{checks: checks}
}

// numbered is the ID of one of several things; the first has the kind alone.
func numbered(kind string, i int) string {
	if i == 0 {
		return kind
	}
	return kind + "/" + strconv.Itoa(i+1)
}

// What a reader is good for, by its name.
const (
	forCards    = iota
	notForCards // a security key or a virtual card that shows itself as a reader
	contactless // it has no slot for a chip
)

// readerKind knows those that people mistake for card readers. The names are those of the products.
func readerKind(name string) int {
	l := strings.ToLower(name)
	for _, n := range []string{"yubikey", "nitrokey", "windows hello", "microsoft virtual smart card", "feitian epass", "safenet token"} {
		if strings.Contains(l, n) {
			return notForCards
		}
	}
	for _, n := range []string{"acr122", "acr1252", "acr1255", "picc"} {
		if strings.Contains(l, n) {
			return contactless
		}
	}
	return forCards
}

// cards tells of what is in the readers.
func (m *Machine) cards(_ context.Context, f facts) findings {
	var checks []Check
	elsewhere := slices.ContainsFunc(f.readers, func(r Reader) bool { return r.State == protocol.StateReady })
	for i, r := range f.readers {
		at := m.redact(ReaderName(r.Name))
		own := m.card(i, r, f.processes)
		if r.State == protocol.StateNoCard && elsewhere {
			own = []Check{m.check(numbered("card", i), Info, words.DoctorCardNoneHere, nil)}
		} else if c, ok := m.apdu(i, r); ok {
			own = append([]Check{c}, own...)
		}
		for _, c := range own {
			if len(f.readers) > 1 {
				c = c.named(at)
			}
			checks = append(checks, c)
		}
	}
	return findings{checks: checks}
}

// card tells of one reader: is it a card that can log in?
func (m *Machine) card(i int, r Reader, all []Process) []Check {
	id := numbered("card", i)
	bad := func(detail, fix words.Text) []Check {
		return []Check{m.advised(m.check(id, Fail, detail, nil), fix, nil)}
	}
	switch {
	case r.State == protocol.StateNoCard:
		if readerKind(r.Name) == notForCards {
			return nil
		}
		return []Check{m.advised(m.check(id, Warn, words.DoctorCardNone, nil), words.DoctorFixCardNone, nil)}
	case r.State == protocol.StateMute, r.Problem == protocol.CardMute:
		return bad(words.DoctorCardMute, words.DoctorFixCardMute)
	case r.State == protocol.StateUnknown && r.Family == words.FamilyCIE:
		return []Check{m.elsewhere(id, r)}
	case r.State != protocol.StateReady:
		if readerKind(r.Name) == notForCards {
			return nil
		}
		c := m.check(id, Fail, words.DoctorCardUnknown, words.Data{"ATR": maskedATR(r.ATR)})
		return []Check{m.advised(c, words.DoctorFixCardUnknown, nil)}
	case r.Problem == protocol.CardBusy:
		return []Check{m.busy(i, all)}
	case r.Problem == protocol.PCSCUnavailable:
		return []Check{m.advised(m.check(numbered("access", i), Fail, words.DoctorAccessCard, nil), words.DoctorFixAccess, nil)}
	case r.Certificate == nil && r.Problem == protocol.CertificateMissing:
		return []Check{m.good(id, r), m.advised(m.check(numbered("certificate", i), Fail, words.DoctorCertificateNone, nil), words.DoctorFixCertificateNone, nil)}
	case r.Certificate == nil && r.Family != "":
		return []Check{m.elsewhere(id, r)}
	case r.Certificate == nil || r.Problem == protocol.CardUnsupported:
		c := m.check(id, Fail, words.DoctorCardOdd, words.Data{"Family": family(r.ATR), "Code": string(r.Problem)})
		return []Check{m.advised(c, words.DoctorFixCardOdd, nil)}
	}
	return []Check{m.good(id, r), m.certificate(numbered("certificate", i), r), m.pin(numbered("pin", i), r)}
}

// elsewhere is a card that is known, and that somebody else's software is needed for: in the words of the advice.
func (m *Machine) elsewhere(id string, r Reader) Check {
	a := m.Words.Advise(words.Situation{Card: protocol.Status{State: protocol.StateUnknown}, Family: r.Family})
	c := m.check(id, Fail, words.DoctorCardUnknown, nil)
	c.Detail, c.Fix = a.Title+". "+a.Cause, a.Next
	return c
}

func (m *Machine) good(id string, r Reader) Check {
	return m.check(id, OK, words.DoctorCardGood, words.Data{"Family": family(r.ATR), "ATR": fmt.Sprintf("%X", r.ATR)})
}

// busy names the programs that are known to hold cards, if one of them runs.
func (m *Machine) busy(i int, all []Process) Check {
	id := numbered("busy", i)
	found := running(all, cardHolders)
	if len(found) == 0 {
		return m.advised(m.check(id, Warn, words.DoctorBusy, nil), words.DoctorFixBusy, nil)
	}
	data := words.Data{"Names": strings.Join(found, ", ")}
	return m.advised(m.check(id, Warn, words.DoctorBusyWith, data), words.DoctorFixBusy, nil)
}

// cardHolders are programs that keep a card for themselves (peers, pain 10), by the name of their process.
var cardHolders = map[string]string{
	"scdaemon": "GnuPG (scdaemon)", "gsd-smartcard": "GNOME (gsd-smartcard)", "pkcs11_eventmgr": "pam_pkcs11 (pkcs11_eventmgr)",
	"AutoFirma": "AutoFirma", "AutoFirma.exe": "AutoFirma", "scdaemon.exe": "GnuPG (scdaemon)", "dike.exe": "Dike", "GoSign.exe": "GoSign",
	"Bit4id.exe": "Bit4id", "bit4id-ipki": "Bit4id", "cieid.exe": "CIE ID", "ctkpcscd": "macOS (ctkpcscd)",
}

// apdu says whether the reader carries commands longer than 256 bytes, which newer cards need to sign. Where the reader
// does not tell, the last login may.
func (m *Machine) apdu(i int, r Reader) (Check, bool) {
	if readerKind(r.Name) != forCards {
		return Check{}, false
	}
	id := numbered("apdu", i)
	limited := func(s Status) (Check, bool) {
		return m.advised(m.check(id, s, words.DoctorAPDUShort, nil), words.DoctorFixAPDU, nil), true
	}
	switch outcome, known := m.LastLogin(); {
	case r.MaxAPDU > 256:
		return m.check(id, OK, words.DoctorAPDUGood, nil), true
	case r.Problem == protocol.ReaderLimited:
		return limited(Fail)
	case r.MaxAPDU == 0 && r.Certificate != nil && keyBits(r) <= 1024:
		return m.check(id, OK, words.DoctorAPDUEnough, nil), true
	case r.MaxAPDU == 0:
		return limited(Warn)
	case known && outcome == protocol.ReaderLimited:
		return limited(Warn)
	case known && outcome == "":
		return m.check(id, OK, words.DoctorAPDUProved, nil), true
	}
	return m.check(id, Info, words.DoctorAPDUUnknown, nil), true
}

func keyBits(r Reader) int {
	if pub, ok := r.Certificate.PublicKey.(*rsa.PublicKey); ok {
		return pub.N.BitLen()
	}
	return 0
}

// expiresSoon is when a card is said to expire soon.
const expiresSoon = 60 * 24 * time.Hour

func (m *Machine) certificate(id string, r Reader) Check {
	now, c := m.Now(), r.Certificate
	left := c.NotAfter.Sub(now)
	data := words.Data{
		"From": c.NotBefore.Local().Format("02/01/2006"), "To": c.NotAfter.Local().Format("02/01/2006"),
		"Bits": strconv.Itoa(keyBits(r)), "Region": m.region(c), "Days": strconv.Itoa(int(left.Hours() / 24)),
	}
	switch {
	case left < 0:
		return m.advised(m.check(id, Fail, words.DoctorCertificateExpired, data), words.DoctorFixExpired, nil)
	case now.Before(c.NotBefore):
		return m.advised(m.check(id, Fail, words.DoctorCertificateEarly, data), words.DoctorFixClock, nil)
	case left < expiresSoon:
		return m.advised(m.check(id, Warn, words.DoctorCertificateSoon, data), words.DoctorFixExpiresSoon, nil)
	case keyBits(r) < 2048:
		return m.advised(m.check(id, Warn, words.DoctorCertificateOldKey, data), words.DoctorFixOldKey, nil)
	}
	return m.check(id, OK, words.DoctorCertificateGood, data)
}

// pin tells how the PIN stands. Asking the card for it costs no try.
func (m *Machine) pin(id string, r Reader) Check {
	switch {
	case r.Problem == protocol.PUKBlocked: // before the PIN: the PUK can no longer help
		return m.advised(m.check(id, Fail, words.DoctorPUKBlocked, nil), words.DoctorFixPUKBlocked, nil)
	case r.Problem == protocol.PINBlocked, r.TriesLeft == 0:
		return m.advised(m.check(id, Fail, words.DoctorPINBlocked, nil), words.DoctorFixPINBlocked, nil)
	case r.Problem == protocol.CardNotActivated:
		return m.advised(m.check(id, Fail, words.DoctorPINInactive, nil), words.DoctorFixPINInactive, nil)
	case r.TriesLeft == Unknown:
		return m.check(id, Info, words.DoctorPINUnknown, nil)
	case r.TriesLeft == 1:
		return m.advised(m.check(id, Warn, words.DoctorPINLast, nil), words.DoctorFixPINLast, nil)
	}
	return m.check(id, OK, words.DoctorPINGood, words.Data{"Tries": strconv.Itoa(r.TriesLeft)})
}
