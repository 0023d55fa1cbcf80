// SPDX-License-Identifier: EUPL-1.2

package words

import (
	"slices"
	"strings"

	"github.com/ponte-cns/ponte/protocol"
)

// Situation is what the agent knows when it tells a citizen how things are.
type Situation struct {
	Card    protocol.Status
	Service Service // why the smart card service does not answer, with the problem PCSC_UNAVAILABLE
	Family  string  // of a card that cannot be used, where it is known: FamilyCIE, or a name that is the same in all languages
	Issuer  string  // of the card's certificate, as RegionHelp takes it; empty when it is not known
}

// Service is why the smart card service of the system does not answer, where that is known.
type Service string

// The reasons.
const (
	ServiceAbsent  Service = "absent"  // it is not installed
	ServiceStopped Service = "stopped" // it is installed and does not run
	ServiceDenied  Service = "denied"  // it runs, and this session may not use it (polkit)
)

// FamilyCIE is the Italian identity card.
const FamilyCIE = "cie"

// Limits of what is said of a card that works.
const (
	fewTries   = 2  // of the PIN, of three
	expireSoon = 60 // days
)

// topics are what an advice can be about, by the problem of the card; a state without a problem is its own topic. Each
// has a section of advice.*.toml with title, cause and next.
var topics = map[protocol.Code]string{
	protocol.NoReader:               string(protocol.StateNoReader),
	protocol.NoCard:                 string(protocol.StateNoCard),
	protocol.CardMute:               string(protocol.StateMute),
	protocol.CardUnsupported:        string(protocol.StateUnknown),
	protocol.CardBusy:               "busy",
	protocol.PINBlocked:             "pin-blocked",
	"PUK_BLOCKED":                   "puk-blocked",
	protocol.CardNotActivated:       "not-activated",
	protocol.CertificateExpired:     "expired",
	protocol.CertificateNotYetValid: "not-yet-valid",
	protocol.CertificateMissing:     "no-certificate",
	protocol.KeyMismatch:            "wrong-key",
	protocol.ReaderLimited:          "reader-limited",
	protocol.PCSCUnavailable:        "service",
}

// atADesk are the topics in which only a desk can help, or helps when the next step fails.
var atADesk = []string{"pin-blocked", "puk-blocked", "not-activated", "expired", "no-certificate", "wrong-key"}

// waiting are the topics in which something has to be put in, plugged in or turned round: nothing is broken.
var waiting = []string{string(protocol.StateNoReader), string(protocol.StateNoCard), string(protocol.StateMute), "busy"}

// Advise tells how things are and what to do: the one place where that is put into words, so that popup, tray, control
// page, command line and the hints of errors all say the same.
func (w *Words) Advise(s Situation) protocol.Advice {
	topic := topicOf(s)
	about := Data{"Family": s.Family}
	a := protocol.Advice{
		Mood:  moodOf(topic),
		Title: w.T(Text("advice-"+topic+".title"), nil),
		Next:  w.T(Text("advice-"+topic+".next"), nil),
		Notes: w.notes(topic, s.Card),
	}
	if topic != string(protocol.StateReady) {
		a.Cause = w.T(Text("advice-"+topic+".cause"), about)
	}
	if slices.Contains(atADesk, topic) {
		a.Where = w.RegionHelp(s.Issuer)
	}
	return a
}

// topicOf says what an advice is about: the problem, else the state.
func topicOf(s Situation) string {
	if s.Card.Problem == nil {
		if s.Card.State == protocol.StateUnknown && s.Family != "" {
			return familyTopic(s.Family)
		}
		if knownState(s.Card.State) {
			return string(s.Card.State)
		}
		return string(protocol.StateUnknown)
	}
	topic, ok := topics[*s.Card.Problem]
	switch {
	case !ok:
		return "problem"
	case topic == string(protocol.StateUnknown) && s.Family != "":
		return familyTopic(s.Family)
	case topic == "service" && slices.Contains([]Service{ServiceAbsent, ServiceStopped, ServiceDenied}, s.Service):
		return "service-" + string(s.Service)
	}
	return topic
}

// familyTopic is about a card that is known and needs somebody else's software.
func familyTopic(family string) string {
	if family == FamilyCIE {
		return FamilyCIE
	}
	return "maker"
}

func moodOf(topic string) protocol.Mood {
	switch {
	case topic == string(protocol.StateReady):
		return protocol.MoodGood
	case slices.Contains(waiting, topic):
		return protocol.MoodWait
	}
	return protocol.MoodBad
}

// notes are what should be known beside the advice: that few tries are left, that the card expires soon.
func (w *Words) notes(topic string, c protocol.Status) []string {
	var notes []string
	if tries := c.PIN.TriesLeft; topic == string(protocol.StateReady) && tries != nil && *tries > 0 && *tries <= fewTries {
		id := AdviceTries
		if *tries == 1 {
			id = AdviceLastTry
		}
		notes = append(notes, w.T(id, Data{"Tries": *tries}))
	}
	days := c.ExpiresInDays
	switch {
	case days == nil || *days < 0 || *days > expireSoon || topic == "expired":
	case *days == 0:
		notes = append(notes, w.T(AdviceExpiresToday, nil))
	default:
		notes = append(notes, w.N(AdviceExpires, *days))
	}
	return notes
}

// Sentences is an advice as one text: why, and what to do; with where to go only for whom that concerns.
func Sentences(a protocol.Advice, where bool) string {
	parts := []string{a.Cause, a.Next}
	if where {
		parts = append(parts, a.Where)
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}

// Advised says that an error with this code is told in the words of an advice.
func Advised(c protocol.Code) bool { return topics[c] != "" }

func knownState(s protocol.CardState) bool {
	return slices.Contains([]protocol.CardState{
		protocol.StateNoReader, protocol.StateNoCard, protocol.StateMute, protocol.StateUnknown, protocol.StateReady,
	}, s)
}
