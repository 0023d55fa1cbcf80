// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/protocol"
)

// lineWidth is how wide the text of a report is.
const lineWidth = 80

// print tells what came out; note is about the document that was to be taken out, noList why there is no list.
func (v documentVerification) print(c *cobra.Command, w *words.Words, note string, noList error) error {
	if !v.Good && v.Error == nil {
		v.Error = &cli.Failure{Code: protocol.InvalidArgument, Message: "not a good signed document: " + v.codes()}
	}
	if cli.IsJSON(c) {
		if err := cli.PrintJSON(c, v); err != nil {
			return err
		}
	} else {
		p := reportPrinter{c.OutOrStdout(), w}
		v.tell(p, note)
		if noList != nil && len(v.Signatures) > 0 {
			p.text("", "")
			p.text("", noList.Error())
		}
	}
	if v.Error != nil {
		return cli.Quiet{Exit: cli.ExitFailed}
	}
	return nil
}

// codes are those of the faults, each once.
func (v documentVerification) codes() string {
	var codes []string
	add := func(faults []portal.FaultSummary) {
		for _, f := range faults {
			if !strings.Contains(" "+strings.Join(codes, " ")+" ", " "+string(f.Code)+" ") {
				codes = append(codes, string(f.Code))
			}
		}
	}
	add(v.Faults)
	for _, s := range v.Signatures {
		add(s.Faults)
	}
	return strings.Join(codes, ", ")
}

func (v documentVerification) tell(p reportPrinter, note string) {
	heading := words.DocumentsBad
	switch {
	case v.Good:
		heading = words.DocumentsGood
	case len(v.Signatures) == 0:
		heading = words.DocumentsUnverified
	case v.NoTrust && v.codes() == string(document.FaultUntrusted):
		heading = words.DocumentsHalf
	}
	p.text("", p.w.T(heading, words.Data{"File": printable(v.File)}))
	for _, f := range v.Faults {
		p.text("", f.Text+" ("+string(f.Code)+")")
	}
	for i, s := range v.Signatures {
		verdict := words.DocumentsNotInOrder
		if s.Good {
			verdict = words.DocumentsInOrder
		}
		p.text("", "")
		p.text("", p.w.T(words.DocumentsSignature, words.Data{"Number": i + 1, "Count": len(v.Signatures), "Verdict": p.w.T(verdict, nil)}))
		if v.Revocation == revocationOff { // which is said of all at the end
			s.Notes = slices.DeleteFunc(s.Notes, func(n string) bool { return n == document.NoteNoRevocation })
		}
		p.signature(s)
	}
	if text := revocationSentence(v.Revocation); text != "" {
		p.text("", "")
		p.text("", p.w.T(text, nil))
	}
	if v.Nested {
		p.text("", p.w.T(words.DocumentsNested, nil))
	}
	if note != "" {
		p.text("", note)
	}
}

func revocationSentence(outcome string) words.Text {
	switch outcome {
	case revocationOff:
		return words.DocumentsRevocationOff
	case revocationUnavailable:
		return words.DocumentsRevocationNone
	case revocationGood:
		return words.DocumentsRevocationGood
	}
	return ""
}

// reportPrinter writes a report for people.
type reportPrinter struct {
	out io.Writer
	w   *words.Words
}

func (p reportPrinter) signature(s portal.SignatureSummary) {
	var rows [][2]string
	row := func(label words.Text, text string) {
		if text != "" {
			rows = append(rows, [2]string{p.w.T(label, nil), text})
		}
	}
	for _, f := range s.Faults {
		row(words.DocumentsRowProblem, f.Text+" ("+string(f.Code)+")")
	}
	row(words.DocumentsRowWho, p.who(s.Signer))
	if s.Signer.Trusted {
		row(words.DocumentsRowIssuer, s.Signer.Authority)
	}
	row(words.DocumentsRowWhen, p.when(s))
	row(words.DocumentsRowDocument, s.IntegrityText)
	row(words.DocumentsRowWorth, s.KindText)
	row(words.DocumentsRowReason, s.Reason)
	for _, t := range s.TimeStamps {
		for _, f := range t.Faults {
			row(words.DocumentsRowStamp, f.Text+" ("+string(f.Code)+")")
		}
	}
	format := p.w.T(words.DocumentsNoLevel, words.Data{"Format": s.Format})
	if s.Level != "" {
		format = p.w.T(words.DocumentsLevel, words.Data{"Format": s.Format, "Level": s.Level})
	}
	if s.Level != "" || s.Good { // where something is wrong, the level says nothing more
		row(words.DocumentsRowFormat, format)
	}
	for _, n := range s.Notes {
		row(words.DocumentsRowNote, n)
	}
	wide := 0
	for _, r := range rows {
		wide = max(wide, utf8.RuneCountInString(r[0]))
	}
	for _, r := range rows {
		p.text("  "+r[0]+strings.Repeat(" ", wide-utf8.RuneCountInString(r[0])+2), printable(r[1]))
	}
}

// who is the signer. A certificate for which nobody vouches may say anything.
func (p reportPrinter) who(s portal.SignerSummary) string {
	who := s.Name
	switch {
	case s.Name != "" && s.FiscalCode != "":
		who = p.w.T(words.DocumentsFiscalCode, words.Data{"Name": s.Name, "FiscalCode": s.FiscalCode})
	case s.FiscalCode != "":
		who = p.w.T(words.DocumentsOnlyCode, words.Data{"FiscalCode": s.FiscalCode})
	case s.Name == "":
		return p.w.T(words.DocumentsNobody, nil)
	}
	if !s.Trusted {
		return p.w.T(words.DocumentsSelfSaid, words.Data{"Name": who})
	}
	return who
}

func (p reportPrinter) when(s portal.SignatureSummary) string {
	moment := func(t *time.Time) words.Data { return words.Data{"Time": t.Local().Format("02/01/2006 15:04")} }
	switch {
	case s.ProvenTime != nil:
		return p.w.T(words.DocumentsProven, moment(s.ProvenTime))
	case s.ClaimedTime != nil:
		return p.w.T(words.DocumentsClaimed, moment(s.ClaimedTime))
	}
	return p.w.T(words.DocumentsNoTime, nil)
}

// text writes a paragraph beside a label; its further lines stand below its first. A word that is longer than a line
// stays whole.
func (p reportPrinter) text(label, text string) {
	indent := utf8.RuneCountInString(label)
	line := label
	empty := true
	for word := range strings.FieldsSeq(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > lineWidth {
			_, _ = fmt.Fprintln(p.out, line)
			line, empty = strings.Repeat(" ", indent), true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	_, _ = fmt.Fprintln(p.out, line)
}

// printable keeps what comes from a document or a file name from moving the cursor or turning the text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
