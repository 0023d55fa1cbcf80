// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/internal/ipc"
)

func TestWhatIsNotBrokenIsNotMended(t *testing.T) {
	p := healthy(t)
	p.put("/home/"+secretUser+"/.config/ponte/config.toml", "language = \"it\"\n")
	p.StartAgent = func(context.Context) error { t.Error("an agent that runs was started"); return nil }
	before := snapshot(t, p.Root)
	for _, id := range []string{
		"", "host", "host/", "host/firefox", "host/opera", "settings", "sites", "agent", "policy", "card", "clock", "../settings", "settings/x",
	} {
		if err := p.Fix(t.Context(), id); !errors.Is(err, ErrNotFixable) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if snapshot(t, p.Root) != before {
		t.Error("files were changed")
	}
}

func TestABrowserIsRegistered(t *testing.T) {
	p := healthy(t)
	p.remove("/home/" + secretUser + "/.mozilla/native-messaging-hosts")
	must(t, p.Fix(t.Context(), "host/firefox"))
	p.want("host/firefox", OK)
	p.remove("/home/" + secretUser + "/.mozilla/native-messaging-hosts")
	must(t, os.Remove(p.Nativehost))
	if err := p.Fix(t.Context(), "host/firefox"); err == nil {
		t.Error("registered a program that is not there")
	}
}

func TestBrokenSettingsAreSetAsideAndKept(t *testing.T) {
	p := healthy(t)
	for n, content := range []string{"first {", "second {"} {
		file := p.put("/home/"+secretUser+"/.config/ponte/config.toml", content)
		must(t, p.Fix(t.Context(), "settings"))
		p.want("settings", OK)
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the settings are still there: %v", err)
		}
		kept, err := os.ReadFile(file + ".broken-" + string(rune('1'+n)))
		if err != nil || string(kept) != content {
			t.Errorf("%q, %v", kept, err)
		}
	}
}

func TestABrokenListOfSitesIsKeptAndWhatCanBeReadStays(t *testing.T) {
	p := healthy(t)
	const content = `[{"origin":"https://blocked.example","allowed":false},{`
	file := p.put("/home/"+secretUser+"/.local/state/ponte/sites.json", content)
	must(t, p.Fix(t.Context(), "sites"))
	p.want("sites", OK)
	if list, err := policy.OpenSites(file, policy.Settings{}).List(); err != nil || len(list) != 1 || list[0].Allowed {
		t.Errorf("a site that was blocked: %+v, %v", list, err)
	}
	aside, err := filepath.Glob(file + ".damaged-*")
	if err != nil || len(aside) != 1 {
		t.Fatalf("%q, %v", aside, err)
	}
	if kept, err := os.ReadFile(aside[0]); err != nil || string(kept) != content {
		t.Errorf("%q, %v", kept, err)
	}
}

func TestSettingAsideGoesNoFurtherThanItsLimit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.toml")
	for n := range maxAside + 1 {
		must(t, os.WriteFile(file, nil, 0o600))
		if err := setAside(file); (err != nil) != (n == maxAside) {
			t.Fatalf("%d: %v", n, err)
		}
	}
	if err := setAside(filepath.Join(t.TempDir(), "nothing")); err == nil {
		t.Error("set nothing aside")
	}
}

func TestTheAgentIsStartedWhenItDoesNotRun(t *testing.T) {
	p := healthy(t)
	started := 0
	p.StartAgent = func(context.Context) error { started++; return nil }
	p.agentErr = ipc.ErrAbsent
	must(t, p.Fix(t.Context(), "agent"))
	p.agentErr, p.agentIs.Version = nil, "0.0.1"
	must(t, p.Fix(t.Context(), "agent"))
	if started != 2 {
		t.Errorf("started %d times", started)
	}
}
