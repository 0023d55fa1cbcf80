// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"context"
	"errors"
	"strings"

	"github.com/ponte-cns/ponte/daemon/words"
)

// service asks the smart card service for its readers, and says why it does not answer or does not let us in.
func (m *Machine) service(ctx context.Context, f facts) findings {
	readers, err := m.Readers(ctx)
	learn := func(f *facts) { f.readers, f.readerErr, f.looked = readers, err, true }
	s := m.serviceFacts(ctx, f.processes)
	data := words.Data{"Version": s.version}
	good := words.DoctorServiceGood
	if s.version != "" {
		good = words.DoctorServiceVersion
	}
	switch {
	case err == nil:
		checks := []Check{m.check("service", OK, good, data), m.check("access", OK, words.DoctorAccessGood, nil)}
		if s.unprompted == words.DoctorServiceNoSocket {
			checks[0] = m.advised(m.check("service", Warn, words.DoctorServiceNoSocket, data), words.DoctorFixServiceSocket, nil)
		}
		return findings{checks, learn}
	case errors.Is(err, ErrDenied):
		return findings{[]Check{m.check("service", OK, good, data), m.denied(ctx)}, learn}
	case !s.installed:
		return findings{[]Check{m.advised(m.check("service", Fail, words.DoctorServiceAbsent, nil), words.DoctorFixServiceAbsent, nil)}, learn}
	case !errors.Is(err, ErrService):
		c := m.check("service", Fail, words.DoctorServiceBroken, words.Data{"Reason": err.Error()})
		return findings{[]Check{m.advised(c, words.DoctorFixServiceStopped, nil)}, learn}
	}
	return findings{[]Check{m.advised(m.check("service", Fail, words.DoctorServiceStopped, nil), words.DoctorFixServiceStopped, nil)}, learn}
}

// serviceFacts is what the files and processes of the computer say of the service.
type serviceFacts struct {
	installed  bool
	version    string     // empty: not known
	unprompted words.Text // DoctorServiceNoSocket: it runs now, and will not start by itself after the next boot
}

// denied explains a refusal: a session that is not at the computer's own screen and keyboard, or a rule.
func (m *Machine) denied(ctx context.Context) Check {
	if m.remote() {
		return m.advised(m.check("access", Fail, words.DoctorAccessRemote, nil), words.DoctorFixAccessRemote, nil)
	}
	rule := "polkit"
	if m.exists(polkitAction) {
		rule = "polkit, org.debian.pcsc-lite.access_pcsc" + m.authorised(ctx)
	}
	return m.advised(m.check("access", Fail, words.DoctorAccessDenied, words.Data{"Rule": rule}), words.DoctorFixAccess, nil)
}

// polkitAction is the file in which pcsc-lite names what polkit decides.
const polkitAction = "/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy"

// authorised asks polkit itself what it answers for this session; no dialog is shown.
func (m *Machine) authorised(ctx context.Context) string {
	out, err := m.Command(ctx, "pkcheck", "--action-id", "org.debian.pcsc-lite.access_pcsc", "--process", m.pid())
	switch text := strings.ToLower(string(out)); {
	case err == nil:
		return ": yes"
	case strings.Contains(text, "not authorized"):
		return ": no"
	}
	return ""
}

// remote says that nobody sits at this computer in this session.
func (m *Machine) remote() bool {
	for _, name := range []string{"SSH_CONNECTION", "SSH_TTY", "XRDP_SESSION"} {
		if m.Getenv(name) != "" {
			return true
		}
	}
	return strings.HasPrefix(strings.ToLower(m.Getenv("SESSIONNAME")), "rdp-") // Windows
}
