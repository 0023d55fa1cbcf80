// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

func bytesOf(t *testing.T, atr string) []byte {
	t.Helper()
	b, err := hex.DecodeString(atr)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	stATR   = "3BFF1800FF8131FE55006B02091617011101434E531131808D"
	bankATR = "3B6500002063CB6800"
	cieATR  = "3B8F80018031806549544A3442120FFF82900089"
)

// choosing is a finder with choices of the settings.
func choosing(c Choices) *Finder {
	return &Finder{Host: &Host{}, Choices: func() Choices { return c }}
}

func TestACardThatNobodyKnowsGetsNoModule(t *testing.T) {
	f := choosing(Choices{})
	if f.Knows(bytesOf(t, bankATR)) || len(f.candidates(bytesOf(t, bankATR))) != 0 || f.Knows(nil) {
		t.Errorf("%+v", f.candidates(bytesOf(t, bankATR)))
	}
	if !f.Knows(bytesOf(t, stATR)) || f.Family(bytesOf(t, stATR)) != "STIncard" || f.Family(bytesOf(t, cieATR)) != "CIE" {
		t.Error("a card of a known family is not known")
	}
}

func TestEachFamilyNamesModulesThatAreInTheTable(t *testing.T) {
	for _, family := range families {
		for _, name := range family.modules {
			m, ok := makers[name]
			if !ok || len(m.linux)+len(m.darwin)+len(m.windows) == 0 {
				t.Errorf("%s: no module %s", family.name, name)
			}
			for _, path := range filesOf(name) {
				if !filepath.IsAbs(path) || strings.ContainsAny(path, "<>") {
					t.Errorf("%s: %s", name, path)
				}
			}
		}
	}
}

func TestTheModuleThatWasChosenForACardIsTheOnlyOne(t *testing.T) {
	f := choosing(Choices{Modules: map[string]string{strings.ToLower(stATR): "/usr/lib/chosen.so", AnyCard: "/usr/lib/any.so"}})
	if all := f.candidates(bytesOf(t, stATR)); len(all) != 1 || all[0].Path != "/usr/lib/chosen.so" || all[0].Source != SourceChosen {
		t.Errorf("%+v", all)
	}
	if all := f.candidates(bytesOf(t, bankATR)); len(all) != 1 || all[0].Source != SourceAnyCard {
		t.Errorf("%+v", all)
	}
	if all := f.candidates(bytesOf(t, cieATR)); len(all) < 2 || all[0].Source != SourceAnyCard || all[1].Source != SourceTable {
		t.Errorf("%+v", all)
	}
}

func TestWhatWorkedComesFirstTheNextTimeAndNothingElseCanBePutThere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "state", "modules.json")
	atr := bytesOf(t, stATR)
	f := choosing(Choices{})
	f.Memory = &Memory{File: file}
	plain := f.candidates(atr)
	last := plain[len(plain)-1].Path
	f.Memory.remember(atr, last)
	f.Memory = &Memory{File: file} // another start of the agent
	all := f.candidates(atr)
	if len(all) != len(plain) || all[0].Path != last || all[0].Source != SourceRemembered || all[1].Path != plain[0].Path {
		t.Errorf("%+v", all[:2])
	}
	for _, text := range []string{"{\"" + stATR + "\": \"/tmp/evil.so\"}", "null", "[]", "{", strings.Repeat(" ", maxMemory) + "{}"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f.Memory = &Memory{File: file}
		if all := f.candidates(atr); !slices.Equal(all, plain) {
			t.Errorf("%.40q: %+v", text, all[0])
		}
		f.Memory.remember(atr, last)
	}
}

func TestModulesThatMayNotBeLoadedAreNotStarted(t *testing.T) {
	dir := t.TempDir() // in a folder that everybody can write
	path := filepath.Join(dir, "m.so")
	if err := os.WriteFile(path, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		choices Choices
		want    Outcome
	}{
		"not on the administrator's list": {Choices{Modules: map[string]string{stATR: path}, Allow: []string{"/usr/lib/other.so"}}, NotAllowed},
		"in the temporary folder":         {Choices{Modules: map[string]string{stATR: path}, Allow: []string{path}}, Untrusted},
		"not there":                       {Choices{Modules: map[string]string{stATR: "/usr/lib/nothing-of-this-name.so"}}, Absent},
	} {
		f := choosing(c.choices) // its Host has no program to start
		found, tried, err := f.Find(t.Context(), "Lettore", bytesOf(t, stATR), []string{"Lettore"})
		if found != nil || err != ErrNone || len(tried) != 1 || tried[0].Outcome != c.want {
			t.Errorf("%s: %+v, %v", name, tried, err)
		}
	}
}

