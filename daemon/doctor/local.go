// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"time"

	"github.com/ponte-cns/ponte/daemon/browsers"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// Local is this computer and the user who runs this program. The caller adds Agent, Readers, LastLogin and StartAgent.
// Whatever cannot be found out, on a broken computer, stays empty.
func Local(version string, w *words.Words) *Machine {
	m := &Machine{
		Version: version, Words: w, Getenv: os.Getenv, Now: time.Now, UID: os.Getuid(), Command: command,
		Agent:      func(context.Context) (Agent, error) { return Agent{}, ipc.ErrAbsent },
		Readers:    func(context.Context) ([]Reader, error) { return nil, ErrService },
		LastLogin:  func() (protocol.Code, bool) { return "", false },
		StartAgent: func(context.Context) error { return ipc.ErrAbsent },
	}
	m.Processes = m.localProcesses
	m.Places, _ = policy.UserPlaces()
	m.Browsers, _ = browsers.CurrentEnv()
	m.SocketD = socketDirectory()
	if u, err := user.Current(); err == nil {
		m.User = filepath.Base(filepath.FromSlash(u.Username)) // Windows puts the domain before it
	}
	m.Host, _ = os.Hostname()
	if self, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(self); err == nil {
			self = real
		}
		if info, err := os.Stat(self); err == nil {
			m.Built = info.ModTime()
		}
		m.Nativehost = filepath.Join(filepath.Dir(self), "ponte-nativehost"+filepath.Ext(self))
	}
	return m
}

// maxOutput bounds what a program may say.
const maxOutput = 1 << 20

// command runs a program of the system and gives what it prints. One that does not end is killed.
func command(ctx context.Context, name string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.WaitDelay = time.Second
	var out limited
	c.Stdout, c.Stderr = &out, &out
	c.Env = append(os.Environ(), "LC_ALL=C")
	if err := c.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("running %s: %w", name, err)
	}
	return out.Bytes(), nil
}

// limited keeps the beginning of what is written.
type limited struct{ bytes.Buffer }

func (l *limited) Write(b []byte) (int, error) {
	if room := maxOutput - l.Len(); room > 0 {
		l.Buffer.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}
