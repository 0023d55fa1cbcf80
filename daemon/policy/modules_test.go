// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const atr = "3BFF1800008131FE45006B04050100012101434E5310318059"

func TestModulesThatCanBeNoneAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"[modules]\n\"3b\" = \"/usr/lib/m.so\"":                               "answer to reset",
		"[modules]\n\"" + strings.Repeat("3B", 34) + "\" = \"/usr/lib/m.so\"": "answer to reset",
		"[modules]\n\"any\" = \"/usr/lib/m.so\"":                              "answer to reset",
		"[modules]\n\"*\" = \"m.so\"":                                         "whole path",
		"[modules]\n\"*\" = \"./m.so\"":                                       "whole path",
		"[modules]\n\"*\" = 1":                                                "modules",
		"module_allow = [\"/usr/lib/m.so\"]":                                  "administrator",
	} {
		if s, err := Load(write(t, text), absent); err == nil || !strings.Contains(err.Error(), want) || len(s.Modules) != 0 {
			t.Errorf("%q: %v, %v", text, s.Modules, err)
		}
	}
	if _, err := Load(absent, write(t, "module_allow = [\"m.so\"]")); err == nil {
		t.Error("a policy may allow a file that depends on the folder")
	}
}

func TestTheAdministratorsModulesComeBeforeTheCitizens(t *testing.T) {
	mine := write(t, "[modules]\n\"*\" = \"/usr/lib/mine.so\"\n\""+atr+"\" = \"/usr/lib/mine.so\"\n")
	theirs := write(t, "module_allow = [\"/usr/lib/theirs.so\"]\n[modules]\n\"*\" = \"/usr/lib/theirs.so\"\n")
	s, err := Load(mine, theirs)
	if err != nil || s.Modules["*"] != "/usr/lib/theirs.so" || s.Modules[atr] != "/usr/lib/mine.so" || !slices.Equal(s.ModuleAllow, []string{"/usr/lib/theirs.so"}) {
		t.Errorf("%v, %v, %v", s.Modules, s.ModuleAllow, err)
	}
}

func TestASettingThatIsChangedLeavesTheModulesAlone(t *testing.T) {
	file := filepath.Join(filepath.Dir(write(t, "")), "config.toml")
	if err := replace(file, []byte("[modules]\n\"*\" = \"/usr/lib/m.so\"\n")); err != nil {
		t.Fatal(err)
	}
	l, err := OpenLive(file, absent)
	if err != nil {
		t.Fatal(err)
	}
	before := maps.Clone(l.Settings().Modules)
	if err := l.Set("language", "de"); err != nil {
		t.Fatal(err)
	}
	if s := l.Settings(); s.Language != "de" || !maps.Equal(s.Modules, before) {
		t.Errorf("%+v, %v", s, l.Err())
	}
}
