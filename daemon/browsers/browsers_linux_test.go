// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

// newEnv is a user with an empty home, and a ponte-nativehost.
func newEnv(t *testing.T) (env Env, host string) {
	t.Helper()
	home := t.TempDir()
	host = filepath.Join(home, "ponte-nativehost")
	must(t, os.WriteFile(host, []byte("program"), 0o755))
	return Env{Home: home, ConfigHome: filepath.Join(home, ".config")}, host
}

// manifests are the files below the home of env, but the program itself.
func manifests(t *testing.T, env Env) map[string]map[string]any {
	t.Helper()
	found := map[string]map[string]any{}
	must(t, filepath.WalkDir(env.Home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "ponte-nativehost" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		m := map[string]any{}
		if json.Unmarshal(b, &m) != nil {
			m = nil
		}
		name, _ := filepath.Rel(env.Home, path)
		found[name] = m
		return nil
	}))
	return found
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestHostThatABrowserCouldNotStartIsRefused(t *testing.T) {
	env, host := newEnv(t)
	plain := filepath.Join(env.Home, "ponte-nativehost-plain")
	must(t, os.WriteFile(plain, nil, 0o644))
	t.Chdir(env.Home)
	for name, path := range map[string]string{
		"relative":       "ponte-nativehost",
		"dotted":         "./ponte-nativehost",
		"empty":          "",
		"absent":         host + "-absent",
		"a directory":    env.Home,
		"not executable": plain,
	} {
		if _, err := register(env, path); err == nil {
			t.Errorf("%s: registered", name)
		}
		if err := RegisterIn(filepath.Join(env.Home, "own"), Firefox, path); err == nil {
			t.Errorf("%s: registered in a directory", name)
		}
	}
	if err := RegisterIn(filepath.Join(env.Home, "own"), "opera", host); err == nil {
		t.Error("registered for a family that does not exist")
	}
	must(t, os.Remove(plain))
	if found := manifests(t, env); len(found) != 0 {
		t.Errorf("files were written: %v", found)
	}
}

