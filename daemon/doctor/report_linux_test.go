// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/words"
)

// ill is a computer where as much as possible is said of what must not be told.
func ill(t *testing.T) *patient {
	p := healthy(t)
	h := "/home/" + secretUser
	p.put(h+"/.config/ponte/config.toml", "pinentry_program = \"/media/"+secretUser+"/x\"\n"+secretHost+" = 1\n")
	p.put(h+"/.local/state/ponte/sites.json", "{")
	p.put("/etc/ponte/policy.toml", "x = \""+secretUser+"\"\n")
	p.put(h+"/.mozilla/native-messaging-hosts/it.ponte.host.json", "{}")
	p.agentErr = errors.New("dial unix /run/user/" + secretUser + "/ponte/control.sock: refused by " + secretHost)
	p.Nativehost = filepath.Join(p.Browsers.Home, "ponte", "ponte-nativehost")
	p.cards = append(p.cards, goodCard())
	p.cards[1].Name = "SCM SCR 3310 [" + secretUser + "] " + secretSerial
	return p
}

func TestNothingPersonalIsInTheReportNorInTheChecks(t *testing.T) {
	for _, lang := range words.Languages {
		for name, p := range map[string]*patient{"a healthy computer": healthy(t), "an ill one": ill(t)} {
			p.Words = words.For(lang)
			checks := p.Run(t.Context(), nil)
			asJSON, err := json.Marshal(checks)
			must(t, err)
			file := filepath.Join(t.TempDir(), "report.md")
			must(t, p.WriteReport(file, checks))
			report, err := os.ReadFile(file)
			must(t, err)
			for what, text := range map[string]string{"the report": string(report), "the checks": string(asJSON)} {
				text = strings.ToUpper(strings.ReplaceAll(text, p.Root, "")) // the root of the test is no secret, though it holds the home
				for _, secret := range secrets(p.cards...) {
					if strings.Contains(text, strings.ToUpper(secret)) {
						t.Errorf("%s, %s: %s of %s tells %q", lang, name, what, name, secret)
					}
				}
			}
			if !strings.Contains(string(report), "Debian GNU/Linux 12") || !strings.Contains(string(report), "`card`") {
				t.Errorf("%s, %s: the report says too little:\n%s", lang, name, report)
			}
		}
	}
}

func TestAReportReplacesNoFileAndIsForItsOwnerOnly(t *testing.T) {
	p := healthy(t)
	dir := t.TempDir()
	diary := filepath.Join(dir, "diary")
	must(t, os.WriteFile(diary, []byte("dear diary"), 0o644))
	must(t, os.Symlink(diary, filepath.Join(dir, "link")))
	must(t, os.Symlink(filepath.Join(dir, "nothing"), filepath.Join(dir, "dangling")))
	for _, name := range []string{"diary", "link", "dangling"} {
		if err := p.WriteReport(filepath.Join(dir, name), nil); !errors.Is(err, ErrReportExists) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b, _ := os.ReadFile(diary); string(b) != "dear diary" {
		t.Error("the diary was written")
	}
	if err := p.WriteReport(filepath.Join(dir, "no", "folder"), nil); err == nil {
		t.Error("written nowhere")
	}
	file := filepath.Join(dir, "report.md")
	must(t, p.WriteReport(file, nil))
	info, err := os.Stat(file)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestNamesAreHiddenWhereTheyStandAsWordsOnly(t *testing.T) {
	p := healthy(t)
	p.User, p.Host, p.Browsers.Home = "card", "pc", "/house/card"
	for text, want := range map[string]string{
		"/house/card/x":              "~/x",
		"/house/cardinal/x":          "/house/cardinal/x",
		"/data/card/usb and card":    "/data/…/usb and …",
		"card card,card":             "… …,…",
		"discard pcscd":              "discard pcscd",
		"pc: pcsc":                   "…: pcsc",
		"a\x1b[2Jb\nc":               "a [2Jb c",
		"\u202egpj.exe":              " gpj.exe",
		strings.Repeat("è", 400):     strings.Repeat("è", maxValue) + "…",
		"broken \xff bytes":          "broken   bytes",
		"nothing to hide in this 42": "nothing to hide in this 42",
	} {
		if got := p.redact(text); got != want {
			t.Errorf("%q is told as %q, want %q", text, got, want)
		}
	}
}

func TestNamesAreHiddenInCapitalsAndSerialNumbersInHexadecimal(t *testing.T) {
	m := &Machine{User: "Giada", Host: "pc-giada"}
	m.Browsers.Home = "/Users/Giada"
	for text, want := range map[string]string{
		"/users/giada/x": "~/x", "/opt/GIADA/x": "/opt/…/x", "PC-GIADA refuses": "… refuses", "Giadamaria": "Giadamaria",
	} {
		if got := m.redact(text); got != want {
			t.Errorf("%q is told as %q, want %q", text, got, want)
		}
	}
	for name, want := range map[string]string{
		"Gemalto PC Twin Reader D8A2B3C4E5F6 00 00": "Gemalto PC Twin Reader … 00 00", "Reader d8a2b3c4": "Reader …",
		"Bit4id miniLector EVO 00 00": "Bit4id miniLector EVO 00 00", "Deadbeef Facade": "Deadbeef Facade",
	} {
		if got := ReaderName(name); got != want {
			t.Errorf("%q is told as %q, want %q", name, got, want)
		}
	}
}

func FuzzRedactingTakesAnyText(f *testing.F) {
	f.Add("/house/giada/x giada")
	f.Add("…giada…\xff")
	f.Fuzz(func(t *testing.T, s string) {
		m := &Machine{User: "giada", Host: "pc"}
		m.Browsers.Home = "/house/giada"
		if got := m.redact(s); strings.Contains(got, "\x1b") || strings.Contains(got, "/giada/") || len([]rune(got)) > maxValue+1 {
			t.Errorf("%q", got)
		}
		ReaderName(s)
		family([]byte(s))
		maskedATR([]byte(s))
	})
}

func TestTheWorstCheckDecides(t *testing.T) {
	for want, list := range map[Status][]Status{
		Info: {Info}, OK: {OK, Info}, Warn: {OK, Warn, Info}, Fail: {Fail, Warn, OK},
	} {
		var checks []Check
		for _, s := range list {
			checks = append(checks, Check{Status: s})
		}
		if got := Worst(checks); got != want {
			t.Errorf("%v: %s, want %s", list, got, want)
		}
	}
}
