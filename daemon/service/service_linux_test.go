// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const (
	unitFile = "ponte.service"
	wanted   = "graphical-session.target.wants/ponte.service"
)

// unitsOf is the folder of the user's own units.
func unitsOf() string { return filepath.Join(home, ".config", "systemd", "user") }

// copyOf puts the programs into another folder, with a tray.
func copyOf(t *testing.T, folder string, tray bool) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{"ponte": "ponte", "ponte-service": "ponte-service"}
	if tray {
		names["ponte-tray"] = "ponte-service" // a program that can be started
	}
	for to, from := range names {
		if err := os.Link(filepath.Join(bin, from), filepath.Join(dir, to)); err != nil {
			b, err := os.ReadFile(filepath.Join(bin, from))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, to), b, 0o755)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestWithoutSystemdOfTheUserNothingIsDone(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	for _, command := range []string{"install", "uninstall", "start", "stop", "status"} {
		if out, code := ponte(t, bin, command); code != 1 || !strings.Contains(out, "systemd does not manage this user's session") {
			t.Errorf("%s: %d: %s", command, code, out)
		}
	}
	if got := files(t, home); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestACommandThatDoesNotExistIsAMistakeOfUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"restart"}, {"install", "now"}} {
		if out, code := ponte(t, bin, args...); code != 2 {
			t.Errorf("%v: %d: %s", args, code, out)
		}
	}
}

