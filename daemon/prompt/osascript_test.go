// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package prompt

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
)

// hostile are texts that would end a string of AppleScript or of a shell, or begin an option.
var hostile = []string{
	`" & (do shell script "id") & "`, `\" & quit & \"`, `'; id #`, "$(id)", "`id`", "-e beep", "« »", "\\", "end run\non run", "%s%n",
}

func TestNoTextBecomesPartOfTheScript(t *testing.T) {
	for _, text := range hostile {
		d := &dialog{title: text, site: text, lines: []string{text}, problem: text, label: text, ok: text, notOK: text, cancel: text}
		for _, kind := range []string{"field", "question"} {
			args := (&osascript{}).arguments(t.Context(), d, kind)
			if len(args) != 12 || args[0] != "-e" || args[1] != dialogScript || args[8] != kind {
				t.Fatalf("%q: %q", text, args)
			}
			if args[2] != text || !strings.HasPrefix(args[3], text+"\n"+text) || !slices.Equal(args[9:], []string{text, text, text}) {
				t.Errorf("%q: the arguments are %q", text, args[2:])
			}
		}
	}
	if strings.Contains(dialogScript, "do shell script") || strings.Contains(dialogScript, "run script") {
		t.Error("the script runs what it is given")
	}
}

func TestTheScriptIsToldWhatEnterAndEscapeMean(t *testing.T) {
	w := words.For("it")
	o := origin(t, "https://portale.example")
	compose := func(d *dialog, err error) *dialog {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		name, kind string
		d          *dialog
		want       string // icon, Enter, Escape, kind, buttons
	}{
		{"PIN", "field", compose(pinDialog(w, bridge.PINQuestion{Origin: o, TriesLeft: 3})), "1 2 1 field Annulla|Entra"},
		{
			"last try", "question", compose(questionDialog(w, bridge.Question{Origin: o, Kind: bridge.AskLastTry})),
			"2 1 1 question Annulla|Prova comunque",
		},
		{
			"a new site", "question", compose(questionDialog(w, bridge.Question{Origin: o, Kind: bridge.AskAdmitSite})),
			"2 1 1 question Non ora|Blocca|Consenti",
		},
		{
			"which card", "question", compose(questionDialog(w, bridge.Question{Origin: o, Kind: bridge.AskCard})),
			"1 3 1 question Annulla|Un'altra tessera|Usa questa tessera",
		},
		{"data", "question", compose(disclosureDialog(w, bridge.Disclosure{Origin: o})), "2 1 1 question Annulla|Condividi"},
		{"a message", "question", compose(noticeDialog(w, bridge.Notice{Purpose: bridge.ForChange})), "1 1 0 question Chiudi"},
	} {
		args := (&osascript{}).arguments(t.Context(), c.d, c.kind)
		if got := strings.Join(args[5:9], " ") + " " + strings.Join(args[9:], "|"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTheScriptEndsWhenTheTimeDoes(t *testing.T) {
	d := &dialog{ok: "OK"}
	if args := (&osascript{}).arguments(t.Context(), d, "question"); args[4] != "86400" {
		t.Errorf("without a limit: %q", args[4])
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if args := (&osascript{}).arguments(ctx, d, "question"); args[4] != "3600" && args[4] != "3599" {
		t.Errorf("with an hour: %q", args[4])
	}
}
