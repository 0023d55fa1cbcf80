// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// packagesDir is the folder of the packages; empty while no test has asked for them.
var packagesDir string

// packages are made once, in two versions.
var packages = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "ponte-packages-")
	packagesDir = dir
	if err == nil {
		err = trialKey(filepath.Join(dir, "extension.pem"))
	}
	if err != nil {
		return "", err
	}
	root, err := repository()
	if err != nil {
		return "", err
	}
	first := &release{root: root, version: "0.9.0", epoch: 1_750_000_000, arch: []string{runtime.GOARCH}, quick: true, say: func(string, ...any) {}}
	var errs error
	for _, version := range []string{"0.9.0", "1.0.0"} {
		r := *first
		r.version, r.out, r.work = version, dir, filepath.Join(dir, "work-"+version)
		if err := os.Mkdir(r.work, 0o700); err != nil {
			return dir, err
		}
		if errs = r.linux(context.Background()); errs != nil {
			return dir, fmt.Errorf("%s: %w", version, errs)
		}
	}
	return dir, nil
})

// trialKey signs the extension of the tests: its identity is another one than that of a release.
func trialKey(file string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(os.Setenv("PONTE_CRX_KEY", file), os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
}

func TestMain(m *testing.M) {
	code := m.Run()
	if packagesDir != "" {
		_ = os.RemoveAll(packagesDir)
	}
	os.Exit(code)
}

// made gives the folder of the packages.
func made(t *testing.T) string {
	t.Helper()
	dir, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// onACopy runs a script of testdata on a copy of this computer (testdata/machine.sh) and gives what is left of it.
func onACopy(t *testing.T, script, size string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	file, err := filepath.Abs(filepath.Join("testdata", script))
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--mount", "--pid", "--fork", "--kill-child"}
	if os.Getuid() != 0 {
		args = append(args, "--map-root-user")
	}
	args = append(args, "sh", "-eu", filepath.Join(filepath.Dir(file), "machine.sh"), file, made(t), size)
	cmd := exec.CommandContext(ctx, "unshare", args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "TMPDIR="+cmd.Dir)
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasSuffix(string(out), "THE END\n") {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	for line := range strings.Lines(string(out)) {
		if left, ok := strings.CutPrefix(line, "LEFT "); ok {
			t.Errorf("%s leaves %s", script, left)
		}
	}
}

func TestTheDiskIsFullAndWhatWasThereBeforeWorks(t *testing.T) { onACopy(t, "full.sh", "24m") }

func TestACopyThatIsBrokenIsMendedByInstallingItAgain(t *testing.T) { onACopy(t, "broken.sh", "1g") }

func TestInstalledUpdatedAndPurgedWithTheAgentRunningNothingIsLeft(t *testing.T) {
	onACopy(t, "life.sh", "1g")
}

func TestThePoliciesAreTheAdministratorsAndGoWithTheirPackage(t *testing.T) {
	onACopy(t, "policies.sh", "1g")
}

func TestTheOtherFamilyOfPackagesLeavesNothingEither(t *testing.T) { onACopy(t, "rpm.sh", "1g") }

// TestRealBrowsersInstallTheExtensionByPolicy runs Debian's Chromium and Firefox ESR. They install what is on the disk, and
// reach no network: Firefox takes the add-on that Mozilla has not signed only because the script allows it.
func TestRealBrowsersInstallTheExtensionByPolicy(t *testing.T) { onACopy(t, "browsers.sh", "2g") }
