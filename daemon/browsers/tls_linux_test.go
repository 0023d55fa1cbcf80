// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/testcard/testpki"
)

// tlsEnv is a home with two profiles of Firefox, the second of them never used, and a third whose folder is gone.
func tlsEnv(t *testing.T) (env Env, used, unused string) {
	t.Helper()
	home := t.TempDir()
	env = Env{Home: home, ConfigHome: filepath.Join(home, ".config"), Root: t.TempDir()} // no policy of this computer counts
	root := filepath.Join(home, ".mozilla", "firefox")
	used, unused = filepath.Join(root, "used.default"), filepath.Join(home, "elsewhere")
	for _, dir := range []string{used, unused} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	ini := fmt.Sprintf("[General]\nVersion=2\n\n[Profile0]\nName=a\nIsRelative=1\nPath=used.default\n\n[Profile1]\nIsRelative=0\nPath=%s\n\n[Profile2]\nIsRelative=1\nPath=gone\n", unused)
	if err := os.WriteFile(filepath.Join(root, "profiles.ini"), []byte(ini), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("certutil", "-N", "-d", "sql:"+used, "--empty-password").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return env, used, unused
}

// anyModule is a PKCS#11 module: modutil loads it.
func anyModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("make", "-s", "-C", "../../browsermodule", "OUT="+dir, "linux").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "libponte-pkcs11.so")
}

func registered(list []Browser) (yes int) {
	for _, b := range list {
		if b.Registered {
			yes++
		}
	}
	return yes
}

func TestAModuleThatIsNoFileIsNotRegistered(t *testing.T) {
	env, _, _ := tlsEnv(t)
	for _, library := range []string{"", "libponte-pkcs11.so", filepath.Join(t.TempDir(), "absent.so"), t.TempDir()} {
		if _, err := registerTLS(t.Context(), env, library); err == nil {
			t.Errorf("%q was taken", library)
		}
	}
	if n := registered(listTLS(env)); n != 0 {
		t.Errorf("%d databases name it", n)
	}
}

func TestWithoutTheProgramsOfNSSTheErrorSaysWhatToInstall(t *testing.T) {
	env, _, _ := tlsEnv(t)
	module := anyModule(t)
	t.Setenv("PATH", t.TempDir())
	if _, err := registerTLS(t.Context(), env, module); !errors.Is(err, ErrNoModutil) {
		t.Errorf("%v", err)
	}
}

func TestTheDatabaseOfABrowserThatIsOpenIsNotTouched(t *testing.T) {
	env, used, _ := tlsEnv(t)
	if err := os.Symlink(fmt.Sprintf("127.0.1.1:+%d", os.Getpid()), filepath.Join(used, "lock")); err != nil {
		t.Fatal(err)
	}
	chromium := filepath.Join(env.ConfigHome, "chromium")
	if err := os.MkdirAll(chromium, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(fmt.Sprintf("computer-%d", os.Getpid()), filepath.Join(chromium, "SingletonLock")); err != nil {
		t.Fatal(err)
	}
	list, err := registerTLS(t.Context(), env, anyModule(t))
	if !errors.Is(err, ErrOpen) || registered(list) != 1 { // the other profile is not open
		t.Errorf("%v, %+v", err, list)
	}
}

func TestALockThatAnEndedBrowserLeftBehindDoesNotMatter(t *testing.T) {
	env, used, _ := tlsEnv(t)
	if err := os.Symlink("127.0.1.1:+4194999", filepath.Join(used, "lock")); err != nil { // more than Linux has
		t.Fatal(err)
	}
	if _, err := registerTLS(t.Context(), env, anyModule(t)); err != nil {
		t.Error(err)
	}
}

func TestTheModuleIsRegisteredOnceAndTakenOutWithoutATrace(t *testing.T) {
	env, used, unused := tlsEnv(t)
	module, other := anyModule(t), anyModule(t)
	before, err := os.ReadFile(filepath.Join(used, "pkcs11.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, library := range []string{other, module, module} {
		list, err := registerTLS(t.Context(), env, library)
		if err != nil || len(list) != 3 || registered(list) != 3 {
			t.Fatalf("%v, %+v", err, list)
		}
	}
	shared := filepath.Join(env.Home, ".pki", "nssdb")
	for dir, parameter := range map[string]bool{used: false, unused: false, shared: true} {
		out, err := exec.Command("modutil", "-rawlist", "-dbdir", "sql:"+dir).Output()
		if err != nil {
			t.Fatal(err)
		}
		lines := slices.DeleteFunc(strings.Split(string(out), "\n"), func(l string) bool {
			return !strings.Contains(l, "name=\"Ponte\"") && !strings.Contains(l, "name=Ponte")
		})
		if len(lines) != 1 || !strings.Contains(lines[0], module) || strings.Contains(lines[0], "ui=sign") != parameter {
			t.Errorf("%s: %q", dir, lines)
		}
	}
	list, err := unregisterTLS(t.Context(), env)
	if err != nil || registered(list) != 0 {
		t.Errorf("%v, %+v", err, list)
	}
	after, err := os.ReadFile(filepath.Join(used, "pkcs11.txt"))
	if err != nil || string(after) != string(before) {
		t.Errorf("%v\nbefore:\n%s\nafter:\n%s", err, before, after)
	}
	if _, err := os.Lstat(filepath.Join(env.Home, ".pki")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the database that was made is still there: %v", err)
	}
	if left, err := os.ReadDir(unused); err != nil || len(left) != 0 {
		t.Errorf("a profile without a database has one: %v, %v", err, left)
	}
}

func TestADatabaseThatIsUsedSinceItWasMadeStays(t *testing.T) {
	env, _, unused := tlsEnv(t)
	if err := os.Mkdir(filepath.Join(env.Home, ".pki"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := registerTLS(t.Context(), env, anyModule(t)); err != nil {
		t.Fatal(err)
	}
	shared := filepath.Join(env.Home, ".pki", "nssdb")
	stranger := filepath.Join(shared, "mio.txt")
	if err := os.WriteFile(stranger, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: testpki.New().CA().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("certutil", "-A", "-n", "mia", "-t", ",,", "-i", ca, "-d", "sql:"+unused).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := unregisterTLS(t.Context(), env); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("certutil", "-L", "-n", "mia", "-d", "sql:"+unused).CombinedOutput(); err != nil {
		t.Errorf("the certificate is gone: %v: %s", err, out)
	}
	for _, dir := range []string{unused, shared} {
		if _, err := os.Lstat(filepath.Join(dir, madeFile)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: a trace is left: %v", dir, err)
		}
	}
	if left, err := os.ReadDir(shared); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", err, left)
	}
}
