// SPDX-License-Identifier: EUPL-1.2

package transcript

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// reported are the transcripts of cards that somebody has sent in, and of each emulated family.
const reported = "../cns/testdata/transcripts"

var update = flag.Bool("update", false, "write the transcripts of the emulated families anew")

var pki = testpki.New()

// emulated are the families that testcard knows, by name.
func emulated() map[string]testcard.Options {
	all := map[string]testcard.Options{
		"emulated-no-certificate": {State: testcard.StateNoCertificate},
		"emulated-not-activated":  {State: testcard.StateNotActivated},
		"emulated-blocked":        {State: testcard.StateBlocked},
		"emulated-get-response":   {GetResponse: true},
		"emulated-6282":           {Quirks: testcard.Quirks{ReadPastEnd: testcard.PastEnd6282, NoSize: true}},
		"emulated-6cxx":           {Quirks: testcard.Quirks{ReadPastEnd: testcard.PastEnd6Cxx}},
		"emulated-p2-90":          {Quirks: testcard.Quirks{PINOnly90: true}},
		"emulated-no-counter":     {Quirks: testcard.Quirks{EmptyVerify: 0x6700}},
	}
	for _, m := range testcard.Models() {
		all["emulated-"+string(m)] = testcard.Options{Model: m}
	}
	for _, l := range testcard.Layouts() {
		all["emulated-layout-"+string(l)] = testcard.Options{Layout: l}
	}
	return all
}

func chip(t *testing.T, o testcard.Options) *testcard.Card {
	t.Helper()
	o.PKI = pki
	c, err := testcard.New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.PowerOn()
	return c
}

