// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ponte-cns/ponte/daemon/browsers"
	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/doctor"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

func TestWhatAPersonCanMeetHasWordsOfItsOwn(t *testing.T) {
	met := []error{
		ipc.ErrAbsent, ipc.ErrRunning, ipc.ErrForeign, control.ErrClosed, policy.ErrManaged, policy.ErrManagedSite,
		&policy.Mistake{File: "config.toml", Line: 1, Err: errors.New("unknown key")},
		doctor.ErrNotFixable, browsers.ErrNoHost, browsers.ErrOpen, browsers.ErrNoModutil,
	}
	for _, lang := range words.Languages {
		w, said := words.For(lang), map[string]error{}
		for _, err := range met {
			text, detail := cli.InWords(w, inWords(w, fmt.Errorf("doing something: %w", err)))
			if before := said[text]; before != nil || text == w.Hint(protocol.Internal) || detail != "doing something: "+err.Error() {
				t.Errorf("%s: %v is told as %q (%s), as is %v", lang, err, text, detail, before)
			}
			said[text] = err
		}
	}
}

func TestWhatHasItsWordsAlreadyKeepsThem(t *testing.T) {
	w := words.For("it")
	for _, err := range []error{nil, context.Canceled, protocol.Fail(protocol.NoCard, ""), cli.Tell("Così non va.", ipc.ErrAbsent)} {
		if got := inWords(w, err); !errors.Is(got, err) {
			t.Errorf("%v became %v", err, got)
		}
	}
	if text, _ := cli.InWords(w, inWords(w, cli.Tell("Così non va.", ipc.ErrAbsent))); text != "Così non va." {
		t.Errorf("%q", text)
	}
}
