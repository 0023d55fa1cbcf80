// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"testing"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/portal"
)

func TestEveryReasonOfARefusalIsSaidInWords(t *testing.T) {
	for _, lang := range words.Languages {
		w, said := words.For(lang), map[string]portal.Reason{}
		for _, r := range portal.Reasons() {
			text := reasonText(w, r)
			if before, twice := said[text]; twice || text == string(r) {
				t.Errorf("%s: %s is told as %q, as is %q", lang, r, text, before)
			}
			said[text] = r
		}
		if reasonText(w, "of-tomorrow") != "of-tomorrow" {
			t.Errorf("%s: a reason that nobody knows has words", lang)
		}
	}
}
