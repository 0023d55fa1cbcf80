// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"context"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/browsers"
	"github.com/ponte-cns/ponte/daemon/words"
)

// tls looks at the modules for TLS client authentication that browsers load: one for a card is right, and two are in each
// other's way. A browser that loads none of ours is not told of: most portals need none.
func (m *Machine) tls(context.Context, facts) findings {
	var checks []Check
	for _, d := range browsers.Databases(m.Browsers) {
		if c, told := m.database(d); told {
			checks = append(checks, c.named(d.Name))
		}
	}
	return findings{checks: checks}
}

// database tells of one that has our module.
func (m *Machine) database(d browsers.Database) (c Check, told bool) {
	id, data := "tls/"+d.ID, words.Data{"Where": d.Dir}
	switch {
	case d.Problem != nil:
		data["Reason"] = d.Problem.Error()
		return m.check(id, Info, words.DoctorTLSUnreadable, data), true
	case len(d.Own) == 0:
		return Check{}, false
	case len(d.Rivals) > 0:
		data["Name"], data["Path"] = d.Rivals[0].Name, d.Rivals[0].Library
		return m.turnedOff(m.check(id, Warn, words.DoctorTLSRival, data), d, words.DoctorFixTLSRival), true
	case len(d.Own) > 1:
		data["A"], data["B"] = d.Own[0].Library, d.Own[1].Library
		return m.turnedOff(m.check(id, Warn, words.DoctorTLSTwice, data), d, words.DoctorFixTLSTwice), true
	case d.Gone():
		data["Path"] = d.Own[0].Library
		return m.advised(m.check(id, Warn, words.DoctorTLSGone, data), words.DoctorFixTLSGone, nil), true
	case d.Own[0].Policy != "":
		return m.check(id, OK, words.DoctorTLSPolicy, words.Data{"Path": d.Own[0].Policy}), true
	}
	return m.check(id, OK, words.DoctorTLSGood, data), true
}

// turnedOff offers to take our registration out, and nobody else's. What the administrator registers is not the citizen's.
func (m *Machine) turnedOff(c Check, d browsers.Database, fix words.Text) Check {
	if !d.CanUnregister() {
		return m.advised(c, words.DoctorFixAdministrator, nil)
	}
	return mendable(m.advised(c, fix, nil))
}

// turnOff is the fix.
func (m *Machine) turnOff(ctx context.Context, which string) error {
	for _, d := range browsers.Databases(m.Browsers) {
		if d.ID == which {
			return d.Unregister(ctx, m.Browsers)
		}
	}
	return fmt.Errorf("tls/%s: %w", which, ErrNotFixable)
}
