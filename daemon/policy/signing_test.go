// SPDX-License-Identifier: EUPL-1.2

package policy_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/portal/document"
)

// settingsOf reads a citizen's file and an administrator's.
func settingsOf(t *testing.T, user, managed string) (policy.Settings, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"config.toml": user, "policy.toml": managed} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return policy.Load(filepath.Join(dir, "config.toml"), filepath.Join(dir, "policy.toml"))
}

func TestWhatIsNoSettingOfSignaturesIsAMistake(t *testing.T) {
	for _, c := range []struct{ user, managed string }{
		{`signatures = "perhaps"`, ""}, {`time_authority = "tsa.example"`, ""}, {`time_authority = "file:///etc/passwd"`, ""},
		{`time_authority = "https://name:word@tsa.example"`, ""}, {`time_authority = "https://` + strings.Repeat("a", 2048) + `"`, ""},
		{`sign_policies = ["1.2.3"]`, ""}, // the administrator's
		{"", `sign_policies = ["all"]`}, {"", `sign_policies = "1.2.3"`},
	} {
		if _, err := settingsOf(t, c.user, c.managed); err == nil {
			t.Errorf("%q, %q", c.user, c.managed)
		}
	}
}

func TestSignaturesAreOnAndForTheCNSUnlessSomebodySaysOtherwise(t *testing.T) {
	s, err := settingsOf(t, "", "")
	if err != nil || !s.SignaturesOn() || s.TimeAuthority() != "" || !slices.Equal(s.SignPolicies(), document.CNSPolicies()) {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = settingsOf(t, `time_authority = "http://tsa.example/tsr"`, "signatures = \"off\"\nsign_policies = [\"1.2.3\"]")
	if err != nil || s.SignaturesOn() || s.TimeAuthority() != "http://tsa.example/tsr" || !slices.Equal(s.SignPolicies(), []string{"1.2.3"}) {
		t.Errorf("%+v, %v", s, err)
	}
}
