// SPDX-License-Identifier: EUPL-1.2

package ponte_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestAKnownHoleFailsLintAndADatabaseOutOfReachIsSaid(t *testing.T) {
	const offline = `govulncheck: fetching vulnerabilities: Get "https://vuln.go.dev/index/modules.json.gz": dial tcp: lookup vuln.go.dev: no such host`
	for name, c := range map[string]struct {
		says, code string
		passes     bool
		unchecked  bool
	}{
		"a hole":            {"Vulnerability #1: GO-2025-0001\nexit status 3", "1", false, false},
		"a mistake":         {"govulncheck: loading packages: no Go files", "1", false, false},
		"a refusal":         {"govulncheck: fetching vulnerabilities: 403 Forbidden", "1", false, false},
		"without a network": {offline + "\nexit status 1", "1", true, true},
		"no hole":           {"No vulnerabilities found.", "0", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fake := "#!/bin/sh\ncat <<'E'\n" + c.says + "\nE\nexit " + c.code + "\n"
			if err := os.WriteFile(filepath.Join(dir, "go"), []byte(fake), 0o700); err != nil {
				t.Fatal(err)
			}
			check := exec.Command("tools/vulncheck.sh", "any@v1")
			check.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
			out, err := check.CombinedOutput()
			if (err == nil) != c.passes || strings.Contains(string(out), "NOT CHECKED") != c.unchecked || !strings.Contains(string(out), c.says) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
