// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestEveryCodeHasItsSentencesInThreeLanguages(t *testing.T) {
	codes := []string{CodeCrossSite, CodeRequest, CodeRateLimited, CodeUnavailable, CodeInternal}
	for _, r := range Reasons() {
		codes = append(codes, string(r))
	}
	for _, code := range codes {
		seen := map[words]bool{}
		for _, w := range []words{problemTexts[code].it, problemTexts[code].en, problemTexts[code].de} {
			if seen[w] || w.title == "" || w.detail == "" || strings.HasSuffix(w.title, ".") || !strings.HasSuffix(w.detail, ".") {
				t.Errorf("%s: %+v", code, w)
			}
			seen[w] = true
		}
	}
	if len(problemTexts) != len(codes) {
		t.Errorf("%d texts for %d codes", len(problemTexts), len(codes))
	}
}

func TestForwardedAddressesAreBelievedAsFarAsTheProxiesGo(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, c := range map[string]struct {
		remote    string
		forwarded []string
		want      string
	}{
		"no proxy":                               {"192.0.2.1:1", []string{"198.51.100.1"}, "192.0.2.1/32"},
		"a proxy":                                {"10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1/32"},
		"a proxy that says nothing":              {"10.0.0.1:1", nil, "10.0.0.1/32"},
		"two proxies":                            {"10.0.0.1:1", []string{"198.51.100.1, 10.0.0.2"}, "198.51.100.1/32"},
		"two proxies, two headers":               {"10.0.0.1:1", []string{"198.51.100.1", "10.0.0.2"}, "198.51.100.1/32"},
		"what the client made up":                {"10.0.0.1:1", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1/32"},
		"a proxy's address that was made up":     {"10.0.0.1:1", []string{"203.0.113.9, 10.9.9.9, 198.51.100.1"}, "198.51.100.1/32"},
		"nothing but proxies":                    {"10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3/32"},
		"something else than an address":         {"10.0.0.1:1", []string{"198.51.100.1, unknown"}, "10.0.0.1/32"},
		"with a port":                            {"10.0.0.1:1", []string{"198.51.100.1:4711"}, "198.51.100.1/32"},
		"IPv6":                                   {"[fd00::1]:1", []string{"2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"},
		"IPv6 with brackets and a port":          {"[fd00::1]:1", []string{"[2001:db8:1:2:3:4:5:6]:80"}, "2001:db8:1:2::/64"},
		"IPv4 within IPv6":                       {"[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.1"}, "198.51.100.1/32"},
		"IPv6 without a proxy":                   {"[2001:db8::1]:1", []string{"198.51.100.1"}, "2001:db8::/64"},
		"a Unix socket":                          {"@", []string{"198.51.100.1"}, "invalid Prefix"},
		"far more hops than there are proxies":   {"10.0.0.1:1", []string{"198.51.100.1" + strings.Repeat(", 10.0.0.2", 1000)}, "10.0.0.2/32"},
		"an empty entry":                         {"10.0.0.1:1", []string{"198.51.100.1, "}, "10.0.0.1/32"},
		"a network address with a zone, locally": {"[fe80::1%eth0]:1", nil, "fe80::/64"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		for _, f := range c.forwarded {
			r.Header.Add("X-Forwarded-For", f)
		}
		if got := clientOf(r, proxies); got.String() != c.want {
			t.Errorf("%s: %s, not %s", name, got, c.want)
		}
	}
}

func TestAFullLimiterKeepsThoseItKnowsAndItsSize(t *testing.T) {
	now := time.Now()
	l := newLimiter[int](Rate{Burst: 2, Every: time.Hour}, func() time.Time { return now })
	l.most = 3
	take := func(key int, want bool) {
		t.Helper()
		if _, ok := l.take(key); ok != want {
			t.Errorf("%d: %v", key, ok)
		}
	}
	for key := range 3 {
		take(key, true)
	}
	take(100, true) // the crowd has one allowance for all
	take(101, true)
	take(102, false)
	take(0, true) // who was there has his own
	take(0, false)
	if len(l.spent) != 3 {
		t.Errorf("%d keys", len(l.spent))
	}
	now = now.Add(2 * time.Hour)
	take(103, true)
	if _, known := l.spent[103]; !known || len(l.spent) != 1 {
		t.Errorf("what had passed is still there: %v", l.spent)
	}
}

func TestALimitComesBackOneByOne(t *testing.T) {
	now := time.Now()
	l := newLimiter[string](Rate{Burst: 2, Every: time.Second}, func() time.Time { return now })
	for i, want := range []bool{true, true, false} {
		if _, ok := l.take("a"); ok != want {
			t.Errorf("%d: %v", i, ok)
		}
	}
	if wait, _ := l.take("a"); wait != time.Second {
		t.Errorf("wait %v", wait)
	}
	now = now.Add(time.Second)
	for i, want := range []bool{true, false} {
		if _, ok := l.take("a"); ok != want {
			t.Errorf("later, %d: %v", i, ok)
		}
	}
}
