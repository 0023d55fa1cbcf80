// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

const (
	setup            = `SOFTWARE\Ponte\Setup`
	managed          = `SOFTWARE\Policies\Ponte`
	runKey           = `SOFTWARE\Microsoft\Windows\CurrentVersion\Run`
	firefoxExtension = `SOFTWARE\Policies\Mozilla\Firefox\ExtensionSettings\` + protocol.ExtensionIDFirefox
	service          = `SYSTEM\CurrentControlSet\Services\Ponte`
)

// installed is where the programs are.
func installed(name string) string {
	return filepath.Join(prefix, "drive_c", "Program Files", "Ponte", name)
}

// installing makes a computer without Ponte of wine's, whatever the test does to it.
func installing(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		for _, version := range []string{"1.0.0", "1.1.0", "1.2.0", "1.2.0-dev.7"} {
			wine(t, "msiexec", "/x", msi(version), "/qn") // most are not there
		}
	})
}

// productVersion is what the list of programs shows: the number of the version.
func productVersion(registry map[string]string) (versions []string) {
	for key, value := range registry {
		if value == "Ponte" && strings.Contains(key, `\uninstall\`) && strings.HasSuffix(key, `\displayname`) {
			versions = append(versions, registry[strings.TrimSuffix(key, "displayname")+"displayversion"])
		}
	}
	return versions
}

func wantSetup(t *testing.T, registry map[string]string, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got := local(registry, setup, name); got != value {
			t.Errorf("%s is remembered as %q, want %q", name, got, value)
		}
	}
}

func TestWhatCannotBeMeantIsRefusedBeforeAnythingIsChanged(t *testing.T) {
	installing(t)
	before, files := registryNow(t), filesNow(t)
	for _, p := range []string{"LANGUAGE=fr", "AUTOSTART=2", "INSTALLSERVICE=yes", "BROWSERPOLICIES=on", "ALLOWEDORIGINS=http://a.example", "EXTENSIONURL=ftp://a.example", "XPIURL=http://a.example", `INSTALLDIR=C:\Ponte`} {
		msiexec(t, refused, "/i", msi("1.0.0"), p)
	}
	for key := range registryNow(t) {
		if _, there := before[key]; !there && strings.Contains(key, "ponte") {
			t.Errorf("in the registry: %s", key)
		}
	}
	if _, err := os.Stat(installed("")); err == nil || len(filesNow(t)) > len(files)+2 {
		t.Error("files are left")
	}
}

func TestInstallRepairAndRemoveWithoutATrace(t *testing.T) {
	installing(t)
	before, files := registryNow(t), filesNow(t)
	msiexec(t, done, "/i", msi("1.0.0"), "ALLOWEDORIGINS=https://a.example,https://b.example", "LANGUAGE=de", "BROWSERPOLICIES=1", "EXTENSIONURL=https://a.example/update.xml", "XPIURL=https://a.example/ponte.xpi")
	now := registryNow(t)
	checkInstalled(t, now)
	for key, want := range map[[2]string]string{
		{setup, "INSTALLDIR"}: `C:\Program Files\Ponte\`, {setup, "AUTOSTART"}: "1", {setup, "INSTALLSERVICE"}: "1",
		{managed, "allowed_sites"}: "https://a.example,https://b.example", {managed, "language"}: "de",
		{`SOFTWARE\Policies\Google\Chrome\NativeMessagingAllowlist`, entry}:         protocol.HostName,
		{`SOFTWARE\Policies\Chromium\ExtensionInstallForcelist`, entry}:             protocol.ExtensionIDChromium + ";https://a.example/update.xml",
		{`SOFTWARE\Policies\Microsoft\Edge\ExtensionInstallForcelist`, entry}:       protocol.ExtensionIDChromium + ";https://a.example/update.xml",
		{`SOFTWARE\Policies\Google\Chrome\LoopbackNetworkAllowedForUrls`, entry}:    "https://a.example",
		{`SOFTWARE\Policies\Microsoft\Edge\LoopbackNetworkAllowedForUrls`, "24881"}: "https://b.example",
		{`SOFTWARE\Policies\Mozilla\Firefox\SecurityDevices\Add`, "Ponte"}:          `C:\Program Files\Ponte\ponte-pkcs11.dll`,
		{firefoxExtension, "installation_mode"}:                                     "force_installed",
		{firefoxExtension, "install_url"}:                                           "https://a.example/ponte.xpi",
		{service, "ImagePath"}:                                                      `C:\Program Files\Ponte\ponte-service.exe service run`, {service, "Start"}: "dword:00000002",
		{`SYSTEM\CurrentControlSet\Services\EventLog\Application\Ponte`, "TypesSupported"}: "dword:00000007",
		{runKey, "Ponte"}: "",
	} {
		if got := strings.ReplaceAll(local(now, key[0], key[1]), `\"`, ``); got != want { // Windows puts the program in quotes, wine does not
			t.Errorf("%s %s: %q, want %q", key[0], key[1], got, want)
		}
	}
	if n := running(t, "ponte-service.exe"); n != 1 {
		t.Errorf("%d services run", n)
	}
	checkBrowserFindsPonte(t)
	repair(t)
	startAgent(t)
	msiexec(t, done, "/x", msi("1.0.0"))
	eventually(t, "the end of service and agent", func() bool { return running(t, "ponte") == 0 })
	after := registryNow(t)
	for key, value := range after {
		ours := strings.Contains(key+strings.ToLower(value), "ponte") || value != "" && (strings.Contains(key, `\installer\`) || strings.Contains(key, `\uninstall\`))
		if _, there := before[key]; !there && ours { // wine writes down its devices meanwhile
			t.Errorf("left in the registry: %s = %q", key, value)
		}
	}
	for path := range filesNow(t) {
		theirs := strings.Contains(path, "/AppData/Local/Ponte") // of the user: settings and logs stay
		if !files[path] && !theirs && !strings.Contains(path, "/Temp/") && !strings.HasSuffix(path, "/windows/Installer") {
			t.Errorf("left: %s", path)
		}
	}
}

// checkInstalled looks at what is always installed.
func checkInstalled(t *testing.T, now map[string]string) {
	t.Helper()
	want, err := (source{list: "../programs.txt"}).programNames()
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, chromiumManifest, firefoxManifest)
	for _, name := range want {
		if _, err := os.Stat(installed(name)); err != nil {
			t.Error(err)
		}
	}
	if entries, err := os.ReadDir(installed("")); err != nil || len(entries) != len(want) {
		t.Errorf("%v: %v, want %v", err, entries, want)
	}
	for key, file := range map[string]string{`Google\Chrome`: chromiumManifest, `Microsoft\Edge`: chromiumManifest, `Chromium`: chromiumManifest, `Mozilla`: firefoxManifest} {
		if got := local(now, `SOFTWARE\`+key+`\NativeMessagingHosts\it.ponte.host`, "@"); got != `C:\Program Files\Ponte\`+file {
			t.Errorf("%s: %q", key, got)
		}
		var manifest struct{ Name, Path string }
		b, err := os.ReadFile(installed(file))
		if err != nil || json.Unmarshal(b, &manifest) != nil || manifest.Name != protocol.HostName || manifest.Path != "ponte-nativehost.exe" {
			t.Errorf("%v: %s", err, b)
		}
	}
	if got := productVersion(now); !slices.Equal(got, []string{"1.0.0"}) {
		t.Errorf("the list of programs shows %v", got)
	}
	shortcut := func(path string) bool { return strings.HasSuffix(path, "/Start Menu/Programs/Ponte.lnk") } // wine: the user's
	if !slices.ContainsFunc(slices.Collect(maps.Keys(filesNow(t))), shortcut) {
		t.Error("the Start menu has no Ponte")
	}
}

// checkBrowserFindsPonte asks the installed command line about a browser. A file stands for Firefox: nobody starts it.
func checkBrowserFindsPonte(t *testing.T) {
	t.Helper()
	firefox := filepath.Join(prefix, "drive_c", "Program Files", "Mozilla Firefox")
	if err := errors.Join(os.MkdirAll(firefox, 0o755), os.WriteFile(filepath.Join(firefox, "firefox.exe"), []byte("MZ"), 0o755)); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(firefox)
	out, err := os.Create(filepath.Join(t.TempDir(), "list.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(wine64, `C:\Program Files\Ponte\ponte.exe`, "browsers", "list", "--json")
	cmd.Env, cmd.Stdout = wineEnvironment(), out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Name, Path string
		Registered bool
	}
	b, err := os.ReadFile(out.Name())
	if err != nil || json.Unmarshal(b, &all) != nil {
		t.Fatalf("%v: %s", err, b)
	}
	found := false
	for _, browser := range all {
		found = found || browser.Name == "Firefox" && browser.Registered && browser.Path == `C:\Program Files\Ponte\`+firefoxManifest
	}
	if !found {
		t.Errorf("Firefox does not find Ponte: %s", b)
	}
}

// repair takes a program and a key away, and has them brought back.
func repair(t *testing.T) {
	t.Helper()
	if err := os.Remove(installed("ponte-panel.exe")); err != nil {
		t.Fatal(err)
	}
	if code := wine(t, "reg", "delete", `HKLM\SOFTWARE\Google\Chrome\NativeMessagingHosts\it.ponte.host`, "/f"); code != 0 {
		t.Fatal(code)
	}
	msiexec(t, done, "/i", msi("1.0.0"), "REINSTALL=ALL", "REINSTALLMODE=amus")
	now := registryNow(t)
	checkInstalled(t, now)
	wantSetup(t, now, map[string]string{"ALLOWEDORIGINS": "https://a.example,https://b.example", "LANGUAGE": "de", "BROWSERPOLICIES": "1"})
}

// startAgent starts what a user may have running while the administrator removes Ponte.
func startAgent(t *testing.T) {
	t.Helper()
	cmd := exec.Command(wine64, `C:\Program Files\Ponte\ponte.exe`, "run")
	cmd.Env = wineEnvironment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	logs := filepath.Join(prefix, "drive_c/users/*/AppData/Local/Ponte/State/ponte.log")
	eventually(t, "an agent", func() bool {
		found, err := filepath.Glob(logs)
		return err == nil && len(found) > 0 && running(t, "ponte.exe") > 0
	})
	t.Cleanup(func() {
		found, _ := filepath.Glob(filepath.Join(prefix, "drive_c/users/*/AppData/Local/Ponte"))
		for _, folder := range found {
			_ = os.RemoveAll(folder)
		}
	})
}

func TestAnUpgradeKeepsWhatWasGivenOnce(t *testing.T) {
	installing(t)
	msiexec(t, done, "/i", msi("1.0.0"), "ALLOWEDORIGINS=https://a.example", "AUTOSTART=0", "LANGUAGE=en")
	first := registryNow(t)
	wantSetup(t, first, map[string]string{"ALLOWEDORIGINS": "https://a.example", "AUTOSTART": "0", "LANGUAGE": "en", "INSTALLSERVICE": "1"})
	if local(first, service, "ImagePath") != "" || local(first, runKey, "Ponte") != "" {
		t.Error("something starts with the session although it was not to")
	}
	msiexec(t, done, "/i", msi("1.1.0"), "INSTALLSERVICE=0", "AUTOSTART=1")
	second := registryNow(t)
	wantSetup(t, second, map[string]string{"ALLOWEDORIGINS": "https://a.example", "AUTOSTART": "1", "LANGUAGE": "en", "INSTALLSERVICE": "0"})
	if local(second, managed, "allowed_sites") != "https://a.example" || !strings.Contains(local(second, runKey, "Ponte"), `ponte-tray.exe`) {
		t.Errorf("%q, %q", local(second, managed, "allowed_sites"), local(second, runKey, "Ponte"))
	}
	msiexec(t, done, "/i", msi("1.2.0"), "LANGUAGE=none", "ALLOWEDORIGINS=none")
	third := registryNow(t)
	wantSetup(t, third, map[string]string{"ALLOWEDORIGINS": "none", "AUTOSTART": "1", "LANGUAGE": "none", "INSTALLSERVICE": "0"})
	if local(third, managed, "allowed_sites") != "" || local(third, managed, "language") != "" || local(third, service, "ImagePath") != "" {
		t.Error("what was taken back is still in force")
	}
	if got := productVersion(third); !slices.Equal(got, []string{"1.2.0"}) {
		t.Errorf("the list of programs shows %v", got)
	}
	msiexec(t, done, "/i", msi("1.2.0-dev.7")) // of the same number, from another commit
	fourth := registryNow(t)
	wantSetup(t, fourth, map[string]string{"ALLOWEDORIGINS": "none", "INSTALLSERVICE": "0"})
	if got := productVersion(fourth); len(got) != 1 {
		t.Errorf("the list of programs shows %v", got)
	}
}

func TestADowngradeIsRefusedAndChangesNothing(t *testing.T) {
	installing(t)
	msiexec(t, done, "/i", msi("1.1.0"), "INSTALLSERVICE=0")
	before := registryNow(t)
	msiexec(t, refused, "/i", msi("1.0.0"), "INSTALLSERVICE=1", "LANGUAGE=de")
	after := registryNow(t)
	if got := productVersion(after); !slices.Equal(got, []string{"1.1.0"}) {
		t.Errorf("the list of programs shows %v", got)
	}
	for key := range maps.Keys(before) {
		if before[key] != after[key] {
			t.Errorf("%s: %q was %q", key, after[key], before[key])
		}
	}
}

func TestAHalfRemovedCopyIsInstalledOver(t *testing.T) {
	installing(t)
	msiexec(t, done, "/i", msi("1.0.0"), "ALLOWEDORIGINS=https://a.example")
	if err := os.Remove(installed("ponte.exe")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(installed("ponte-verify.exe"), []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code := wine(t, "sc", "stop", "Ponte"); code != 0 {
		t.Fatal(code)
	}
	eventually(t, "the end of the service", func() bool { return running(t, "ponte-service.exe") == 0 })
	for _, args := range [][]string{{"sc", "delete", "Ponte"}, {"reg", "delete", `HKLM\SOFTWARE\Mozilla\NativeMessagingHosts`, "/f"}} {
		if code := wine(t, args...); code != 0 {
			t.Fatalf("%v: %d", args, code)
		}
	}
	msiexec(t, done, "/i", msi("1.1.0"))
	now := registryNow(t)
	wantSetup(t, now, map[string]string{"ALLOWEDORIGINS": "https://a.example"})
	for _, name := range []string{"ponte.exe", "ponte-verify.exe"} {
		if info, err := os.Stat(installed(name)); err != nil || info.Size() < 1000 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if local(now, service, "Start") == "" || local(now, `SOFTWARE\Mozilla\NativeMessagingHosts\it.ponte.host`, "@") == "" {
		t.Error("the service or a key is missing")
	}
	for _, name := range []string{"ponte.exe", "ponte-nativehost.exe"} { // and it can be removed when parts are gone
		if err := os.Remove(installed(name)); err != nil {
			t.Fatal(err)
		}
	}
	msiexec(t, done, "/x", msi("1.1.0"))
	if _, err := os.Stat(installed("")); err == nil {
		t.Error("files are left")
	}
}

func TestASecondRunChangesNothing(t *testing.T) {
	installing(t)
	msiexec(t, done, "/i", msi("1.0.0"), "AUTOSTART=0", "LANGUAGE=it", `INSTALLDIR=C:\Program Files\Salute`)
	before := registryNow(t)
	if got := local(before, `SOFTWARE\Mozilla\NativeMessagingHosts\it.ponte.host`, "@"); got != `C:\Program Files\Salute\`+firefoxManifest {
		t.Errorf("Firefox finds %q", got)
	}
	msiexec(t, done, "/i", msi("1.0.0"))
	for key, value := range registryNow(t) {
		if before[key] != value && strings.Contains(key, "ponte") {
			t.Errorf("%s: %q was %q", key, value, before[key])
		}
	}
}

func TestThePartsCanBeLeftOut(t *testing.T) {
	installing(t)
	msiexec(t, done, "/i", msi("1.0.0"), "ADDLOCAL=Agent", "INSTALLSERVICE=0", "BROWSERPOLICIES=1", "ALLOWEDORIGINS=https://a.example")
	now := registryNow(t)
	for _, name := range []string{"ponte-tray.exe", chromiumManifest, "ponte-service.exe"} {
		if _, err := os.Stat(installed(name)); err == nil {
			t.Errorf("%s is there", name)
		}
	}
	if local(now, runKey, "Ponte") != "" || local(now, `SOFTWARE\Chromium\NativeMessagingHosts\it.ponte.host`, "@") != "" ||
		local(now, `SOFTWARE\Policies\Chromium\NativeMessagingAllowlist`, entry) != "" || local(now, `SOFTWARE\Policies\Chromium\LoopbackNetworkAllowedForUrls`, entry) != "" {
		t.Error("keys of parts that were left out are there")
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}
