// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"encoding/json"
	"testing"
)

// The members are read from a stream, which is quicker than to check all of it first: whatever is accepted must still be
// one JSON object, and what encoding/json reads from it the same.
func FuzzTokenMembers(f *testing.F) {
	const good = `{"unverifiedCertificate":"a","algorithm":"b","signature":"c","format":"d","appVersion":{"x":[1,null]}}`
	for _, seed := range []string{
		good, good + " ", good + "x", good + "{}", "[" + good + "]", good[1:], good[:len(good)-1], `{"format":"d",}`, `{,"format":"d"}`,
		`{"format" "d"}`, `{"format":"\ud800"}`, `{"f\u006frmat":"d"}`, `{"format":"d" "x":1}`, `{"x":[1,],"format":"d"}`, `{"x":01}`, "{\"format\":\"\xff\"}", "{}", "", "null",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		members, err := tokenMembers(b)
		if err != nil {
			return
		}
		var all map[string]json.RawMessage // of numbers of any size
		if json.Unmarshal(b, &all) != nil {
			t.Fatalf("%q is not a JSON object", b)
		}
		for name, text := range members {
			var value string
			if raw, there := all[name]; there && (json.Unmarshal(raw, &value) != nil || raw[0] != '"') || value != text {
				t.Errorf("%s: %q, not %q", name, text, raw)
			}
		}
	})
}
