// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestARuleThatMeansNothingIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		`other_sites = "maybe"`:                                                          "other_sites",
		`native_messaging = "no"`:                                                        "native_messaging",
		`native_messaging = false`:                                                       "native_messaging",
		`update_notice = "off"`:                                                          "update_notice",
		`websocket_ports = [80]`:                                                         "80",
		`websocket_ports = [24880, 24880]`:                                               "each once",
		`websocket_ports = "24880"`:                                                      "websocket_ports",
		`[site_scopes]` + "\n" + `"portal.example" = []`:                                 "portal.example",
		`[site_scopes]` + "\n" + `"https://a.example/" = []`:                             "a.example",
		`[site_scopes]` + "\n" + `"https://a.example" = ["x"]`:                           "status, login, identity, sign, documents",
		`[site_scopes]` + "\n" + `"https://a.example" = "sign"`:                          "site_scopes",
		"blocked_sites = [" + strings.Repeat(`"https://a.example", `, maxListed+1) + "]": "more than",
	} {
		_, err := Load(absent, write(t, text))
		var m *Mistake
		if !errors.Is(err, ErrManaged) || !errors.As(err, &m) || m.Line == 0 || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v", text, err)
		}
		if _, err := Load(write(t, text), absent); err == nil {
			t.Errorf("%.60s: the citizen may set it", text)
		}
	}
}

func TestRulesAreTheAdministratorsAlone(t *testing.T) {
	for _, text := range []string{`other_sites = "ask"`, `native_messaging = "on"`, `update_notice = false`, `websocket_ports = []`, `[site_scopes]`, `"https://a.example" = 1`} {
		if s, err := Load(write(t, text), absent); err == nil || !s.NativeMessagingOn() || !s.UpdateNoticeOn() {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAKeyOfALaterVersionIsOnlyTold(t *testing.T) {
	managed := write(t, "language = \"de\"\nkey_of_tomorrow = 7\n")
	l := live(t, absent, managed)
	if s := l.Settings(); s.Language != "de" || l.Err() != nil {
		t.Errorf("%+v, %v", s, l.Err())
	}
	if u := l.Unknown(); len(u) != 1 || u[0].Line != 2 || u[0].File != managed || !strings.Contains(u[0].Message, "key_of_tomorrow") {
		t.Errorf("%+v", u)
	}
	rewrite(t, managed, "language = \"de\"\n")
	if u := l.Unknown(); len(u) != 0 {
		t.Errorf("%+v", u)
	}
}

func TestAPolicyOfTenMegabytesIsRefusedAndTheLastGoodOneKept(t *testing.T) {
	managed := write(t, `blocked_sites = ["https://bad.example"]`)
	l := live(t, absent, managed)
	rewrite(t, managed, "#"+strings.Repeat("x", 10<<20)+"\n")
	if s := l.Settings(); len(s.BlockedSites) != 1 || !errors.Is(l.Err(), ErrManaged) {
		t.Errorf("%v, %v", s.BlockedSites, l.Err())
	}
	if _, err := OpenLive(absent, managed); !errors.Is(err, ErrManaged) {
		t.Errorf("an agent that starts takes it: %v", err)
	}
}

func TestTheNoticeOfANewVersionIsThereUntilTheAdministratorTakesItAway(t *testing.T) {
	for text, want := range map[string]string{``: "true/default", `update_notice = true`: "true/policy", `update_notice = false`: "false/policy"} {
		l := live(t, absent, write(t, text))
		shown := l.Show()
		i := slices.IndexFunc(shown, func(s Shown) bool { return s.Key == "update_notice" })
		if got := strings.Join(shown[i].Values, " ") + "/" + shown[i].From; got != want || l.UpdateNoticeOn() != strings.HasPrefix(want, "true") {
			t.Errorf("%q: %s, %v", text, got, l.UpdateNoticeOn())
		}
	}
}

func TestASiteHasTheScopesThatTheAdministratorLeavesIt(t *testing.T) {
	s, err := Load(absent, write(t, "allowed_sites = [\"https://a.example\"]\n[site_scopes]\n\"https://a.example\" = [\"login\"]\n\"https://b.example\" = []\n"))
	if err != nil {
		t.Fatal(err)
	}
	for site, want := range map[string][]string{
		"https://a.example": {"login"}, "https://b.example": nil, "https://a.example:8443": Scopes, "https://c.example": Scopes,
	} {
		for _, scope := range Scopes {
			if s.Permits(origin(t, site), scope) != slices.Contains(want, scope) {
				t.Errorf("%s may not have %v only: %s", site, want, scope)
			}
		}
	}
	if site, ok, _ := OpenSites(filepath.Join(t.TempDir(), "s"), s).Find(origin(t, "https://a.example")); !ok || !site.Allowed || len(site.Scopes) != 0 {
		t.Errorf("%+v", site)
	}
}

func TestWhereOtherSitesAreRefusedWhatTheCitizenHasSaidDoesNotCount(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sites.json")
	mine, theirs := origin(t, "https://mine.example"), origin(t, "https://theirs.example")
	if err := OpenSites(file, Settings{}).Set(mine, true); err != nil {
		t.Fatal(err)
	}
	managed := write(t, `other_sites = "refuse"`+"\n"+`allowed_sites = ["https://theirs.example"]`)
	sites := OpenSites(file, live(t, absent, managed))
	if site, ok, _ := sites.Find(mine); !ok || site.Allowed || !site.Managed {
		t.Errorf("%+v", site)
	}
	if site, ok, _ := sites.Find(theirs); !ok || !site.Allowed {
		t.Errorf("%+v", site)
	}
	if err := sites.Set(mine, true); !errors.Is(err, ErrManagedSite) {
		t.Error(err)
	}
	if err := os.Remove(managed); err != nil {
		t.Fatal(err)
	}
	if site, ok, _ := sites.Find(mine); !ok || !site.Allowed {
		t.Errorf("what the citizen had said is lost: %+v", site)
	}
}

func TestEachKeyIsShownWithWhatHoldsAndWhoHasSaidIt(t *testing.T) {
	l := live(t, write(t, "language = \"de\"\nlog_level = \"debug\"\n"), write(t, "log_level = \"warn\"\nwebsocket_ports = [24883]\nblocked_sites = [\"https://b.example\"]\n"))
	got := map[string]string{}
	for _, s := range l.Show() {
		got[s.Key] = strings.Join(s.Values, " ") + "/" + s.From
	}
	for key, want := range map[string]string{
		"language": "de/user", "log_level": "warn/policy", "websocket": "on/default", "pinentry_program": "/default", "websocket_ports": "24883/policy",
		"blocked_sites": "https://b.example/policy", "allowed_sites": "/default", "other_sites": "ask/default", "developer_mode": "false/default",
	} {
		if got[key] != want {
			t.Errorf("%s: %s, want %s", key, got[key], want)
		}
	}
	all, admin := Keys()
	if len(got) != len(all) || len(admin) < 6 {
		t.Errorf("%d keys are shown of %d", len(got), len(all))
	}
	if s, _ := Load(absent, absent); !slices.Equal(s.WebSocketPorts(), []int{24880, 24881, 24882, 24883}) {
		t.Error("the ports are not those of the protocol")
	}
}
