// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"testing"

	"github.com/ponte-cns/ponte/daemon/documents"
	"github.com/ponte-cns/ponte/daemon/words"
)

func TestEveryRefusalAndNoteIsSaidInEveryLanguage(t *testing.T) {
	for _, lang := range words.Languages {
		w := words.For(lang)
		said := map[string]bool{w.DocumentRefusal(string(documents.RefusedOrder)): true}
		for _, c := range documents.Codes() {
			if s := w.DocumentRefusal(string(c)); c != documents.RefusedOrder && said[s] {
				t.Errorf("%s: %s has no text of its own: %q", lang, c, s)
			} else {
				said[s] = true
			}
		}
		for _, n := range documents.Notes() {
			if s := w.DocumentNote(string(n)); s == "" || said[s] {
				t.Errorf("%s: %s has no text of its own: %q", lang, n, s)
			} else {
				said[s] = true
			}
		}
		if w.DocumentNote("of tomorrow") != "" || w.DocumentRefusal("of tomorrow") != w.DocumentRefusal("order") {
			t.Errorf("%s: a code that nobody knows has a text", lang)
		}
	}
}
