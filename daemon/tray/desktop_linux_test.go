// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// These tests run the real program in the tray of a real panel, with a real agent and an emulated card in a real pcscd.

// The colours of the pictures, as icons/*.svg have them.
var (
	blue   = color.NRGBA{0x2f, 0x7f, 0xd6, 0xff}
	orange = color.NRGBA{0xd9, 0x48, 0x0f, 0xff}
)

func (i trayItem) untilIcon(want icon) {
	i.s.t.Helper()
	i.s.until("the icon "+string(want), func() bool { return i.icon() == want })
}

// untilColour waits until a person sees it in the panel.
func (s *seat) untilColour(name string, c color.NRGBA) {
	s.t.Helper()
	s.until(name+" in the panel", func() bool {
		_, n := findColour(s.screenshot(name), panelPlace, c)
		return n > 40
	})
}

func TestTheIconShowsTheAgentAndItsCard(t *testing.T) {
	s := newSeat(t)
	s.panel(false)
	s.tray()
	i := s.item()
	i.untilIcon(iconWaiting) // it has started an agent
	s.plug(0, testcard.Options{})
	i.untilIcon(iconReady)
	s.untilColour("ready", blue)

	check(t, os.WriteFile(filepath.Join(s.dir, "wait"), nil, 0o600))
	i.click(words.For("it").T(words.TrayChangePIN, nil))
	i.untilIcon(iconBusy)
	s.screenshot("busy")
	check(t, os.Remove(filepath.Join(s.dir, "wait")))
	i.untilIcon(iconReady)

	s.eject(0)
	i.untilIcon(iconWaiting)
	s.plug(0, testcard.Options{State: testcard.StateBlocked})
	i.untilIcon(iconAttention)
	s.untilColour("attention", orange)

	agents := s.processes("ponte")
	if len(agents) != 1 {
		t.Fatalf("agents: %v", agents)
	}
	back := s.uninstall()
	check(t, syscall.Kill(agents[0], syscall.SIGKILL))
	i.untilIcon(iconAbsent)
	if _, ok := find(i.menu(), words.For("it").T(words.TrayAbsent, nil)); !ok {
		t.Errorf("without an agent the menu says %q", labels(i.menu()))
	}
	back()
	i.untilIcon(iconAttention) // another agent was started
}

func TestTheMenuStartsAnAgentThatIsMissing(t *testing.T) {
	s := newSeat(t)
	s.panel(false)
	s.tray()
	i := s.item()
	i.untilIcon(iconWaiting)
	back := s.uninstall()
	check(t, control.Call(t.Context(), control.AgentStop, struct{}{}, nil))
	i.untilIcon(iconAbsent)
	back()
	i.click(words.For("it").T(words.TrayOpen, nil))
	i.untilIcon(iconWaiting)
}

// wanted is the menu that a language must have, from the entries on.
func wanted(lang string) []string {
	w := words.For(lang)
	return []string{
		"-", w.T(words.TrayOpen, nil), w.T(words.TrayChangePIN, nil), w.T(words.TrayUnblockPIN, nil), w.T(words.TrayActivity, nil),
		w.T(words.TrayDoctor, nil), "-", w.T(words.TrayLanguage, nil), "Italiano", "English", "Deutsch", "-", w.T(words.TrayQuit, nil),
	}
}

func TestTheMenuChangesItsLanguageAtOnceAndTheAgentRemembersIt(t *testing.T) {
	s := newSeat(t)
	s.panel(true)
	s.tray()
	i := s.item()
	s.plug(0, testcard.Options{})
	names := map[string]string{"it": "Italiano", "en": "English", "de": "Deutsch"}
	for _, lang := range []string{"de", "en", "it"} {
		i.click(names[lang])
		w := words.For(lang)
		holder := w.T(words.DialogHolder, words.Data{"Name": "GIADA PROVA ROSSINI"})
		s.until("the menu in "+lang, func() bool {
			all := labels(i.menu())
			return len(all) > 2 && all[0] == w.State(protocol.StateReady) && all[1] == holder && strings.HasSuffix(strings.Join(all, "\n"), strings.Join(wanted(lang), "\n"))
		})
		for code, name := range names {
			if e, _ := find(i.menu(), name); e.checked != (code == lang) {
				t.Errorf("in %s, %s is ticked: %v", lang, name, e.checked)
			}
		}
		i.click(names[lang]) // again: the desktop takes the tick away by itself
		s.until("the tick stays at "+lang, func() bool { e, _ := find(i.menu(), names[lang]); return e.checked })
		s.untilColour("ready", blue)
		b, err := os.ReadFile(filepath.Join(s.dir, "config", "ponte", "config.toml"))
		if err != nil || !strings.Contains(string(b), `language = "`+lang+`"`) {
			t.Errorf("the settings are %s, %v", b, err)
		}
	}
}

