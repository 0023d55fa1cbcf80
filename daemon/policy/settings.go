// SPDX-License-Identifier: EUPL-1.2

// Package policy holds what the citizen and the administrator have decided: settings, managed policy, and what is
// remembered of sites. It decides nothing itself and keeps nothing personal.
package policy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxFile bounds a settings file, in bytes.
const maxFile = 64 << 10

// Settings are the keys of config.toml and policy.toml. Zero values are the defaults.
type Settings struct {
	Language        string `toml:"language"`         // it, en or de; empty: the locale's
	LogLevel        string `toml:"log_level"`        // error, warn, info or debug; empty: info
	PinentryProgram string `toml:"pinentry_program"` // a PIN dialog, as gpg-agent's option; empty: the desktop's
	WebSocket       string `toml:"websocket"`        // on or off; empty: on
	UnknownSites    string `toml:"websocket_unknown_sites"`
	TLSModule       string `toml:"tls_module"` // on or off; empty: on
	PINPad          string `toml:"pin_pad"`    // auto or off; empty: auto
	Signatures      string `toml:"signatures"` // on or off; empty: on
	TimeStamps      string `toml:"time_authority"`
	Developer       bool   `toml:"developer_mode"`

	Modules map[string]string `toml:"modules"` // see checkModules

	Rules // of the administrator

	managed  map[string]bool
	cautious bool // the citizen's file cannot be read
}

// Source gives the settings that are in force: those of now (Live), or always the same (Settings).
type Source interface{ Settings() Settings }

// Settings makes Settings a Source.
func (s Settings) Settings() Settings { return s }

// DeveloperMode says that http://localhost and http://127.0.0.1 may ask.
func (s Settings) DeveloperMode() bool { return s.Developer }

// AskForUnknownSites says that a dialog asks for an unknown site on the WebSocket; otherwise it is refused.
func (s Settings) AskForUnknownSites() bool { return s.UnknownSites != "refuse" }

// WebSocketOn says that the second door is open.
func (s Settings) WebSocketOn() bool { return s.WebSocket != "off" }

// TLSModuleOn says that browsers find the card through libponte-pkcs11. They do so only once it is registered with them.
func (s Settings) TLSModuleOn() bool { return s.TLSModule != "off" }

// TLSModuleOn is that of the settings now.
func (l *Live) TLSModuleOn() bool { return l.Settings().TLSModuleOn() }

// PINPads says that the PIN is typed on readers that have keys.
func (s Settings) PINPads() bool { return s.PINPad != "off" }

// PINPads is that of the settings now.
func (l *Live) PINPads() bool { return l.Settings().PINPads() }

// Managed says that the administrator has set a key.
func (s Settings) Managed(key string) bool { return s.managed[key] }

// values are the words that a key accepts.
var values = map[string][]string{
	"language":                {"", "it", "en", "de"},
	"log_level":               {"", "error", "warn", "info", "debug"},
	"websocket":               {"", "on", "off"},
	"tls_module":              {"", "on", "off"},
	"pin_pad":                 {"", "auto", "off"},
	"signatures":              {"", "on", "off"},
	"websocket_unknown_sites": {"", "ask", "refuse"},
}

func (s Settings) check() (key string, err error) {
	for _, c := range []struct{ key, value string }{
		{"language", s.Language}, {"log_level", s.LogLevel}, {"websocket", s.WebSocket}, {"websocket_unknown_sites", s.UnknownSites},
		{"tls_module", s.TLSModule}, {"pin_pad", s.PINPad}, {"signatures", s.Signatures},
	} {
		if !slices.Contains(values[c.key], c.value) {
			return c.key, fmt.Errorf("%s = %q: use %s", c.key, c.value, strings.Join(values[c.key][1:], ", "))
		}
	}
	if err := checkTimeAuthority(s.TimeStamps); err != nil {
		return "time_authority", err
	}
	if key, err := s.checkModules(); err != nil {
		return key, err
	}
	return s.Rules.check()
}

// Load reads the citizen's settings and the administrator's over them. A file that does not exist sets nothing. A mistake
// in the citizen's file is returned with usable Settings, which let no unknown site ask on the WebSocket; one in the
// administrator's is returned with ErrManaged, because a policy that cannot be read must not be passed over.
func Load(config, managed string) (Settings, error) {
	l, err := OpenLive(config, managed)
	if err != nil {
		return Settings{}, err
	}
	return l.Settings(), l.Err()
}

// ErrManaged: the administrator's policy cannot be read.
var ErrManaged = errors.New("the managed policy cannot be used")

// Mistake is what is wrong in a file of settings, and where.
type Mistake struct {
	File string
	Line int // 0 when it is not of one line
	Err  error
}

func (m *Mistake) Error() string {
	if m.Line == 0 {
		return fmt.Sprintf("%s: %v", m.File, m.Err)
	}
	return fmt.Sprintf("%s, line %d: %v", m.File, m.Line, m.Err)
}

// Unwrap gives the cause.
func (m *Mistake) Unwrap() error { return m.Err }

// decode puts the settings of a file into s, and tells which keys it has, and which of them nobody knows.
func decode(file string, text []byte, s *Settings) (found, unknown []toml.Key, err error) {
	meta, err := toml.Decode(string(text), s)
	var wrong toml.ParseError
	switch {
	case errors.As(err, &wrong):
		line := wrong.Position.Line
		if line == 0 {
			line = lineOf(text, wrong.LastKey)
		}
		return nil, nil, &Mistake{file, line, plain(wrong)}
	case err != nil:
		return nil, nil, &Mistake{file, lineNamed(text, err), err}
	}
	if key, err := s.check(); err != nil {
		return nil, nil, &Mistake{file, lineOf(text, key), err}
	}
	return meta.Keys(), meta.Undecoded(), nil
}

// plain is the message of a mistake without the place, which Mistake tells.
func plain(e toml.ParseError) error {
	if e.Message != "" {
		return errors.New(e.Message)
	}
	return e
}

// lineNamed looks for the line of a value of the wrong type: the library names only its key.
func lineNamed(text []byte, err error) int {
	for _, key := range slices.Concat(order, rules) {
		if line := lineOf(text, key); line > 0 && (strings.Contains(err.Error(), `"`+key+`"`) || strings.Contains(err.Error(), `"`+key+`.`)) {
			return line
		}
	}
	return 0
}

// lineOf is the line on which a key is set, or 0.
func lineOf(text []byte, key string) int {
	for i, line := range strings.Split(string(text), "\n") {
		if keyOf(line) == key {
			return i + 1
		}
	}
	return 0
}

// keyOf is the key or the table that a line sets, or "".
func keyOf(line string) string {
	line = strings.TrimSpace(line)
	if table, ok := strings.CutPrefix(line, "["); ok {
		return strings.Trim(table, "[] ")
	}
	key, _, ok := strings.Cut(line, "=")
	if !ok || strings.HasPrefix(key, "#") {
		return ""
	}
	return strings.Trim(key, "\"' \t")
}

// readFile reads a file of settings. One that does not exist sets nothing.
func readFile(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	f, err := open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = &Mistake{file, 0, fmt.Errorf("longer than %d bytes", maxFile)}
	}
	return b, err
}
