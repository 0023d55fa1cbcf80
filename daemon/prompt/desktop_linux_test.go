// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"context"
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

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/internal/desktoptest"
)

// desktop is started when the first test needs it.
var desktop struct {
	desktoptest.Desktop
	once sync.Once
	err  error
	dir  string
}

func stopDesktop() {
	desktop.Stop()
	if desktop.dir != "" {
		_ = os.RemoveAll(desktop.dir)
	}
}

// onDesktop gives the environment of the desktop.
func onDesktop(t *testing.T) []string {
	t.Helper()
	desktop.once.Do(func() { desktop.err = startDesktop() })
	if desktop.err != nil {
		t.Fatalf("the packages xvfb, openbox, dbus and xdotool are needed: %v", desktop.err)
	}
	return desktop.Env
}

func startDesktop() error {
	dir, err := os.MkdirTemp("", "ponte-desktop-")
	if err != nil {
		return err
	}
	desktop.dir = dir
	desktop.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_RUNTIME_DIR=" + dir, "LC_ALL=C.UTF-8", "NO_AT_BRIDGE=1", "GSETTINGS_BACKEND=memory"}
	desktop.Attr = &syscall.SysProcAttr{Setpgid: true}
	if err := desktop.Screen("1024x768x24"); err != nil {
		return err
	}
	if _, err := desktop.Bus(); err != nil {
		return err
	}
	return desktop.WindowManager()
}

func xdotool(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command("xdotool", args...)
	cmd.Env = onDesktop(t)
	b, err := cmd.Output()
	return strings.TrimSpace(string(b)), err
}

// windows lists the dialogs that can be seen.
func windows(t *testing.T) []string {
	ids, _ := xdotool(t, "search", "--onlyvisible", "--name", "^Ponte$")
	return strings.Fields(ids)
}

// press opens a dialog, waits until it has the keyboard and presses keys; text that begins with "type " is typed, "next" lets a second dialog open. When a
// slow machine loses the keys the dialog is closed and it begins anew, with more patience.
func press(t *testing.T, ask func(context.Context) error, keys ...string) error {
	t.Helper()
	for round := range 8 {
		patience := time.Duration(1 + round)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- ask(ctx) }()
		early := false
		eventually(t, "a window", func() bool {
			select {
			case err := <-done: // it did not even open
				done <- err
				early = true
			default:
			}
			name, _ := xdotool(t, "getwindowfocus", "getwindowname")
			return early || len(windows(t)) > 0 && name == "Ponte"
		})
		time.Sleep(patience * 200 * time.Millisecond) // for the keyboard grab; when it is not enough, the next round comes
		for _, k := range keys {
			text, typing := strings.CutPrefix(k, "type ")
			switch {
			case typing:
				_, _ = xdotool(t, "type", "--delay", "20", text)
			case k == "next":
				time.Sleep(patience * time.Second)
			default:
				_, _ = xdotool(t, "key", k)
			}
		}
		select {
		case err := <-done:
			cancel()
			return err
		case <-time.After(patience * 4 * time.Second):
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			return err
		}
	}
	t.Fatalf("the dialog never saw %q", keys)
	return nil
}

// realPrograms are the Options under which each program alone shows the dialogs.
func realPrograms(t *testing.T) map[string]Options {
	t.Helper()
	env := onDesktop(t)
	all := map[string]Options{}
	for _, name := range []string{"pinentry-gtk-2", "pinentry-qt", "pinentry-gnome3"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatalf("the packages pinentry-gtk2, pinentry-qt and pinentry-gnome3 are needed: %v", err)
		}
		all[name] = Options{Program: path, Lang: "it", Environ: env}
	}
	path, err := exec.LookPath("zenity")
	if err != nil {
		t.Fatalf("the package zenity is needed: %v", err)
	}
	dir := t.TempDir()
	if err := os.Symlink(path, filepath.Join(dir, "zenity")); err != nil {
		t.Fatal(err)
	}
	all["zenity"] = Options{Lang: "it", Environ: append([]string{"PATH=" + dir}, env...)}
	return all
}

func confirming(t *testing.T, o Options, kind bridge.QuestionKind, answer *bridge.Answer) func(context.Context) error {
	return func(ctx context.Context) error {
		a, err := New(o).Confirm(ctx, bridge.Question{
			Kind: kind, Origin: origin(t, "https://portale.regione.example"), Holder: "MARIA ROSSI", Reader: "ACS 1", TriesLeft: 1,
		})
		*answer = a
		return err
	}
}

func TestEnterAndEscapeNeverMeanYesToARisk(t *testing.T) {
	for name, o := range realPrograms(t) {
		t.Run(name, func(t *testing.T) {
			for kind, keys := range map[bridge.QuestionKind][]string{
				bridge.AskLastTry:      {"Return", "KP_Enter", "Escape", "space", "alt+F4"},
				bridge.AskUnknownTries: {"Return"},
				bridge.AskAdmitSite:    {"Return", "Escape", "space"},
			} {
				for _, key := range keys {
					if name == "pinentry-gnome3" && (key == "space" || key == "alt+F4") {
						continue // the space goes into the field, and gcr's window does not close: neither answers
					}
					answer := bridge.Yes
					if err := press(t, confirming(t, o, kind, &answer), key); !errors.Is(err, bridge.ErrDialogCancelled) || answer != bridge.No {
						t.Errorf("question %d, %s: %v, %v", kind, key, answer, err)
					}
				}
			}
		})
	}
}

