// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
)

func TestEnterAndEscapeNeverSignAndEveryAnswerCanBeGivenFromTheKeyboard(t *testing.T) {
	ways := map[string]struct{ sign, view []string }{
		"pinentry-gtk-2":  {[]string{"shift+Tab", "Return"}, []string{"Tab", "Return"}},
		"pinentry-qt":     {[]string{"shift+Tab", "shift+Tab", "Return"}, []string{"shift+Tab", "Return"}},
		"pinentry-gnome3": {[]string{"type si", "Return"}, []string{"type guarda", "Return"}},
		"zenity":          {[]string{"Tab", "Return"}, []string{"shift+Tab", "Return"}},
	}
	for name, o := range realPrograms(t) {
		t.Run(name, func(t *testing.T) {
			var choice bridge.Choice
			asks := func(ctx context.Context) (err error) {
				choice, err = New(o).ConfirmSigning(ctx, signing(t, 2))
				return err
			}
			for _, key := range []string{"Return", "Escape"} {
				if err := press(t, asks, key); !errors.Is(err, bridge.ErrDialogCancelled) || choice == bridge.ChooseSign {
					t.Errorf("%s: %v, %v", key, choice, err)
				}
			}
			if err := press(t, asks, ways[name].view...); err != nil || choice != bridge.ChooseView {
				t.Errorf("view: %v, %v", choice, err)
			}
			if err := press(t, asks, ways[name].sign...); err != nil || choice != bridge.ChooseSign {
				t.Errorf("sign: %v, %v", choice, err)
			}
		})
	}
}

func TestTheProgressIsShownUntilItIsOverAndCanBeStopped(t *testing.T) {
	o := realPrograms(t)["zenity"]
	q := bridge.Progress{Origin: question(t).Origin, Total: 50}
	show := func(ctx context.Context) error { return New(o).ShowProgress(ctx, q, make(chan int)) }
	if err := press(t, show, "Escape"); !errors.Is(err, bridge.ErrDialogCancelled) {
		t.Errorf("Escape: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done, ended := make(chan int, 1), make(chan error, 1)
	go func() { ended <- New(o).ShowProgress(ctx, q, done) }()
	for n := range 60 { // more than there are, and it stays open
		done <- n
	}
	eventually(t, "a window", func() bool { return len(windows(t)) > 0 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	eventually(t, "the window goes away", func() bool { return len(windows(t)) == 0 })
}

func TestWithoutAWindowForItTheProgressOnlyWaits(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		p := New(Options{Environ: []string{"PATH=" + t.TempDir()}})
		ended <- p.ShowProgress(ctx, bridge.Progress{Origin: question(t).Origin, Total: 2}, make(chan int))
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestWhatAFakeProgramIsToldOfASignature(t *testing.T) {
	program := fakeProgram(t, "gnome3-yes")
	choice, err := New(Options{Program: program, Lang: "it"}).ConfirmSigning(t.Context(), signing(t, 1))
	if got := transcript(t, program); err != nil || choice != bridge.ChooseSign || !strings.Contains(got, "GUARDA") {
		t.Errorf("%v, %v\n%s", choice, err, got)
	}
}