func TestEachFamilyGetsItsOwnManifest(t *testing.T) {
	env, host := newEnv(t)
	all, err := register(env, host)
	must(t, err)
	for _, b := range all {
		if !b.Registered || b.Problem != "" {
			t.Errorf("%+v", b)
		}
	}
	found := manifests(t, env)
	want := []string{
		".config/chromium/NativeMessagingHosts/it.ponte.host.json",
		".config/google-chrome/NativeMessagingHosts/it.ponte.host.json",
		".config/microsoft-edge/NativeMessagingHosts/it.ponte.host.json",
		".mozilla/native-messaging-hosts/it.ponte.host.json",
	}
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, want) {
		t.Fatalf("wrote %q, want %q", got, want)
	}
	for name, m := range found {
		origins, hasOrigins := m["allowed_origins"].([]any)
		extensions, hasExtensions := m["allowed_extensions"].([]any)
		if strings.HasPrefix(name, ".mozilla") {
			if hasOrigins || len(extensions) != 1 || extensions[0] != protocol.ExtensionIDFirefox {
				t.Errorf("%s: %v", name, m)
			}
		} else if hasExtensions || len(origins) != 1 || origins[0] != "chrome-extension://"+protocol.ExtensionIDChromium+"/" {
			t.Errorf("%s: %v", name, m)
		}
		if m["name"] != "it.ponte.host" || m["type"] != "stdio" || m["path"] != host {
			t.Errorf("%s: %v", name, m)
		}
		info, err := os.Stat(filepath.Join(env.Home, name))
		must(t, err)
		if info.Mode().Perm() != 0o644 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

func TestOtherBrowsersAreRegisteredWhereTheyHaveBeenUsed(t *testing.T) {
	env, host := newEnv(t)
	must(t, os.MkdirAll(filepath.Join(env.ConfigHome, "BraveSoftware", "Brave-Browser"), 0o700))
	must(t, os.MkdirAll(filepath.Join(env.ConfigHome, "mozilla"), 0o700))
	_, err := register(env, host)
	must(t, err)
	found := manifests(t, env)
	for _, want := range []string{
		".config/BraveSoftware/Brave-Browser/NativeMessagingHosts/it.ponte.host.json",
		".config/mozilla/native-messaging-hosts/it.ponte.host.json",
	} {
		if found[want] == nil {
			t.Errorf("%s was not written", want)
		}
	}
	if len(found) != 6 {
		t.Errorf("%d files", len(found))
	}
}

func TestUnregisterRemovesOurFilesAndNoOther(t *testing.T) {
	env, host := newEnv(t)
	_, err := register(env, host)
	must(t, err)
	dir := filepath.Join(env.ConfigHome, "chromium", "NativeMessagingHosts")
	other := filepath.Join(dir, "org.example.other.json")
	must(t, os.WriteFile(other, []byte(`{"name":"org.example.other"}`), 0o644))
	foreign := filepath.Join(env.Home, ".mozilla", "native-messaging-hosts", manifestName)
	must(t, os.WriteFile(foreign, []byte(`{"name":"org.example.other"}`), 0o644))
	broken := filepath.Join(env.ConfigHome, "google-chrome", "NativeMessagingHosts", manifestName)
	must(t, os.WriteFile(broken, []byte(`{"name":"it.ponte.host`), 0o644))

	all, err := unregister(env)
	if err == nil || strings.Count(err.Error(), "not Ponte's") != 2 {
		t.Errorf("two files are not ours: %v", err)
	}
	for _, b := range all {
		if b.Registered {
			t.Errorf("%+v", b)
		}
	}
	if found := manifests(t, env); len(found) != 3 {
		t.Errorf("left: %v", found)
	}
	must(t, os.Remove(foreign))
	must(t, os.Remove(broken))
	if _, err := unregister(env); err != nil {
		t.Errorf("with nothing to remove: %v", err)
	}
}

func TestListSaysWhatIsWrong(t *testing.T) {
	env, host := newEnv(t)
	of := func(name string) Browser {
		for _, b := range List(env) {
			if b.Name == name {
				return b
			}
		}
		t.Fatalf("%s is not listed", name)
		return Browser{}
	}
	if b := of("Chromium"); b.Registered || b.Problem != "" {
		t.Errorf("before: %+v", b)
	}
	_, err := register(env, host)
	must(t, err)
	firefox := of("Firefox").Path
	good, err := os.ReadFile(firefox)
	must(t, err)
	chromium, err := os.ReadFile(of("Chromium").Path)
	must(t, err)
	for name, c := range map[string]struct{ content, problem string }{
		"garbage":                   {"garbage", "not Ponte's"},
		"another program's":         {strings.Replace(string(good), "it.ponte.host", "org.example", 1), "not Ponte's"},
		"the other family's":        {string(chromium), "register again"},
		"another extension's":       {strings.Replace(string(good), protocol.ExtensionIDFirefox, "other@example", 1), "register again"},
		"both lists":                {strings.Replace(string(good), `"type"`, `"allowed_origins": ["chrome-extension://x/"], "type"`, 1), "register again"},
		"a program that has moved":  {strings.Replace(string(good), host, host+"-old", 1), "looking for ponte-nativehost"},
		"longer than a manifest is": {strings.Repeat(" ", maxManifest) + string(good), "not Ponte's"},
	} {
		must(t, os.WriteFile(firefox, []byte(c.content), 0o644))
		if b := of("Firefox"); b.Registered || !strings.Contains(b.Problem, c.problem) {
			t.Errorf("%s: %+v", name, b)
		}
	}
	_, err = register(env, host)
	must(t, err)
	if b := of("Firefox"); !b.Registered {
		t.Errorf("registered again: %+v", b)
	}
}

func TestRegisterGoesOnAfterABrowserThatFails(t *testing.T) {
	env, host := newEnv(t)
	must(t, os.MkdirAll(env.ConfigHome, 0o700))
	must(t, os.WriteFile(filepath.Join(env.ConfigHome, "chromium"), []byte("in the way"), 0o600))
	all, err := register(env, host)
	if err == nil || !strings.HasPrefix(err.Error(), "Chromium: ") || strings.Contains(err.Error(), "Firefox") {
		t.Errorf("%v", err)
	}
	for _, b := range all {
		if b.Registered == (b.Name == "Chromium") {
			t.Errorf("%+v", b)
		}
	}
}

func TestManifestIsReplacedWhole(t *testing.T) {
	env, host := newEnv(t)
	dir := filepath.Join(env.Home, "own", "NativeMessagingHosts")
	must(t, RegisterIn(dir, Chromium, host))
	elsewhere := filepath.Join(env.Home, "elsewhere")
	must(t, os.WriteFile(elsewhere, []byte("a diary"), 0o600))
	path := filepath.Join(dir, manifestName)
	old, err := os.Open(path)
	must(t, err)
	defer func() { _ = old.Close() }()

	must(t, RegisterIn(dir, Firefox, host))
	if err := checkManifest(path, Firefox); err != nil {
		t.Error(err)
	}
	var m manifest
	if err := json.NewDecoder(old).Decode(&m); err != nil || m.AllowedOrigins == nil {
		t.Errorf("a browser that reads meanwhile finds %+v, %v", m, err)
	}

	must(t, os.Remove(path))
	must(t, os.Symlink(elsewhere, path))
	must(t, RegisterIn(dir, Firefox, host))
	if b, _ := os.ReadFile(elsewhere); string(b) != "a diary" {
		t.Error("the file behind a link was written")
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("%d files are left", len(entries))
	}
}

func TestCurrentUserIsReadFromTheSession(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	for config, want := range map[string]string{
		"": home + "/.config", "relative": home + "/.config", home + "/elsewhere": home + "/elsewhere",
	} {
		t.Setenv("XDG_CONFIG_HOME", config)
		env, err := CurrentEnv()
		must(t, err)
		if env.ConfigHome != want || env.Home != home {
			t.Errorf("XDG_CONFIG_HOME=%q: %+v", config, env)
		}
	}
	host := filepath.Join(home, "ponte-nativehost")
	must(t, os.WriteFile(host, nil, 0o755))
	all, err := Register(host)
	must(t, err)
	if len(all) != 4 || !all[0].Registered || !strings.HasPrefix(all[0].Path, home) {
		t.Errorf("%+v", all)
	}
	all, err = Unregister()
	must(t, err)
	if all[0].Registered {
		t.Errorf("%+v", all)
	}
}

func TestAPackagedBrowserIsListedAndNothingIsWrittenForIt(t *testing.T) {
	env, host := newComputer(t)
	put(t, env, "/snap/chromium/current/meta/snap.yaml", "version: 1\n")
	put(t, env, "/snap/firefox/current/meta/snap.yaml", "version: 1\n")
	put(t, env, "/var/lib/flatpak/app/com.google.Chrome/current/active/metadata", "[Application]")
	all, err := register(env, host)
	must(t, err)
	boxed := map[string]Browser{}
	for _, b := range all {
		if b.Box != System {
			boxed[b.Name] = b
		}
	}
	if len(boxed) != 3 || boxed["Chromium (snap)"].Registered || boxed["Google Chrome (flatpak)"].Registered || boxed["Chromium (snap)"].Open {
		t.Errorf("%+v", boxed)
	}
	if b := boxed["Firefox (snap)"]; !b.Open || !b.Registered || b.Path != filepath.Join(env.Home, ".mozilla/native-messaging-hosts", manifestName) {
		t.Errorf("%+v", b)
	}
	for name := range manifests(t, env) {
		if strings.HasPrefix(name, "snap/") || strings.HasPrefix(name, ".var/") {
			t.Errorf("written: %s", name)
		}
	}
	_, err = unregister(env)
	must(t, err)
	for _, b := range List(env) {
		if b.Registered {
			t.Errorf("still registered: %+v", b)
		}
	}
}

func TestWhatTheAdministratorHasRegisteredIsListedAsRegistered(t *testing.T) {
	env, host := newComputer(t)
	put(t, env, "/usr/lib/firefox-esr/firefox-esr", "program")
	listed := func() Browser {
		for _, b := range List(env) {
			if b.Name == "Firefox" {
				return b
			}
		}
		return Browser{}
	}
	if b := listed(); b.Registered {
		t.Errorf("%+v", b)
	}
	system := filepath.Join(env.Root, "usr/lib/mozilla/native-messaging-hosts")
	must(t, RegisterIn(system, Firefox, host))
	if b := listed(); !b.Registered || b.Path != filepath.Join(system, manifestName) {
		t.Errorf("%+v", b)
	}
	own := filepath.Join(env.Home, ".mozilla/native-messaging-hosts", manifestName)
	must(t, os.MkdirAll(filepath.Dir(own), 0o755))
	must(t, os.WriteFile(own, []byte("{}"), 0o644)) // the browser reads this one
	if b := listed(); b.Registered || b.Problem == "" {
		t.Errorf("%+v", b)
	}
}
