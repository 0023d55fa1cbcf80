// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"bytes"
	"encoding/xml"
	"os"
	"strings"
	"testing"
)

// TestTheExampleProfileIsAPolicy takes the payload out of the profile as device management of macOS does.
func TestTheExampleProfileIsAPolicy(t *testing.T) {
	b, err := os.ReadFile("../../installer/macos/ponte.mobileconfig")
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "dict" {
			continue
		}
		value, err := plistValue(d, start, 0)
		if err != nil {
			t.Fatal(err)
		}
		payload := value.(map[string]any)["PayloadContent"].([]any)[0].(map[string]any)
		if payload["PayloadType"] != "io.github.ponte-cns.ponte" {
			t.Errorf("%v", payload["PayloadType"])
		}
		for key := range payload {
			if strings.HasPrefix(key, "Payload") {
				delete(payload, key)
			}
		}
		text, err := writtenPreferences(payload)
		if err != nil {
			t.Fatal(err)
		}
		found, unknown, err := decode("profile", text, &Settings{})
		if err != nil || len(unknown) > 0 || len(found) < 6 {
			t.Errorf("%v, unknown %v: %v", found, unknown, err)
		}
		return
	}
}
