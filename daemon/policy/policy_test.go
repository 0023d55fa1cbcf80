// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "f.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func origin(t testing.TB, s string) protocol.Origin {
	t.Helper()
	o, err := protocol.ParseOrigin(s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

const absent = "/nonexistent/ponte.toml"

func TestMistakesInSettingsAreNamedAndOpenNothing(t *testing.T) {
	for text, want := range map[string]string{
		`langage = "it"`: "langage", `language = "fr"`: "language", `log_level = "all"`: "log_level", `websocket = "maybe"`: "websocket",
		`websocket_unknown_sites = "allow"`: "websocket_unknown_sites", `developer_mode = "yes"`: "developer_mode", `language =`: "f.toml",
		`allowed_sites = ["https://evil.example"]`: "allowed_sites",
		"#" + strings.Repeat("x", maxFile):         "longer",
	} {
		s, err := Load(write(t, text), absent)
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, ErrManaged) {
			t.Errorf("%.40s: %v", text, err)
		}
		if !s.WebSocketOn() || s.DeveloperMode() || s.AskForUnknownSites() || len(s.AllowedSites) != 0 {
			t.Errorf("%.40s: something is open: %+v", text, s)
		}
	}
}

func TestAManagedPolicyThatCannotBeReadIsNotPassedOver(t *testing.T) {
	for _, text := range []string{`websocket = 1`, `blocked_sites = ["portal.example"]`} {
		if _, err := Load(absent, write(t, text)); !errors.Is(err, ErrManaged) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTheManagedPolicyWins(t *testing.T) {
	s, err := Load(write(t, "language = \"de\"\ndeveloper_mode = true\n"), write(t, "developer_mode = false\nwebsocket = \"off\"\n"))
	if err != nil || s.Language != "de" || s.DeveloperMode() || s.WebSocketOn() {
		t.Errorf("%+v, %v", s, err)
	}
	if !s.Managed("developer_mode") || s.Managed("language") {
		t.Errorf("%v", s.managed)
	}
}

func TestSitesAreRememberedChangedAndForgotten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state", "sites.json")
	a, b := OpenSites(file, Settings{}), OpenSites(file, Settings{})
	portal := origin(t, "https://portal.example")
	if _, ok, err := a.Find(portal); ok || err != nil {
		t.Error("a stranger is known")
	}
	if err := a.Set(portal, true); err != nil {
		t.Fatal(err)
	}
	if site, ok, _ := b.Find(portal); !ok || !site.Allowed {
		t.Error("another process does not see the change")
	}
	for _, stranger := range []string{"https://portal.example:8443", "http://portal.example", "https://portal.example.attacker.example", "https://a.portal.example"} {
		if _, ok, _ := b.Find(origin(t, stranger)); ok {
			t.Errorf("%s is taken for %s", stranger, portal)
		}
	}
	if err := b.Set(portal, false); err != nil {
		t.Fatal(err)
	}
	if site, ok, _ := a.Find(portal); !ok || site.Allowed {
		t.Error("a block is not seen")
	}
	if known, err := a.Forget(portal); !known || err != nil {
		t.Error(known, err)
	}
	if known, err := a.Forget(portal); known || err != nil {
		t.Error(known, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestWhatTheAdministratorHasSetStays(t *testing.T) {
	good, bad := origin(t, "https://good.example"), origin(t, "https://bad.example")
	s := OpenSites(filepath.Join(t.TempDir(), "sites.json"), Settings{Rules: Rules{AllowedSites: []protocol.Origin{good, bad}, BlockedSites: []protocol.Origin{bad}}})
	if err := s.Set(good, false); !errors.Is(err, ErrManagedSite) {
		t.Error(err)
	}
	if _, err := s.Forget(bad); !errors.Is(err, ErrManagedSite) {
		t.Error(err)
	}
	list, err := s.List()
	if err != nil || len(list) != 2 || list[0].Origin != bad || list[0].Allowed || !list[1].Allowed || !list[0].Managed {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestALoginThatEndsAfterItsSiteWasBlockedDoesNotAllowItAgain(t *testing.T) {
	s := OpenSites(filepath.Join(t.TempDir(), "sites.json"), Settings{})
	portal := origin(t, "https://portal.example")
	if err := s.Welcome(portal); err != nil {
		t.Fatal(err)
	}
	if site, ok, err := s.Find(portal); !ok || !site.Allowed || err != nil {
		t.Errorf("%+v, %v, %v", site, ok, err)
	}
	if err := errors.Join(s.Set(portal, false), s.Welcome(portal)); err != nil {
		t.Fatal(err)
	}
	if site, ok, err := s.Find(portal); !ok || site.Allowed || err != nil {
		t.Errorf("%+v, %v, %v", site, ok, err)
	}
}
