// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"errors"
	"testing"
)

func TestTheModuleOfBrowsersIsOnUnlessTheSettingsSayOff(t *testing.T) {
	for text, on := range map[string]bool{"": true, "tls_module = \"on\"\n": true, "tls_module = \"off\"\n": false} {
		l := live(t, write(t, text), absent)
		if l.TLSModuleOn() != on {
			t.Errorf("%q: %t", text, !on)
		}
	}
	var mistake *Mistake
	if err := live(t, write(t, "tls_module = \"yes\"\n"), absent).Err(); !errors.As(err, &mistake) || mistake.Line != 1 {
		t.Errorf("%v", err)
	}
}
