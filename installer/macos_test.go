// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// texts are the strings of a property list, one after the other; it must be well-formed.
func plistTexts(t *testing.T, b []byte) []string {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(b))
	var all []string
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := token.(xml.CharData); ok && strings.TrimSpace(string(c)) != "" {
			all = append(all, strings.TrimSpace(string(c)))
		}
	}
}

func payload(t *testing.T) tree {
	t.Helper()
	r := &release{root: repositoryOf(t), version: "1.2.3-dev.4", epoch: 1_750_000_000, out: t.TempDir(), say: t.Logf}
	p, err := r.macPayload()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestThePayloadForMacOSHoldsAgentsManifestsAndItsOwnRemoval(t *testing.T) {
	p := payload(t)
	for label, program := range map[string]string{"it.ponte.agent": "/Library/Ponte/ponte run", "it.ponte.tray": "/Library/Ponte/ponte-tray"} {
		e, ok := p["/Library/LaunchAgents/"+label+".plist"]
		if texts := strings.Join(plistTexts(t, e.content), " "); !ok || e.mode.Perm() != 0o644 || !strings.HasPrefix(texts, "Label "+label+" ProgramArguments "+program+" ") {
			t.Errorf("%s: %v %s", label, e.mode, texts)
		}
	}
	manifests := 0
	for name, e := range p {
		if strings.Contains(name, "NativeMessagingHosts") {
			var m struct{ Path string }
			if err := json.Unmarshal(e.content, &m); err != nil || m.Path != "/Library/Ponte/ponte-nativehost" {
				t.Errorf("%s: %s", name, e.content)
			}
			manifests++
		}
		if e.mode.IsRegular() && e.mode.Perm()&0o022 != 0 {
			t.Errorf("%s can be written by others: %v", name, e.mode)
		}
		if removal := p["/Library/Ponte/uninstall.sh"]; !e.mode.IsDir() && !strings.HasPrefix(name, "/Library/Ponte/") && !bytes.Contains(removal.content, []byte("'"+name+"'\n")) {
			t.Errorf("uninstall.sh leaves %s", name)
		}
	}
	if manifests != 4 {
		t.Errorf("%d manifests", manifests)
	}
	if bytes.Contains(p["/Library/Ponte/uninstall.sh"].content, []byte("@FILES@")) || p["/Library/Ponte/uninstall.sh"].mode.Perm() != 0o755 {
		t.Error("uninstall.sh is not complete")
	}
}

func TestTheScriptsForMacOSAreShellScripts(t *testing.T) {
	dir := t.TempDir()
	r := &release{root: repositoryOf(t), version: "1.2.3-dev.4", epoch: 1_750_000_000, out: dir, say: t.Logf}
	if err := r.macos(t.Context()); err != nil {
		t.Fatal(err)
	}
	output(t, "tar", "-xzf", filepath.Join(dir, "ponte-1.2.3-dev.4-macos-payload.tar.gz"), "-C", dir)
	for _, script := range []string{"scripts/preinstall", "scripts/postinstall", "root/Library/Ponte/uninstall.sh"} {
		info, err := os.Stat(filepath.Join(dir, script))
		if err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("%s: %v, %v", script, info, err)
		}
		output(t, "sh", "-n", filepath.Join(dir, script))
	}
	b, err := os.ReadFile(filepath.Join(dir, "distribution.xml"))
	if err != nil || !strings.Contains(string(b), `version="1.2.3"`) {
		t.Errorf("%s, %v", b, err)
	}
	plistTexts(t, b)
	cmd := exec.Command("sh", filepath.Join(r.root, "installer", "macos", "build.sh"), dir)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "needs a Mac") {
		t.Errorf("build.sh goes on where it cannot: %v: %s", err, out)
	}
}
