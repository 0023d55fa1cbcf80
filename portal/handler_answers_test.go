// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestTooManyRequestsWait(t *testing.T) {
	addresses := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, c := range map[string]struct {
		set    func(*portal.HandlerOptions)
		header func(i int) []string
		keep   bool // the cookie
		status int  // of the fourth request
	}{
		"of one session": {
			set:  func(o *portal.HandlerOptions) { o.PerSession = portal.Rate{Burst: 3, Every: time.Minute} },
			keep: true, status: 429,
		},
		"of many sessions": {set: func(o *portal.HandlerOptions) { o.PerSession = portal.Rate{Burst: 3, Every: time.Minute} }, status: 200},
		"from one address": {set: func(o *portal.HandlerOptions) { o.PerAddress = portal.Rate{Burst: 3, Every: time.Minute} }, status: 429},
		"from many addresses": {
			set:    func(o *portal.HandlerOptions) { o.PerAddress = portal.Rate{Burst: 3, Every: time.Minute} },
			header: func(i int) []string { return []string{"RemoteAddr", "192.0.2." + strconv.Itoa(i) + ":1"} },
			status: 200,
		},
		"from one address that makes others up": {
			set:    func(o *portal.HandlerOptions) { o.PerAddress = portal.Rate{Burst: 3, Every: time.Minute} },
			header: func(i int) []string { return []string{"X-Forwarded-For", "192.0.2." + strconv.Itoa(i)} },
			status: 429,
		},
		"from many addresses behind a proxy": {
			set: func(o *portal.HandlerOptions) {
				o.PerAddress, o.TrustedProxies = portal.Rate{Burst: 3, Every: time.Minute}, addresses
			},
			header: func(i int) []string {
				return []string{"RemoteAddr", "10.1.1.1:1", "X-Forwarded-For", "192.0.2." + strconv.Itoa(i)}
			},
			status: 200,
		},
		"with the limits off": {
			set: func(o *portal.HandlerOptions) {
				o.PerAddress, o.PerSession = portal.Rate{Burst: -1}, portal.Rate{Burst: -1}
			},
			keep: true, status: 200,
		},
	} {
		t.Run(name, func(t *testing.T) {
			now := &clock{time.Now()}
			b := browse(t, func(_ *portal.Login, o *portal.HandlerOptions) { o.Now = now.read; c.set(o) })
			for i := 1; i <= 4; i++ {
				if !c.keep {
					b.cookie = nil
				}
				var header []string
				if c.header != nil {
					header = c.header(i)
				}
				w := b.do("GET", "/auth/challenge", "", header...)
				want := 200
				if i == 4 {
					want = c.status
				}
				if w.Code != want {
					t.Fatalf("request %d: %d", i, w.Code)
				}
				if w.Code == 429 {
					wantProblem(t, w, 429, "rate-limited")
					if w.Header().Get("Retry-After") != "60" {
						t.Errorf("retry after %q", w.Header().Get("Retry-After"))
					}
				}
			}
			now.now = now.now.Add(time.Minute)
			if w := b.do("GET", "/auth/challenge", ""); w.Code != 200 {
				t.Errorf("a minute later: %d", w.Code)
			}
		})
	}
}

func TestLoginsCountAsRequestsOfTheSession(t *testing.T) {
	b := browse(t, func(_ *portal.Login, o *portal.HandlerOptions) {
		o.PerSession = portal.Rate{Burst: 2, Every: time.Hour}
	})
	b.challenge()
	wantProblem(t, b.post("{}"), 403, "nonce-unknown")
	wantProblem(t, b.post("{}"), 429, "rate-limited")
}

func TestAProblemSpeaksTheLanguageOfTheBrowser(t *testing.T) {
	for accept, want := range map[string]string{
		"": "it", "de-AT,de;q=0.9,en;q=0.8": "de", "en-GB": "en", "fr": "it", "fr,en;q=0.3,de;q=0.4": "de", "*": "it",
		"en;q=0": "it", "en;q=2,de;q=0.1": "de", "EN": "en", "it;q=0.1,en;q=0.1": "it", "eng": "it", "en;q=x": "it", "en;q=NaN": "it",
		strings.Repeat("fr,", 30) + "en": "it",
	} {
		w := browse(t, nil).post("", "Accept-Language", accept)
		p := wantProblem(t, w, 400, "request")
		title := map[string]string{"it": "Richiesta non valida", "en": "Request not valid", "de": "Ungültige Anfrage"}[want]
		if w.Header().Get("Content-Language") != want || p.Title != title || w.Header().Get("Vary") != "Accept-Language" {
			t.Errorf("%q: %s %q", accept, w.Header().Get("Content-Language"), p.Title)
		}
	}
}

func TestThePortalMayChooseTheLanguage(t *testing.T) {
	for chosen, want := range map[string]string{"de": "de", "xx": "it", "": "it"} {
		b := browse(t, func(_ *portal.Login, o *portal.HandlerOptions) {
			o.Language = func(*http.Request) string { return chosen }
		})
		if w := b.post("", "Accept-Language", "en"); w.Header().Get("Content-Language") != want {
			t.Errorf("%q: %q", chosen, w.Header().Get("Content-Language"))
		}
	}
}

func TestTheLogNamesNobody(t *testing.T) {
	b := browse(t, nil)
	n := b.challenge()
	b.post(b.loginBody(n, testpki.LeafOptions{}))
	for _, o := range []testpki.LeafOptions{{Validity: testpki.Expired}, {SignedBy: testpki.OtherCA}, {Bits: 1024}} {
		b.post(b.loginBody(b.challenge(), o))
	}
	log := b.log.String()
	for _, want := range []string{"outcome=ok", "outcome=expired", "outcome=chain", "outcome=key-size"} {
		if !strings.Contains(log, want) {
			t.Errorf("no %s:\n%s", want, log)
		}
	}
	for _, personal := range []string{"RSSGPR", "GIADA", "ROSSINI", "7430010024925855", "192.0.2.1", n, b.cookie.Value} {
		if strings.Contains(log, personal) {
			t.Errorf("%s is in the log:\n%s", personal, log)
		}
	}
}
