// SPDX-License-Identifier: EUPL-1.2

package words

import (
	"fmt"
	"strings"
)

// text is a text of one language: for one thing, where that differs, and for any other number.
type text struct{ one, other string }

// take adds the texts of a table: a text is a string, or a table with the keys one and other. Tables in tables make ids
// with a point between.
func (w *Words) take(prefix string, table map[string]any) error {
	for key, v := range table {
		id := Text(prefix + key)
		var t text
		switch v := v.(type) {
		case string:
			t.other = v
		case map[string]any:
			one, plural := v["one"].(string)
			other, _ := v["other"].(string)
			if !plural {
				if err := w.take(prefix+key+".", v); err != nil {
					return err
				}
				continue
			}
			if other == "" || len(v) != 2 {
				return fmt.Errorf("%s: not the texts for one and for others", id)
			}
			t = text{one, other}
		default:
			return fmt.Errorf("%s: not a text", id)
		}
		if _, there := w.texts[id]; there {
			return fmt.Errorf("%s: twice", id)
		}
		w.texts[id] = t
	}
	return nil
}

// fill puts the data in the place of {{.Name}}. What is not in data stays as it is.
func fill(s string, data Data) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, "{{.")
		name, after, closed := strings.Cut(rest, "}}")
		if !found || !closed {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(before)
		if v, there := data[name]; there {
			fmt.Fprint(&out, v)
		} else {
			out.WriteString("{{." + name + "}}")
		}
		s = after
	}
}
