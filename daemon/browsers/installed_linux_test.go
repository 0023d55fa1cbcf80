// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

// newComputer is a file system with nothing on it, a user and a ponte-nativehost.
func newComputer(t *testing.T) (env Env, host string) {
	t.Helper()
	env, host = newEnv(t)
	env.Root = t.TempDir()
	return env, host
}

// put writes a file below the root of env.
func put(t *testing.T, env Env, path, content string) string {
	t.Helper()
	full := filepath.Join(env.Root, path)
	must(t, os.MkdirAll(filepath.Dir(full), 0o755))
	must(t, os.WriteFile(full, []byte(content), 0o755))
	return full
}

// only gives the one browser of the computer.
func only(t *testing.T, env Env) Installation {
	t.Helper()
	all := Installed(env)
	if len(all) != 1 {
		t.Fatalf("%d browsers: %+v", len(all), all)
	}
	return all[0]
}

func debianChromium(t *testing.T, env Env) Installation {
	t.Helper()
	put(t, env, "/usr/lib/chromium/chromium", "program")
	return only(t, env)
}

func debianFirefox(t *testing.T, env Env) Installation {
	t.Helper()
	put(t, env, "/usr/lib/firefox-esr/firefox-esr", "program")
	put(t, env, "/usr/lib/firefox-esr/application.ini", "[App]\nVendor=Mozilla\nVersion=153.7.0\n")
	return only(t, env)
}

