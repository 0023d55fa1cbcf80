// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestAServiceThatIsMissingIsToldApartFromOneThatIsStopped(t *testing.T) {
	p := healthy(t)
	p.want("service", OK, "1.9.9")
	p.want("access", OK)
	p.cardsErr = fmt.Errorf("%w: no socket", ErrService)
	p.want("service", Fail, "non risponde", "systemctl")
	p.none("access")
	p.none("reader")
	p.cardsErr = fmt.Errorf("something odd")
	p.want("service", Fail, "something odd")
	p.remove("/usr/sbin/pcscd")
	p.cardsErr = ErrService
	p.want("service", Fail, "Non è installato", "pcscd")
}

func TestAServiceThatDoesNotStartByItselfIsTold(t *testing.T) {
	p := healthy(t)
	p.put("/usr/lib/systemd/system/pcscd.socket", "[Socket]")
	p.want("service", OK) // no systemd here
	p.put("/run/systemd/system/x", "")
	p.want("service", Warn, "non parte da solo", "pcscd.socket")
	p.put("/etc/systemd/system/sockets.target.wants/pcscd.socket", "")
	p.want("service", OK)
}

func TestARefusalIsExplained(t *testing.T) {
	p := healthy(t)
	p.cardsErr = fmt.Errorf("%w: security violation", ErrDenied)
	p.want("service", OK)
	p.want("access", Fail, "polkit")
	p.put("/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy", "<policyconfig/>")
	p.want("access", Fail, "org.debian.pcsc-lite.access_pcsc")
	p.env["SSH_CONNECTION"] = "192.0.2.1 5 192.0.2.2 22"
	p.want("access", Fail, "a distanza")
	p.cardsErr = nil
	p.cards[0].Problem = protocol.PCSCUnavailable
	p.cards[0].Certificate = nil
	if all := p.Run(t.Context(), nil); Worst(all) != Fail {
		t.Error("a card that may not be used is no failure")
	}
}

func TestReadersAreToldWithoutTheirSerialNumbers(t *testing.T) {
	p := healthy(t)
	c := p.one("reader")
	if !strings.HasPrefix(c.Detail, "Identiv uTrust 2700 R Smart Card Reader [CCID Interface] 00 00") {
		t.Errorf("%s", c.Detail)
	}
	for name, want := range map[string]string{
		"ACS ACR38U-CCID 00 00":                            "ACS ACR38U-CCID 00 00",
		"Gemalto PC Twin Reader (8A2B1C3D) 00 00":          "Gemalto PC Twin Reader 00 00",
		"Reader (unfinished 123456":                        "Reader",
		"SCM Microsystems SCR 3310 21120623200547 0":       "SCM Microsystems SCR 3310 … 0",
		"HID Global OMNIKEY 3x21 Smart Card Reader 00 00":  "HID Global OMNIKEY 3x21 Smart Card Reader 00 00",
		"Alcor Micro AU9540 00 00":                         "Alcor Micro AU9540 00 00",
		"Bit4id miniLector AIR NFC v3 ABC1234567DEF 01 00": "Bit4id miniLector AIR NFC v3 … 01 00",
	} {
		if got := ReaderName(name); got != want {
			t.Errorf("%q is told as %q, want %q", name, got, want)
		}
	}
}

func TestWhatIsNoReaderForThisCardIsTold(t *testing.T) {
	p := healthy(t)
	p.cards = nil
	p.want("reader", Fail, "USB")
	p.env["XRDP_SESSION"] = "1"
	p.want("reader", Fail, "a distanza")
	delete(p.env, "XRDP_SESSION")
	p.cards = []Reader{{Name: "Yubico YubiKey OTP+FIDO+CCID 00 00", State: protocol.StateUnknown, MaxAPDU: Unknown}}
	p.want("reader", Info, "non è un lettore per tessere")
	p.none("card")
	p.none("apdu")
	p.cards = []Reader{{Name: "ACS ACR122U PICC Interface 00 00", State: protocol.StateNoCard, MaxAPDU: Unknown}}
	p.want("reader", Warn, "senza contatto")
}

