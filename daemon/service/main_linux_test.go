// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/internal/namespacetest"
)

// The commands are tried with a real systemd for this user, in namespaces of their own: the computer's is not touched, and
// with the namespaces everything in them ends.

var bin, home string

func TestMain(m *testing.M) {
	temporary := func() (string, error) { return os.MkdirTemp("", "ponte-service-") }
	os.Exit(namespacetest.Run(m, temporary, begin))
}

// begin builds the programs and starts systemd.
func begin(dir string) error {
	bin, home = filepath.Join(dir, "bin"), filepath.Join(dir, "home")
	for name, pkg := range map[string]string{"ponte": "..", "ponte-service": "."} {
		if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(bin, name), pkg).CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w: %s", name, err, out)
		}
	}
	runtimeDir := "/run/user/0"
	for _, at := range []string{"/run", "/etc/systemd/user"} {
		if err := syscall.Mount("tmpfs", at, "tmpfs", 0, ""); err != nil {
			return fmt.Errorf("mounting %s: %w", at, err)
		}
	}
	// systemd works for a user only where it has started the computer (sd_booted(3)).
	if err := errors.Join(os.MkdirAll("/run/systemd/system", 0o755), os.MkdirAll(runtimeDir, 0o700), os.MkdirAll(home, 0o700)); err != nil {
		return err
	}
	for key, value := range map[string]string{"HOME": home, "XDG_RUNTIME_DIR": runtimeDir, "LC_ALL": "C.UTF-8"} {
		if err := os.Setenv(key, value); err != nil {
			return err
		}
	}
	for _, key := range []string{"XDG_CONFIG_HOME", "XDG_STATE_HOME"} {
		if err := os.Unsetenv(key); err != nil {
			return err
		}
	}
	manager := exec.Command("/lib/systemd/systemd", "--user")
	manager.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := manager.Start(); err != nil {
		return fmt.Errorf("the package systemd is needed: %w", err)
	}
	for deadline := time.Now().Add(time.Minute); exec.Command("systemctl", "--user", "show-environment").Run() != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			return errors.New("systemd does not answer")
		}
	}
	return nil
}

// sources makes the go command remember what the programs are built from: without it a change of them would leave an old
// result.
var sources = sync.OnceValue(func() error {
	for _, pattern := range []string{"*.go", "../*.go", "../cli/*.go", "../words/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, file := range found {
			if _, err := os.Stat(file); err != nil {
				return err
			}
		}
	}
	return nil
})

// ponte runs a command in a folder and gives its output and exit code.
func ponte(t *testing.T, folder string, args ...string) (string, int) {
	t.Helper()
	if err := sources(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(folder, "ponte"), append([]string{"service"}, args...)...)
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// must is ponte for what has to work.
func must(t *testing.T, args ...string) string {
	t.Helper()
	out, code := ponte(t, bin, args...)
	if code != 0 {
		t.Fatalf("ponte service %v: %d: %s", args, code, out)
	}
	return out
}

// state asks for the state of a unit.
func state(t *testing.T, folder, name string) State {
	t.Helper()
	out, code := ponte(t, folder, "status", "--json")
	var all []listed
	if err := json.Unmarshal([]byte(out), &all); err != nil || code != 0 {
		t.Fatalf("%d: %v: %s", code, err, out)
	}
	for _, l := range all {
		if l.Name == name {
			return l.State
		}
	}
	return ""
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

// files are the paths below a folder, without folders.
func files(t *testing.T, folder string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, strings.TrimPrefix(path, folder+"/"))
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

func mainPID(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("systemctl", "--user", "show", "--property", "MainPID", "--value", "ponte.service").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
