// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ponte-cns/ponte/daemon/browsers"
)

func TestThePolicyOfFirefoxNamesTheInstalledModuleAndPonteKnowsThatItDoes(t *testing.T) {
	files := tree{}
	if err := browserPolicies(files, packedExtension{}); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	home := filepath.Join(root, "home")
	policy := "/etc/firefox/policies/policies.json"
	for path, content := range map[string][]byte{
		policy: files[policy].content, "/usr/lib/firefox-esr/firefox-esr": nil,
		"/home/.mozilla/firefox/profiles.ini": []byte("[Profile0]\nIsRelative=1\nPath=a\n"), "/home/.mozilla/firefox/a/times.json": nil,
	} {
		full := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	all := browsers.Databases(browsers.Env{Home: home, ConfigHome: filepath.Join(home, ".config"), Root: root})
	want := browsers.Module{Name: "Ponte", Library: programDir + "/" + moduleFile, Policy: filepath.Join(root, policy)}
	if len(all) == 0 || len(all[0].Own) != 1 || all[0].Own[0] != want {
		t.Errorf("%+v, want %+v", all, want)
	}
}