func TestWhetherTheReaderCarriesLongCommandsIsNeverGuessed(t *testing.T) {
	old := certificate(testpki.LeafOptions{Bits: 1024})
	p := healthy(t)
	for name, c := range map[string]struct {
		max     int
		problem protocol.Code
		login   protocol.Code
		known   bool
		old     bool
		want    Status
		says    string
	}{
		"it says yes":                            {1 << 16, "", "", false, false, OK, "sa trasportare"},
		"it says no, and the card needs it":      {0, "", "", false, false, Warn, "più recente"},
		"it says no, and the card is an old one": {0, "", "", false, true, OK, "non servono"},
		"it has failed a moment ago":             {Unknown, protocol.ReaderLimited, "", false, false, Fail, "più recente"},
		"the last login failed for it":           {Unknown, "", protocol.ReaderLimited, true, false, Warn, "più recente"},
		"the last login succeeded":               {Unknown, "", "", true, false, OK, "l'ultimo accesso"},
		"nobody knows":                           {Unknown, "", "", false, false, Info, "Non si può sapere"},
	} {
		p.cards[0] = goodCard()
		p.cards[0].MaxAPDU, p.cards[0].Problem = c.max, c.problem
		if c.old {
			p.cards[0].Certificate = old
		}
		p.LastLogin = func() (protocol.Code, bool) { return c.login, c.known }
		if got := p.one("apdu"); got.Status != c.want || !strings.Contains(got.Detail+got.Fix, c.says) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestWhatIsInTheReaderIsTold(t *testing.T) {
	p := healthy(t)
	p.want("card", OK, "IDEMIA", "434E53")
	p.cards[0] = Reader{Name: "Reader", State: protocol.StateNoCard, MaxAPDU: Unknown}
	p.want("card", Warn, "chip")
	p.cards[0].State = protocol.StateMute
	p.want("card", Fail, "panno asciutto")
	p.cards[0] = Reader{Name: "Reader", State: protocol.StateReady, ATR: cnsATR, Problem: protocol.CardMute, MaxAPDU: Unknown}
	p.want("card", Fail, "panno asciutto")
	p.cards[0].Problem = protocol.Internal
	p.want("card", Fail, "non riesce a leggerla", "INTERNAL")
	p.cards[0] = Reader{
		Name: "Reader", State: protocol.StateUnknown, MaxAPDU: Unknown,
		ATR: []byte{0x3B, 0x68, 0x00, 0x00, 'n', 'u', 'm', 'b', 'e', 'r', '4', '2'},
	}
	p.want("card", Fail, "bancomat", "3B680000 +8")
	if c := p.one("card"); strings.Contains(c.Detail, "6E756D") {
		t.Errorf("the historical bytes of a strange card are told: %s", c.Detail)
	}
	p.cards[0].ATR = nil
	p.want("card", Fail, "(?)")
}

func TestACardThatAnotherProgramHoldsNamesTheProgramsThatRun(t *testing.T) {
	p := healthy(t)
	p.none("busy")
	p.cards[0] = Reader{Name: "Reader", State: protocol.StateReady, ATR: cnsATR, Problem: protocol.CardBusy, MaxAPDU: Unknown, TriesLeft: Unknown}
	p.want("busy", Warn, "Chiudi")
	p.processes = []Process{{PID: 9, Name: "scdaemon"}}
	p.want("busy", Warn, "GnuPG (scdaemon)")
	p.none("certificate")
}

func TestACertificateThatCannotLogInIsTold(t *testing.T) {
	p := healthy(t)
	p.want("certificate", OK, "2048", "22/11/2025", "22/11/2031")
	for name, c := range map[string]struct {
		o    testpki.LeafOptions
		want Status
		says string
	}{
		"expired":       {testpki.LeafOptions{NotBefore: today.AddDate(-6, 0, 0), NotAfter: today.AddDate(0, 0, -1)}, Fail, "Scaduto"},
		"not yet valid": {testpki.LeafOptions{NotBefore: today.AddDate(0, 0, 1), NotAfter: today.AddDate(6, 0, 0)}, Fail, "data e l'ora"},
		"expiring":      {testpki.LeafOptions{NotBefore: today.AddDate(-6, 0, 0), NotAfter: today.AddDate(0, 0, 59)}, Warn, "59 giorni"},
		"not yet":       {testpki.LeafOptions{NotBefore: today.AddDate(-6, 0, 0), NotAfter: today.AddDate(0, 0, 61)}, OK, "Valido"},
		"an old key":    {testpki.LeafOptions{Bits: 1024}, Warn, "1024"},
	} {
		p.cards[0].Certificate = certificate(c.o)
		if got := p.one("certificate"); got.Status != c.want || !strings.Contains(got.Detail+got.Fix, c.says) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	p.cards[0].Certificate, p.cards[0].Problem = nil, protocol.CertificateMissing
	p.want("certificate", Fail, "sportello")
	p.none("pin")
}

func TestTheStateOfThePINIsTold(t *testing.T) {
	p := healthy(t)
	p.want("pin", OK, "3")
	p.cards[0].TriesLeft = 1
	p.want("pin", Warn, "un solo tentativo")
	p.cards[0].TriesLeft = Unknown
	p.want("pin", Info, "non dice")
	p.cards[0].Problem = protocol.CardNotActivated
	p.want("pin", Fail, "sportello")
	p.cards[0].Problem, p.cards[0].TriesLeft = protocol.PINBlocked, 0
	p.want("pin", Fail, "ponte pin unblock")
	p.cards[0].Problem = protocol.PUKBlocked
	p.want("pin", Fail, "tessera nuova")
}

func TestSeveralReadersAreToldApart(t *testing.T) {
	p := healthy(t)
	p.cards = append(p.cards, Reader{Name: "Second Reader 01 00", State: protocol.StateNoCard, MaxAPDU: 0})
	p.want("card", OK)
	p.none("apdu/2")
	if c := p.one("card/2"); c.Status != Info || c.Title != "Second Reader 01 00 · Tessera" {
		t.Errorf("%+v", c)
	}
}

func TestTheRegionIsTakenFromWholeWordsOfTheIssuer(t *testing.T) {
	p := healthy(t)
	c := certificate(testpki.LeafOptions{})
	for issuer, want := range map[string]string{
		"Regione Toscana - CA Cittadini": "Toscana", "CRS-SISS CA": "Lombardia", "Lombardiana S.p.A.": "non indicata",
		strings.Repeat("x ", 4096) + "Veneto": "non indicata",
	} {
		c.Issuer.CommonName, c.Issuer.Organization, c.Issuer.OrganizationalUnit, c.Subject.OrganizationalUnit = issuer, nil, nil, nil
		if got := p.region(c); got != want {
			t.Errorf("%.30s: %s, want %s", issuer, got, want)
		}
	}
}

func TestThePathOfAProgramOfTheSystemNeedsNoPATH(t *testing.T) {
	p := healthy(t)
	p.env["PATH"] = "relative:"
	if got := p.find("pcscd"); got != filepath.Join(p.Root, "usr/sbin/pcscd") {
		t.Errorf("%q", got)
	}
}

func TestACardThatNeedsOtherSoftwareIsNamed(t *testing.T) {
	for _, r := range []Reader{
		{Name: "Lettore", State: protocol.StateUnknown, Family: words.FamilyCIE, MaxAPDU: Unknown, TriesLeft: Unknown},
		{Name: "Lettore", State: protocol.StateReady, Problem: protocol.CardUnsupported, Family: "Actalis ACe 2025", MaxAPDU: Unknown, TriesLeft: Unknown},
	} {
		m := &Machine{Words: words.For("it"), LastLogin: func() (protocol.Code, bool) { return "", false }}
		checks := m.card(0, r, nil)
		want := "Actalis ACe 2025"
		if r.Family == words.FamilyCIE {
			want = "(CIE)"
		}
		if len(checks) != 1 || checks[0].Status != Fail || !strings.Contains(checks[0].Detail, want) || !strings.Contains(checks[0].Fix, "nstalla") {
			t.Errorf("%+v", checks)
		}
	}
}
