// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// keys are those that the citizen can set, with what holds when they are not set.
var keys = map[string]string{
	"language":                "", // the locale's
	"log_level":               "info",
	"pinentry_program":        "", // the desktop's
	"websocket":               "on",
	"websocket_unknown_sites": "ask",
	"tls_module":              "on",
	"pin_pad":                 "auto",
	"signatures":              "on",
	"time_authority":          "",
	"developer_mode":          "false",
}

// order is that in which settings are shown.
var order = []string{
	"language", "websocket", "websocket_unknown_sites", "signatures", "time_authority", "tls_module", "pin_pad", "log_level", "pinentry_program",
	"developer_mode",
}

// Report is what settings.get answers.
type Report struct {
	File     string    `json:"file"`              // the citizen's settings
	Managed  string    `json:"managed,omitempty"` // the administrator's, where there is such a file
	Settings []Setting `json:"settings"`
	Mistake  *Told     `json:"mistake"`           // null when both files can be used
	Unknown  []Told    `json:"unknown,omitempty"` // keys of the administrator's that mean nothing to this version
}

// Setting is one key of a Report.
type Setting struct {
	Key     string   `json:"key"`
	Value   string   `json:"value"`            // empty: not set
	Default string   `json:"default"`          // what holds then; empty: what the computer says
	Values  []string `json:"values,omitempty"` // all that can be chosen; none: any text
	Managed bool     `json:"managed"`          // set by the administrator
	Restart bool     `json:"restart"`          // a change acts when the agent is started again
}

// Told is a mistake in a file. What the file said before it is in force.
type Told struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Message string `json:"message"`
}

// Report tells every setting, who has set it, and what is wrong in the files.
func (l *Live) Report() Report {
	s := l.Settings()
	r := Report{File: l.user.file, Managed: l.managed.file, Unknown: l.Unknown()}
	for _, key := range order {
		r.Settings = append(r.Settings, Setting{
			Key: key, Value: s.value(key), Default: keys[key], Values: choices(key), Managed: s.Managed(key), Restart: key == "websocket",
		})
	}
	if err := l.Err(); err != nil {
		r.Mistake = &Told{File: l.user.file, Message: err.Error()}
		if errors.Is(err, ErrManaged) {
			r.Mistake.File = l.managed.file
		}
		var m *Mistake
		if errors.As(err, &m) {
			r.Mistake = &Told{m.File, m.Line, m.Err.Error()}
		}
	}
	return r
}

func (s Settings) value(key string) string {
	if key == "developer_mode" {
		return map[bool]string{true: "true"}[s.Developer]
	}
	return map[string]string{
		"language": s.Language, "log_level": s.LogLevel, "pinentry_program": s.PinentryProgram, "websocket": s.WebSocket,
		"websocket_unknown_sites": s.UnknownSites, "tls_module": s.TLSModule, "pin_pad": s.PINPad,
		"signatures": s.Signatures, "time_authority": s.TimeStamps,
	}[key]
}

func choices(key string) []string {
	if key == "developer_mode" {
		return []string{"false", "true"}
	}
	return slices.DeleteFunc(slices.Clone(values[key]), func(s string) bool { return s == "" })
}

// Errors of Set.
var (
	ErrManagedKey = errors.New("this setting was set by the administrator")
	ErrNoSetting  = errors.New("not a setting")
	ErrValue      = errors.New("not a value of this setting")
)

const maxValue = 4096 // bytes of a value: the path of a program

// Set changes one setting in the citizen's file; an empty value takes it back. Other keys and comments stay. A file with
// a mistake is not touched: the *Mistake says what to mend.
func (l *Live) Set(key, value string) error {
	if _, ok := keys[key]; !ok {
		return fmt.Errorf("%q: %w", key, ErrNoSetting)
	}
	if err := checkValue(key, value); err != nil {
		return err
	}
	if l.Settings().Managed(key) {
		return fmt.Errorf("%s: %w", key, ErrManagedKey)
	}
	unlock, err := lock(l.user.file)
	if err != nil {
		return err
	}
	err = l.edit(key, value)
	unlock()
	l.Settings() // tells whom it concerns
	return err
}

func (l *Live) edit(key, value string) error {
	text, err := readFile(l.user.file)
	if err == nil {
		err = checkUser(l.user.file, text)
	}
	if err != nil {
		return fmt.Errorf("the file of settings has a mistake, which comes first: %w", err)
	}
	changed := withLine(string(text), key, assignment(key, value))
	if err := checkUser(l.user.file, []byte(changed)); err != nil {
		return err
	}
	if err := replace(l.user.file, []byte(changed)); err != nil {
		return fmt.Errorf("writing the settings: %w", err)
	}
	return nil
}

// checkValue refuses what Load would refuse, and a program that is not there.
func checkValue(key, value string) error {
	switch {
	case len(value) > maxValue:
		return fmt.Errorf("%s: longer than %d bytes: %w", key, maxValue, ErrValue)
	case value == "":
		return nil
	case key != "pinentry_program":
		if list := choices(key); !slices.Contains(list, value) {
			return fmt.Errorf("%s = %q: use %s: %w", key, value, strings.Join(list, ", "), ErrValue)
		}
		return nil
	}
	info, err := os.Stat(value)
	if err != nil || !filepath.IsAbs(value) || !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not the whole path of a program: %w", key, ErrValue)
	}
	return nil
}

// assignment is the line that sets a key, or "".
func assignment(key, value string) string {
	switch {
	case value == "":
		return ""
	case key == "developer_mode":
		return key + " = " + value
	}
	return key + " = " + basicString(value)
}

// basicString writes a string as TOML does (TOML 1.0, string).
func basicString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			b.WriteString(`\u00` + strconv.FormatInt(int64(r)+0x100, 16)[1:])
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// withLine puts a line in place of the one that sets key, or at the end, but before the first table: what follows the head
// of a table belongs to that. Otherwise the settings are flat: one key, one line.
func withLine(text, key, line string) string {
	var lines []string
	for old := range strings.Lines(text) {
		if keyOf(old) == key {
			continue
		}
		lines = append(lines, strings.TrimRight(old, "\r\n"))
	}
	if line != "" {
		at := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), "[") })
		if at < 0 {
			at = len(lines)
		}
		lines = slices.Insert(lines, at, line)
	}
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}
