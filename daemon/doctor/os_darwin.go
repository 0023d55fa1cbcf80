// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"bufio"
	"bytes"
	"context"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ponte-cns/ponte/protocol"
)

// systemDirs hold programs of the system.
var systemDirs = []string{"/usr/bin", "/usr/sbin", "/opt/homebrew/bin", "/usr/local/bin"}

// asksVersion: the version of an application is in its bundle; none is started.
const asksVersion = false

func (m *Machine) systemName() string { return "macOS" }

// serviceFacts: the system starts its smart card service when somebody asks for it.
func (m *Machine) serviceFacts(context.Context, []Process) serviceFacts {
	return serviceFacts{installed: true}
}

// dialogProgram: every macOS has osascript.
func (m *Machine) dialogProgram() (name string, display bool) {
	if m.find("pinentry-mac") != "" {
		return "pinentry-mac", true
	}
	return "osascript", true
}

// listeners asks lsof, which tells of this user's own programs.
func (m *Machine) listeners(ctx context.Context, _ []Process) (found []listener, known bool) {
	last := protocol.WebSocketPorts[len(protocol.WebSocketPorts)-1]
	out, err := m.Command(ctx, "lsof", "-nP", "-Fpcun", "-sTCP:LISTEN",
		"-iTCP:"+strconv.Itoa(protocol.WebSocketPorts[0])+"-"+strconv.Itoa(last))
	if err != nil && len(out) > 0 {
		return nil, false
	}
	var l listener
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		field, value := lines.Text()[:min(1, len(lines.Text()))], lines.Text()[min(1, len(lines.Text())):]
		switch field {
		case "p":
			l.pid, _ = strconv.Atoi(value)
		case "c":
			l.name = value
		case "u":
			l.uid, _ = strconv.Atoi(value)
		case "n":
			if port, err := strconv.Atoi(value[strings.LastIndex(value, ":")+1:]); err == nil {
				l.port = port
				found = append(found, l)
			}
		}
	}
	return found, true
}

// localProcesses asks ps.
func (m *Machine) localProcesses(ctx context.Context) ([]Process, error) {
	out, err := m.Command(ctx, "ps", "-axco", "pid=,uid=,comm=")
	if err != nil {
		return nil, err
	}
	var all []Process
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 3 {
			continue
		}
		pid, err := strconv.Atoi(f[0])
		uid, err2 := strconv.Atoi(f[1])
		if err == nil && err2 == nil {
			all = append(all, Process{PID: pid, UID: uid, Name: strings.Join(f[2:], " ")})
		}
	}
	return all, nil
}

func (m *Machine) registeredModules() []string { return nil }

func (m *Machine) expand(path string) string { return filepath.Join(m.Root, path) }

// modulePaths are where the makers' packages and guides put their drivers on macOS.
var modulePaths = []string{
	"/Library/bit4id/pkcs11/libbit4xpki.dylib", "/Library/bit4id/pkcs11/libbit4ipki.dylib", "/Library/bit4id/pkcs11/libbit4opki.dylib",
	"/Library/Application Support/Athena/libASEP11.dylib", "/Library/AWP/lib/libOcsCryptoki.dylib", "/usr/local/lib/libcardos11.dylib",
	"/Applications/Charismathics/libcmP11.dylib", "/Library/CV Cryptovision/libcvp11.dylib", "/usr/local/lib/libeTPkcs11.dylib",
	"/usr/local/lib/libidprimepkcs11.0.dylib", "/Library/OpenSC/lib/opensc-pkcs11.so", "/opt/homebrew/lib/opensc-pkcs11.so",
	"/Library/ipzs/libcie-pkcs11.dylib",
}