func TestWhatMakesNoSenseCannotBeChosen(t *testing.T) {
	s := newSeat(t)
	s.panel(false)
	s.tray()
	i := s.item()
	i.untilIcon(iconWaiting)
	w := words.For("it")
	change, unblock := w.T(words.TrayChangePIN, nil), w.T(words.TrayUnblockPIN, nil)
	can := func(label string) bool { e, ok := find(i.menu(), label); return ok && !e.disabled }
	if can(change) || can(unblock) || !can(w.T(words.TrayOpen, nil)) || !can(w.T(words.TrayDoctor, nil)) || !can("Deutsch") {
		t.Errorf("without a card: %+v", i.menu())
	}
	s.plug(0, testcard.Options{State: testcard.StateBlocked})
	i.untilIcon(iconAttention)
	s.until("a blocked PIN can be unblocked, not changed", func() bool { return can(unblock) && !can(change) })
}

func TestChangePINAsksByTheDialogsOfTheAgent(t *testing.T) {
	s := newSeat(t)
	s.dialog(testcard.DefaultPIN + ",24681357,24681357")
	s.panel(false)
	s.tray()
	card := s.plug(0, testcard.Options{})
	s.item().click(words.For("it").T(words.TrayChangePIN, nil))
	s.until("the card has the new PIN", func() bool { return card.PIN() == "24681357" })
	shown, err := os.ReadFile(filepath.Join(s.dir, "shown"))
	if err != nil || !strings.Contains(string(shown), "Ponte") {
		t.Errorf("the dialogs showed %s, %v", shown, err)
	}
}

func TestUnblockPINAsksByTheDialogsOfTheAgent(t *testing.T) {
	s := newSeat(t)
	s.dialog(testcard.DefaultPUK + ",24681357,24681357")
	s.panel(false)
	s.tray()
	card := s.plug(0, testcard.Options{State: testcard.StateBlocked})
	i := s.item()
	i.untilIcon(iconAttention)
	i.click(words.For("it").T(words.TrayUnblockPIN, nil))
	s.until("the card is unblocked", func() bool { return card.PIN() == "24681357" && card.TriesLeft() == 3 })
	i.untilIcon(iconReady)
}

