// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"math"
	"net/http"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// allTries are the tries of a PIN that was never typed wrong.
const allTries = 3

// cardView is one reader, and the card in it.
type cardView struct {
	Reader, State   string
	Family          string // in words; empty for a CNS
	Problem         string
	Holder, Issuer  string
	HasCode         bool
	FiscalCode      string // only when it was asked for
	Number          int    // of the card in the page
	From, Until     time.Time
	Days            int // until it expires
	Left            int // of its life, in percent
	Expired, Soon   bool
	Tries           int // -1: nobody knows
	Dots            []bool
	Blocked, HasPIN bool
	MayUnblock      bool // the PUK can still help
}

// Life is the part of its life that is left, as a length in a picture that is 300 long.
func (v cardView) Life() int { return 3 * v.Left }

// Dot is where the dot of a try is in its picture.
func (*frame) Dot(i int) int { return 12 + 30*i }

// expiresSoon is when the citizen should be told, in days.
const expiresSoon = 60

func (p *panel) cardPage(w http.ResponseWriter, r *http.Request, s *session) {
	f := p.frame(r, s, "card")
	var cards []control.Card
	if f.Problem == "" {
		if err := p.ask(r.Context(), control.CardInfo, nil, &cards); f.Info.Advice.Title == "" {
			f.failed(err) // else the banner says what is wrong
		}
	}
	if f.Info.Advice.Title == "" && f.Problem == "" {
		f.Info.Advice = protocol.Advice{Mood: protocol.MoodWait, Title: f.words.State(f.Info.Card.State)}
	}
	var views []cardView
	for i, c := range cards {
		views = append(views, p.viewOf(f, i, c))
	}
	f.Body = views
	p.show(w, f)
}

func (p *panel) viewOf(f *frame, i int, c control.Card) cardView {
	v := cardView{
		Number: i, Reader: plain(c.Reader, maxName), State: f.words.State(c.State), Holder: plain(c.Holder, maxName),
		Issuer: plain(c.Issuer, maxName), HasCode: c.FiscalCode != "", From: c.NotBefore, Until: c.NotAfter, Tries: -1,
	}
	if v.Family = f.words.Family(plain(c.Family, maxName)); c.Problem == nil && c.State == protocol.StateUnknown {
		a := f.words.Advise(words.Situation{Card: protocol.Status{State: c.State}, Family: c.Family})
		v.State, v.Problem = a.Title, words.Sentences(a, false)
		if v.Problem == words.Sentences(f.Info.Advice, false) {
			v.Problem = v.State
		}
	}
	if c.Problem != nil {
		a := f.words.Advise(words.Situation{Card: protocol.Status{Problem: c.Problem}, Family: plain(c.Family, maxName)})
		v.State, v.Problem = a.Title, words.Sentences(a, false)
		if v.Problem == words.Sentences(f.Info.Advice, false) { // the banner has said it all
			v.Problem = v.State
		}
	}
	if f.Shown != "" && f.Shown == c.Reader {
		v.FiscalCode = plain(c.FiscalCode, maxName)
	}
	if !v.Until.IsZero() {
		left := v.Until.Sub(p.now())
		v.Expired, v.Days = left <= 0, max(0, int(left.Hours()/24))
		v.Soon = !v.Expired && v.Days <= expiresSoon
		if life := v.Until.Sub(v.From); life > 0 {
			v.Left = min(100, max(0, int(math.Round(100*float64(left)/float64(life)))))
		}
	}
	if c.PIN != nil && (c.Problem == nil || *c.Problem != protocol.CardNotActivated) { // one that is not activated has no PIN yet
		v.HasPIN, v.Blocked = true, c.PIN.Blocked
		v.MayUnblock = c.PIN.Blocked && (c.Problem == nil || *c.Problem != protocol.PUKBlocked)
		if c.PIN.TriesLeft != nil {
			v.Tries = *c.PIN.TriesLeft
			for n := range allTries {
				v.Dots = append(v.Dots, n < v.Tries)
			}
		}
	}
	return v
}

// showFiscalCode gives a fiscal code that the page does not hold. A script asks for the text alone; without one the next
// page shows it, once.
func (p *panel) showFiscalCode(w http.ResponseWriter, r *http.Request, s *session) {
	reader := r.PostForm.Get("reader")
	var cards []control.Card
	if err := p.ask(r.Context(), control.CardInfo, nil, &cards); err != nil {
		cards = nil
	}
	for _, c := range cards {
		if plain(c.Reader, maxName) != reader || c.FiscalCode == "" {
			continue
		}
		if r.Header.Get("Accept") == "text/plain" {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte(plain(c.FiscalCode, maxName)))
			return
		}
		s.reveal(c.Reader)
		break
	}
	p.redirect(w, "/")
}