func TestEveryAnswerCanBeGivenFromTheKeyboard(t *testing.T) {
	type answers struct{ goOn, allow, block, this, other []string }
	ways := map[string]answers{
		"pinentry-gtk-2": {
			goOn: []string{"Tab", "Return"}, allow: []string{"shift+Tab", "Return"}, block: []string{"Tab", "Return"},
			this: []string{"shift+Tab", "Return"}, other: []string{"Tab", "Return"},
		},
		"pinentry-qt": {
			goOn: []string{"shift+Tab", "Return"}, allow: []string{"shift+Tab", "shift+Tab", "Return"}, block: []string{"shift+Tab", "Return"},
			this: []string{"shift+Tab", "shift+Tab", "Return"}, other: []string{"shift+Tab", "Return"},
		},
		"pinentry-gnome3": {
			goOn: []string{"type si", "Return"}, allow: []string{"type SI", "Return"}, block: []string{"type NO", "Return"},
			this: []string{"Return"}, other: []string{"Tab", "Return", "next", "Return"},
		},
		"zenity": {
			goOn: []string{"Tab", "Return"}, allow: []string{"Tab", "Return"}, block: []string{"shift+Tab", "Return"},
			this: []string{"Tab", "Return"}, other: []string{"shift+Tab", "Return"},
		},
	}
	for name, o := range realPrograms(t) {
		t.Run(name, func(t *testing.T) {
			w := ways[name]
			for _, c := range []struct {
				what string
				kind bridge.QuestionKind
				keys []string
				want bridge.Answer
			}{
				{"go on", bridge.AskLastTry, w.goOn, bridge.Yes},
				{"allow", bridge.AskAdmitSite, w.allow, bridge.Yes},
				{"block", bridge.AskAdmitSite, w.block, bridge.No},
				{"this card", bridge.AskCard, w.this, bridge.Yes},
				{"another card", bridge.AskCard, w.other, bridge.No},
			} {
				answer := !c.want
				if err := press(t, confirming(t, o, c.kind, &answer), c.keys...); err != nil || answer != c.want {
					t.Errorf("%s: %v, %v", c.what, answer, err)
				}
			}
		})
	}
}

func TestRealProgramsGiveWhatIsTyped(t *testing.T) {
	for name, o := range realPrograms(t) {
		t.Run(name, func(t *testing.T) {
			for _, want := range []string{"12345", "87654321"} {
				var got string
				ask := func(ctx context.Context) error {
					typed, err := New(o).AskPIN(ctx, question(t))
					if err == nil {
						got = digits(t, typed)
					}
					typed.Wipe()
					return err
				}
				if err := press(t, ask, "ctrl+a", "type "+want, "Return"); err != nil || got != want {
					t.Errorf("%q, %v", got, err)
				}
				if err := press(t, ask, "type 123", "Escape"); !errors.Is(err, bridge.ErrDialogCancelled) {
					t.Errorf("Escape: %v", err)
				}
			}
		})
	}
}

func TestCancellingClosesTheRealWindow(t *testing.T) {
	for name, o := range realPrograms(t) {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				_, err := New(o).AskPIN(ctx, question(t))
				done <- err
			}()
			eventually(t, "a window", func() bool { return len(windows(t)) > 0 })
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			if left := childrenNamed(name); len(left) > 0 {
				t.Errorf("still running: %v", left)
			}
			eventually(t, "the window goes away", func() bool { return len(windows(t)) == 0 })
		})
	}
}

// childrenNamed lists the children of this process that run a program.
func childrenNamed(name string) (pids []string) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		b, _ := os.ReadFile(stat)
		if strings.Contains(string(b), "("+name[:min(len(name), 15)]+")") && strings.Contains(string(b), fmt.Sprintf(" %d ", os.Getpid())) {
			pids = append(pids, stat)
		}
	}
	return pids
}

func TestAFallbackToATerminalIsRefused(t *testing.T) {
	env := onDesktop(t)
	without := func(names ...string) (out []string) {
		for _, kv := range env {
			name, _, _ := strings.Cut(kv, "=")
			if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+name+" ") {
				out = append(out, kv)
			}
		}
		return out
	}
	for _, c := range []struct {
		program string
		environ []string
	}{
		{"pinentry-gtk-2", without("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")},
		{"pinentry-gnome3", without("DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")},
		{"pinentry-gnome3", without("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")},
		{"pinentry-qt", without("DISPLAY", "DBUS_SESSION_BUS_ADDRESS")},
	} {
		p := New(Options{Program: c.program, Environ: c.environ})
		if _, err := p.AskPIN(t.Context(), question(t)); !errors.Is(err, bridge.ErrNoDialog) {
			t.Errorf("%s: %v", c.program, err)
		}
	}
}
