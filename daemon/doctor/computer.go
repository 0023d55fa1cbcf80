// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
)

// maxFile bounds the files of the system that are read.
const maxFile = 1 << 20

// system says what computer this is. It also lists the processes, which later checks look through.
func (m *Machine) system(ctx context.Context, _ facts) findings {
	all, _ := m.Processes(ctx) // without them, who holds what is only less well known
	return findings{
		[]Check{m.check("system", Info, words.DoctorSystem, words.Data{
			"System": m.systemName() + ", " + runtime.GOARCH, "Version": m.Version,
		})},
		func(f *facts) { f.processes = all },
	}
}

// settings checks the three files that decide how Ponte behaves.
func (m *Machine) settings(context.Context, facts) findings {
	if m.Places.Config == "" {
		return findings{checks: []Check{m.advised(m.check("settings", Fail, words.DoctorNoHome, nil), words.DoctorFixNoHome, nil)}}
	}
	var checks []Check
	if _, err := policy.Load(m.Places.Config, ""); err != nil {
		c := m.check("settings", Fail, words.DoctorSettingsBroken, words.Data{"Reason": err.Error()})
		checks = append(checks, mendable(m.advised(c, words.DoctorFixSettings, words.Data{"Path": m.Places.Config})))
	} else {
		checks = append(checks, m.check("settings", OK, words.DoctorSettingsGood, nil))
	}
	if m.Places.Managed != "" {
		if _, err := policy.Load("", m.Places.Managed); err != nil {
			c := m.check("policy", Fail, words.DoctorPolicyBroken, words.Data{"Reason": err.Error()})
			checks = append(checks, m.advised(c, words.DoctorFixPolicy, words.Data{"Path": m.Places.Managed}))
		} else if _, err := os.Stat(m.Places.Managed); err == nil {
			checks = append(checks, m.check("policy", Info, words.DoctorPolicyThere, words.Data{"Path": m.Places.Managed}))
		}
	}
	if _, err := policy.OpenSites(m.Places.Sites, policy.Settings{}).List(); err != nil {
		c := m.check("sites", Fail, words.DoctorSitesBroken, words.Data{"Reason": err.Error()})
		checks = append(checks, mendable(m.advised(c, words.DoctorFixSites, words.Data{"Path": m.Places.Sites})))
	} else {
		checks = append(checks, m.check("sites", OK, words.DoctorSitesGood, nil))
	}
	return findings{checks: checks}
}

// effective are the settings as the agent uses them; a mistake in them is told by the check settings.
func (m *Machine) effective() policy.Settings {
	s, _ := policy.Load(m.Places.Config, m.Places.Managed)
	return s
}

// storage says whether the agent can write what it remembers. Nothing is written to find out.
func (m *Machine) storage(context.Context, facts) findings {
	if m.Places.State == "" {
		return findings{}
	}
	dir := m.Places.State
	info, err := os.Stat(dir)
	for err != nil && dir != filepath.Dir(dir) { // the agent makes what is missing
		dir = filepath.Dir(dir)
		info, err = os.Stat(dir)
	}
	if err != nil || !info.IsDir() || !writable(dir) {
		c := m.check("storage", Fail, words.DoctorStorageShut, words.Data{"Path": m.Places.State})
		return findings{checks: []Check{m.advised(c, words.DoctorFixStorage, words.Data{"Path": dir})}}
	}
	return findings{checks: []Check{m.check("storage", OK, words.DoctorStorageGood, nil)}}
}

// Clocks that are further from the truth than these cannot be meant.
const (
	beforeBuilt = 24 * time.Hour
	afterBuilt  = 15 * 365 * 24 * time.Hour
)

// clock asks the age of this program whether the date is plausible; the check certificate asks the card. No time server is
// asked.
func (m *Machine) clock(context.Context, facts) findings {
	now := m.Now()
	data := words.Data{"Now": now.Local().Format("02/01/2006 15:04")}
	if !m.Built.IsZero() && now.Before(m.Built.Add(-beforeBuilt)) {
		return findings{checks: []Check{m.advised(m.check("clock", Fail, words.DoctorClockBeforeProgram, data), words.DoctorFixClock, nil)}}
	}
	if !m.Built.IsZero() && now.After(m.Built.Add(afterBuilt)) {
		return findings{checks: []Check{m.advised(m.check("clock", Warn, words.DoctorClockFar, data), words.DoctorFixClock, nil)}}
	}
	return findings{checks: []Check{m.check("clock", OK, words.DoctorClockGood, data)}}
}

// modules lists the drivers of other makers. Ponte needs none; whoever helps may want to know, and two of them fight.
func (m *Machine) modules(context.Context, facts) findings {
	var found []string
	for _, path := range append(modulePaths, m.registeredModules()...) {
		path := m.expand(path)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			found = appendNew(found, baseName(path))
		}
	}
	if len(found) == 0 {
		return findings{checks: []Check{m.check("modules", Info, words.DoctorModulesNone, nil)}}
	}
	checks := []Check{m.check("modules", Info, words.DoctorModules, words.Data{"Names": strings.Join(found, ", ")})}
	if a, b := fighting(found); a != "" {
		c := m.check("drivers", Warn, words.DoctorDriversFight, words.Data{"A": a, "B": b})
		checks = append(checks, m.advised(c, words.DoctorFixDrivers, words.Data{"A": a}))
	}
	return findings{checks: checks}
}

// fighting finds two drivers for the same card of which one has to go: with Athena's beside Bit4id's the browser takes the
// one that does not know the card (peers' issue anpr 2329).
func fighting(names []string) (a, b string) {
	for _, n := range names {
		switch l := strings.ToLower(n); {
		case strings.HasPrefix(l, "asepkcs"), strings.HasPrefix(l, "libasep11"):
			a = n
		case strings.Contains(l, "bit4xpki"):
			b = n
		}
	}
	if b == "" {
		return "", ""
	}
	return a, b
}

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// baseName is the last part of a path of any system.
func baseName(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

// antivirus names programs that stand between browser and network. Some are known to break what passes on the own computer.
func (m *Machine) antivirus(_ context.Context, f facts) findings {
	found := running(f.processes, antivirusPrograms)
	if len(found) == 0 {
		return findings{}
	}
	c := m.check("antivirus", Info, words.DoctorAntivirus, words.Data{"Names": strings.Join(found, ", ")})
	return findings{checks: []Check{m.advised(c, words.DoctorFixAntivirus, nil)}}
}

// antivirusPrograms are processes of products that filter connections, on all systems.
var antivirusPrograms = map[string]string{
	"kesl": "Kaspersky", "avp": "Kaspersky", "avp.exe": "Kaspersky", "avpui.exe": "Kaspersky",
	"NortonSecurity.exe": "Norton", "NortonSvc.exe": "Norton", "ekrn.exe": "ESET", "oaeventd": "ESET",
	"AvastSvc.exe": "Avast", "AVGSvc.exe": "AVG", "bdservicehost.exe": "Bitdefender",
}
