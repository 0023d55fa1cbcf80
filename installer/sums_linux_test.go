// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gpgKey makes a key for one test, in a keyring of its own, and gives the file with it and how to call gpg.
func gpgKey(t *testing.T) (file string, gpg []string) {
	t.Helper()
	home := t.TempDir()
	if err := os.Chmod(home, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
	gpg = []string{"--homedir", home, "--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", ""}
	output(t, "gpg", append(gpg, "--quick-gen-key", "Trial <trial@example.org>", "rsa3072", "sign", "1d")...)
	file = filepath.Join(t.TempDir(), "key.asc")
	output(t, "gpg", append(gpg, "--armor", "--output", file, "--export-secret-keys")...)
	return file, gpg
}

func TestTheSumsAreThoseOfTheFilesAndSigned(t *testing.T) {
	key, gpg := gpgKey(t)
	t.Setenv("PONTE_GPG_KEY", key)
	t.Setenv("NFPM_PASSPHRASE", "")
	r := &release{root: repositoryOf(t), out: t.TempDir(), work: t.TempDir(), say: t.Logf}
	file := filepath.Join(r.out, "ponte.deb")
	if err := os.WriteFile(file, []byte("a package"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.sums(t.Context()); err != nil {
		t.Fatal(err)
	}
	sums := filepath.Join(r.out, sumsFile)
	output(t, "gpg", append(gpg, "--verify", sums+".asc", sums)...)
	check := exec.Command("sha256sum", "-c", sumsFile)
	check.Dir = r.out
	if out, err := check.CombinedOutput(); err != nil || !strings.Contains(string(out), "ponte.deb: OK") {
		t.Errorf("%v: %s", err, out)
	}
	if err := os.WriteFile(sums, []byte("0  ponte.deb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if exec.Command("gpg", append(gpg, "--verify", sums+".asc", sums)...).Run() == nil {
		t.Error("other sums have the same signature")
	}
}

func TestAReleaseWithoutItsKeyFails(t *testing.T) {
	t.Setenv("PONTE_GPG_KEY", filepath.Join(t.TempDir(), "missing"))
	r := &release{root: repositoryOf(t), out: t.TempDir(), work: t.TempDir(), say: t.Logf}
	if err := r.sums(t.Context()); err == nil {
		t.Error("a key that is not there signs")
	}
}

func TestAFolderThatIsNoReleaseIsNotEmptied(t *testing.T) {
	r := &release{out: t.TempDir()}
	file := filepath.Join(r.out, "thesis.odt")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.empty(); err == nil {
		t.Error("it was emptied")
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func TestAVersionThatIsNoneIsRefused(t *testing.T) {
	for _, version := range []string{"1", "1.2", "v1.2.3", "1.2.3 ", "1.2.3-", "1.2.3;rm", "../1.2.3"} {
		if err := (&release{root: repositoryOf(t)}).identify(t.Context(), version, 1_750_000_000); err == nil {
			t.Errorf("%q was taken", version)
		}
	}
	r := &release{root: repositoryOf(t)}
	if err := r.identify(t.Context(), "1.2.3-rc.1", 1_750_000_000); err != nil || r.packageVersion() != "1.2.3~rc.1" || r.plainVersion() != "1.2.3" {
		t.Errorf("%v: %s, %s", err, r.packageVersion(), r.plainVersion())
	}
	if err := r.identify(t.Context(), "1.2.3", 1); err == nil {
		t.Error("a release of 1970")
	}
}
