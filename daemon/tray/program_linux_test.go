// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/ponte-cns/ponte/daemon/words"
)

// bare runs ponte-tray with nothing around it, and gives what it prints and its exit code.
func bare(t *testing.T, env []string, args ...string) (string, int) {
	t.Helper()
	c := exec.Command(filepath.Join(bin, "ponte-tray"), args...)
	c.Env = append([]string{"HOME=" + t.TempDir()}, env...)
	out, err := c.CombinedOutput()
	return string(out), exitCode(err)
}

func TestWithoutADisplayItSaysSoInTheCitizensLanguage(t *testing.T) {
	for lang, locale := range map[string]string{"it": "it_IT.UTF-8", "en": "en_GB.UTF-8", "de": "de_DE.UTF-8"} {
		out, code := bare(t, []string{"LANG=" + locale})
		if code != 1 || out != words.For(lang).T(words.TrayNoDesktop, nil)+"\n" {
			t.Errorf("%s: exit code %d, %q", lang, code, out)
		}
	}
}

func TestArgumentsAreRefused(t *testing.T) {
	out, code := bare(t, []string{"LANG=it_IT.UTF-8", "DISPLAY=:1"}, "--pin", "12345678")
	if code != 2 || out != words.For("it").T(words.TrayNoArguments, nil)+"\n" {
		t.Errorf("exit code %d, %q", code, out)
	}
}

func TestADisplayThatIsNotThereIsAnErrorAndStartsNoAgent(t *testing.T) {
	s := newSeat(t)
	env := slices.DeleteFunc(slices.Clone(s.env), func(v string) bool { return strings.HasPrefix(v, "DISPLAY=") })
	out, code := bare(t, append(env, "DISPLAY=:no"))
	if code != 1 || !strings.Contains(out, ":no") {
		t.Errorf("exit code %d, %q", code, out)
	}
	if len(s.processes("ponte")) > 0 {
		t.Error("an agent was started")
	}
}

func TestTheSecondTrayOfASessionEndsQuietly(t *testing.T) {
	s := newSeat(t)
	s.panel(false)
	first := s.tray()
	s.item()
	out, err := s.command(filepath.Join(bin, "ponte-tray")).CombinedOutput()
	if exitCode(err) != 0 || len(out) > 0 {
		t.Errorf("exit code %d, %q", exitCode(err), out)
	}
	s.item() // still the only one

	check(t, first.Process.Signal(syscall.SIGSTOP))
	out, err = s.command(filepath.Join(bin, "ponte-tray")).CombinedOutput()
	check(t, first.Process.Signal(syscall.SIGCONT))
	if exitCode(err) != 1 || !strings.Contains(string(out), "does not answer") {
		t.Errorf("beside one that hangs: exit code %d, %q", exitCode(err), out)
	}

	check(t, first.Process.Kill())
	s.untilEnd(first)
	s.tray()
	s.item().untilIcon(iconWaiting)
}

func TestOneTrayForEachDisplay(t *testing.T) {
	for display, want := range map[string]string{
		":0": "-0", ":0.0": "-0", ":10": "-10", "wayland-0": "wayland-0", "localhost:10.0": "localhost-10",
		"../../../etc/x": "---------etc-x", strings.Repeat("x", 1000): strings.Repeat("x", maxDisplay),
	} {
		if got := nameOf(display); got != want {
			t.Errorf("%q: %q, want %q", display, got, want)
		}
	}
}

func TestOneWhoKnowsAndDoesNotAnswerCountsAsALockedScreen(t *testing.T) {
	s := newSeat(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", valueOf(s.env, "DBUS_SESSION_BUS_ADDRESS"))
	n := &desktopNotifier{}
	if n.locked() {
		t.Error("an open screen counts as locked")
	}
	s.desk.lock(true)
	if !n.locked() {
		t.Error("a locked screen counts as open")
	}
	s.desk.lock(false)
	s.desk.hang(t)
	if !n.locked() {
		t.Error("a screen of which nothing is known counts as open")
	}
}

func TestANotificationIsTextAndNoMarkup(t *testing.T) {
	s := newSeat(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", valueOf(s.env, "DBUS_SESSION_BUS_ADDRESS"))
	check(t, (&desktopNotifier{}).notify(notice{"PIN", "<a href=\"https://x.example\">PIN</a> & PUK", true}))
	n := s.desk.notices()
	if len(n) != 1 || strings.ContainsAny(n[0].body, "<>") || !strings.Contains(n[0].body, "&amp; PUK") {
		t.Errorf("shown: %q", n[0].body)
	}
	if n[0].hints["urgency"].Value() != byte(2) {
		t.Errorf("an urgent notice has the urgency %v", n[0].hints["urgency"])
	}
}

func valueOf(env []string, name string) string {
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

func TestWithoutASessionBusNoneIsStarted(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	n := &desktopNotifier{}
	if err := n.notify(notice{title: "x", body: "y"}); err != errNoBus {
		t.Errorf("%v", err)
	}
	_ = n.locked()
	reportHost(context.Background(), quiet())
}
