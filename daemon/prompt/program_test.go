// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

func TestADialogForAProgramNamesItAndNoSite(t *testing.T) {
	w := words.For("it")
	for name, q := range map[string]bridge.PINQuestion{
		"no program":              {Purpose: bridge.ForProgram},
		"nothing that is shown":   {Purpose: bridge.ForProgram, Program: "/usr/bin/\u202e\u200b"},
		"a site":                  {Purpose: bridge.ForProgram, Program: "/usr/bin/a", Origin: origin(t, "https://portal.example")},
		"a PUK":                   {Purpose: bridge.ForProgram, Program: "/usr/bin/a", Entry: bridge.EnterPUK},
		"a program beside a site": {Origin: origin(t, "https://portal.example"), Program: "/usr/bin/a"},
	} {
		if d, err := pinDialog(w, q); err == nil {
			t.Errorf("%s: %q", name, d.text())
		}
	}
	for _, kind := range []bridge.QuestionKind{bridge.AskAdmitSite, bridge.AskLastPUK, bridge.AskWeakPIN, bridge.AskNotBlocked} {
		if _, err := questionDialog(w, bridge.Question{Purpose: bridge.ForProgram, Program: "/usr/bin/a", Kind: kind}); err == nil {
			t.Errorf("question %d", kind)
		}
	}
}

func TestThePINDialogOfAProgramSaysThatTheSiteIsNotKnown(t *testing.T) {
	for lang, says := range map[string]string{"it": "non sa quale sito", "en": "does not know which website", "de": "weiß Ponte nicht"} {
		d, err := pinDialog(words.For(lang), bridge.PINQuestion{
			Purpose: bridge.ForProgram, Program: "/opt/a\nb/" + strings.Repeat("x", 300) + "/chromium", Holder: "GIADA PROVA ROSSINI", TriesLeft: 2,
		})
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(d.text(), "\n", " ")
		for _, want := range []string{says, "chromium", "30", "GIADA PROVA ROSSINI", "2"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in %s", lang, want, text)
			}
		}
		if strings.Contains(text, strings.Repeat("x", 100)) {
			t.Errorf("%s: a path without end", lang)
		}
	}
}

func TestALatePINIsAMessageToReload(t *testing.T) {
	d, err := noticeDialog(words.For("it"), bridge.Notice{Purpose: bridge.ForProgram, Program: "/usr/bin/firefox"})
	if err != nil || !strings.Contains(strings.ReplaceAll(d.text(), "\n", " "), "Ricarica subito la pagina") || d.cancel != "" {
		t.Errorf("%+v, %v", d, err)
	}
	d, err = noticeDialog(words.For("it"), bridge.Notice{Purpose: bridge.ForProgram, Program: "/usr/bin/firefox", Code: protocol.CardRemoved})
	if err != nil || !strings.Contains(strings.ReplaceAll(d.text(), "\n", " "), "stata tolta") {
		t.Errorf("%+v, %v", d, err)
	}
}