func TestAFolderThatAUnitCannotNameIsRefused(t *testing.T) {
	for _, name := range []string{"50%n", `a"b`, "a;b", "$HOME"} {
		if out, code := ponte(t, copyOf(t, name, false), "install"); code != 1 || !strings.Contains(out, "cannot be used here") {
			t.Errorf("%s: %d: %s", name, code, out)
		}
	}
	if got := files(t, home); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestTheServiceOfAPackageIsThePackages(t *testing.T) {
	theirs := "/etc/systemd/user/ponte.service"
	if err := os.WriteFile(theirs, []byte("[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=graphical-session.target\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(theirs); _ = exec.Command("systemctl", "--user", "daemon-reload").Run() })
	if out, code := ponte(t, bin, "install"); code != 1 || !strings.Contains(out, theirs) {
		t.Errorf("install: %d: %s", code, out)
	}
	if got := files(t, home); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
	if out, err := exec.Command("systemctl", "--user", "enable", "ponte.service").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	must(t, "uninstall")
	if out, err := exec.Command("systemctl", "--user", "disable", "ponte.service").CombinedOutput(); err != nil || !strings.Contains(string(out), "Removed") {
		t.Errorf("it was no longer enabled: %v: %s", err, out)
	}
	own := filepath.Join(unitsOf(), unitFile) // from before the package
	if err := os.WriteFile(own, []byte("[Service]\nExecStart=/bin/true\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, "uninstall")
	if _, err := os.Stat(theirs); err != nil {
		t.Error(err)
	}
	if got := files(t, home); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestAHomeThatCannotBeWrittenToIsLeftAsItIs(t *testing.T) {
	config := filepath.Join(home, ".config")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", config, "tmpfs", syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Unmount(config, 0); err != nil {
			t.Error(err)
		}
	}()
	if out, code := ponte(t, bin, "install"); code != 1 || !strings.Contains(out, "read-only") {
		t.Errorf("%d: %s", code, out)
	}
}

func TestAFullDiskLeavesNoHalfAUnit(t *testing.T) {
	config := filepath.Join(home, ".config")
	if err := os.MkdirAll(config, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", config, "tmpfs", 0, "size=4k,nr_inodes=4"); err != nil { // the two folders, one file, no link
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Unmount(config, 0); err != nil {
			t.Error(err)
		}
	}()
	if out, code := ponte(t, bin, "install"); code != 1 {
		t.Errorf("%d: %s", code, out)
	}
	if got := files(t, home); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
}

func TestInstallStartStopAndUninstall(t *testing.T) {
	if got := state(t, bin, "ponte"); got != NotInstalled {
		t.Fatalf("before: %s", got)
	}
	t.Cleanup(func() { // the other tests find the home as it was, also when they run again
		if err := os.RemoveAll(filepath.Join(home, ".local")); err != nil { // the agent's log
			t.Error(err)
		}
	})
	must(t, "install")
	t.Cleanup(func() { must(t, "uninstall") })
	if got := files(t, unitsOf()); !slices.Equal(got, []string{wanted, unitFile}) {
		t.Errorf("installed: %v", got)
	}
	if got := state(t, bin, "ponte"); got != Stopped {
		t.Errorf("installed: %s", got)
	}
	must(t, "start")
	socket := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "ponte", "control.sock")
	eventually(t, "an agent that listens", func() bool { _, err := os.Stat(socket); return err == nil })
	must(t, "start") // once is enough
	first := mainPID(t)
	pid, err := strconv.Atoi(first)
	if err != nil || pid < 2 {
		t.Fatalf("the agent's process is %q", first)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another agent after a crash", func() bool { now := mainPID(t); return now != "0" && now != first })
	must(t, "stop")
	if now := mainPID(t); now != "0" {
		t.Errorf("process %s is left", now)
	}
	if out := must(t, "uninstall"); !strings.Contains(out, "ponte") {
		t.Error(out)
	}
	if got := files(t, unitsOf()); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
	if got := state(t, bin, "ponte"); got != NotInstalled {
		t.Errorf("after: %s", got)
	}
	must(t, "uninstall") // nothing is no mistake
}

func TestASecondInstallRepairsTheFirst(t *testing.T) {
	t.Cleanup(func() { must(t, "uninstall") })
	must(t, "install")
	path := filepath.Join(unitsOf(), unitFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("[Serv"), 0o644); err != nil { // a copy that was cut
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(unitsOf(), wanted)); err != nil {
		t.Fatal(err)
	}
	must(t, "install")
	if got, err := os.ReadFile(path); err != nil || string(got) != string(good) {
		t.Errorf("%v: %s", err, got)
	}
	if got := files(t, unitsOf()); !slices.Equal(got, []string{wanted, unitFile}) {
		t.Errorf("installed: %v", got)
	}
}

func TestTheTrayIsStartedToo(t *testing.T) {
	folder := copyOf(t, "the programs", true)
	t.Cleanup(func() {
		if out, code := ponte(t, folder, "uninstall"); code != 0 || len(files(t, unitsOf())) > 0 {
			t.Errorf("%s %v", out, files(t, unitsOf()))
		}
	})
	if out, code := ponte(t, folder, "install"); code != 0 {
		t.Fatal(out)
	}
	if a, b := state(t, folder, "ponte"), state(t, folder, "ponte-tray"); a != Stopped || b != Stopped {
		t.Errorf("%s, %s", a, b)
	}
	for _, name := range []string{"ponte.service", "ponte-tray.service"} {
		out, err := exec.Command("systemd-analyze", "--user", "verify", filepath.Join(unitsOf(), name)).CombinedOutput()
		if err != nil || strings.Contains(string(out), name) {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}

func TestAServiceThatFailsIsSaidToHaveFailedAndIsForgotten(t *testing.T) {
	folder := copyOf(t, "broken", false)
	must(t, "install")
	t.Cleanup(func() { must(t, "uninstall") })
	if err := os.WriteFile(filepath.Join(unitsOf(), unitFile), []byte("[Service]\nExecStart=/bin/false\n[Install]\nWantedBy=graphical-session.target\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command("systemctl", "--user", "daemon-reload").Run(); err != nil {
		t.Fatal(err)
	}
	_, _ = ponte(t, folder, "start")
	eventually(t, "a failure", func() bool { return state(t, folder, "ponte") == Failed })
	must(t, "uninstall")
	if got := state(t, folder, "ponte"); got != NotInstalled {
		t.Errorf("after: %s", got)
	}
}
