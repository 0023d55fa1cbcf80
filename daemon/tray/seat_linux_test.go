// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/ponte-cns/ponte/internal/desktoptest"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
	"github.com/ponte-cns/ponte/testcard/vpcd"
)

// bin is the directory of the programs under test.
var bin string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "ponte-bin-")
	if err == nil {
		bin = dir
		err = build("ponte", "..", "ponte-tray", ".")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func build(namesAndPackages ...string) error {
	for i := 0; i < len(namesAndPackages); i += 2 {
		out, err := exec.Command("go", "build", "-o", filepath.Join(bin, namesAndPackages[i]), namesAndPackages[i+1]).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
	}
	return nil
}

var pki = sync.OnceValue(testpki.New)

// seat is a citizen's place: a display, a session bus, a home, and a pcscd with two readers. A panel is started by panel.
type seat struct {
	t     *testing.T
	dir   string
	env   []string
	pcscd *vpcd.Pcscd
	bus   *dbus.Conn
	desk  *fakeDesktop
	plugs [vpcd.Slots]*vpcd.Plugged
}

const panelConfig = `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="%t"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=8;x=500;y=680"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="28"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray"/>
  </property>
</channel>
`

func newSeat(t *testing.T) *seat {
	t.Helper()
	dir, err := os.MkdirTemp("", "ponte-") // t.TempDir is too long for the path of a socket
	check(t, err)
	s := &seat{t: t, dir: dir}
	t.Cleanup(func() { s.endAll(); _ = os.RemoveAll(dir) })
	s.pcscd, err = vpcd.StartPcscd(t.Context(), vpcd.PcscdOptions{})
	check(t, err)
	t.Cleanup(s.pcscd.Stop)
	for _, d := range []string{"run", "config/ponte"} {
		check(t, os.MkdirAll(filepath.Join(dir, d), 0o700))
	}
	s.env = append(s.pcscd.Env(), "PATH="+os.Getenv("PATH"), "LANG=it_IT.UTF-8", "HOME="+dir, "XDG_CONFIG_HOME="+filepath.Join(dir, "config"),
		"XDG_STATE_HOME="+filepath.Join(dir, "state"), "XDG_RUNTIME_DIR="+filepath.Join(dir, "run"), "TMPDIR="+dir,
		"NO_AT_BRIDGE=1", "GSETTINGS_BACKEND=memory", "PONTE_TEST_SEAT="+dir)
	s.dialog("")
	desktop := desktoptest.Desktop{Env: s.env}
	t.Cleanup(desktop.Stop)
	check(t, desktop.Screen("1000x700x24"))
	address, err := desktop.Bus()
	check(t, err)
	s.env = desktop.Env
	s.bus, err = dbus.Connect(address)
	check(t, err)
	t.Cleanup(func() { _ = s.bus.Close() })
	s.desk = newFakeDesktop(t, address)
	t.Setenv("XDG_RUNTIME_DIR", filepath.Join(dir, "run")) // for package control in the test itself
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// codesDialog is a PIN dialog that nobody sees. It types one code after the other, whichever of its windows is open, and
// cancels when there are no more. While the file "wait" is there it is open and does nothing.
const codesDialog = `#!/bin/sh
cd %s
while [ -e wait ]; do sleep 0.05; done
echo OK
while read -r command rest; do
	echo "$command $rest" >>shown
	case $command in
	GETPIN)
		echo >>asked
		code=$(echo '%s,' | cut -d, -f"$(wc -l <asked)")
		if [ -n "$code" ]; then printf 'D %%s\nOK\n' "$code"; else echo 'ERR 83886179 Operation cancelled <Pinentry>'; fi ;;
	BYE) echo OK; exit ;;
	*) echo OK ;;
	esac
done
`

// dialog makes that the PIN dialog of the agent.
func (s *seat) dialog(codes string) {
	s.t.Helper()
	program := filepath.Join(s.dir, "dialog")
	check(s.t, os.WriteFile(program, fmt.Appendf(nil, codesDialog, s.dir, codes), 0o700))
	check(s.t, os.WriteFile(filepath.Join(s.dir, "config", "ponte", "config.toml"), fmt.Appendf(nil, "pinentry_program = %q\n", program), 0o600))
}

func (s *seat) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(name, args...)
	c.Env = s.env
	return c
}

// panel starts the desktop's panel, whose only plugin is the tray.
func (s *seat) panel(dark bool) {
	s.t.Helper()
	dir := filepath.Join(s.dir, "config", "xfce4", "xfconf", "xfce-perchannel-xml")
	check(s.t, os.MkdirAll(dir, 0o700))
	check(s.t, os.WriteFile(filepath.Join(dir, "xfce4-panel.xml"), fmt.Appendf(nil, panelConfig, dark), 0o600))
	c := s.command("xfce4-panel", "--disable-wm-check")
	if dark {
		c.Env = append(c.Env, "GTK_THEME=Adwaita:dark")
	}
	check(s.t, c.Start())
	go func() { _ = c.Wait() }()
	s.until("the panel has a tray", func() bool { return len(s.owners(watcher)) > 0 })
}

func (s *seat) owners(name string) []string {
	var owners []string
	_ = s.bus.BusObject().Call("org.freedesktop.DBus.ListQueuedOwners", 0, name).Store(&owners)
	return owners
}

// program is a ponte-tray that runs.
type program struct {
	*exec.Cmd
	stderr *output
	ended  chan struct{}
}

// output takes what a program prints.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

func (s *seat) tray() *program {
	s.t.Helper()
	p := &program{s.command(filepath.Join(bin, "ponte-tray")), &output{}, make(chan struct{})}
	p.Stderr = p.stderr
	check(s.t, p.Start())
	go func() { _ = p.Wait(); close(p.ended) }()
	s.t.Cleanup(func() {
		_ = p.Process.Signal(syscall.SIGTERM)
		select {
		case <-p.ended:
		case <-time.After(time.Minute):
			s.t.Error("ponte-tray does not end")
		}
		if s.t.Failed() {
			s.t.Logf("ponte-tray said:\n%s", p.stderr)
		}
	})
	return p
}

// uninstall takes the agent's program away, so that none can be started until back is called.
func (s *seat) uninstall() (back func()) {
	s.t.Helper()
	installed, aside := filepath.Join(bin, "ponte"), filepath.Join(bin, "aside")
	check(s.t, os.Rename(installed, aside))
	back = sync.OnceFunc(func() { check(s.t, os.Rename(aside, installed)) })
	s.t.Cleanup(back)
	return back
}

// until waits for something that is to happen.
func (s *seat) until(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("never: %s", what)
		}
	}
}

