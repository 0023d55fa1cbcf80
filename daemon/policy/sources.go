// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A policy that is not a file of TOML (the registry of Windows, the managed preferences of macOS) is put into the same
// words, so that one place says which keys and values there are. Its mistakes name a value and no line.

// maxValues bounds how many values such a policy has.
const maxValues = 4 * maxListed

// renew is refresh for a policy that is no file: it is read each time, and compared.
func (l *layer) renew(check func([]byte) error) bool {
	b, err := l.render()
	if l.read && bytes.Equal(b, l.text) && fmt.Sprint(err) == fmt.Sprint(l.failure) {
		return false
	}
	l.read, l.text, l.failure = true, b, err
	if err == nil {
		err = withoutLine(check(b), b)
	}
	for i := range l.unknown {
		l.unknown[i].Line = 0
	}
	if l.err = err; err == nil {
		l.good, l.valid = b, true
	}
	return true
}

// withoutLine names the value in place of the line: nobody has written lines.
func withoutLine(err error, text []byte) error {
	var m *Mistake
	if !errors.As(err, &m) || m.Line == 0 {
		return err
	}
	name := keyOf(strings.Split(string(text), "\n")[m.Line-1])
	if strings.HasPrefix(m.Err.Error(), name) {
		return &Mistake{m.File, 0, m.Err}
	}
	return &Mistake{m.File, 0, fmt.Errorf("%s: %w", name, m.Err)}
}

// tables are the keys whose value is a table: they come last, as TOML wants it.
var tables = []string{"site_scopes", modulesKey}

// written puts values into TOML: strings, bool, int64, []string, and map[string][]string or map[string]string for a table. Any other type is
// refused by its name.
func written(values map[string]any) ([]byte, error) {
	var flat, last strings.Builder
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if table, ok := values[name].(map[string][]string); ok {
			fmt.Fprintf(&last, "[%s]\n", basicString(name))
			for _, key := range slices.Sorted(maps.Keys(table)) {
				fmt.Fprintf(&last, "%s = %s\n", basicString(key), list(table[key]))
			}
			continue
		}
		if table, ok := values[name].(map[string]string); ok {
			fmt.Fprintf(&last, "[%s]\n", basicString(name))
			for _, key := range slices.Sorted(maps.Keys(table)) {
				fmt.Fprintf(&last, "%s = %s\n", basicString(key), basicString(table[key]))
			}
			continue
		}
		switch v := values[name].(type) {
		case string:
			fmt.Fprintf(&flat, "%s = %s\n", basicString(name), basicString(v))
		case bool, int64:
			fmt.Fprintf(&flat, "%s = %v\n", basicString(name), v)
		case []string:
			fmt.Fprintf(&flat, "%s = %s\n", basicString(name), list(v))
		case []int64:
			fmt.Fprintf(&flat, "%s = [%s]\n", basicString(name), strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ", "), "[]"))
		default:
			return nil, fmt.Errorf("%s: a value of a type that no key has", name)
		}
	}
	if flat.Len()+last.Len() > maxFile {
		return nil, fmt.Errorf("longer than %d bytes", maxFile)
	}
	return []byte(flat.String() + last.String()), nil
}

func list(values []string) string {
	quoted := make([]string, 0, len(values))
	for _, v := range values {
		quoted = append(quoted, basicString(v))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
