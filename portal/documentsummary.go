// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/ponte-cns/ponte/portal/document"
)

// DocumentSummary is a report as JSON and in words: to be shown, and to be kept beside the document. Program against the
// codes; the texts are for people, in the language that was asked for.
type DocumentSummary struct {
	Good       bool               `json:"good"` // there are signatures, and nothing is wrong with any of them
	Form       DocumentForm       `json:"form,omitempty"`
	Attached   bool               `json:"attached"` // the document is inside
	Nested     bool               `json:"nested"`   // the document inside is a signed message itself, which is not looked at
	Faults     []FaultSummary     `json:"faults"`   // of a file that cannot be read, or that nobody has signed
	Signatures []SignatureSummary `json:"signatures"`
}

// SignatureSummary is one signature.
type SignatureSummary struct {
	Good          bool               `json:"good"`
	Signer        SignerSummary      `json:"signer"`
	Integrity     Integrity          `json:"integrity"`
	IntegrityText string             `json:"integrityText"`
	Format        document.Format    `json:"format"`
	Level         document.Level     `json:"level,omitempty"`    // empty: below the baseline
	Kind          document.Kind      `json:"kind,omitempty"`     // empty: not known
	KindText      string             `json:"kindText,omitempty"` // empty of a signature that is not good, and so worth nothing
	Cover         document.Cover     `json:"cover,omitempty"`
	ClaimedTime   *time.Time         `json:"claimedTime,omitempty"` // what the signer says
	ProvenTime    *time.Time         `json:"provenTime,omitempty"`  // what a time stamp proves
	TimeStamps    []TimeStampSummary `json:"timeStamps"`
	Name          string             `json:"name,omitempty"` // this and the next two: as a PDF shows them, which proves nothing
	Reason        string             `json:"reason,omitempty"`
	Location      string             `json:"location,omitempty"`
	Faults        []FaultSummary     `json:"faults"`
	Notes         []string           `json:"notes"` // in English, for the log and developers
}

// SignerSummary is a Signer and the certificate.
type SignerSummary struct {
	Trusted    bool       `json:"trusted"` // a trusted authority vouches for the rest
	Name       string     `json:"name,omitempty"`
	FiscalCode FiscalCode `json:"fiscalCode,omitempty"`
	CardNumber string     `json:"cardNumber,omitempty"`
	Authority  string     `json:"authority,omitempty"`
	NotAfter   *time.Time `json:"notAfter,omitempty"`
	SHA256     string     `json:"certificateSHA256,omitempty"` // in hexadecimal
}

// TimeStampSummary is one time stamp.
type TimeStampSummary struct {
	Time      time.Time      `json:"time"`
	Authority string         `json:"authority,omitempty"` // the certificate's common name
	Faults    []FaultSummary `json:"faults"`
}

// FaultSummary is one fault.
type FaultSummary struct {
	Code   document.Fault `json:"code"`
	Text   string         `json:"text"`
	Detail string         `json:"detail,omitempty"` // in English, for the log and developers
}

// Summary puts a report into words: "it", "en" or "de"; anything else is Italian.
func (r *DocumentReport) Summary(language string) DocumentSummary {
	s := DocumentSummary{Good: r.Good(), Form: r.Form, Attached: r.Attached, Nested: r.Nested, Faults: []FaultSummary{}, Signatures: []SignatureSummary{}}
	for i := range r.Signatures {
		s.Signatures = append(s.Signatures, r.Signatures[i].summary(language))
	}
	return s
}

// SummarizeRefusal puts the error of VerifyDocument into words, if it is a refusal of the document.
func SummarizeRefusal(err error, language string) (DocumentSummary, bool) {
	r, ok := errors.AsType[*document.Refusal](err)
	if !ok {
		return DocumentSummary{}, false
	}
	return DocumentSummary{Faults: summarizeFaults([]*document.Refusal{r}, language), Signatures: []SignatureSummary{}}, true
}

func (s *DocumentSignature) summary(language string) SignatureSummary {
	integrity := s.Integrity()
	out := SignatureSummary{
		Good: s.Good(), Signer: s.signer(), Integrity: integrity, IntegrityText: integrityTexts[integrity].in(language),
		Format: s.Format, Level: s.Level, Kind: s.Kind, KindText: kindTexts[s.Kind].in(language), Cover: s.Cover,
		ClaimedTime: optional(s.ClaimedTime), TimeStamps: []TimeStampSummary{},
		Name: readable(s.Name), Reason: readable(s.Reason), Location: readable(s.Location),
		Faults: summarizeFaults(s.Faults, language), Notes: append([]string{}, s.Notes...),
	}
	if !s.Good() && (s.Kind == document.KindFEA || s.Kind == document.KindFEQ) {
		out.KindText = ""
	}
	if proven, ok := s.ProvenTime(); ok {
		out.ProvenTime = optional(proven)
	}
	for _, t := range s.TimeStamps {
		one := TimeStampSummary{Time: t.Time.UTC(), Faults: summarizeFaults(t.Faults, language)}
		if t.Certificate != nil {
			one.Authority = readable(t.Certificate.Subject.CommonName)
		}
		out.TimeStamps = append(out.TimeStamps, one)
	}
	return out
}

func (s *DocumentSignature) signer() SignerSummary {
	out := SignerSummary{
		Trusted: s.Kind != document.KindNone, Name: s.Signer.Name, FiscalCode: s.Signer.FiscalCode,
		CardNumber: s.Signer.CardNumber, Authority: s.Signer.Authority,
	}
	if s.Certificate != nil {
		sum := sha256.Sum256(s.Certificate.Raw)
		out.NotAfter, out.SHA256 = optional(s.Certificate.NotAfter), hex.EncodeToString(sum[:])
	}
	return out
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func summarizeFaults(faults []*document.Refusal, language string) []FaultSummary {
	all := []FaultSummary{} // [] rather than null
	for _, f := range faults {
		all = append(all, FaultSummary{f.Fault, faultTexts[f.Fault].in(language), f.Detail})
	}
	return all
}
