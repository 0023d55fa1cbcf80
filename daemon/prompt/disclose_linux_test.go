// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"errors"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
)

// long is a consent that Assuan's line cannot hold: the end of its list would be missing.
func long(t *testing.T) bridge.Disclosure {
	q := bridge.Disclosure{Origin: question(t).Origin, Holder: "MARIA ROSSI"}
	for _, f := range protocol.IdentityFields {
		q.Values = append(q.Values, bridge.Value{Field: f, Text: strings.Repeat("È", 50)})
	}
	return q
}

func TestAConsentIsShownWholeOrNotAtAll(t *testing.T) {
	for _, name := range []string{"nothing", "gnome3-yes"} {
		program := fakeProgram(t, name)
		answer, err := New(Options{Program: program, Lang: "it"}).Disclose(t.Context(), long(t))
		if answer != bridge.No || !errors.Is(err, bridge.ErrNoDialog) {
			t.Errorf("%s: %v, %v", name, answer, err)
		}
		if got := transcript(t, program); strings.Contains(got, "SETDESC") || strings.Contains(got, "CONFIRM") {
			t.Errorf("%s was told\n%s", name, got)
		}
	}
}