func TestQuitTakesTheIconAwayAndLeavesTheAgent(t *testing.T) {
	s := newSeat(t)
	s.panel(false)
	p := s.tray()
	i := s.item()
	i.untilIcon(iconWaiting)
	i.click(words.For("it").T(words.TrayQuit, nil))
	s.untilEnd(p)
	if code := p.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if len(s.processes("ponte")) != 1 {
		t.Error("the agent went away")
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, "systray_*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestNotificationsSayWhatHappenedAndNothingPersonal(t *testing.T) {
	s := newSeat(t)
	s.panel(false)
	s.tray()
	i := s.item()
	i.untilIcon(iconWaiting)
	card := s.plug(0, testcard.Options{})
	s.until("the card is told", func() bool { return len(s.desk.notices()) == 1 })
	s.eject(0)
	i.untilIcon(iconWaiting)
	s.plug(0, testcard.Options{State: testcard.StateBlocked})
	s.until("the block is told", func() bool { return len(s.desk.notices()) == 2 })
	var titles []string
	for _, n := range s.desk.notices() {
		titles = append(titles, n.title)
		said := strings.ToUpper(n.app + n.title + n.body)
		for _, personal := range append(strings.Fields("GIADA ROSSINI RSSGPR84S63H501C"), strings.ToUpper(card.Certificate().SerialNumber.Text(16))) {
			if strings.Contains(said, personal) {
				t.Errorf("a notification says %s: %s", personal, said)
			}
		}
		if n.body == "" || n.app != "Ponte" {
			t.Errorf("%+v", n)
		}
	}
	if !slices.Equal(titles, []string{"Tessera pronta", "PIN bloccato"}) {
		t.Errorf("told: %q", titles)
	}
}

func TestALockedScreenShowsNoNotification(t *testing.T) {
	s := newSeat(t)
	s.panel(false)
	s.tray()
	i := s.item()
	i.untilIcon(iconWaiting)
	s.desk.lock(true)
	s.plug(0, testcard.Options{})
	i.untilIcon(iconReady)
	s.until("the tray has asked whether the screen is locked", func() bool { return s.desk.timesAsked() > 0 })
	s.eject(0)
	i.untilIcon(iconWaiting)
	s.desk.lock(false)
	s.plug(0, testcard.Options{State: testcard.StateBlocked})
	s.until("the screen is open again", func() bool { return len(s.desk.notices()) > 0 })
	if n := s.desk.notices(); len(n) != 1 || n[0].title != "PIN bloccato" {
		t.Errorf("told: %v", n[0].title)
	}
}

func TestWithoutATrayThereAreNotificationsAndTheIconComesLater(t *testing.T) {
	s := newSeat(t)
	p := s.tray()
	s.until("it is said that there is no tray", func() bool { return strings.Contains(p.stderr.String(), watcher) })
	s.until("an agent runs", func() bool { return control.Call(t.Context(), control.AgentInfo, struct{}{}, nil) == nil })
	s.plug(0, testcard.Options{State: testcard.StateBlocked})
	s.until("a notification", func() bool { return len(s.desk.notices()) == 1 })
	s.panel(false)
	s.item().untilIcon(iconAttention)
	if n := strings.Count(p.stderr.String(), watcher); n != 1 {
		t.Errorf("it said %d times that there was no tray:\n%s", n, p.stderr)
	}
}

// insist does something until it has an effect: a panel that is busy loses clicks and keys. Each time it waits longer for the
// effect, and undoes by the Escape key what may have been half done.
func (s *seat) insist(what string, do func(), effect func() bool) {
	s.t.Helper()
	for patience := 5 * time.Second; patience < 2*time.Minute; patience *= 2 {
		do()
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if effect() {
				return
			}
		}
		check(s.t, s.command("xdotool", "key", "Escape").Run())
	}
	s.t.Fatalf("never: %s", what)
}

// openMenu clicks on the icon and waits until a menu is drawn above the panel.
func (s *seat) openMenu(c color.NRGBA, name string) {
	s.t.Helper()
	s.insist("an open menu", func() {
		s.untilColour(name, c)
		middle, _ := findColour(s.screenshot(name), panelPlace, c)
		s.clickAt(middle)
	}, func() bool {
		_, empty := findColour(s.screenshot(name), menuPlace, color.NRGBA{0, 0, 0, 0xff})
		return empty < 100 // the display is black where there is nothing
	})
}

func TestTheMenuOpensByMouseAndWorksByKeyboard(t *testing.T) {
	for _, c := range []struct {
		name, lang string
		dark       bool
		card       testcard.State
		colour     color.NRGBA
	}{
		{"ready-light", "it", false, testcard.StateOK, blue},
		{"ready-dark", "en", true, testcard.StateOK, blue},
		{"blocked-light", "de", false, testcard.StateBlocked, orange},
		{"blocked-dark", "it", true, testcard.StateBlocked, orange},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSeat(t)
			s.env = append(s.env, "LANG="+map[string]string{"it": "it_IT", "en": "en_GB", "de": "de_DE"}[c.lang]+".UTF-8")
			s.panel(c.dark)
			p := s.tray()
			i := s.item()
			s.plug(0, testcard.Options{State: c.card})
			holder := words.For(c.lang).T(words.DialogHolder, words.Data{"Name": "GIADA PROVA ROSSINI"})
			s.until("the holder", func() bool { _, ok := find(i.menu(), holder); return ok })
			s.insist("ponte-tray ends", func() {
				s.openMenu(c.colour, c.name)
				check(t, s.command("xdotool", "key", "Up", "Return").Run()) // the last entry: quit
			}, p.hasEnded)
		})
	}
}
