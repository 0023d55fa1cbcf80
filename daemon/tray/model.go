// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"slices"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// state is what the tray knows of the agent and its card.
type state struct {
	life  life
	info  control.Info   // with a running agent
	cards []control.Card // personal: for the menu only, never for a notification or the tooltip
}

// life is whether there is an agent.
type life int

const (
	starting life = iota
	running
	absent
)

// icon is one of the five pictures. Each has a shape of its own: colour alone tells nothing.
type icon string

const (
	iconAbsent    icon = "absent"    // no agent
	iconWaiting   icon = "waiting"   // a reader or a card is to be put in
	iconReady     icon = "ready"     // a login can go on
	iconBusy      icon = "busy"      // a dialog is open, or the card is at work
	iconAttention icon = "attention" // something has to be mended
)

// entry is what can be chosen from the menu, in its order.
type entry int

const (
	entryOpen entry = iota
	entryChangePIN
	entryUnblockPIN
	entryActivity
	entryDoctor
	entryLanguage // the head of the three below
	entryItalian
	entryEnglish
	entryGerman
	entryQuit
	entries
)

// languages are those of the entries that choose one. Their names are not translated: who has to look for his own
// language cannot read the one that is shown.
var languages = map[entry]struct{ code, name string }{
	entryItalian: {"it", "Italiano"},
	entryEnglish: {"en", "English"},
	entryGerman:  {"de", "Deutsch"},
}

// menu is everything that a person sees of the tray. Its lines can be chosen because desktops draw what cannot in a pale
// grey and pass it over when a menu is read by keyboard, or aloud.
type menu struct {
	icon    icon
	tooltip string
	lines   []string // what is, and what to do; choosing one opens the control page, which says the rest
	entries [entries]item
}

// item is one entry of a menu.
type item struct {
	label   string
	enabled bool
	checked bool
}

// Limits of the lines of a menu.
const (
	maxLines  = 12
	lineWidth = 56 // characters
	maxCards  = 3  // holders that are named
	maxHolder = 60 // characters of a name

	maxTooltip = 60 // characters; Windows takes 127
)

// compose puts a state into words.
func compose(s state, w *words.Words) menu {
	m := menu{icon: iconOf(s)}
	title, texts := describe(s, w)
	m.tooltip = oneLine("Ponte: "+title, maxTooltip)
	m.lines = append(m.lines, wrap(title, lineWidth)...)
	for i, c := range s.cards {
		if c.Holder != "" && i < maxCards {
			m.lines = append(m.lines, w.T(words.DialogHolder, words.Data{"Name": oneLine(c.Holder, maxHolder)}))
		}
	}
	for _, text := range texts {
		m.lines = append(m.lines, wrap(text, lineWidth)...)
	}
	if len(m.lines) > maxLines {
		m.lines = m.lines[:maxLines]
		m.lines[maxLines-1] += " …"
	}
	for e, label := range map[entry]words.Text{
		entryOpen: words.TrayOpen, entryChangePIN: words.TrayChangePIN, entryUnblockPIN: words.TrayUnblockPIN,
		entryActivity: words.TrayActivity, entryDoctor: words.TrayDoctor, entryLanguage: words.TrayLanguage, entryQuit: words.TrayQuit,
	} {
		m.entries[e] = item{label: w.T(label, nil), enabled: possible(e, s)}
	}
	for e, l := range languages {
		m.entries[e] = item{label: l.name, enabled: possible(e, s), checked: l.code == w.Lang()}
	}
	return m
}

func iconOf(s state) icon {
	switch {
	case s.life != running:
		return iconAbsent
	case s.info.Busy:
		return iconBusy
	case s.info.Advice.Mood == protocol.MoodGood:
		return iconReady
	case s.info.Advice.Mood == protocol.MoodWait:
		return iconWaiting
	}
	return iconAttention
}

// describe says how things are in a few words, and then what to do. Of the advice it takes what fits into a menu: the
// control page shows it whole.
func describe(s state, w *words.Words) (title string, texts []string) {
	switch {
	case s.life == starting:
		return w.T(words.TrayStarting, nil), nil
	case s.life == absent:
		return w.T(words.TrayAbsent, nil), []string{w.T(words.TrayAbsentNext, nil)}
	case s.info.Busy:
		return w.T(words.TrayBusy, nil), []string{w.T(words.TrayBusyNext, nil)}
	}
	a := s.info.Advice
	texts = []string{firstSentence(a.Next)}
	if a.Mood == protocol.MoodWait { // the cause says what the next step speaks of
		texts = []string{firstSentence(a.Cause), firstSentence(a.Next)}
	}
	for _, note := range a.Notes {
		texts = append(texts, firstSentence(note))
	}
	return a.Title, slices.DeleteFunc(texts, func(t string) bool { return t == "" })
}

// possible says whether an entry makes sense now.
func possible(e entry, s state) bool {
	switch e {
	case entryOpen, entryQuit:
		return true // opening the control page starts an agent that is not there
	case entryChangePIN:
		return cardAllows(s, protocol.CertificateExpired, protocol.CertificateNotYetValid)
	case entryUnblockPIN:
		return cardAllows(s, protocol.PINBlocked, protocol.CertificateExpired, protocol.CertificateNotYetValid)
	}
	return s.life == running
}

// cardAllows says that there is a card which has no problem, or one that does not matter.
func cardAllows(s state, harmless ...protocol.Code) bool {
	c := s.info.Card
	return s.life == running && !s.info.Busy && c.State == protocol.StateReady &&
		(c.Problem == nil || slices.Contains(harmless, *c.Problem))
}
