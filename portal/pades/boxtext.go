// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// boxWords are the words of a box, for each language.
var boxWords = map[string]struct{ title, date, reason, dateFormat string }{
	"it": {"Firmato da", "Data", "Motivo", "02/01/2006 15:04:05"},
	"en": {"Signed by", "Date", "Reason", "2006-01-02 15:04:05"},
	"de": {"Unterschrieben von", "Datum", "Grund", "02.01.2006 15:04:05"},
}

// line is one line of the box. Sizes are relative to that of the name.
type line struct {
	text []byte // in WinAnsiEncoding
	bold bool
	grey bool
	size float64
}

// Measures of the text, in points or relative to its size.
const (
	padding      = 4.0
	largestText  = 12.0
	smallestText = 5.0
	step         = 0.25
	leading      = 1.22
	smaller      = 0.8 // everything but the name
)

// content is what the box shows: the largest text that fits, with the reason cut short where there is no room for it. A
// name is never cut.
func (b *Box) content(o Options) ([]byte, error) {
	parts, err := b.parts(o)
	if err != nil {
		return nil, err
	}
	pad := min(padding, b.Height/6)
	width, height := b.Width-2*pad-2, b.Height-2*pad
	for {
		for size := largestText; size >= smallestText; size -= step {
			if lines, fits := layOut(parts, size, width, height); fits {
				return b.paint(lines, size, pad), nil
			}
		}
		// Without the reason, then without its title, then without the date: the dictionary of the signature has them all.
		switch last := len(parts) - 1; {
		case last > 0 && parts[last].shorten():
		case last > 1:
			parts = parts[:last]
		case last == 1 && parts[0].grey:
			parts = parts[1:]
		default:
			return nil, ErrBoxSmall
		}
	}
}

// part is a text that may need several lines.
type part struct {
	line
	mayShorten bool
}

// shorten takes a third of a text away, and says whether there was something to take.
func (p *part) shorten() bool {
	const least = 20 // characters that still say something
	if !p.mayShorten || len(p.text) < least {
		return false
	}
	short := p.text[:len(p.text)*2/3]
	for len(short) > 0 && (short[len(short)-1] == winAnsi['…'] || bytes.IndexByte([]byte(" .,;:"), short[len(short)-1]) >= 0) {
		short = short[:len(short)-1]
	}
	p.text = append(bytes.Clone(short), winAnsi['…'])
	return true
}

// parts are the texts in their order. Without a name there is only the title.
func (b *Box) parts(o Options) ([]part, error) {
	language := b.Language
	if language == "" {
		language = "it"
	}
	words, known := boxWords[language]
	if !known {
		return nil, fmt.Errorf("no words for the box in %.20q", language)
	}
	title := words.title
	if b.Title != "" {
		title = b.Title
	}
	if err := checkText(title, maxName); err != nil {
		return nil, fmt.Errorf("title of the box: %w", err)
	}
	zone := "UTC"
	if _, offset := o.SigningTime.Zone(); offset != 0 {
		zone += o.SigningTime.Format("-07:00")
	}
	texts := []struct {
		text  string
		style part
	}{
		{title, part{line: line{grey: true, size: smaller}}},
		{o.Name, part{line: line{bold: true, size: 1}}},
		{words.date + ": " + o.SigningTime.Format(words.dateFormat) + " (" + zone + ")", part{line: line{size: smaller}}},
	}
	if o.Reason != "" {
		texts = append(texts, struct {
			text  string
			style part
		}{words.reason + ": " + o.Reason, part{line: line{size: smaller}, mayShorten: true}})
	}
	var parts []part
	for _, t := range texts {
		if t.text == "" {
			continue
		}
		encoded, err := encode(t.text)
		if err != nil {
			return nil, err
		}
		t.style.text = encoded
		parts = append(parts, t.style)
	}
	return parts, nil
}

