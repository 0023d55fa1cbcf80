// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

func TestAnAgentThatDoesNotAnswerIsToldApartFromOneThatDoesNotRun(t *testing.T) {
	p := healthy(t)
	p.want("agent", OK, "1.2.3")
	p.agentErr = fmt.Errorf("dial: %w", ipc.ErrForeign)
	p.want("agent", Fail, "altro utente")
	p.agentErr = errors.New("broken pipe")
	p.want("agent", Fail, "broken pipe")
	p.agentErr = ipc.ErrAbsent
	p.want("agent", Info)
	p.agentErr, p.agentIs.Version = nil, "1.0.0"
	p.want("agent", Warn, "1.0.0", "1.2.3")
	if c := p.one("agent"); !c.Fixable {
		t.Error("it can be started anew")
	}
}

func TestSocketsThatOthersCouldUseAreNoticed(t *testing.T) {
	p := healthy(t)
	p.want("sockets", OK)
	control := filepath.Join(p.SocketD, "control.sock")
	must(t, os.Chmod(control, 0o666))
	p.want("sockets", Fail, "control.sock", "altri utenti")
	must(t, os.Chmod(control, 0o600))
	must(t, os.Chmod(p.SocketD, 0o755))
	p.want("sockets", Fail, "altri utenti")
	must(t, os.Chmod(p.SocketD, 0o700))
	p.UID++
	p.want("sockets", Fail, "altro utente")
	p.UID--
	must(t, os.Remove(control))
	must(t, os.WriteFile(control, nil, 0o600))
	p.want("sockets", Fail, "control.sock")
	must(t, os.RemoveAll(p.SocketD))
	p.want("sockets", Info)
	must(t, os.WriteFile(p.SocketD, nil, 0o600))
	p.want("sockets", Fail)
}

func TestWhoHoldsThePortsOfTheWebSocketIsNamed(t *testing.T) {
	p := healthy(t)
	p.want("websocket", OK, "24880")

	taken := ""
	for _, port := range protocol.WebSocketPorts {
		taken += listening(port, p.UID)
	}
	p.put("/proc/net/tcp", taken)
	p.processes = []Process{{PID: 99, Name: "qz-tray"}}
	for i, port := range protocol.WebSocketPorts {
		p.link(fmt.Sprintf("/proc/99/fd/%d", i), fmt.Sprintf("socket:[%d]", 70000+port))
	}
	p.want("websocket", Warn, "qz-tray")

	p.put("/proc/net/tcp", listening(24880, p.UID+1))
	p.want("websocket", Warn, "non l'ha aperto")

	p.put("/proc/net/tcp", strings.ReplaceAll(taken, fmt.Sprintf(" %5d ", p.UID), " 65533 "))
	p.processes = nil
	p.want("websocket", Warn, "un programma di un altro utente")

	p.agentErr = ipc.ErrAbsent
	p.put("/proc/net/tcp", "")
	p.put("/proc/net/tcp6", "  sl  local_address\n")
	p.want("websocket", Info, "quando l'agente parte")
	p.remove("/proc/net")
	p.want("websocket", Info, "Non si può sapere")
	p.put("/home/"+secretUser+"/.config/ponte/config.toml", "websocket = \"off\"\n")
	p.want("websocket", Info, "Spento")
}

// link makes a symbolic link of the computer.
func (p *patient) link(path, target string) {
	p.t.Helper()
	full := filepath.Join(p.Root, path)
	must(p.t, os.MkdirAll(filepath.Dir(full), 0o755))
	must(p.t, os.Symlink(target, full))
}

func TestADialogThatNeedsATerminalIsNone(t *testing.T) {
	p := healthy(t)
	p.want("dialog", OK, "pinentry-gnome3")
	p.remove("/run/user/1000/bus") // of GNOME's there is only a terminal without
	p.want("dialog", Fail, "pinentry")
	p.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/elsewhere"
	p.want("dialog", OK, "pinentry-gnome3")
	p.remove("/usr/bin/pinentry-gnome3")
	p.program("/usr/bin/pinentry-curses")
	p.link("/usr/bin/pinentry", filepath.Join(p.Root, "usr/bin/pinentry-curses"))
	p.want("dialog", Fail, "pinentry")
	p.program("/usr/bin/zenity")
	p.want("dialog", OK, "zenity")
}

func TestADialogNeedsAScreen(t *testing.T) {
	p := healthy(t)
	p.env["DISPLAY"] = ""
	p.want("dialog", Info, "altrove") // the agent has one
	p.agentErr = ipc.ErrAbsent
	p.want("dialog", Fail, "schermo")
	p.env["WAYLAND_DISPLAY"] = "wayland-0"
	p.want("dialog", OK)
}

func TestADialogOfTheSettingsMustExist(t *testing.T) {
	p := healthy(t)
	p.put("/home/"+secretUser+"/.config/ponte/config.toml", "pinentry_program = \"/nowhere/pinentry\"\n")
	p.want("dialog", Fail, "/nowhere/pinentry")
	p.put("/home/"+secretUser+"/.config/ponte/config.toml", fmt.Sprintf("pinentry_program = %q\n", filepath.Join(p.Root, "usr/bin/pinentry-gnome3")))
	p.want("dialog", OK, "pinentry-gnome3")
}

func TestAProgramForBrowsersThatIsMissingIsTold(t *testing.T) {
	p := healthy(t)
	must(t, os.Chmod(p.Nativehost, 0o644))
	p.want("nativehost", Fail, "Installa di nuovo")
}
