// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// made makes a package of the programs in another folder.
func made(t *testing.T, change func(*source)) (string, error) {
	t.Helper()
	dir := t.TempDir()
	s := source{programs: programs, list: "../programs.txt", version: "1.0.0", epoch: 1_700_000_000, out: filepath.Join(dir, "ponte.msi"), work: filepath.Join(dir, "work")}
	if change != nil {
		change(&s)
	}
	if err := os.MkdirAll(s.work, 0o700); err != nil {
		t.Fatal(err)
	}
	return s.out, s.make(context.Background())
}

func TestAVersionThatWindowsCannotCompareIsRefused(t *testing.T) {
	for _, version := range []string{"", "1.0", "1.0.0.0", "v1.0.0", "1.0.0 ", "1.0.0-'", "1234.0.0", "1.0.0\n"} {
		if _, err := made(t, func(s *source) { s.version = version }); err == nil {
			t.Errorf("%q is packed", version)
		}
	}
}

func TestAProgramThatIsMissingMakesNoPackage(t *testing.T) {
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "ponte.exe"), []byte("MZ"), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := made(t, func(s *source) { s.programs = other })
	if err == nil || !strings.Contains(err.Error(), "a program for Windows is missing") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("there is a package")
	}
}

func TestWhatAToolComplainsOfIsAFailure(t *testing.T) {
	s := source{work: t.TempDir()}
	if err := s.run(context.Background(), "sh", "-c", "echo a warning >&2"); err == nil || !strings.Contains(err.Error(), "a warning") {
		t.Errorf("%v", err)
	}
}

func TestTwoRunsMakeTheSameBytes(t *testing.T) {
	one, err := made(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	two, err := made(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(two)
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("%v; %d and %d bytes differ", err, len(a), len(b))
	}
	if three, err := os.ReadFile(msi("1.0.0")); err != nil || !bytes.Equal(a, three) {
		t.Errorf("%v: the package that was made before is another", err)
	}
}

func TestThePackageIsSignedWithTheKeyOfTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	key, certificate := filepath.Join(dir, "key.pem"), filepath.Join(dir, "certificate.pem")
	out, err := exec.Command("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
		"-subj", "/CN=test", "-addext", "extendedKeyUsage=codeSigning", "-addext", "keyUsage=digitalSignature").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Setenv("PONTE_SIGN_KEY", key)
	t.Setenv("PONTE_SIGN_CERTIFICATE", filepath.Join(dir, "missing.pem"))
	if _, err := made(t, nil); err == nil {
		t.Error("a package without its signature is made")
	}
	t.Setenv("PONTE_SIGN_CERTIFICATE", certificate)
	signed, err := made(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err = exec.Command("osslsigncode", "verify", "-CAfile", certificate, "-in", signed).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Signature verification: ok") {
		t.Errorf("%v: %s", err, out)
	}
	if out, _ := exec.Command("osslsigncode", "verify", "-CAfile", certificate, "-in", msi("1.0.0")).CombinedOutput(); strings.Contains(string(out), "Signature verification: ok") {
		t.Error("the package that nobody signed has a signature")
	}
}
