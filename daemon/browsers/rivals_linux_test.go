// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// rivalEnv is tlsEnv on a computer with Firefox.
func rivalEnv(t *testing.T) (env Env, used string) {
	t.Helper()
	env, used, _ = tlsEnv(t)
	program := filepath.Join(env.Root, "usr/lib/firefox-esr/firefox-esr")
	write(t, program, "program")
	return env, used
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// calledLike is a PKCS#11 module whose file has the name of another maker's.
func calledLike(t *testing.T, file string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), file)
	if err := os.Rename(anyModule(t), path); err != nil {
		t.Fatal(err)
	}
	return path
}

// add registers a module as another maker's installer does.
func add(t *testing.T, dir, name, library string) {
	t.Helper()
	if out, err := exec.Command("modutil", "-force", "-dbdir", "sql:"+dir, "-add", name, "-libfile", library).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func of(t *testing.T, env Env, dir string) Database {
	t.Helper()
	for _, d := range Databases(env) {
		if d.Dir == dir {
			return d
		}
	}
	t.Fatalf("no database %s", dir)
	return Database{}
}

func policyText(devices string) string { return `{"policies":{"SecurityDevices":` + devices + `}}` }

func TestAModuleOfAnotherMakerForTheSameCardIsFoundAndOnlyOursIsTakenOut(t *testing.T) {
	env, used := rivalEnv(t)
	vendor := calledLike(t, "libbit4xpki.so")
	shared := filepath.Join(env.Home, ".pki", "nssdb")
	if _, err := registerTLS(t.Context(), env, anyModule(t)); err != nil {
		t.Fatal(err)
	}
	lists := map[string]string{}
	for id, dir := range map[string]string{"firefox": used, "chromium": shared} {
		add(t, dir, "Bit4id TS-CNS", vendor)
		d := of(t, env, dir)
		if d.ID != id || len(d.Own) != 1 || len(d.Rivals) != 1 || d.Rivals[0] != (Module{Name: "Bit4id TS-CNS", Library: vendor}) || !d.CanUnregister() {
			t.Errorf("%+v", d)
		}
		if err := d.Unregister(t.Context(), env); err != nil {
			t.Fatal(err)
		}
		d = of(t, env, dir)
		if len(d.Own) != 0 || len(d.Rivals) != 1 || d.CanUnregister() {
			t.Errorf("afterwards: %+v", d)
		}
		out, err := exec.Command("modutil", "-rawlist", "-dbdir", "sql:"+dir).Output()
		if err != nil || !strings.Contains(string(out), vendor) {
			t.Errorf("%v\n%s", err, out)
		}
		lists[dir] = string(out)
	}
	if n := registered(listTLS(env)); n != 1 { // the profile without the other maker's
		t.Errorf("%d databases name it: %v", n, lists)
	}
}

func TestModulesThatDriveNoHealthCardAreNoRivals(t *testing.T) {
	env, used := rivalEnv(t)
	if _, err := registerTLS(t.Context(), env, anyModule(t)); err != nil {
		t.Fatal(err)
	}
	add(t, used, "SoftHSM", calledLike(t, "libsofthsm2.so"))
	if d := of(t, env, used); len(d.Own) != 1 || len(d.Rivals) != 0 {
		t.Errorf("%+v", d)
	}
}

func TestOurModuleUnderAnotherNameIsNotRegisteredAgainNorTakenOut(t *testing.T) {
	env, used := rivalEnv(t)
	add(t, used, "Tessera", anyModule(t))
	list, err := registerTLS(t.Context(), env, anyModule(t)) // NSS loads no two files of one name: modutil would fail
	if err != nil || registered(list) != 3 {
		t.Errorf("%v, %+v", err, list)
	}
	d := of(t, env, used)
	if len(d.Own) != 1 || d.Own[0].Name != "Tessera" || d.CanUnregister() {
		t.Errorf("%+v", d)
	}
	if _, err := unregisterTLS(t.Context(), env); err != nil {
		t.Error(err)
	}
	if d := of(t, env, used); len(d.Own) != 1 {
		t.Errorf("%+v", d)
	}
}

func TestTheDatabaseOfAnOpenBrowserKeepsItsModule(t *testing.T) {
	env, used := rivalEnv(t)
	if _, err := registerTLS(t.Context(), env, anyModule(t)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(fmt.Sprintf("127.0.1.1:+%d", os.Getpid()), filepath.Join(used, "lock")); err != nil {
		t.Fatal(err)
	}
	if err := of(t, env, used).Unregister(t.Context(), env); !errors.Is(err, ErrOpen) {
		t.Errorf("%v", err)
	}
	if err := (Database{Dir: t.TempDir()}).Unregister(t.Context(), env); err == nil {
		t.Error("a database of nobody")
	}
}

func TestWhatTheAdministratorRegistersIsNotRegisteredAgain(t *testing.T) {
	env, used := rivalEnv(t)
	module := anyModule(t)
	file := filepath.Join(env.Root, "etc/firefox/policies/policies.json")
	for name, devices := range map[string]string{
		"as it is written now": `{"Add":{"Ponte":"` + module + `"}}`, "as it was before Firefox 114": `{"Ponte":"` + module + `"}`,
	} {
		write(t, file, policyText(devices))
		list, err := registerTLS(t.Context(), env, module)
		if err != nil || registered(list) != 3 {
			t.Errorf("%s: %v, %+v", name, err, list)
		}
		if text, err := os.ReadFile(filepath.Join(used, "pkcs11.txt")); err != nil || strings.Contains(string(text), module) {
			t.Errorf("%s: registered twice: %v\n%s", name, err, text)
		}
		d := of(t, env, used)
		if len(d.Own) != 1 || d.Own[0].Policy != file || d.CanUnregister() || d.Gone() {
			t.Errorf("%s: %+v", name, d)
		}
		if d := of(t, env, filepath.Join(env.Home, ".pki", "nssdb")); len(d.Own) != 1 || d.Own[0].Policy != "" {
			t.Errorf("%s: Chromium has no such policy: %+v", name, d)
		}
	}
	// Firefox writes what the policy names into its own list when it starts.
	link := filepath.Join(t.TempDir(), libraryName)
	if err := os.Symlink(module, link); err != nil {
		t.Fatal(err)
	}
	add(t, used, moduleName, link)
	if d := of(t, env, used); len(d.Own) != 1 {
		t.Errorf("the same file counts twice: %+v", d)
	}
}

func TestAnotherFileThanTheAdministratorsIsASecondRegistration(t *testing.T) {
	env, used := rivalEnv(t)
	add(t, used, moduleName, anyModule(t))
	module := anyModule(t)
	write(t, filepath.Join(env.Root, "etc/firefox/policies/policies.json"), policyText(`{"Add":{"Ponte":"`+module+`"}}`))
	d := of(t, env, used)
	if len(d.Own) != 2 || !d.CanUnregister() {
		t.Fatalf("%+v", d)
	}
	if err := d.Unregister(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	if d := of(t, env, used); len(d.Own) != 1 || d.Own[0].Library != module {
		t.Errorf("%+v", d)
	}
}

func TestAPolicyThatNamesNoFileKeepsNobodyFromRegistering(t *testing.T) {
	env, used := rivalEnv(t)
	for _, devices := range []string{`{"Add":{"Ponte":"/absent/libponte-pkcs11.so"}}`, `{"Add":7}`, `7`, `{"Delete":["Ponte"]}`, `{"Add":{"Other":"/usr/lib/libbit4xpki.so"}}`} {
		write(t, filepath.Join(env.Root, "etc/firefox/policies/policies.json"), policyText(devices))
		if _, err := registerTLS(t.Context(), env, anyModule(t)); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(filepath.Join(used, "pkcs11.txt")); err != nil || !strings.Contains(string(text), "name="+moduleName) {
			t.Errorf("%s: not registered: %v\n%s", devices, err, text)
		}
	}
	if d := of(t, env, used); len(d.Rivals) != 1 || d.Rivals[0].Policy == "" { // the last one
		t.Errorf("%+v", d)
	}
}
