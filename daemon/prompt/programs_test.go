// SPDX-License-Identifier: EUPL-1.2

//go:build unix

package prompt

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestOfALongSiteTheEndIsShown(t *testing.T) {
	long := "https://fascicolo.regione.lombardia.it." + strings.Repeat("login.", 20) + "evil.example"
	name, _ := site(origin(t, long))
	if !strings.HasPrefix(name, "…") || !strings.HasSuffix(name, ".evil.example") || utf8.RuneCountInString(name) > maxHost {
		t.Errorf("a long name hides its end: %q", name)
	}
}
