// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"testing"

	"github.com/ponte-cns/ponte/daemon/words"
)

func TestATimeAheadIsToldAsPeopleSayIt(t *testing.T) {
	for _, c := range []struct {
		days       int
		it, en, de string
	}{
		{0, "fra 0 giorni.", "in 0 days.", "in 0 Tagen."},
		{1, "fra 1 giorno.", "in 1 day.", "in 1 Tag."},
		{90, "fra 90 giorni.", "in 90 days.", "in 90 Tagen."},
		{91, "fra 3 mesi.", "in 3 months.", "in 3 Monaten."},
		{243, "fra 8 mesi.", "in 8 months.", "in 8 Monaten."},
		{365, "fra 12 mesi.", "in 12 months.", "in 12 Monaten."},
		{714, "fra 23 mesi.", "in 23 months.", "in 23 Monaten."},
		{716, "fra 2 anni.", "in 2 years.", "in 2 Jahren."},
		{761, "fra più di 2 anni.", "in more than 2 years.", "in mehr als 2 Jahren."},
		{974, "fra più di 2 anni.", "in more than 2 years.", "in mehr als 2 Jahren."},
		{1004, "fra quasi 3 anni.", "in almost 3 years.", "in fast 3 Jahren."},
		{2160, "fra quasi 6 anni.", "in almost 6 years.", "in fast 6 Jahren."},
		{2191, "fra 6 anni.", "in 6 years.", "in 6 Jahren."},
	} {
		for lang, want := range map[string]string{"it": c.it, "en": c.en, "de": c.de} {
			if got := (&frame{words: words.For(lang)}).Ahead(c.days); got != want {
				t.Errorf("%d days, %s: %q, want %q", c.days, lang, got, want)
			}
		}
	}
}
