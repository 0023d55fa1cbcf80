// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/browsers"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// What must never be told.
const (
	secretUser   = "gprova"
	secretHost   = "pc-di-giada"
	secretSerial = "53691816213453"
)

var pki = sync.OnceValue(testpki.New)

// today is when the tests take place.
var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// patient is a computer in a test: a Machine, and what its fields answer.
type patient struct {
	*Machine
	t         *testing.T
	env       map[string]string
	processes []Process
	commands  map[string]string // what a command prints; one that is not here fails
	agentIs   Agent
	agentErr  error
	cards     []Reader
	cardsErr  error
}

// healthy is a computer on which everything works: an agent, a PIN dialog, Firefox with the extension, a card.
func healthy(t *testing.T) *patient {
	t.Helper()
	root := t.TempDir()
	home := filepath.Join(root, "home", secretUser)
	p := &patient{
		t: t, agentIs: Agent{Version: "1.2.3", PID: 4321},
		env:      map[string]string{"PATH": "/usr/bin", "DISPLAY": ":0", "XDG_RUNTIME_DIR": "/run/user/1000"},
		commands: map[string]string{filepath.Join(root, "usr/sbin/pcscd"): "pcsc-lite version 1.9.9.\n"},
	}
	p.Machine = &Machine{
		Version: "1.2.3", Words: words.For("it"), Root: root, Now: func() time.Time { return today }, Built: today.AddDate(0, -1, 0),
		UID: os.Getuid(), User: secretUser, Host: secretHost, SocketD: filepath.Join(root, "run", "ponte"),
		Getenv: func(name string) string { return p.env[name] },
		Places: policy.Places{
			Config: filepath.Join(home, ".config/ponte/config.toml"), Managed: filepath.Join(root, "etc/ponte/policy.toml"),
			Sites: filepath.Join(home, ".local/state/ponte/sites.json"), State: filepath.Join(home, ".local/state/ponte"),
		},
		Browsers:   browsers.Env{Home: home, ConfigHome: filepath.Join(home, ".config"), Root: root},
		Nativehost: filepath.Join(root, "usr/bin/ponte-nativehost"),
		Processes:  func(context.Context) ([]Process, error) { return p.processes, nil },
		Command: func(_ context.Context, name string, args ...string) ([]byte, error) {
			for _, key := range []string{name, strings.Join(append([]string{name}, args...), " ")} {
				if out, ok := p.commands[key]; ok {
					return []byte(out), nil
				}
			}
			return nil, errors.New("no such command here")
		},
		Agent:      func(context.Context) (Agent, error) { return p.agentIs, p.agentErr },
		Readers:    func(context.Context) ([]Reader, error) { return p.cards, p.cardsErr },
		LastLogin:  func() (protocol.Code, bool) { return "", false },
		StartAgent: func(context.Context) error { return nil },
	}
	must(t, os.MkdirAll(home, 0o700))
	p.program("/usr/bin/ponte-nativehost", "/usr/bin/pinentry-gnome3", "/usr/lib/firefox-esr/firefox-esr", "/usr/sbin/pcscd")
	p.put("/usr/lib/firefox-esr/application.ini", "[App]\nVersion=153.7.0\n")
	p.put("/run/user/1000/bus", "")
	p.put("/etc/os-release", "NAME=Debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n")
	p.put("/proc/net/tcp", listening(24880, p.UID))
	p.put("/home/"+secretUser+"/.mozilla/firefox/abc.default/extensions.json", `{"addons":[{"id":"`+protocol.ExtensionIDFirefox+`","active":true}]}`)
	must(t, p.firefox().Register(p.Nativehost))
	p.openSockets()
	p.cards = []Reader{goodCard()}
	return p
}

// listening is a line of proc(5)'s tcp table.
func listening(port, uid int) string {
	return fmt.Sprintf("   0: 0100007F:%04X 00000000:0000 0A 00000000:00000000 00:00000000 00000000 %5d        0 %d 1\n", port, uid, 70000+port)
}

func (p *patient) firefox() browsers.Installation { return browsers.Installed(p.Browsers)[0] }