func TestAComputerWithoutBrowsersHasNone(t *testing.T) {
	env, _ := newComputer(t)
	put(t, env, "/usr/bin/firefox", "#!/bin/sh\nexec snap run firefox") // of Ubuntu, without the snap
	must(t, os.MkdirAll(filepath.Join(env.Root, "usr/lib/chromium/chromium"), 0o755))
	if all := Installed(env); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

func TestEachPackagingOfABrowserIsFound(t *testing.T) {
	env, _ := newComputer(t)
	put(t, env, "/usr/lib/firefox-esr/firefox-esr", "program")
	put(t, env, "/usr/lib/firefox-esr/application.ini", "[App]\nVersion=153.7.0\n")
	put(t, env, "/snap/firefox/current/meta/snap.yaml", "name: firefox\nversion: 156.0-1\n")
	put(t, env, "/var/lib/snapd/snap/chromium/current/meta/snap.yaml", "name: chromium\nversion: '156.0.1'\n")
	put(t, env, "/var/lib/flatpak/app/com.google.Chrome/current/active/metadata", "[Application]")
	must(t, os.MkdirAll(filepath.Join(env.Home, ".local/share/flatpak/app/com.brave.Browser/current/active"), 0o755))
	must(t, os.WriteFile(filepath.Join(env.Home, ".local/share/flatpak/app/com.brave.Browser/current/active/metadata"), nil, 0o644))
	put(t, env, "/opt/microsoft/msedge/msedge", "program")
	var got []string
	for _, i := range Installed(env) {
		got = append(got, i.ID+" "+i.Version)
	}
	want := []string{"firefox 153.7.0", "firefox-snap 156.0-1", "chromium-snap 156.0.1", "chrome-flatpak ", "edge ", "brave-flatpak "}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAVersionIsOneShortLine(t *testing.T) {
	env, _ := newComputer(t)
	put(t, env, "/usr/lib/firefox/firefox", "program")
	put(t, env, "/usr/lib/firefox/application.ini", "Version=1\x1b[2J"+strings.Repeat("9", 500)+"\n")
	if v := only(t, env).Version; len(v) > 40 || strings.Contains(v, "\x1b") {
		t.Errorf("%q", v)
	}
}

func TestTheFirstManifestThatExistsDecides(t *testing.T) {
	env, host := newComputer(t)
	i := debianFirefox(t, env)
	path, err := i.Host()
	if !errors.Is(err, fs.ErrNotExist) || path != filepath.Join(env.Home, ".mozilla/native-messaging-hosts/it.ponte.host.json") {
		t.Errorf("with none: %s, %v", path, err)
	}
	system := filepath.Join(env.Root, "usr/lib/mozilla/native-messaging-hosts")
	must(t, RegisterIn(system, Firefox, host))
	if path, err := i.Host(); err != nil || !strings.HasPrefix(path, system) || !i.SystemHost() {
		t.Errorf("with the administrator's: %s, %v", path, err)
	}
	own := filepath.Join(env.Home, ".mozilla/native-messaging-hosts", manifestName)
	must(t, os.MkdirAll(filepath.Dir(own), 0o755))
	must(t, os.WriteFile(own, []byte("{}"), 0o644))
	if path, err := i.Host(); err == nil || errors.Is(err, fs.ErrNotExist) || path != own {
		t.Errorf("with a broken one of the user before it: %s, %v", path, err)
	}
	must(t, i.Register(host))
	if _, err := i.Host(); err != nil {
		t.Errorf("after it was written again: %v", err)
	}
}

func TestABoxedChromiumDoesNotSeeTheManifestsOfTheComputer(t *testing.T) {
	env, host := newComputer(t)
	put(t, env, "/snap/chromium/current/meta/snap.yaml", "version: 1\n")
	must(t, RegisterIn(filepath.Join(env.Root, "etc/chromium/native-messaging-hosts"), Chromium, host))
	if _, err := only(t, env).Host(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestTheExtensionIsSoughtInTheProfilesOfFirefox(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		want    ExtensionState
	}{
		"no file":             {"", ExtensionUnknown},
		"garbage":             {"garbage", ExtensionUnknown},
		"other add-ons alone": {`{"addons":[{"id":"other@example","active":true}]}`, ExtensionAbsent},
		"switched off":        {`{"addons":[{"id":"` + protocol.ExtensionIDFirefox + `","active":false}]}`, ExtensionOff},
		"on":                  {`{"addons":[{"id":"` + protocol.ExtensionIDFirefox + `","active":true}]}`, ExtensionOn},
	} {
		env, _ := newComputer(t)
		i := debianFirefox(t, env)
		dir := filepath.Join(env.Home, ".mozilla/firefox/abc.default")
		must(t, os.MkdirAll(dir, 0o755))
		if c.content != "" {
			must(t, os.WriteFile(filepath.Join(dir, "extensions.json"), []byte(c.content), 0o600))
		}
		if got := i.Extension(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestTheExtensionIsSoughtInTheProfilesOfChromium(t *testing.T) {
	entry := func(s string) string {
		return `{"extensions":{"settings":{"` + protocol.ExtensionIDChromium + `":` + s + `}}}`
	}
	for name, c := range map[string]struct {
		plain, secure string
		want          ExtensionState
	}{
		"no file":                            {"", "", ExtensionUnknown},
		"garbage":                            {"{", "", ExtensionUnknown},
		"no extension":                       {`{"extensions":{}}`, "", ExtensionAbsent},
		"off, as older versions write it":    {entry(`{"state":0,"disable_reasons":1}`), "", ExtensionOff},
		"off, as newer versions write it":    {entry(`{"disable_reasons":[1]}`), "", ExtensionOff},
		"an entry that is no object":         {entry(`7`), "", ExtensionUnknown},
		"on, in the signed settings":         {`{"extensions":{}}`, entry(`{"state":1}`), ExtensionOn},
		"on, without a state":                {entry(`{"disable_reasons":[]}`), "", ExtensionOn},
		"on here and off in another profile": {entry(`{"state":1}`), "other", ExtensionOn},
	} {
		env, _ := newComputer(t)
		i := debianChromium(t, env)
		write := func(profile, name, content string) {
			dir := filepath.Join(env.ConfigHome, "chromium", profile)
			must(t, os.MkdirAll(dir, 0o755))
			must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
		}
		if c.plain != "" {
			write("Default", "Preferences", c.plain)
		}
		switch c.secure {
		case "":
		case "other":
			write("Profile 1", "Preferences", entry(`{"state":0}`))
		default:
			write("Default", "Secure Preferences", c.secure)
		}
		if got := i.Extension(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestAFileTooLongToBeSettingsIsNotRead(t *testing.T) {
	env, _ := newComputer(t)
	i := debianFirefox(t, env)
	dir := filepath.Join(env.Home, ".mozilla/firefox/abc.default")
	must(t, os.MkdirAll(dir, 0o755))
	f, err := os.Create(filepath.Join(dir, "extensions.json"))
	must(t, err)
	_, err = f.WriteString(`{"addons":[{"id":"` + protocol.ExtensionIDFirefox + `","active":true}]}`)
	must(t, errors.Join(err, f.Truncate(maxBrowserFile+1), f.Close()))
	if got := i.Extension(); got != ExtensionUnknown {
		t.Errorf("%s", got)
	}
	if _, err := readLimited(filepath.Join(dir, "extensions.json"), maxBrowserFile); err == nil {
		t.Error("it was read")
	}
}

func TestPoliciesOfChromiumThatStandInTheWayAreNamed(t *testing.T) {
	id := protocol.ExtensionIDChromium
	for name, c := range map[string]struct {
		content string
		want    []Rule
	}{
		"not valid":                              {`{"ExtensionInstallBlocklist":`, []Rule{PolicyUnreadable}},
		"all extensions are blocked":             {`{"ExtensionInstallBlocklist":["*"]}`, []Rule{ExtensionBlocked}},
		"ours is blocked":                        {`{"ExtensionInstallBlocklist":["` + id + `"]}`, []Rule{ExtensionBlocked}},
		"all but ours":                           {`{"ExtensionInstallBlocklist":["*"],"ExtensionInstallAllowlist":["` + id + `"]}`, nil},
		"blocked by the settings":                {`{"ExtensionSettings":{"*":{"installation_mode":"blocked"}}}`, []Rule{ExtensionBlocked}},
		"removed":                                {`{"ExtensionSettings":{"` + id + `":{"installation_mode":"removed"}}}`, []Rule{ExtensionBlocked}},
		"no native messaging for anybody":        {`{"ExtensionSettings":{"*":{"blocked_permissions":["nativeMessaging"]}}}`, []Rule{ExtensionBlocked}},
		"the administrator installs it":          {`{"ExtensionInstallBlocklist":["*"],"ExtensionInstallForcelist":["` + id + `;https://x.example"]}`, []Rule{ExtensionForced}},
		"installed by the settings":              {`{"ExtensionSettings":{"*":{"installation_mode":"blocked"},"` + id + `":{"installation_mode":"force_installed"}}}`, []Rule{ExtensionForced}},
		"no program may be started":              {`{"NativeMessagingBlocklist":["*"]}`, []Rule{HostBlocked}},
		"no program but ours":                    {`{"NativeMessagingBlocklist":["*"],"NativeMessagingAllowlist":["it.ponte.host"]}`, nil},
		"only the administrator's manifests":     {`{"NativeMessagingUserLevelHosts":false}`, []Rule{UserHostsOff}},
		"some sites may not use the WebSocket":   {`{"LoopbackNetworkBlockedForUrls":["https://x.example"]}`, []Rule{LoopbackBlocked}},
		"some sites need not ask":                {`{"LocalNetworkAccessAllowedForUrls":["https://x.example"]}`, []Rule{LoopbackAllowed}},
		"nothing that concerns us":               {`{"HomepageLocation":"https://x.example","ExtensionInstallBlocklist":["other"]}`, nil},
		"policies of another type than expected": {`{"ExtensionInstallBlocklist":7,"ExtensionSettings":[]}`, nil},
	} {
		env, _ := newComputer(t)
		i := debianChromium(t, env)
		file := put(t, env, "/etc/chromium/policies/managed/school.json", c.content)
		put(t, env, "/etc/chromium/policies/managed/README", "not a policy")
		var got []Rule
		for _, p := range i.Policies() {
			got = append(got, p.Rule)
			if p.File != file {
				t.Errorf("%s: said to be in %s", name, p.File)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestPoliciesOfFirefoxThatStandInTheWayAreNamed(t *testing.T) {
	env, _ := newComputer(t)
	i := debianFirefox(t, env)
	if got := i.Policies(); len(got) != 0 {
		t.Errorf("with none: %+v", got)
	}
	put(t, env, "/etc/firefox/policies/policies.json", `{"policies":{"ExtensionSettings":{"*":{"installation_mode":"blocked"}}}}`)
	put(t, env, "/usr/lib/firefox-esr/distribution/policies.json",
		`{"policies":{"ExtensionSettings":{"`+protocol.ExtensionIDFirefox+`":{"installation_mode":"force_installed"}}}}`)
	got := i.Policies()
	if len(got) != 2 || got[0].Rule != ExtensionBlocked || got[1].Rule != ExtensionForced {
		t.Errorf("%+v", got)
	}
}

func TestSitesThatTheUserHasRefusedAreCounted(t *testing.T) {
	env, _ := newComputer(t)
	i := debianChromium(t, env)
	dir := filepath.Join(env.ConfigHome, "chromium", "Default")
	must(t, os.MkdirAll(dir, 0o755))
	for content, want := range map[string]int{
		`{`: 0,
		`{"profile":{"content_settings":{"exceptions":{"loopback_network":[]}}}}`:                                        0,
		`{"profile":{"content_settings":{"exceptions":{"loopback_network":{"https://a.example:443,*":{"setting":1}}}}}}`: 0,
		`{"profile":{"content_settings":{"exceptions":{"loopback_network":{"https://a.example:443,*":{"setting":2},` +
			`"https://b.example:443,*":{"setting":2},"https://c.example:443,*":{"setting":1}}}}}}`: 2,
	} {
		must(t, os.WriteFile(filepath.Join(dir, "Preferences"), []byte(content), 0o600))
		if got := i.LoopbackRefused(); got != want {
			t.Errorf("%s: %d, want %d", content, got, want)
		}
	}
	if got := (Installation{Family: Firefox, profiles: i.profiles}).LoopbackRefused(); got != 0 {
		t.Errorf("Firefox: %d", got)
	}
}
