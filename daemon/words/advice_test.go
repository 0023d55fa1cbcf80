// SPDX-License-Identifier: EUPL-1.2

package words

import (
	"slices"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

func pointer[T any](v T) *T { return &v }

// situations has one of each topic.
func situations() []Situation {
	all := []Situation{{Card: protocol.Status{State: protocol.StateReady, Problem: pointer(protocol.Internal)}}}
	for _, s := range []protocol.CardState{
		protocol.StateNoReader, protocol.StateNoCard, protocol.StateMute, protocol.StateUnknown, protocol.StateReady,
	} {
		all = append(all, Situation{Card: protocol.Status{State: s}})
	}
	for code := range topics {
		all = append(all, Situation{Card: protocol.Status{State: protocol.StateReady, Problem: &code}})
	}
	for _, service := range []Service{ServiceAbsent, ServiceStopped, ServiceDenied} {
		s := protocol.Status{State: protocol.StateNoReader, Problem: pointer(protocol.PCSCUnavailable)}
		all = append(all, Situation{Card: s, Service: service})
	}
	for _, family := range []string{FamilyCIE, "Actalis ACe 2025"} {
		all = append(all, Situation{Card: protocol.Status{State: protocol.StateUnknown}, Family: family})
	}
	return all
}

func about(code protocol.Code) Situation {
	return Situation{Card: protocol.Status{State: protocol.StateReady, Problem: &code}}
}

func TestWhatIsNotKnownStillGetsAnAdvice(t *testing.T) {
	w := For("it")
	unknown := w.Advise(Situation{Card: protocol.Status{State: protocol.StateUnknown}})
	for name, s := range map[string]Situation{"no state": {}, "a state of tomorrow": {Card: protocol.Status{State: "melted"}}} {
		if a := w.Advise(s); a.Title != unknown.Title || a.Mood != protocol.MoodBad {
			t.Errorf("%s: %+v", name, a)
		}
	}
	if a := w.Advise(about("CODE_OF_TOMORROW")); a.Mood != protocol.MoodBad || !strings.Contains(a.Next, "riprova") {
		t.Errorf("%+v", a)
	}
	strange := about(protocol.PCSCUnavailable)
	strange.Service = "a reason of tomorrow"
	if a, plain := w.Advise(strange), w.Advise(about(protocol.PCSCUnavailable)); a.Title != plain.Title || strings.Contains(a.Title, "advice-") {
		t.Errorf("%+v", a)
	}
}

func TestEveryStateHasItsOwnCauseAndNextStepInEveryLanguage(t *testing.T) {
	for _, lang := range Languages {
		seen := map[string]string{}
		for _, s := range situations() {
			a := For(lang).Advise(s)
			topic := topicOf(s)
			for _, text := range append([]string{a.Title, a.Cause, a.Next, a.Where}, a.Notes...) {
				if strings.Contains(text, "advice-") || strings.Contains(text, "{{") || strings.Contains(text, "\n") {
					t.Errorf("%s, %s: %q", lang, topic, text)
				}
			}
			if len([]rune(a.Title)) > 50 || strings.HasSuffix(a.Title, ".") {
				t.Errorf("%s, %s: the title is a sentence: %q", lang, topic, a.Title)
			}
			if !strings.HasSuffix(a.Next, ".") || (a.Cause == "") != (topic == "ready") || topic != "ready" && !strings.HasSuffix(a.Cause, ".") {
				t.Errorf("%s, %s: %+v", lang, topic, a)
			}
			if other, ok := seen[a.Title]; ok && other != topic {
				t.Errorf("%s: %s and %s have one title", lang, topic, other)
			}
			seen[a.Title] = topic
		}
	}
}

func TestAServiceThatIsAbsentStoppedOrDeniedIsToldApart(t *testing.T) {
	var said []string
	for _, service := range []Service{"", ServiceAbsent, ServiceStopped, ServiceDenied} {
		s := about(protocol.PCSCUnavailable)
		s.Service = service
		said = append(said, Sentences(For("en").Advise(s), true))
	}
	slices.Sort(said)
	if len(slices.Compact(said)) != 4 {
		t.Errorf("%q", said)
	}
}

func TestOnlyWhatADeskCanMendSendsTheCitizenToOne(t *testing.T) {
	issuer := "Actalis S.p.A. Servizi di Certificazione Regione Toscana - CA Cittadini"
	for code := range topics {
		s := about(code)
		s.Issuer = issuer
		a := For("it").Advise(s)
		wanted := slices.Contains([]protocol.Code{
			protocol.PINBlocked, "PUK_BLOCKED", protocol.CardNotActivated, protocol.CertificateExpired, protocol.CertificateMissing, protocol.KeyMismatch,
		}, code)
		if (a.Where != "") != wanted || wanted && !strings.Contains(a.Where, "800.004477") {
			t.Errorf("%s: %q", code, a.Where)
		}
		if strings.Contains(Sentences(a, false), "Toscana") {
			t.Errorf("%s: the sentences for everybody name the Region", code)
		}
	}
}

func TestMoods(t *testing.T) {
	for _, s := range situations() {
		want := protocol.MoodBad
		switch topicOf(s) {
		case "ready":
			want = protocol.MoodGood
		case "no-reader", "no-card", "mute", "busy":
			want = protocol.MoodWait
		}
		if a := For("it").Advise(s); a.Mood != want {
			t.Errorf("%s: %s", topicOf(s), a.Mood)
		}
	}
}

func TestACardThatWorksHasNotesOfItsLastTriesAndOfItsEnd(t *testing.T) {
	ready := func(tries, days *int) Situation {
		return Situation{Card: protocol.Status{State: protocol.StateReady, PIN: protocol.PINStatus{TriesLeft: tries}, ExpiresInDays: days}}
	}
	for _, c := range []struct {
		name string
		s    Situation
		want []string
	}{
		{"nothing to say", ready(pointer(3), pointer(61)), nil},
		{"a card that does not count", ready(nil, nil), nil},
		{"expired is an advice, not a note", Situation{Card: protocol.Status{State: protocol.StateReady, Problem: pointer(protocol.CertificateExpired), ExpiresInDays: pointer(-1)}}, nil},
		{"blocked: no tries to count", Situation{Card: protocol.Status{State: protocol.StateReady, Problem: pointer(protocol.PINBlocked), PIN: protocol.PINStatus{TriesLeft: pointer(0), Blocked: true}}}, nil},
		{"two tries", ready(pointer(2), nil), []string{"2 tentativi"}},
		{"one try", ready(pointer(1), nil), []string{"un solo tentativo"}},
		{"60 days", ready(pointer(3), pointer(60)), []string{"60 giorni"}},
		{"one day", ready(pointer(3), pointer(1)), []string{"1 giorno."}},
		{"the last day", ready(pointer(3), pointer(0)), []string{"oggi"}},
		{"both", ready(pointer(1), pointer(7)), []string{"un solo tentativo", "7 giorni"}},
	} {
		a := For("it").Advise(c.s)
		if len(a.Notes) != len(c.want) {
			t.Errorf("%s: %q", c.name, a.Notes)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(a.Notes[i], want) || a.Mood != protocol.MoodGood {
				t.Errorf("%s: %+v", c.name, a)
			}
		}
	}
}

func TestTheHintOfAnErrorSaysWhatTheAdviceSays(t *testing.T) {
	for code := range topics {
		a := For("de").Advise(about(code))
		if got := For("de").Hint(code); got != a.Cause+" "+a.Next {
			t.Errorf("%s: %q", code, got)
		}
	}
	if ready := For("it").Advise(Situation{Card: protocol.Status{State: protocol.StateReady}}); Sentences(ready, true) != ready.Next {
		t.Errorf("%q", Sentences(ready, true))
	}
}
