// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func rewrite(t *testing.T, file, text string) {
	t.Helper()
	if err := replace(file, []byte(text)); err != nil { // another inode: no test depends on the clock of the file system
		t.Fatal(err)
	}
}

func live(t *testing.T, config, managed string) *Live {
	t.Helper()
	l, err := OpenLive(config, managed)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAMistakeIsToldWithItsLine(t *testing.T) {
	for text, line := range map[string]int{
		"language = \"it\"\nlanguage =\n":                              2,
		"# one\n\nlangage = \"it\"\n":                                  3,
		"language = \"it\"\nlog_level = \"loud\"\n":                    2,
		"\ndeveloper_mode = \"yes\"\n":                                 2,
		"language = \"it\"\nblocked_sites = [\"https://a.example\"]\n": 2,
		"language = \"it\n":                                            1,
		"[general]\nlanguage = \"it\"\n":                               1,
		"websocket = \"on\"\nwebsocket = \"off\"\n":                    2,
		"websocket = 7\n":                                              1,
	} {
		file := write(t, text)
		_, err := Load(file, absent)
		var m *Mistake
		if !errors.As(err, &m) || m.File != file || m.Line != line {
			t.Errorf("%q: %v, want line %d", text, err, line)
		}
		if told := live(t, file, absent).Report().Mistake; told == nil || told.Line != line || told.File != file || strings.Contains(told.Message, file) {
			t.Errorf("%q: %+v", text, told)
		}
	}
}

func TestAFileThatBecomesWrongLeavesTheOldSettingsInForce(t *testing.T) {
	config, managed := write(t, "language = \"de\"\nwebsocket_unknown_sites = \"ask\"\n"), write(t, "log_level = \"debug\"\n")
	l := live(t, config, managed)
	if s := l.Settings(); s.Language != "de" || s.LogLevel != "debug" {
		t.Fatalf("%+v", s)
	}
	rewrite(t, config, "language = \"de\"\nwebsocket_unknown_sites = maybe\n")
	rewrite(t, managed, "log_level = 3\n")
	if s := l.Settings(); s.Language != "de" || s.LogLevel != "debug" || !s.AskForUnknownSites() || !s.Managed("log_level") {
		t.Errorf("%+v", s)
	}
	if err := l.Err(); !errors.Is(err, ErrManaged) || !strings.Contains(err.Error(), managed) {
		t.Errorf("%v", err)
	}
	rewrite(t, managed, "log_level = \"warn\"\n")
	var m *Mistake
	if err := l.Err(); !errors.As(err, &m) || m.Line != 2 || m.File != config {
		t.Errorf("%v", err)
	}
	if s := l.Settings(); s.LogLevel != "warn" || s.Language != "de" {
		t.Errorf("the administrator's file does not act beside a mistake of the citizen's: %+v", s)
	}
	rewrite(t, config, "language = \"en\"\n")
	if s := l.Settings(); s.Language != "en" || l.Err() != nil {
		t.Errorf("%+v, %v", s, l.Err())
	}
	if err := os.Remove(config); err != nil {
		t.Fatal(err)
	}
	if s := l.Settings(); s.Language != "" || l.Err() != nil {
		t.Errorf("a file that was removed still acts: %+v, %v", s, l.Err())
	}
}

func TestWhoeverIsConcernedIsToldOfAChange(t *testing.T) {
	config := write(t, "language = \"it\"\n")
	l := live(t, config, absent)
	var told []string
	l.OnChange(func(s Settings) { told = append(told, s.Language+l.Settings().Language) }) // asking in here must not block
	l.Settings()
	rewrite(t, config, "language = \"de\"\n")
	l.DeveloperMode()
	l.Settings()
	if err := l.Set("language", "en"); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(told, []string{"dede", "enen"}) {
		t.Errorf("%q", told)
	}
}

func TestAFileThatChangesAllTheTimeIsToldOfOnceByWhoAsksOnce(t *testing.T) {
	config := write(t, "language = \"it\"\n")
	l := live(t, config, absent)
	told := 0
	l.OnChange(func(Settings) {
		if told++; told > 100 {
			return
		}
		rewrite(t, config, "language = \"d"+strings.Repeat("e", told)+"\"\n")
		_ = l.LastErr() // as the agent does, to log it
	})
	rewrite(t, config, "language = \"x\"\n")
	l.Settings()
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	if err := l.Err(); err != nil || told != 2 {
		t.Errorf("told %d times, %v", told, err)
	}
}

func TestSettingIsRefusedWhereItWouldOpenOrBreakSomething(t *testing.T) {
	config, managed := write(t, "language = \"de\" # mine\n"), write(t, "developer_mode = false\n")
	l := live(t, config, managed)
	for _, c := range []struct {
		key, value string
		want       error
	}{
		{"developer_mode", "true", ErrManagedKey},
		{"allowed_sites", "https://evil.example", ErrNoSetting},
		{"blocked_sites", "", ErrNoSetting},
		{"langage", "it", ErrNoSetting},
		{"", "it", ErrNoSetting},
		{"language", "fr", ErrValue},
		{"language", "it\"\ndeveloper_mode = true\n#", ErrValue},
		{"websocket", "OFF", ErrValue},
		{"log_level", strings.Repeat("x", maxValue+1), ErrValue},
		{"pinentry_program", "pinentry", ErrValue},
		{"pinentry_program", t.TempDir(), ErrValue},
		{"pinentry_program", filepath.Join(t.TempDir(), "absent"), ErrValue},
	} {
		if err := l.Set(c.key, c.value); !errors.Is(err, c.want) {
			t.Errorf("%s = %.30q: %v", c.key, c.value, err)
		}
	}
	if b, _ := os.ReadFile(config); string(b) != "language = \"de\" # mine\n" {
		t.Errorf("the file was changed: %s", b)
	}
	rewrite(t, config, "# mine\nlanguage =\n")
	var m *Mistake
	if err := l.Set("log_level", "debug"); !errors.As(err, &m) || m.Line != 2 {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(config); string(b) != "# mine\nlanguage =\n" {
		t.Errorf("a file with a mistake was overwritten: %s", b)
	}
}

func TestSettingChangesOneKeyAndKeepsTheRest(t *testing.T) {
	strange := filepath.Join(t.TempDir(), "a \"strange\" \\ na\u00efve\tname")
	if err := os.WriteFile(strange, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "ponte", "config.toml")
	l := live(t, config, absent)
	for _, c := range []struct{ key, value string }{
		{"language", "de"}, {"developer_mode", "true"}, {"pinentry_program", strange}, {"websocket", "off"}, {"language", "en"}, {"websocket", ""},
	} {
		if err := l.Set(c.key, c.value); err != nil {
			t.Fatalf("%s: %v", c.key, err)
		}
	}
	for name, s := range map[string]Settings{"at once": l.Settings(), "from the file": live(t, config, absent).Settings()} {
		if s.Language != "en" || !s.DeveloperMode() || s.PinentryProgram != strange || !s.WebSocketOn() {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if info, err := os.Stat(config); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	rewrite(t, config, "# mine\r\nlanguage = \"de\"\nlog_level = \"warn\" # quiet")
	if err := l.Set("language", "it"); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(config); string(b) != "# mine\nlog_level = \"warn\" # quiet\nlanguage = \"it\"\n" {
		t.Errorf("%s", b)
	}
}

func TestTheReportTellsWhoHasSetWhat(t *testing.T) {
	l := live(t, write(t, "language = \"de\"\ndeveloper_mode = true\n"), write(t, "websocket = \"off\"\n"))
	r := l.Report()
	if len(r.Settings) != len(keys) || r.Mistake != nil || r.File == "" || r.Managed == "" {
		t.Errorf("%+v", r)
	}
	for _, s := range r.Settings {
		if s.Managed != (s.Key == "websocket") || s.Restart != (s.Key == "websocket") || s.Value != map[string]string{"language": "de", "developer_mode": "true", "websocket": "off"}[s.Key] {
			t.Errorf("%+v", s)
		}
		if def := s.Default; def != "" && len(s.Values) > 0 && !slices.Contains(s.Values, def) {
			t.Errorf("%+v: the default cannot be chosen", s)
		}
	}
}

func TestSeveralProgramsChangeSitesAndSettingsAtOnce(t *testing.T) {
	dir := t.TempDir()
	sites, config := filepath.Join(dir, "sites.json"), filepath.Join(dir, "config.toml")
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			o := origin(t, "https://s"+string(rune('a'+i))+".example")
			if err := OpenSites(sites, Settings{}).Set(o, true); err != nil {
				t.Error(err)
			}
			l, err := OpenLive(config, absent)
			if err == nil {
				err = l.Set([]string{"language", "log_level", "developer_mode", "websocket"}[i%4], []string{"it", "warn", "true", "off"}[i%4])
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if list, err := OpenSites(sites, Settings{}).List(); err != nil || len(list) != 20 {
		t.Errorf("%d sites, %v", len(list), err)
	}
	if s := live(t, config, absent).Settings(); s.Language != "it" || s.LogLevel != "warn" || !s.DeveloperMode() || s.WebSocketOn() {
		t.Errorf("%+v", s)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*-*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

func TestWhatTheAdministratorChangesActsOnSitesAtOnce(t *testing.T) {
	managed := write(t, "blocked_sites = []\n")
	l := live(t, absent, managed)
	s := OpenSites(filepath.Join(t.TempDir(), "sites.json"), l)
	portal := origin(t, "https://portal.example")
	if err := s.Set(portal, true); err != nil {
		t.Fatal(err)
	}
	rewrite(t, managed, "blocked_sites = [\"https://portal.example\"]\n")
	if site, ok, err := s.Find(portal); !ok || site.Allowed || !site.Managed || err != nil {
		t.Errorf("%+v, %v, %v", site, ok, err)
	}
	rewrite(t, managed, "allowed_sites = [\"https://portal.example\"]\n")
	list, err := s.List()
	if err != nil || len(list) != 1 || !list[0].Managed || !slices.Equal(list[0].Scopes, []string{ScopeStatus}) {
		t.Errorf("%+v, %v", list, err)
	}
	if err := s.Set(portal, false); !errors.Is(err, ErrManagedSite) {
		t.Error(err)
	}
}

func TestAChangeByAnotherProgramIsToldOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sites.json")
	portal := origin(t, "https://portal.example")
	agent, command := OpenSites(file, Settings{}), OpenSites(file, Settings{})
	told := 0
	agent.Changed = func() { told++; _, _, _ = agent.Find(portal) } // asking in here must not block
	if _, _, err := agent.Find(portal); err != nil || told != 0 {
		t.Errorf("told %d times of nothing, %v", told, err)
	}
	if err := command.Set(portal, true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := agent.Find(portal); err != nil || told != 1 {
		t.Errorf("told %d times, %v", told, err)
	}
	if err := agent.Set(portal, true); err != nil || told != 1 {
		t.Errorf("told %d times of no change, %v", told, err)
	}
	if err := agent.Set(portal, false); err != nil || told != 2 {
		t.Errorf("told %d times, %v", told, err)
	}
}
