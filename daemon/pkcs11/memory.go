// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

// Memory remembers which module has driven which kind of card: answers to reset and paths, nothing of a person. It is a
// file that may be lost at any time. A nil Memory remembers nothing.
type Memory struct {
	File string
	Log  *slog.Logger

	mu    sync.Mutex
	read  bool
	paths map[string]string // by answer to reset
}

// Ceilings of the file.
const (
	maxMemory     = 64 << 10
	maxRemembered = 64
)

func (m *Memory) recall(atr []byte) string {
	if m == nil {
		return ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.load()
	return m.paths[spelled(atr)]
}

func (m *Memory) remember(atr []byte, path string) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.load()
	if m.paths[spelled(atr)] == path {
		return
	}
	if len(m.paths) >= maxRemembered {
		clear(m.paths)
	}
	m.paths[spelled(atr)] = path
	if err := m.store(); err != nil && m.Log != nil {
		m.Log.Warn("the module of a card is not remembered", "err", err)
	}
}

// load reads the file once. One that is damaged is as good as none.
func (m *Memory) load() {
	if m.read {
		return
	}
	m.read, m.paths = true, map[string]string{}
	f, err := os.Open(m.File)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }()
	var paths map[string]string
	b, err := io.ReadAll(io.LimitReader(f, maxMemory))
	if err == nil && json.Unmarshal(b, &paths) == nil && len(paths) <= maxRemembered && paths != nil {
		m.paths = paths
	}
}

// store writes the file as a whole.
func (m *Memory) store() error {
	b, err := json.MarshalIndent(m.paths, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(m.File), 0o700); err != nil {
		return err
	}
	t, err := os.CreateTemp(filepath.Dir(m.File), ".modules-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(t.Name()) }()
	_, err = t.Write(append(b, '\n'))
	if e := t.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(t.Name(), m.File)
}
