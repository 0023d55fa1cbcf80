// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"errors"
	"slices"
	"strings"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// advise puts a situation into words; an empty lang is the citizen's own.
func (b *Bridge) advise(lang string, s words.Situation) protocol.Advice {
	if lang == "" {
		lang = b.Language()
	}
	return words.For(lang).Advise(s)
}

// hint is the sentence of an error for a page. What the citizen reads elsewhere of a card or a reader, the page is told as
// well; the Region that has issued the card, which tells where the holder lives, only to a site that is allowed.
func (b *Bridge) hint(o protocol.Origin, lang string, code protocol.Code, err error) string {
	if text := b.because(lang, err); text != "" {
		return text
	}
	if !words.Advised(code) {
		return b.Hint(lang, code)
	}
	s := situationOf(err)
	allowed := b.Sites.Standing(o) == Allowed
	if !allowed {
		s.Family = "" // which card somebody has is nobody's business
	}
	return words.Sentences(b.advise(lang, s), allowed)
}

// because is the sentence for the reason of an error, where it has one that is known.
func (b *Bridge) because(lang string, err error) string {
	var e *protocol.Error
	if !errors.As(err, &e) || e.Reason == "" {
		return ""
	}
	if lang == "" {
		lang = b.Language()
	}
	return words.For(lang).Because(e.Reason)
}

// situationOf is what an error tells of card and reader.
func situationOf(err error) words.Situation {
	code := codeOf(err)
	s := words.Situation{Card: protocol.Status{State: protocol.StateReady, Problem: &code}}
	var service *card.ServiceError
	if errors.As(err, &service) {
		s.Service = words.Service(service.Reason)
	}
	var of *cardError
	if errors.As(err, &of) {
		s.Issuer, s.Family = of.issuer, of.family
	}
	return s
}

// cardError is an error of one card, and who has issued it; or of which family it is, where that cannot be used.
type cardError struct {
	err            error
	issuer, family string
}

func (e *cardError) Error() string { return e.err.Error() }

// Unwrap gives the error itself.
func (e *cardError) Unwrap() error { return e.err }

// ofCard says which card an error is about.
func ofCard(err error, v card.View) error {
	if err == nil || v.Certificate == nil && v.Family == "" {
		return err
	}
	return &cardError{err, issuerOf(v), v.Family}
}

// familyIn names the family of a card that cannot be used, when there is one.
func familyIn(slots []card.Slot) string {
	for _, s := range slots {
		if s.Family == card.CIE && s.State == protocol.StateUnknown {
			return words.FamilyCIE
		}
	}
	return ""
}

// issuerOf is what words.RegionHelp takes: names in the issuer, then the unit of the subject, which is the administration
// that has issued the card (cns-card.md A7).
func issuerOf(v card.View) string {
	c := v.Certificate
	if c == nil {
		return ""
	}
	names := slices.Concat([]string{c.Issuer.CommonName}, c.Issuer.Organization, c.Issuer.OrganizationalUnit, c.Subject.OrganizationalUnit)
	return strings.Join(names, "\n")
}
