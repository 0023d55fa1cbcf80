// SPDX-License-Identifier: EUPL-1.2

// Package policy holds what the citizen and the administrator have decided: settings, managed policy, and what is
// remembered of sites. It decides nothing itself and keeps nothing personal.
package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/ponte-cns/ponte/protocol"
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
	Developer       bool   `toml:"developer_mode"`

	// Only an administrator can set these, in policy.toml.
	AllowedSites []protocol.Origin `toml:"allowed_sites"`
	BlockedSites []protocol.Origin `toml:"blocked_sites"`

	managed map[string]bool
}

// DeveloperMode says that http://localhost and http://127.0.0.1 may ask.
func (s Settings) DeveloperMode() bool { return s.Developer }

// AskForUnknownSites says that a dialog asks for an unknown site on the WebSocket; otherwise it is refused.
func (s Settings) AskForUnknownSites() bool { return s.UnknownSites != "refuse" }

// WebSocketOn says that the second door is open.
func (s Settings) WebSocketOn() bool { return s.WebSocket != "off" }

// Managed says that the administrator has set a key.
func (s Settings) Managed(key string) bool { return s.managed[key] }

// values are the words that a key accepts.
var values = map[string][]string{
	"language":                {"", "it", "en", "de"},
	"log_level":               {"", "error", "warn", "info", "debug"},
	"websocket":               {"", "on", "off"},
	"websocket_unknown_sites": {"", "ask", "refuse"},
}

func (s Settings) check() error {
	for key, value := range map[string]string{
		"language": s.Language, "log_level": s.LogLevel, "websocket": s.WebSocket, "websocket_unknown_sites": s.UnknownSites,
	} {
		if !slices.Contains(values[key], value) {
			return fmt.Errorf("%s = %q: use %s", key, value, strings.Join(values[key][1:], ", "))
		}
	}
	return nil
}

// Load reads the citizen's settings and the administrator's over them. A file that does not exist sets nothing. A mistake
// in the citizen's file is returned with usable Settings, which let no unknown site ask on the WebSocket; one in the administrator's is returned with ErrManaged, because
// a policy that cannot be read must not be passed over.
func Load(config, managed string) (Settings, error) {
	var s Settings
	meta, userErr := read(config, &s)
	if userErr == nil && (meta.IsDefined("allowed_sites") || meta.IsDefined("blocked_sites")) {
		userErr = fmt.Errorf("%s: allowed_sites and blocked_sites belong in %s", config, managed)
	}
	if userErr != nil { // what the citizen has shut must not open by a slip of the pen
		s = Settings{UnknownSites: "refuse"}
	}
	meta, err := read(managed, &s)
	if err != nil {
		return Settings{}, fmt.Errorf("%w: %w", ErrManaged, err)
	}
	s.managed = map[string]bool{}
	for _, key := range meta.Keys() {
		s.managed[key.String()] = true
	}
	return s, userErr
}

// ErrManaged: the administrator's policy cannot be read.
var ErrManaged = errors.New("the managed policy cannot be used")

func read(file string, s *Settings) (toml.MetaData, error) {
	info, err := os.Stat(file)
	if file == "" || errors.Is(err, fs.ErrNotExist) {
		return toml.MetaData{}, nil
	}
	if err == nil && info.Size() > maxFile {
		err = fmt.Errorf("%s: longer than %d bytes", file, maxFile)
	}
	if err != nil {
		return toml.MetaData{}, err
	}
	meta, err := toml.DecodeFile(file, s)
	if err != nil {
		return meta, fmt.Errorf("%s: %w", file, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return meta, fmt.Errorf("%s: unknown key %q", file, unknown[0])
	}
	if err := s.check(); err != nil {
		return meta, fmt.Errorf("%s: %w", file, err)
	}
	return meta, nil
}
