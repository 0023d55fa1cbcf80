// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"slices"
	"time"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// notice is a notification of the desktop. It never holds personal data: others may be looking at the screen.
type notice struct {
	title, body string
	urgent      bool // it stays until it is read
}

// herald decides what is worth a notification: what changed with the card, once.
type herald struct {
	now func() time.Time

	known   bool          // a state was seen since the agent came
	topic   protocol.Code // what the card was like then: see topicOf
	expires string        // the day on which the citizen was told that the card expires
}

// told are the problems of a card that are worth a notification.
var told = []protocol.Code{
	protocol.PINBlocked, protocol.PUKBlocked, protocol.CardNotActivated, protocol.CertificateExpired, protocol.CertificateMissing,
}

const (
	topicNone   protocol.Code = ""
	topicReady  protocol.Code = "ready"
	expiresSoon               = 60 // days
)

// topicOf is what a notification about a card would speak of.
func topicOf(s protocol.Status) protocol.Code {
	switch {
	case s.State != protocol.StateReady:
		return topicNone
	case s.Problem == nil:
		return topicReady
	case slices.Contains(told, *s.Problem):
		return *s.Problem
	}
	return topicNone
}

// tell gives the notices for a state. locked is asked only when there is one: nothing is told while the screen is locked.
func (h *herald) tell(s state, w *words.Words, locked func() bool) []notice {
	if s.life != running {
		h.known = false
		return nil
	}
	if s.info.Busy {
		return nil // the dialog that is open says it
	}
	before, first := h.topic, !h.known
	h.topic, h.known = topicOf(s.info.Card), true
	if h.topic == topicNone || !first && h.topic == before {
		return nil
	}
	if locked() {
		return nil
	}
	if h.topic != topicReady {
		return []notice{{s.info.Advice.Title, s.info.Advice.Next, true}}
	}
	var notices []notice
	if !first { // a card that was there all along is no news
		notices = append(notices, notice{s.info.Advice.Title, w.T(words.TrayReadyBody, nil), false})
	}
	today := h.now().Format(time.DateOnly)
	if days := s.info.Card.ExpiresInDays; days != nil && *days >= 0 && *days <= expiresSoon && h.expires != today {
		h.expires = today
		body := w.T(words.AdviceExpiresToday, nil)
		if *days > 0 {
			body = w.N(words.AdviceExpires, *days)
		}
		notices = append(notices, notice{w.T(words.TrayExpiresTitle, nil), body, false})
	}
	return notices
}

// throttle lets a few notices through in a minute and swallows the rest: a card with a bad contact must not bury the
// desktop.
type throttle struct {
	now  func() time.Time
	sent []time.Time
}

const noticesInAMinute = 4

func (t *throttle) allow() bool {
	now := t.now()
	t.sent = slices.DeleteFunc(t.sent, func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	if len(t.sent) >= noticesInAMinute {
		return false
	}
	t.sent = append(t.sent, now)
	return true
}
