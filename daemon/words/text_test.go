// SPDX-License-Identifier: EUPL-1.2

package words

import (
	"sync"
	"testing"
)

func TestATableThatHoldsNoTextsIsRefused(t *testing.T) {
	for name, table := range map[string]map[string]any{
		"a number":             {"a": 7},
		"one without others":   {"a": map[string]any{"one": "a thing"}},
		"a third kind":         {"a": map[string]any{"one": "a thing", "other": "things", "few": "some"}},
		"a list below":         {"a": map[string]any{"b": []any{"x"}}},
		"the same id, twice":   {"a.b": "x", "a": map[string]any{"b": "y"}},
		"nothing for the rest": {"a": map[string]any{"one": "a thing", "other": ""}},
	} {
		w := &Words{texts: map[Text]text{}}
		if err := w.take("", table); err == nil {
			t.Errorf("%s: taken as %v", name, w.texts)
		}
	}
}

func TestATextIsFilledOnce(t *testing.T) {
	for _, c := range []struct {
		text string
		data Data
		want string
	}{
		{"", nil, ""},
		{"no place", Data{"A": 1}, "no place"},
		{"{{.A}} and {{.B}}", Data{"A": "x", "B": 2}, "x and 2"},
		{"{{.A}}", Data{"A": "{{.B}}", "B": "never"}, "{{.B}}"}, // what a site sends stays as it is
		{"{{.Missing}}", Data{"A": 1}, "{{.Missing}}"},
		{"{{.A", Data{"A": 1}, "{{.A"},
		{"{{ .A }}", Data{"A": 1}, "{{ .A }}"},
	} {
		if got := fill(c.text, c.data); got != c.want {
			t.Errorf("%q: %q", c.text, got)
		}
	}
}

func TestTextsAreReadByManyAtOnce(t *testing.T) {
	w := load("de")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if w.T(CLIRun, nil) == string(CLIRun) || w.T("no-such-text", nil) != "no-such-text" {
				t.Error("a text is missing")
			}
		})
	}
	all.Wait()
}
