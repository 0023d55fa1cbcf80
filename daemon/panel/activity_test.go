// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/protocol"
)

func TestOnlyWhatFailedLooksLikeAFailure(t *testing.T) {
	for outcome, mood := range map[protocol.Code]string{
		protocol.NoCard: "bad", protocol.Internal: "bad", "OF_TOMORROW": "bad",
		protocol.UserCancelled: "info", protocol.UserTimeout: "info", protocol.ConsentDenied: "info", "": "good",
	} {
		r := start(t)
		r.agent.answer(control.ActivityList, []entry{{Time: time.Now(), Origin: "https://portal.example", Operation: "auth.login", Outcome: outcome}})
		if text := r.get("/activity").text; strings.Count(text, `<span class="tag `) != 1 || !strings.Contains(text, `<span class="tag `+mood+`">`) {
			t.Errorf("%q does not look %s", outcome, mood)
		}
	}
}

func TestALongNameOfASiteBreaksBehindItsPoints(t *testing.T) {
	r := start(t)
	r.agent.answer(control.ActivityList, []entry{{Time: time.Now(), Origin: "https://www.portal.example", Operation: "auth.login"}})
	r.agent.answer(control.SitesList, []site{{Origin: "https://www.portal.example", Allowed: true}})
	for path, name := range map[string]string{"/activity": "www.<wbr>portal.<wbr>example<wbr>", "/sites": "https://www.<wbr>portal.<wbr>example<wbr>"} {
		if text := r.get(path).text; !strings.Contains(text, "<bdi>"+name+"</bdi>") {
			t.Errorf("%s: %.3000s", path, text)
		}
	}
}

func TestADurationIsAsExactAsAPersonNeeds(t *testing.T) {
	for ms, want := range map[int64]string{0: "", 49: "", 50: "0,1 secondi", 9_949: "9,9 secondi", 10_000: "10 secondi", 119_700: "120 secondi"} {
		r := start(t)
		r.agent.answer(control.ActivityList, []entry{{Time: time.Now(), Origin: "https://portal.example", Operation: "auth.login", DurationMs: ms}})
		text := r.get("/activity").text
		if want == "" {
			want = ">–</td>"
		}
		if !strings.Contains(text, want) {
			t.Errorf("%d ms are not told as %q", ms, want)
		}
	}
}