func (s *seat) untilEnd(p *program) {
	s.t.Helper()
	s.until("ponte-tray ends", p.hasEnded)
}

func (p *program) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// plug puts a card into a reader.
func (s *seat) plug(slot int, o testcard.Options) *testcard.Card {
	s.t.Helper()
	o.PKI = pki()
	c, err := testcard.New(o)
	check(s.t, err)
	s.eject(slot)
	s.plugs[slot], err = vpcd.Plug(s.t.Context(), s.pcscd.Addr(slot), c)
	check(s.t, err)
	check(s.t, s.pcscd.WaitCard(s.t.Context(), slot))
	s.t.Cleanup(func() { s.eject(slot) })
	return c
}

func (s *seat) eject(slot int) {
	if s.plugs[slot] != nil {
		s.plugs[slot].Eject()
		s.plugs[slot] = nil
	}
	if err := s.pcscd.WaitNoCard(context.WithoutCancel(s.t.Context()), slot); err != nil {
		s.t.Error(err)
	}
}

// processes lists those of this seat, or only those of one of the programs under test.
func (s *seat) processes(name string) []int {
	var found []int
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, entry := range entries {
		environ, _ := os.ReadFile(filepath.Join(entry, "environ"))
		if !bytes.Contains(environ, []byte("PONTE_TEST_SEAT="+s.dir+"\x00")) {
			continue
		}
		if exe, _ := os.Readlink(filepath.Join(entry, "exe")); name != "" && exe != filepath.Join(bin, name) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(entry)); err == nil {
			found = append(found, pid)
		}
	}
	return found
}

// endAll ends every process of this seat: the agent that the tray has started, the panel, the display.
func (s *seat) endAll() {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		left := s.processes("")
		if len(left) == 0 {
			return
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	s.t.Error("processes are left")
}

// exitCode waits for the end of a program.
func exitCode(err error) int {
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return ended.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}
