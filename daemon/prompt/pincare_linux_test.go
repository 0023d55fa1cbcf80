// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

func TestABasicPinentryShowsTheDialogsOfTheCare(t *testing.T) {
	program := fakeProgram(t, "basic")
	p := New(Options{Program: program, Lang: "it"})
	typed, err := p.AskPIN(t.Context(), bridge.PINQuestion{Purpose: bridge.ForUnblock, Entry: bridge.EnterPUK, TriesLeft: 3})
	if err != nil || digits(t, typed) != "12345678" {
		t.Errorf("%v", err)
	}
	typed.Wipe()
	if err := p.Tell(t.Context(), bridge.Notice{Purpose: bridge.ForChange}); err != nil {
		t.Error(err)
	}
	if !strings.Contains(transcript(t, program), "CONFIRM --one-button") {
		t.Errorf("a message has two buttons: %s", transcript(t, program))
	}
}

func TestANoticeThatCannotBeShownSaysSo(t *testing.T) {
	for fake, want := range map[string]error{"dies": bridge.ErrNoDialog, "timeout": bridge.ErrDialogTimeout, "cancelled": bridge.ErrDialogCancelled} {
		if err := New(Options{Program: fakeProgram(t, fake)}).Tell(t.Context(), bridge.Notice{Purpose: bridge.ForChange}); !errors.Is(err, want) {
			t.Errorf("%s: %v", fake, err)
		}
	}
}

func TestAGnome3QuestionAboutAWeakPINTakesOnlyTheWordForYes(t *testing.T) {
	for fake, want := range map[string]error{"gnome3-enter": bridge.ErrDialogCancelled, "gnome3-word": bridge.ErrDialogCancelled, "gnome3-yes": nil} {
		program := fakeProgram(t, fake)
		answer, err := New(Options{Program: program, Lang: "it"}).Confirm(t.Context(), bridge.Question{Purpose: bridge.ForChange, Kind: bridge.AskWeakPIN})
		if !errors.Is(err, want) || bool(answer) != (want == nil) {
			t.Errorf("%s: %v, %v", fake, answer, err)
		}
		if shown := strings.ReplaceAll(transcript(t, program), "%0A", " "); !strings.Contains(shown, "Per sceglierne un altro premi Invio") {
			t.Errorf("%s: it is not said how to answer: %s", fake, shown)
		}
	}
}

// careQuestion asks one question of the care with a real program.
func careQuestion(t *testing.T, o Options, kind bridge.QuestionKind, answer *bridge.Answer) func(context.Context) error {
	t.Helper()
	return func(ctx context.Context) error {
		a, err := New(o).Confirm(ctx, bridge.Question{Purpose: bridge.ForUnblock, Kind: kind, Holder: "MARIA ROSSI", TriesLeft: 1})
		*answer = a
		return err
	}
}

func TestNeitherTheLastPUKNorAWeakPINIsTheAnswerToEnter(t *testing.T) {
	for name, o := range realPrograms(t) {
		t.Run(name, func(t *testing.T) {
			for _, kind := range []bridge.QuestionKind{bridge.AskLastPUK, bridge.AskUnknownPUK, bridge.AskWeakPIN} {
				for _, key := range []string{"Return", "Escape"} {
					answer := bridge.Yes
					if err := press(t, careQuestion(t, o, kind, &answer), key); !errors.Is(err, bridge.ErrDialogCancelled) || answer != bridge.No {
						t.Errorf("question %d, %s: %v, %v", kind, key, answer, err)
					}
				}
			}
		})
	}
}

func TestTheCareIsAnsweredFromTheKeyboard(t *testing.T) {
	insist := map[string][]string{
		"pinentry-gtk-2": {"Tab", "Return"}, "pinentry-qt": {"shift+Tab", "Return"}, "pinentry-gnome3": {"type si", "Return"}, "zenity": {"Tab", "Return"},
	}
	for name, o := range realPrograms(t) {
		t.Run(name, func(t *testing.T) {
			answer := bridge.No
			if err := press(t, careQuestion(t, o, bridge.AskWeakPIN, &answer), insist[name]...); err != nil || answer != bridge.Yes {
				t.Errorf("insisting on a weak PIN: %v, %v", answer, err)
			}
			got := ""
			puk := func(ctx context.Context) error {
				typed, err := New(o).AskPIN(ctx, bridge.PINQuestion{Purpose: bridge.ForUnblock, Entry: bridge.EnterPUK, Holder: "MARIA ROSSI", TriesLeft: 2, Problem: bridge.WrongPIN})
				if err == nil {
					got = digits(t, typed)
				}
				typed.Wipe()
				return err
			}
			if err := press(t, puk, "ctrl+a", "type 87654321", "Return"); err != nil || got != "87654321" {
				t.Errorf("the PUK: %q, %v", got, err)
			}
			told := func(ctx context.Context) error {
				return New(o).Tell(ctx, bridge.Notice{Purpose: bridge.ForUnblock, Holder: "MARIA ROSSI", Code: protocol.PUKBlocked, Situation: words.Situation{Issuer: "Regione Lombardia"}})
			}
			if err := press(t, told, "Return"); err != nil { // Escape has no effect on the one button of pinentry-gtk-2
				t.Errorf("a notice, Enter: %v", err)
			}
		})
	}
}
