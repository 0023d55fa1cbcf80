// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
)

func TestASettingsFileWithAMistakeIsNamedWithItsLine(t *testing.T) {
	for _, content := range []string{"language = \n", "websocket = \"perhaps\"\n", "colour = \"blue\"\n", strings.Repeat("#", 65<<10)} {
		p := healthy(t)
		p.put("/home/"+secretUser+"/.config/ponte/config.toml", content)
		p.want("settings", Fail, "~/.config/ponte/config.toml")
		if c := p.one("settings"); !c.Fixable {
			t.Error("a settings file can be set aside")
		}
	}
}

func TestAPolicyWithAMistakeIsForTheAdministrator(t *testing.T) {
	p := healthy(t)
	p.none("policy")
	p.put("/etc/ponte/policy.toml", "websocket = 7\n")
	p.want("policy", Fail, "policy.toml")
	if c := p.one("policy"); c.Fixable {
		t.Error("the doctor would touch the administrator's file")
	}
	p.want("settings", OK)
	p.put("/etc/ponte/policy.toml", "websocket = \"off\"\n")
	p.want("policy", Info, "policy.toml")
}

func TestAListOfSitesThatCannotBeReadIsNamed(t *testing.T) {
	p := healthy(t)
	p.want("sites", OK)
	p.put("/home/"+secretUser+"/.local/state/ponte/sites.json", `[{"origin":`)
	p.want("sites", Fail, "~/.local/state/ponte/sites.json")
}

func TestAPlaceThatCannotBeWrittenIsNamed(t *testing.T) {
	p := healthy(t)
	p.want("storage", OK)
	p.put("/home/"+secretUser+"/.local", "a file in the way")
	p.want("storage", Fail, "~/.local")
}

func TestAUserWithoutAHomeIsTold(t *testing.T) {
	p := healthy(t)
	p.Places = policy.Places{}
	p.want("settings", Fail, "HOME")
	p.none("sites")
}

func TestAClockThatCannotBeRightIsNoticed(t *testing.T) {
	p := healthy(t)
	for name, c := range map[string]struct {
		now  time.Time
		want Status
	}{
		"before this program was made":       {p.Built.AddDate(-1, 0, 0), Fail},
		"an hour before, in another zone":    {p.Built.Add(-time.Hour), OK},
		"today":                              {today, OK},
		"longer after than a program is run": {p.Built.AddDate(16, 0, 0), Warn},
	} {
		p.Now = func() time.Time { return c.now }
		if got := p.one("clock"); got.Status != c.want {
			t.Errorf("%s: %s, want %s", name, got.Status, c.want)
		}
	}
	p.Built = time.Time{}
	p.want("clock", OK)
}

func TestDriversOfOtherMakersAreListedAndAFightIsNamed(t *testing.T) {
	p := healthy(t)
	p.want("modules", Info, "non servono")
	p.put("/usr/lib/bit4id/libbit4xpki.so", "module")
	p.put("/usr/lib/x86_64-linux-gnu/pkcs11/opensc-pkcs11.so", "module")
	p.put("/usr/share/p11-kit/modules/opensc-pkcs11.module", "# OpenSC\nmodule: opensc-pkcs11.so\n")
	p.put("/usr/share/p11-kit/modules/p11-kit-trust.module", "module: p11-kit-trust.so\n")
	p.want("modules", Info, "libbit4xpki.so", "opensc-pkcs11.so")
	p.none("drivers")
	p.put("/usr/lib/x64-athena/libASEP11.so", "module")
	p.want("drivers", Warn, "libASEP11.so", "libbit4xpki.so")
}

func TestAnAntivirusIsNamedWhenOneRuns(t *testing.T) {
	p := healthy(t)
	p.none("antivirus")
	p.processes = []Process{{PID: 7, Name: "kesl"}, {PID: 8, Name: "avp"}}
	p.want("antivirus", Info, "Kaspersky.")
}

func TestAStepThatHangsIsLeftBehindAndTheOthersGoOn(t *testing.T) {
	p := healthy(t)
	p.Limit = 3 * time.Second // the other steps take milliseconds
	release := make(chan struct{})
	defer close(release)
	p.Readers = func(context.Context) ([]Reader, error) { <-release; return nil, nil } // it does not look at its context
	status := map[string]Status{}
	for _, c := range p.Run(t.Context(), nil) {
		status[c.ID] = c.Status
	}
	if status["service"] != Warn || status["host/firefox"] != OK || status["reader"] != "" {
		t.Errorf("%v", status)
	}
}