// encode writes a text in WinAnsiEncoding. A letter with an accent that it lacks loses the accent (č becomes c); what
// cannot be shown at all is refused, because a name that reads "????" is worse than none.
func encode(s string) ([]byte, error) {
	var out []byte
	for _, r := range norm.NFC.String(s) {
		if c, ok := encodeRune(r); ok {
			out = append(out, c)
			continue
		}
		plain := strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mn, r) {
				return -1
			}
			return r
		}, norm.NFKD.String(string(r)))
		for _, p := range plain {
			c, ok := encodeRune(p)
			if !ok || utf8.RuneCountInString(plain) > 4 {
				return nil, fmt.Errorf("%q has no place in the letters of the box: %w", r, ErrText)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func encodeRune(r rune) (byte, bool) {
	switch {
	case r == 'ı': // the one letter without a decomposition that names here have
		return 'i', true
	case r >= 0x20 && r < 0x7F || r >= 0xA0 && r <= 0xFF:
		return byte(r), true
	}
	c, ok := winAnsi[r]
	return c, ok
}

// layOut breaks the parts into lines for a size of the name, and says whether they fit.
func layOut(parts []part, size, width, height float64) ([]line, bool) {
	var lines []line
	total := 0.0
	for _, p := range parts {
		texts, broken := wrap(p.text, p.bold, width/(size*p.size))
		if broken && size > smallestText { // a smaller text may keep its words whole
			return nil, false
		}
		for _, text := range texts {
			l := p.line
			l.text = text
			lines = append(lines, l)
			if total += size * p.size * leading; total > height {
				return nil, false
			}
		}
	}
	return lines, true
}

// textWidth is that of a text of size 1.
func textWidth(text []byte, bold bool) float64 {
	widths := &regularWidths
	if bold {
		widths = &boldWidths
	}
	sum := 0
	for _, c := range text {
		if c >= 0x20 {
			sum += int(widths[c-0x20])
		}
	}
	return float64(sum) / 1000
}

// wrap breaks a text at its spaces, and a word that is longer than a line where the line ends: then it says so.
func wrap(text []byte, bold bool, width float64) (lines [][]byte, broken bool) {
	var current []byte
	for _, word := range bytes.Split(text, []byte{' '}) { // not Fields: this is no UTF-8
		if len(word) == 0 {
			continue
		}
		joined := word
		if len(current) > 0 {
			joined = append(append(bytes.Clone(current), ' '), word...)
		}
		if textWidth(joined, bold) <= width {
			current = joined
			continue
		}
		if len(current) > 0 {
			lines = append(lines, current)
		}
		for textWidth(word, bold) > width && len(word) > 1 {
			n := len(word) - 1
			for n > 1 && textWidth(word[:n], bold) > width {
				n--
			}
			lines = append(lines, word[:n])
			word, broken = word[n:], true
		}
		current = word
	}
	if len(current) > 0 {
		lines = append(lines, current)
	}
	return lines, broken
}

// paint writes the operators: a white ground with a frame, and the lines in the middle of its height.
func (b *Box) paint(lines []line, size, pad float64) []byte {
	total := 0.0
	for _, l := range lines {
		total += size * l.size * leading
	}
	var out bytes.Buffer
	const frame = 0.75
	fmt.Fprintf(&out, "q 1 g 0.2 0.3 0.45 RG %.2f w %.2f %.2f %.2f %.2f re B Q\n", frame, frame/2, frame/2, b.Width-frame, b.Height-frame)
	y := b.Height - (b.Height-total)/2
	for _, l := range lines {
		height := size * l.size
		name, colour := "R", "0 g"
		if l.bold {
			name = "B"
		}
		if l.grey {
			colour = "0.3 g"
		}
		y -= height * leading
		base := y + height*0.3 // room for the descent of Helvetica, 0.21
		fmt.Fprintf(&out, "BT %s /%s %.2f Tf %.2f %.2f Td %s Tj ET\n", colour, name, height, pad+1, base, pdf.Append(nil, pdf.String{Value: l.text}))
	}
	return out.Bytes()
}
