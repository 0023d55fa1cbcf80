// SPDX-License-Identifier: BSD-3-Clause

package cades_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"errors"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// stamped is a forgery with time stamps of the authorities, which may be anything.
func stamped(t *testing.T, s signer, over []byte, authorities ...testpki.TSAOptions) []byte {
	t.Helper()
	f := forged(s)
	bare, err := cms.Parse(f.message(t))
	if err != nil {
		t.Fatal(err)
	}
	if over == nil {
		over = bare.Parsed[0].Signature
	}
	sum := sha256.Sum256(over)
	var tokens [][]byte
	for _, o := range authorities {
		tokens = append(tokens, pki.NewTSA(o).Token(sum[:], nil))
	}
	f.unsigned = [][]byte{attribute(cms.OIDSignatureTimeStamp, tokens...)}
	return f.message(t)
}

func TestATimeStampThatIsWrongIsFoundAndOneThatIsNotTrustedProvesNothing(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	for name, c := range map[string]struct {
		options testpki.TSAOptions
		over    []byte // nil: the signature
		faults  []document.Fault
		level   document.Level
	}{
		"over something else":           {over: []byte("altro"), faults: []document.Fault{document.FaultTimeStamp}},
		"with a wrong signature":        {options: testpki.TSAOptions{BadSignature: true}, faults: []document.Fault{document.FaultTimeStamp}},
		"naming another":                {options: testpki.TSAOptions{NameOther: true}, faults: []document.Fault{document.FaultTimeStamp}},
		"without certificate":           {options: testpki.TSAOptions{NoCertificate: true}, faults: []document.Fault{document.FaultTimeStamp}},
		"of a citizen":                  {options: testpki.TSAOptions{NoUsage: true}, faults: []document.Fault{document.FaultTimeStamp}},
		"of one with other uses":        {options: testpki.TSAOptions{MoreUsages: true}, faults: []document.Fault{document.FaultTimeStamp}},
		"of one not critically so":      {options: testpki.TSAOptions{NotCritical: true}, faults: []document.Fault{document.FaultTimeStamp}},
		"with a critical extension":     {options: testpki.TSAOptions{CriticalExt: true}, faults: []document.Fault{document.FaultTimeStamp}},
		"of tomorrow":                   {options: testpki.TSAOptions{At: time.Now().AddDate(0, 0, 1)}, faults: []document.Fault{document.FaultTimeStamp}},
		"of an authority nobody trusts": {options: testpki.TSAOptions{SignedBy: testpki.OtherCA}, level: document.LevelB},
		"of a forger":                   {options: testpki.TSAOptions{SignedBy: testpki.Forger}, level: document.LevelB},
		"of one that has expired":       {options: testpki.TSAOptions{Expired: true}, level: document.LevelB},

		"in order":               {level: document.LevelT},
		"with a fraction":        {options: testpki.TSAOptions{Fraction: true}, level: document.LevelT},
		"naming itself by SHA-1": {options: testpki.TSAOptions{NameBySHA1: true}, level: document.LevelT},
	} {
		t.Run(name, func(t *testing.T) {
			s := documenttest.Only(t, verify(t, stamped(t, giada, c.over, c.options), cades.Input{}))
			documenttest.WantFaults(t, s, c.faults...)
			if s.Level != c.level || len(s.TimeStamps) != 1 {
				t.Errorf("level %q, want %q; time stamps %+v", s.Level, c.level, s.TimeStamps)
			}
			if at, proven := s.ProvenTime(); proven != (c.level == document.LevelT) {
				t.Errorf("proven %v: %s", proven, at)
			}
		})
	}
}

func TestNobodyIsAskedForMoreThanEightTimeStamps(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	s := documenttest.Only(t, verify(t, stamped(t, giada, nil, make([]testpki.TSAOptions, 9)...), cades.Input{}))
	documenttest.WantFaults(t, s, document.FaultTooLarge)
	if len(s.TimeStamps) != 8 {
		t.Errorf("%d time stamps", len(s.TimeStamps))
	}
}