// openSockets makes sockets as the agent does.
func (p *patient) openSockets() {
	p.t.Helper()
	must(p.t, os.MkdirAll(p.SocketD, 0o700))
	for _, name := range []string{ipc.Portal, ipc.Control} {
		p.t.Chdir(p.SocketD) // the path of a test is too long for a socket
		l, err := net.Listen("unix", name+".sock")
		must(p.t, err)
		p.t.Cleanup(func() { _ = l.Close() })
		must(p.t, os.Chmod(name+".sock", 0o600))
	}
}

// put writes a file of the computer.
func (p *patient) put(path, content string) string {
	p.t.Helper()
	full := filepath.Join(p.Root, path)
	must(p.t, os.MkdirAll(filepath.Dir(full), 0o755))
	must(p.t, os.WriteFile(full, []byte(content), 0o644))
	return full
}

func (p *patient) program(paths ...string) {
	p.t.Helper()
	for _, path := range paths {
		must(p.t, os.Chmod(p.put(path, "program"), 0o755))
	}
}

func (p *patient) remove(path string) {
	p.t.Helper()
	must(p.t, os.RemoveAll(filepath.Join(p.Root, path)))
}

// goodCard is a reader with a card that can log in.
func goodCard() Reader {
	return Reader{
		Name: "Identiv uTrust 2700 R Smart Card Reader [CCID Interface] (" + secretSerial + ") 00 00", State: protocol.StateReady,
		ATR: cnsATR, MaxAPDU: 1 << 16, TriesLeft: 3, Certificate: certificate(testpki.LeafOptions{}),
	}
}

// cnsATR is that of a card with an IDEMIA chip, of the public lists.
var cnsATR = []byte{
	0x3B, 0xFF, 0x18, 0x00, 0x00, 0x81, 0x31, 0xFE, 0x45, 0x00, 0x6B, 0x05, 0x05, 0x20, 0x00, 0x01, 0x21, 0x01, 'C', 'N', 'S', 0x10, 0x31, 0x80, 0x52,
}

func certificate(o testpki.LeafOptions) *x509.Certificate {
	if o.NotBefore.IsZero() {
		o.NotBefore, o.NotAfter = today.AddDate(-1, 0, 0), today.AddDate(5, 0, 0)
	}
	c, _ := pki().Issue(o)
	return c
}

// one gives the only check of an id.
func (p *patient) one(id string) Check {
	p.t.Helper()
	var found []Check
	for _, c := range p.Run(p.t.Context(), nil) {
		if c.ID == id {
			found = append(found, c)
		}
	}
	if len(found) != 1 {
		p.t.Fatalf("%d checks are called %s", len(found), id)
	}
	return found[0]
}

// none fails when there is a check of an id.
func (p *patient) none(id string) {
	p.t.Helper()
	if all := p.Run(p.t.Context(), nil); slices.ContainsFunc(all, func(c Check) bool { return c.ID == id }) {
		p.t.Errorf("there is a check %s", id)
	}
}

// want checks the status of an id, and that its words are those of a text with certain words in it.
func (p *patient) want(id string, s Status, parts ...string) {
	p.t.Helper()
	c := p.one(id)
	if c.Status != s {
		p.t.Errorf("%s is %s, want %s: %s", id, c.Status, s, c.Detail)
	}
	for _, part := range parts {
		if !strings.Contains(c.Detail+" "+c.Fix, part) {
			p.t.Errorf("%s does not say %q: %s / %s", id, part, c.Detail, c.Fix)
		}
	}
	if (s == Fail || s == Warn) && c.Fix == "" {
		p.t.Errorf("%s is %s and does not say what to do", id, s)
	}
}

// secrets are the texts of the test's holder, card, user and computer that no check may hold.
func secrets(readers ...Reader) []string {
	h := holder.Giada()
	all := []string{h.FiscalCode, h.CardID, h.Name, h.Surname, secretUser, secretHost, secretSerial}
	for _, r := range readers {
		if c := r.Certificate; c != nil {
			all = append(all, c.Subject.CommonName, c.SerialNumber.String(), c.SerialNumber.Text(16), strings.ToUpper(c.SerialNumber.Text(16)))
		}
	}
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// chromium is the browser that is not Firefox.
func (p *patient) chromium() browsers.Installation {
	all := browsers.Installed(p.Browsers)
	return all[len(all)-1]
}
