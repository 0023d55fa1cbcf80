// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// Errors of Options that do not fit the document.
var (
	ErrText       = errors.New("a text that cannot be written")
	ErrNoPage     = errors.New("the document does not have that page")
	ErrBoxOutside = errors.New("the box is not on the page")
	ErrBoxSmall   = errors.New("the box is too small for its text")
)

// Limits of Options.
const (
	maxName      = 150 // characters
	maxReason    = 300
	maxStampRoom = 64 << 10
)

// Options of a signature. Certificate and SigningTime are needed.
type Options struct {
	Certificate *x509.Certificate   // of the signer
	Chain       []*x509.Certificate // authorities that are put beside it
	SigningTime time.Time           // what the signer says; its zone is kept

	// Name, Reason and Location are for people, and prove nothing: at most 150, 300 and 150 characters.
	Name, Reason, Location string

	// Box is what one sees of the signature. Nil: nothing.
	Box *Box

	// StampRoom is how many bytes are kept for a time stamp; cades.StampRoom is a good value. 0: there will be none.
	StampRoom int
}

func (o *Options) check() error {
	switch {
	case o.SigningTime.IsZero():
		return errors.New("the signing time is needed")
	case o.SigningTime.Year() < 1950 || o.SigningTime.Year() > 9999:
		return errors.New("a signing time that cannot be written")
	case o.StampRoom < 0 || o.StampRoom > maxStampRoom:
		return fmt.Errorf("room for a time stamp of %d bytes", o.StampRoom)
	}
	for _, t := range []struct {
		what, text string
		most       int
	}{{"name", o.Name, maxName}, {"reason", o.Reason, maxReason}, {"location", o.Location, maxName}} {
		if err := checkText(t.text, t.most); err != nil {
			return fmt.Errorf("%s: %w", t.what, err)
		}
	}
	return nil
}

// checkText refuses what viewers would show as something else: control characters, and those that turn the direction of
// a text or cannot be seen.
func checkText(s string, most int) error {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > most {
		return fmt.Errorf("not UTF-8, or longer than %d characters: %w", most, ErrText)
	}
	for _, r := range s {
		if unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029' {
			return fmt.Errorf("a control character: %w", ErrText)
		}
	}
	return nil
}

// Prepared is a signed PDF to which only the value of the card is missing. It does not change. It points to the file,
// which must not change either until the signed one is written.
type Prepared struct {
	file   []byte
	update []byte
	gap    [2]int // /Contents in update, with its < and >
	digest [sha256.Size]byte
	cms    *cades.Prepared
}

// Prepare reads a PDF and prepares a signature of it.
func Prepare(file []byte, o Options) (*Prepared, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	inside := cades.Options{Profile: cades.PAdES, Certificate: o.Certificate, Chain: o.Chain}
	room, err := cades.Size(inside, o.StampRoom)
	if err != nil {
		return nil, err
	}
	p := &Prepared{file: file}
	if err := p.writeUpdate(o, room); err != nil {
		if errors.Is(err, pdf.ErrNoPage) {
			return nil, fmt.Errorf("%w: %w", ErrNoPage, err)
		}
		return nil, refusal(err)
	}
	if err := p.seal(inside); err != nil {
		return nil, err
	}
	return p, nil
}

// seal computes the digest of everything but the gap.
func (p *Prepared) seal(inside cades.Options) (err error) {
	h := sha256.New()
	h.Write(p.file)
	h.Write(p.update[:p.gap[0]])
	h.Write(p.update[p.gap[1]:])
	h.Sum(p.digest[:0])
	p.cms, err = cades.PrepareDigest(p.digest, inside)
	return err
}

// Digest is the SHA-256 of the signed attributes: what the card signs, by RSASSA-PKCS1-v1_5 with SHA-256.
func (p *Prepared) Digest() []byte { return p.cms.Digest() }

// Assemble takes the signature of Digest. It refuses one that the key of the certificate did not make.
func (p *Prepared) Assemble(signature []byte) (*Signed, error) {
	s, err := p.cms.Assemble(signature)
	if err != nil {
		return nil, err
	}
	return &Signed{prepared: p, cms: s}, nil
}
