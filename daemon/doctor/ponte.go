// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// agent asks the agent how it is.
func (m *Machine) agent(ctx context.Context, _ facts) findings {
	a, err := m.Agent(ctx)
	return findings{[]Check{m.agentCheck(a, err)}, func(f *facts) { f.agent, f.agentErr = a, err }}
}

func (m *Machine) agentCheck(a Agent, err error) Check {
	switch {
	case errors.Is(err, ipc.ErrAbsent):
		return mendable(m.advised(m.check("agent", Info, words.DoctorAgentAbsent, nil), words.DoctorFixAgentAbsent, nil))
	case errors.Is(err, ipc.ErrForeign):
		return m.advised(m.check("agent", Fail, words.DoctorAgentForeign, nil), words.DoctorFixAgentForeign, nil)
	case err != nil:
		c := m.check("agent", Fail, words.DoctorAgentDeaf, words.Data{"Reason": err.Error()})
		return m.advised(c, words.DoctorFixAgentDeaf, nil)
	case a.Version != m.Version:
		c := m.check("agent", Warn, words.DoctorAgentOther, words.Data{"Version": a.Version, "Own": m.Version})
		return mendable(m.advised(c, words.DoctorFixAgentOther, nil))
	}
	return m.check("agent", OK, words.DoctorAgentGood, words.Data{"Version": a.Version})
}

// sockets checks that nobody else can reach the agent's sockets, or has put theirs in their place.
func (m *Machine) sockets(context.Context, facts) findings {
	if m.SocketD == "" {
		return findings{}
	}
	bad := func(path string, reason words.Text) findings {
		c := m.check("sockets", Fail, reason, words.Data{"Path": path})
		return findings{checks: []Check{m.advised(c, words.DoctorFixSockets, words.Data{"Path": m.SocketD})}}
	}
	info, err := os.Lstat(m.SocketD)
	if errors.Is(err, fs.ErrNotExist) {
		return findings{checks: []Check{m.check("sockets", Info, words.DoctorSocketsAbsent, words.Data{"Path": m.SocketD})}}
	}
	if err != nil || !info.IsDir() {
		return bad(m.SocketD, words.DoctorSocketsBlocked)
	}
	if reason := m.exposed(info); reason != "" {
		return bad(m.SocketD, reason)
	}
	for _, name := range []string{ipc.Portal, ipc.Control} {
		path := filepath.Join(m.SocketD, name+".sock")
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || info.Mode().Type() != fs.ModeSocket {
			return bad(path, words.DoctorSocketsBlocked)
		}
		if reason := m.exposed(info); reason != "" {
			return bad(path, reason)
		}
	}
	return findings{checks: []Check{m.check("sockets", OK, words.DoctorSocketsGood, words.Data{"Path": m.SocketD})}}
}

// exposed says why a file is not this user's alone; empty when it is.
func (m *Machine) exposed(info fs.FileInfo) words.Text {
	switch uid, known := owner(info); {
	case known && uid != m.UID:
		return words.DoctorSocketsForeign
	case known && info.Mode().Perm()&0o077 != 0:
		return words.DoctorSocketsOpen
	}
	return ""
}

// listener is a program that listens on a port of this computer.
type listener struct {
	port int
	uid  int
	pid  int    // 0: not known
	name string // of the program; empty: not known
}

// websocket says on which port the second door is, or who is in its place.
func (m *Machine) websocket(ctx context.Context, f facts) findings {
	one := func(c Check) findings { return findings{checks: []Check{c}} }
	if !m.effective().WebSocketOn() {
		return one(m.check("websocket", Info, words.DoctorWebsocketOff, nil))
	}
	all, known := m.listeners(ctx, f.processes)
	if !known {
		return one(m.check("websocket", Info, words.DoctorWebsocketUnknown, nil))
	}
	taken, names := 0, []string{}
	for _, port := range protocol.WebSocketPorts {
		i := slices.IndexFunc(all, func(l listener) bool { return l.port == port })
		if i < 0 {
			continue
		}
		if l := all[i]; f.agentErr == nil && l.uid == m.UID && (l.pid == f.agent.PID || l.pid == 0 || f.agent.PID == 0) {
			return one(m.check("websocket", OK, words.DoctorWebsocketGood, words.Data{"Port": strconv.Itoa(port)}))
		}
		taken++
		names = appendNew(names, m.holder(all[i]))
	}
	data := words.Data{"Names": strings.Join(names, ", ")}
	switch {
	case taken == len(protocol.WebSocketPorts):
		return one(m.advised(m.check("websocket", Warn, words.DoctorWebsocketTaken, data), words.DoctorFixWebsocket, data))
	case f.agentErr == nil:
		return one(m.advised(m.check("websocket", Warn, words.DoctorWebsocketShut, nil), words.DoctorFixWebsocketShut, nil))
	}
	return one(m.check("websocket", Info, words.DoctorWebsocketFree, nil))
}

// holder is who listens, for a person.
func (m *Machine) holder(l listener) string {
	switch {
	case l.name != "":
		return l.name
	case l.uid != m.UID:
		return m.Words.T(words.DoctorAnotherUser, nil)
	}
	return m.Words.T(words.DoctorAnotherProgram, nil)
}

// dialog says with which program the PIN would be asked.
func (m *Machine) dialog(_ context.Context, f facts) findings {
	one := func(c Check) findings { return findings{checks: []Check{c}} }
	if program := m.effective().PinentryProgram; program != "" {
		path := program
		if !strings.ContainsAny(path, `/\`) {
			path = m.find(path)
		}
		if !filepath.IsAbs(path) || !isProgram(path) {
			c := m.check("dialog", Fail, words.DoctorDialogSetting, words.Data{"Path": program})
			return one(m.advised(c, words.DoctorFixDialogSetting, nil))
		}
		return one(m.check("dialog", OK, words.DoctorDialogGood, words.Data{"Name": baseName(path)}))
	}
	name, display := m.dialogProgram()
	switch {
	case name == "":
		return one(m.advised(m.check("dialog", Fail, words.DoctorDialogNone, nil), words.DoctorFixDialog, nil))
	case !display && f.agentErr == nil: // the agent has an environment of its own
		return one(m.check("dialog", Info, words.DoctorDialogElsewhere, words.Data{"Name": name}))
	case !display:
		return one(m.advised(m.check("dialog", Fail, words.DoctorDialogNoDesktop, nil), words.DoctorFixDialogNoDesktop, nil))
	}
	return one(m.check("dialog", OK, words.DoctorDialogGood, words.Data{"Name": name}))
}

// nativehost says whether there is anything that browsers could start.
func (m *Machine) nativehost(context.Context, facts) findings {
	if !isProgram(m.Nativehost) {
		c := m.check("nativehost", Fail, words.DoctorNativehostMissing, words.Data{"Path": m.Nativehost})
		return findings{checks: []Check{m.advised(c, words.DoctorFixReinstall, nil)}}
	}
	return findings{checks: []Check{m.check("nativehost", OK, words.DoctorNativehostGood, nil)}}
}