func TestACheckThatTookTooLongSaysSo(t *testing.T) {
	p := healthy(t)
	release := make(chan struct{})
	defer close(release)
	p.Agent = func(context.Context) (Agent, error) { <-release; return Agent{}, nil }
	over, cancel := context.WithCancel(t.Context())
	cancel()
	var known facts
	all := p.within(over, step{"agent", p.Machine.agent}, &known)
	if len(all) != 1 || all[0].Status != Warn || all[0].Detail != p.Words.T(words.DoctorTooSlow, nil) || all[0].Fix == "" {
		t.Errorf("%+v", all)
	}
}

func TestAStepThatPanicsIsAFindingAndNotTheEnd(t *testing.T) {
	p := healthy(t)
	p.Agent = func(context.Context) (Agent, error) { panic("no such thing") }
	if c := p.one("agent"); c.Status != Warn || !strings.Contains(c.Detail, "no such thing") {
		t.Errorf("%+v", c)
	}
	p.want("host/firefox", OK)
}

func TestAComputerWithNothingAtAllStillGetsADiagnosis(t *testing.T) {
	p := healthy(t)
	m := p.Machine
	m.Root, m.Places, m.Browsers.Root, m.Browsers.Home, m.SocketD = t.TempDir(), policy.Places{}, t.TempDir(), "", ""
	m.Nativehost, m.Processes = "", func(context.Context) ([]Process, error) { return nil, errors.New("no /proc") }
	p.env, p.cardsErr = map[string]string{}, ErrService
	all := m.Run(t.Context(), nil)
	if Worst(all) != Fail {
		t.Error("all is well")
	}
	p.want("service", Fail, "pcscd")
	p.want("browser", Warn, "Firefox")
	p.want("nativehost", Fail)
	p.want("dialog", Fail)
}

func TestEachCheckIsToldAsItIsFinished(t *testing.T) {
	p := healthy(t)
	var told []string
	all := p.Run(t.Context(), func(c Check) { told = append(told, c.ID) })
	for i, c := range all {
		if i >= len(told) || told[i] != c.ID {
			t.Fatalf("told %q", told)
		}
	}
	if Worst(all) == Fail || Worst(all) == Warn {
		for _, c := range all {
			t.Logf("%s %s: %s", c.Status, c.ID, c.Detail)
		}
		t.Error("a healthy computer is not")
	}
}

func TestNoTwoChecksHaveTheSameIDAndEachIsOfAKind(t *testing.T) {
	p := healthy(t)
	p.cards = append(p.cards, goodCard(), Reader{Name: "Another", State: "mute", MaxAPDU: Unknown})
	p.put("/etc/firefox/policies/policies.json", `{`)
	p.put("/usr/lib/firefox-esr/distribution/policies.json", `{`)
	seen := map[string]bool{}
	group := -1
	for _, c := range p.Run(t.Context(), nil) {
		if seen[c.ID] {
			t.Errorf("two checks are called %s", c.ID)
		}
		seen[c.ID] = true
		kindOf(c.ID)
		i := -1
		for n, g := range Groups {
			if g == c.Group {
				i = n
			}
		}
		if i < group {
			t.Errorf("%s of group %s comes after a later group", c.ID, c.Group)
		}
		group = i
		if c.Title == "" || c.Detail == "" || strings.Contains(c.Detail+c.Title+c.Fix, "<no value>") || strings.Contains(c.Detail, "doctor.") {
			t.Errorf("%+v", c)
		}
	}
}

func TestNothingIsWrittenByLooking(t *testing.T) {
	p := healthy(t)
	before := snapshot(t, p.Root)
	p.Run(t.Context(), nil)
	if after := snapshot(t, p.Root); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// snapshot lists a tree with the times of its files.
func snapshot(t *testing.T, root string) string {
	t.Helper()
	var b strings.Builder
	must(t, filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			b.WriteString(path + " " + info.Mode().String() + " " + info.ModTime().String() + "\n")
		}
		return err
	}))
	return b.String()
}