func text(t *testing.T, tr *Transcript) string {
	t.Helper()
	var b bytes.Buffer
	if err := tr.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatIsNoTranscriptIsRefused(t *testing.T) {
	for name, s := range map[string]string{
		"nothing":                     "",
		"another title":               "Ponte APDU transcript 2\n",
		"an answer without a command": title + "\n<9000\n",
		"a command without an answer": title + "\n>00A4\n",
		"two commands":                title + "\n>00A4\n>00A4\n<9000\n",
		"two answers":                 title + "\n>00A4\n<9000\n<9000\n",
		"no hexadecimal":              title + "\n>00A4XX\n<9000\n",
		"a short answer":              title + "\n>00A4\n<90\n",
		"an APDU without an end":      title + "\n>" + strings.Repeat("00", 1+maxAPDU) + "\n<9000\n",
		"an unknown field":            title + "\nholder Giada\n",
		"too many":                    title + "\n" + strings.Repeat(">00A4\n<9000\n", maxExchanges+1),
	} {
		if _, err := Parse(strings.NewReader(s)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestNothingPersonalIsInATranscript(t *testing.T) {
	for name, o := range emulated() {
		c := chip(t, o)
		tr := Record(c.ATR(), c)
		tr.Version, tr.System, tr.Reader = "1.2.3", "linux/amd64", "Lettore"
		s := text(t, tr)
		who := c.Holder()
		for what, secret := range map[string][]byte{
			"fiscal code": []byte(who.FiscalCode), "card": []byte(who.CardID), "surname": []byte(who.Surname), "name": []byte(who.Name),
			"birth date": []byte(who.BirthDate), "birth town": []byte("04" + who.BirthTown), "modulus": modulus(c)[10:40], "signature": c.Certificate().Signature[10:40],
			"serial number": c.Certificate().SerialNumber.Bytes(), "common name": []byte(c.Certificate().Subject.CommonName)[20:40],
			"key identifier": c.Certificate().SubjectKeyId,
		} {
			if len(secret) > 3 && strings.Contains(s, fmt.Sprintf("%X", secret)) {
				t.Errorf("%s: the %s is in the transcript", name, what)
			}
		}
		if strings.Contains(strings.Join(tr.Findings, "\n"), "differently") {
			t.Errorf("%s: %q", name, tr.Findings)
		}
		again, err := Parse(strings.NewReader(s))
		if err != nil || text(t, again) != s {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func modulus(c *testcard.Card) []byte { return c.Certificate().RawSubjectPublicKeyInfo[30:] }

func TestSecretsThatSomebodyElseSentAreNotKept(t *testing.T) {
	clean := redact([]Exchange{
		{unhex("00200010083133353732343638"), unhex("63C2")},
		{unhex("002400101031333537323436382431333537323436"), unhex("9000")},
		{unhex("002C00101031333537323436382431333537323436"), unhex("6983")},
		{unhex("0088000004DEADBEEF"), unhex("CAFEBABE9000")},
		{unhex("002A80860000020001020304"), unhex("0102030405069000")},
		{unhex("00B0810010"), unhex("313131313131319000")}, // by short identifier
	})
	for _, e := range clean {
		for _, b := range append(dataOf(e.Command), e.Answer[:len(e.Answer)-2]...) {
			if b != filler && b != 0 {
				t.Errorf("%X: %X", e.Command, e.Answer)
				break
			}
		}
	}
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestARecordOfACardAsksForNoPINAndSignsNothing(t *testing.T) {
	for name, o := range emulated() {
		c := chip(t, o)
		Record(c.ATR(), c)
		if n := c.Counters(); n.Verifies != 0 || n.Signatures != 0 {
			t.Errorf("%s: %+v", name, n)
		}
	}
	none := chip(t, testcard.Options{Layout: testcard.LayoutActalis2025})
	for _, e := range Record([]byte{0x3B, 0x00}, none).Exchanges { // any card: only a CNS is asked for its tries
		if e.Command[1] == 0x20 {
			t.Errorf("%X was sent to a card that is no CNS", e.Command)
		}
	}
}

func TestTheNumberOfAStrangeCardIsNotInItsAnswerToReset(t *testing.T) {
	c := chip(t, testcard.Options{})
	atr := unhex("3B8B80010031C16412345678ABCDEF01")
	if got := Record(atr, c).ATR; !bytes.Equal(got, unhex("3B8B80010031C1640000000000000000")) {
		t.Errorf("%X", got)
	}
	if got := Record(c.ATR(), c).ATR; !bytes.Equal(got, c.ATR()) {
		t.Errorf("%X", got)
	}
}

// broken ends after some commands.
type broken struct {
	cns.Transmitter
	left int
}

func (b *broken) Transmit(command []byte) ([]byte, error) {
	if b.left--; b.left < 0 {
		return nil, errors.New("the reader of DESKTOP-GIADA is gone")
	}
	return b.Transmitter.Transmit(command)
}

func TestAConversationThatBreaksOffIsATranscriptToo(t *testing.T) {
	for n := range 14 {
		c := chip(t, testcard.Options{})
		tr := Record(c.ATR(), &broken{c, n})
		if s := text(t, tr); strings.Contains(s, "DESKTOP") || !strings.Contains(s, "went away in the middle") || len(tr.Exchanges) != n {
			t.Errorf("after %d commands: %s", n, s)
		}
	}
}

// endless is a card that always has more to say.
type endless struct{}

func (endless) Transmit([]byte) ([]byte, error) { return []byte{0x61, 0x01}, nil }

func TestACardThatNeverEndsIsBounded(t *testing.T) {
	if tr := Record([]byte{0x3B, 0x00}, endless{}); len(tr.Exchanges) > maxExchanges {
		t.Errorf("%d", len(tr.Exchanges))
	}
}

func TestEveryCardThatWasReportedIsReadAsThen(t *testing.T) {
	if *update {
		for name, o := range emulated() {
			c := chip(t, o)
			tr := Record(c.ATR(), c)
			tr.Version, tr.System, tr.Reader = "0.1.0", "emulated", "Virtual PCD"
			if err := os.WriteFile(filepath.Join(reported, name+".txt"), []byte(text(t, tr)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, tr := range transcripts(t) {
		want := slices.DeleteFunc(slices.Clone(tr.Findings), func(s string) bool { return strings.HasPrefix(s, noteMark) })
		if got := Read(tr.ATR, Replay(tr)); !slices.Equal(got, want) {
			t.Errorf("%s: now %q", name, got)
		}
	}
	for name := range emulated() {
		if _, err := os.Stat(filepath.Join(reported, name+".txt")); err != nil {
			t.Error(err)
		}
	}
}

func transcripts(t *testing.T) map[string]*Transcript {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(reported, "*.txt"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	all := map[string]*Transcript{}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[filepath.Base(name)] = tr
	}
	return all
}

// fiscalCode is one of a person; the fillers have none of its letters but X.
var fiscalCode = regexp.MustCompile(`[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]`)

func TestNoTranscriptThatWasSentInTellsOfAPerson(t *testing.T) {
	for name, tr := range transcripts(t) {
		for i, e := range redact(tr.Exchanges) {
			if !bytes.Equal(e.Command, tr.Exchanges[i].Command) || !bytes.Equal(e.Answer, tr.Exchanges[i].Answer) {
				t.Errorf("%s: something is left in the answer to %X", name, e.Command)
			}
		}
		var all []byte
		for _, f := range files(tr.Exchanges) {
			all = append(append(all, f.bytes...), 0)
		}
		if m := fiscalCode.Find(all); m != nil {
			t.Errorf("%s: %s", name, m)
		}
		if strings.Contains(string(all), "ROSSINI") {
			t.Errorf("%s: a name", name)
		}
		if !bytes.Equal(maskATR(tr.ATR), tr.ATR) {
			t.Errorf("%s: the answer to reset has a number", name)
		}
	}
}

func TestALaterPonteMayReadInOtherPieces(t *testing.T) {
	c := chip(t, testcard.Options{})
	tr := Record(c.ATR(), c)
	card := Replay(tr)
	for _, step := range []struct{ command, end string }{
		{"00A4080C0411001101", "9000"}, {"00B0000010", "9000"}, {"00B0001020", "9000"}, {"00B07FFF10", "6B00"}, {"00CA018000", "6D00"},
		{"00A4080C0411001102", "9000"}, {"00B0000006", "9000"},
	} {
		answer, err := card.Transmit(unhex(step.command))
		if err != nil || !strings.HasSuffix(fmt.Sprintf("%X", answer), step.end) {
			t.Errorf("%s: %X, %v", step.command, answer, err)
		}
	}
}

func FuzzTranscript(f *testing.F) {
	f.Add(title + "\natr 3B80800101\n>00A4080C0411001102\n<9000\n>00B00000FC\n<303030303637303436303330\n= x\n")
	f.Add(title + "\n>00A4080C0411001101\n<9000\n>00B0000004\n<308200029000\n")
	f.Add(title + "\n>00A404000300\n<6F04840211119000\n>00C00000FF\n<9000\n")
	f.Fuzz(func(t *testing.T, s string) {
		tr, err := Parse(strings.NewReader(s))
		if err != nil {
			return
		}
		once := redact(tr.Exchanges)
		if twice := redact(once); !slices.EqualFunc(once, twice, func(a, b Exchange) bool {
			return bytes.Equal(a.Answer, b.Answer) && bytes.Equal(a.Command, b.Command)
		}) {
			t.Errorf("fillers are not filled by themselves:\n%X\n%X", once, twice)
		}
		Read(tr.ATR, Replay(tr))
	})
}

func FuzzCertificate(f *testing.F) {
	c, err := testcard.New(testcard.Options{PKI: pki})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(c.Certificate().Raw)
	f.Fuzz(func(t *testing.T, b []byte) {
		n := len(b)
		redactCertificates(b)
		if len(b) != n {
			t.Error("the length has changed")
		}
	})
}