// The earliest good time stamp decides over the certificate.
func TestASignatureWithATimeStampOutlivesItsCertificate(t *testing.T) {
	expired := card(testpki.LeafOptions{Validity: testpki.Expired})
	before, after := time.Now().AddDate(-1, 0, 0), time.Now()
	for name, c := range map[string]struct {
		message []byte
		faults  []document.Fault
	}{
		"no time stamp":             {forged(expired).message(t), []document.Fault{document.FaultExpired}},
		"a time stamp too late":     {stamped(t, expired, nil, testpki.TSAOptions{At: after}), []document.Fault{document.FaultExpired}},
		"a time stamp too early":    {stamped(t, expired, nil, testpki.TSAOptions{At: time.Now().AddDate(-7, 0, 0)}), []document.Fault{document.FaultNotYetValid}},
		"one of nobody in time":     {stamped(t, expired, nil, testpki.TSAOptions{At: before, SignedBy: testpki.OtherCA}), []document.Fault{document.FaultExpired}},
		"a time stamp in time":      {stamped(t, expired, nil, testpki.TSAOptions{At: before}), nil},
		"one in time, one too late": {stamped(t, expired, nil, testpki.TSAOptions{At: after}, testpki.TSAOptions{At: before}), nil},
	} {
		t.Run(name, func(t *testing.T) {
			documenttest.WantFaults(t, documenttest.Only(t, verify(t, c.message, cades.Input{})), c.faults...)
		})
	}
}

func TestADetachedDocumentIsTheOneThatWasSigned(t *testing.T) {
	message := detached(t, card(testpki.LeafOptions{}).signed(t, text, nil))
	documenttest.WantFaults(t, documenttest.Only(t, verify(t, message, cades.Input{})), document.FaultNoContent)
	documenttest.WantFaults(t, documenttest.Only(t, verify(t, message, cades.Input{Content: bytes.NewReader([]byte("altro"))})), document.FaultDocumentChanged)
	documenttest.WantFaults(t, documenttest.Only(t, verify(t, message, cades.Input{Content: bytes.NewReader(nil)})), document.FaultDocumentChanged)
	documenttest.WantGood(t, documenttest.Only(t, verify(t, message, cades.Input{Content: bytes.NewReader(text)})))

	m := read(t, message)
	sum := sha256.Sum256(text)
	if m.Attached() || m.Content() != nil || len(m.Hashes()) != 1 || m.Signatures() != 1 {
		t.Errorf("%v %v", m.Attached(), m.Hashes())
	}
	digests := map[crypto.Hash][]byte{m.Hashes()[0]: sum[:]}
	documenttest.WantGood(t, documenttest.Only(t, verify(t, message, cades.Input{Digests: digests})))
	digests[m.Hashes()[0]] = sum[1:]
	documenttest.WantFaults(t, documenttest.Only(t, verify(t, message, cades.Input{Digests: digests})), document.FaultDocumentChanged)
}

func TestAnInputThatDoesNotFitIsAnError(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	inside, apart := read(t, attached(t, giada.signed(t, text, nil), text)), read(t, detached(t, giada.signed(t, text, nil)))
	trusted, broken := trust(t, nil), errors.New("the disk is broken")
	if _, err := inside.Verify(t.Context(), trusted, cades.Input{Content: bytes.NewReader(text)}); err == nil {
		t.Error("two documents")
	}
	if _, err := inside.Verify(t.Context(), trusted, cades.Input{Profile: cades.PAdES}); !isRefusal(err, document.FaultReference) {
		t.Errorf("a document inside the signature of a PDF: %v", err)
	}
	if _, err := apart.Verify(t.Context(), trusted, cades.Input{Content: iotest.ErrReader(broken)}); !errors.Is(err, broken) {
		t.Errorf("a broken disk: %v", err)
	}
	if _, err := apart.Verify(t.Context(), trusted, cades.Input{Content: zeros{}}); !isRefusal(err, document.FaultTooLarge) {
		t.Errorf("a document without end: %v", err)
	}
}

func TestASignatureForAPDFHasNoSigningTime(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	pades := func(o *cades.Options) { o.Profile, o.SigningTime = cades.PAdES, time.Time{} }
	for name, c := range map[string]struct {
		message []byte
		profile cades.Profile
		level   document.Level
	}{
		"a PDF's as a PDF's":      {detached(t, giada.signed(t, text, pades)), cades.PAdES, document.LevelB},
		"a PDF's as a document's": {detached(t, giada.signed(t, text, pades)), cades.CAdES, document.LevelNone},
		"a document's as a PDF's": {detached(t, giada.signed(t, text, nil)), cades.PAdES, document.LevelNone},
	} {
		s := documenttest.Only(t, verify(t, c.message, cades.Input{Profile: c.profile, Content: bytes.NewReader(text)}))
		documenttest.WantGood(t, s)
		if s.Level != c.level {
			t.Errorf("%s: level %q", name, s.Level)
		}
	}
}