func TestP11KitsConfigurationIsReadAsItSays(t *testing.T) {
	system, admin := t.TempDir(), t.TempDir()
	for file, text := range map[string]string{
		filepath.Join(system, "a.module"):       "module: /usr/lib/a.so\n",
		filepath.Join(system, "b.module"):       "# module: /usr/lib/no.so\npriority: 10\nmodule: /usr/lib/b.so\n",
		filepath.Join(system, "name.module"):    "module: name.so\npriority: -1\n",
		filepath.Join(system, "way.module"):     "module: ../way.so\n",
		filepath.Join(system, "trust.module"):   "module: /usr/lib/trust.so\ntrust-policy: yes\n",
		filepath.Join(system, "remote.module"):  "remote: |ssh somewhere p11-kit remote\nmodule: /usr/lib/r.so\n",
		filepath.Join(system, "other.module"):   "module: /usr/lib/o.so\nenable-in: firefox, thunderbird\n",
		filepath.Join(system, "not-us.module"):  "module: /usr/lib/n.so\ndisable-in: ponte\n",
		filepath.Join(system, "us.module"):      "module: /usr/lib/us.so\nenable-in: ponte\npriority: 5\n",
		filepath.Join(system, "changed.module"): "module: /usr/lib/old.so\n",
		filepath.Join(admin, "changed.module"):  "module: /usr/lib/new.so\n",
		filepath.Join(system, "off.module"):     "module: /usr/lib/off.so\n",
		filepath.Join(admin, "off.module"):      "\n",
		filepath.Join(system, "long.module"):    strings.Repeat("#", maxKitFile) + "\nmodule: /usr/lib/long.so\n",
		filepath.Join(system, "x.conf"):         "module: /usr/lib/x.so\n",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := append([]string{"/usr/lib/b.so", "/usr/lib/us.so", "/usr/lib/a.so", "/usr/lib/new.so"}, kitModules("name.so")...)
	if got := configured([]string{system, admin}); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := configured(kitFolders); !slices.ContainsFunc(got, func(p string) bool { return strings.HasSuffix(p, "/opensc-pkcs11.so") }) {
		t.Errorf("OpenSC, which registers itself, is not found: %q", got)
	}
}

func TestTheSlotOfAReaderIsFoundByItsName(t *testing.T) {
	token := &wire.Token{}
	long := strings.Repeat("Reader ", 12)
	for name, c := range map[string]struct {
		slots   []wire.Slot
		reader  string
		readers []string
		want    []uint
	}{
		"of two":                       {[]wire.Slot{{ID: 1, Description: "A", Token: token}, {ID: 2, Description: "B", Token: token}}, "B", []string{"A", "B"}, []uint{2}},
		"empty":                        {[]wire.Slot{{ID: 1, Description: "A"}, {ID: 2, Description: "B", Token: token}}, "A", []string{"A", "B"}, nil},
		"cut after 64 characters":      {[]wire.Slot{{ID: 1, Description: strings.TrimSpace(long[:64]), Token: token}}, long, []string{long, "B"}, []uint{1}},
		"by another name, one reader":  {[]wire.Slot{{ID: 1, Description: "Slot 0", Token: token}, {ID: 2}}, "A", []string{"A"}, []uint{1}},
		"by another name, two readers": {[]wire.Slot{{ID: 1, Description: "Slot 0", Token: token}}, "A", []string{"A", "B"}, nil},
		"without a name":               {[]wire.Slot{{ID: 1, Token: token}, {ID: 2, Token: token}}, "A", []string{"A"}, nil},
	} {
		var got []uint
		for _, s := range inReader(c.slots, c.reader, c.readers) {
			got = append(got, s.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
