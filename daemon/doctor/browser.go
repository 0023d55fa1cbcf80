// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"context"
	"errors"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/browsers"
	"github.com/ponte-cns/ponte/daemon/words"
)

// browsers looks at each browser that is installed. None is started but to ask a Chromium for its version.
func (m *Machine) browsers(ctx context.Context, _ facts) findings {
	all := browsers.Installed(m.Browsers)
	if len(all) == 0 {
		return findings{checks: []Check{m.advised(m.check("browser", Warn, words.DoctorBrowserNone, nil), words.DoctorFixBrowserNone, nil)}}
	}
	var checks []Check
	for _, b := range all {
		version := m.versionOf(ctx, b)
		for _, c := range m.browser(ctx, b, version) {
			checks = append(checks, c.named(b.Name))
		}
	}
	return findings{checks: checks}
}

// browser tells of one browser.
func (m *Machine) browser(ctx context.Context, b browsers.Installation, version string) []Check {
	detail, data := words.DoctorBrowserVersion, words.Data{"Version": version}
	if version == "" {
		detail = words.DoctorBrowserNoVersion
	}
	checks := []Check{m.check("browser/"+b.ID, Info, detail, data)}
	box, open := m.box(ctx, b)
	checks = append(checks, box...)
	rules := b.Policies()
	if open {
		checks = append(checks, m.host(b, rules), m.extension(b))
	}
	checks = append(checks, m.rules(b, rules)...)
	return append(checks, m.loopback(b, version, rules)...)
}

// box says whether a packaged browser can start programs outside its box; open is false when it cannot.
func (m *Machine) box(ctx context.Context, b browsers.Installation) (checks []Check, open bool) {
	id := "box/" + b.ID
	switch {
	case b.Packaging == browsers.System:
		return nil, true
	case b.Packaging == browsers.Snap && b.Family == browsers.Firefox:
		if m.webExtensionsPortal(ctx) {
			return []Check{m.check(id, OK, words.DoctorBoxPortal, nil)}, true
		}
		c := m.check(id, Warn, words.DoctorBoxNoPortal, nil)
		return []Check{m.advised(c, words.DoctorFixBoxPortal, nil)}, true
	}
	c := m.check(id, Warn, words.DoctorBoxShut, words.Data{"Packaging": string(b.Packaging)})
	return []Check{m.advised(c, words.DoctorFixBox, nil)}, false
}

// webExtensionsPortal asks the desktop whether it starts native messaging hosts for boxed browsers, without starting the
// portal itself.
func (m *Machine) webExtensionsPortal(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	_, err := m.Command(ctx, "busctl", "--user", "--auto-start=no", "get-property", "org.freedesktop.portal.Desktop",
		"/org/freedesktop/portal/desktop", "org.freedesktop.portal.WebExtensions", "version")
	return err == nil
}

// host says whether the browser finds Ponte.
func (m *Machine) host(b browsers.Installation, rules []browsers.Policy) Check {
	id := "host/" + b.ID
	path, err := b.Host()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return mendable(m.advised(m.check(id, Fail, words.DoctorHostMissing, nil), words.DoctorFixHost, nil))
	case err != nil: // also the administrator's: the browser reads the user's own before it
		c := m.check(id, Fail, words.DoctorHostBroken, words.Data{"Path": path, "Reason": err.Error()})
		return mendable(m.advised(c, words.DoctorFixHost, nil))
	case has(rules, browsers.UserHostsOff) && !b.SystemHost():
		return m.advised(m.check(id, Fail, words.DoctorHostIgnored, nil), words.DoctorFixAdministrator, nil)
	}
	return m.check(id, OK, words.DoctorHostGood, nil)
}

// extension says what the browser's profiles tell of the extension.
func (m *Machine) extension(b browsers.Installation) Check {
	id := "extension/" + b.ID
	switch b.Extension() {
	case browsers.ExtensionOn:
		return m.check(id, OK, words.DoctorExtensionOn, nil)
	case browsers.ExtensionOff:
		return m.advised(m.check(id, Warn, words.DoctorExtensionOff, nil), words.DoctorFixExtensionOff, nil)
	case browsers.ExtensionAbsent:
		return m.advised(m.check(id, Warn, words.DoctorExtensionAbsent, nil), words.DoctorFixExtensionAbsent, nil)
	}
	return m.check(id, Info, words.DoctorExtensionUnknown, nil)
}

// rules tells of the administrator's policies that concern Ponte.
func (m *Machine) rules(b browsers.Installation, rules []browsers.Policy) []Check {
	var checks []Check
	told := map[browsers.Rule]bool{}
	for _, p := range rules {
		if told[p.Rule] {
			continue
		}
		told[p.Rule] = true
		id, data := "rules/"+b.ID+"/"+string(p.Rule), words.Data{"Path": p.File}
		switch p.Rule {
		case browsers.ExtensionBlocked:
			checks = append(checks, m.advised(m.check(id, Fail, words.DoctorRulesExtension, data), words.DoctorFixAdministrator, nil))
		case browsers.HostBlocked:
			checks = append(checks, m.advised(m.check(id, Fail, words.DoctorRulesHost, data), words.DoctorFixAdministrator, nil))
		case browsers.PolicyUnreadable:
			checks = append(checks, m.advised(m.check(id, Warn, words.DoctorRulesUnreadable, data), words.DoctorFixAdministrator, nil))
		case browsers.ExtensionForced:
			checks = append(checks, m.check(id, Info, words.DoctorRulesForced, data))
		}
	}
	return checks
}

// loopbackVersion is the first Chromium that asks before a page may use a WebSocket of this computer.
const loopbackVersion = 147

// loopback says whether pages without the extension can reach Ponte.
func (m *Machine) loopback(b browsers.Installation, version string, rules []browsers.Policy) []Check {
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	if b.Family != browsers.Chromium || (err == nil && n < loopbackVersion) {
		return nil
	}
	id := "loopback/" + b.ID
	switch {
	case has(rules, browsers.LoopbackBlocked):
		return []Check{m.advised(m.check(id, Warn, words.DoctorLoopbackBlocked, nil), words.DoctorFixAdministrator, nil)}
	case has(rules, browsers.LoopbackAllowed):
		return []Check{m.check(id, OK, words.DoctorLoopbackAllowed, nil)}
	}
	switch n := b.LoopbackRefused(); n {
	case 0:
	case 1:
		return []Check{m.advised(m.check(id, Warn, words.DoctorLoopbackRefusedOne, nil), words.DoctorFixLoopbackRefused, nil)}
	default:
		c := m.check(id, Warn, words.DoctorLoopbackRefused, words.Data{"Count": strconv.Itoa(n)})
		return []Check{m.advised(c, words.DoctorFixLoopbackRefused, nil)}
	}
	return []Check{m.check(id, Info, words.DoctorLoopbackAsks, nil)}
}

func has(rules []browsers.Policy, rule browsers.Rule) bool {
	for _, p := range rules {
		if p.Rule == rule {
			return true
		}
	}
	return false
}

var versionNumber = regexp.MustCompile(`\d+(\.\d+)+`)

// versionOf asks a Chromium that nobody has started yet for its version.
func (m *Machine) versionOf(ctx context.Context, b browsers.Installation) string {
	if b.Version != "" || b.Program == "" || !asksVersion {
		return b.Version
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	out, err := m.Command(ctx, b.Program, "--version")
	if err != nil {
		return ""
	}
	return versionNumber.FindString(string(out))
}
