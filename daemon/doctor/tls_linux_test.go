// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/browsers"
)

// browserUser is a patient whose Firefox has a real database of NSS, and a module to register in it.
type browserUser struct {
	*patient
	profile, module string
}

func withDatabase(t *testing.T) browserUser {
	t.Helper()
	dir := t.TempDir()
	run(t, "make", "-s", "-C", "../../browsermodule", "OUT="+dir, "linux") // first: a patient is in another folder
	p := healthy(t)
	firefox := "/home/" + secretUser + "/.mozilla/firefox"
	p.put(firefox+"/profiles.ini", "[Profile0]\nIsRelative=1\nPath=abc.default\n")
	profile := filepath.Join(p.Root, firefox, "abc.default")
	run(t, "certutil", "-N", "-d", "sql:"+profile, "--empty-password")
	return browserUser{p, profile, filepath.Join(dir, "libponte-pkcs11.so")}
}

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return string(out)
}

// library installs the module under a path of the computer, which may be that of another maker's.
func (u browserUser) library(path string) string {
	u.t.Helper()
	full := u.put(path, "")
	run(u.t, "cp", u.module, full)
	return full
}

func (u browserUser) register(name, library string) {
	u.t.Helper()
	run(u.t, "modutil", "-force", "-dbdir", "sql:"+u.profile, "-add", name, "-libfile", library)
}

func TestABrowserThatLoadsNoneOfOursIsNotToldOf(t *testing.T) {
	p := withDatabase(t)
	p.register("Bit4id", p.library("/usr/lib/bit4id/libbit4xpki.so"))
	p.none("tls/firefox")
	p.none("tls/chromium")
}

func TestTwoModulesForOneCardAreToldAndOursCanBeTurnedOff(t *testing.T) {
	p := withDatabase(t)
	p.register("Ponte", p.library("/usr/lib/ponte/libponte-pkcs11.so"))
	p.want("tls/firefox", OK, "~/.mozilla/firefox/abc.default")
	vendor := p.library("/usr/lib/bit4id/libbit4xpki.so")
	p.register("Bit4id di "+secretUser, vendor)
	p.want("tls/firefox", Warn, "Bit4id di …", "libbit4xpki.so", "~/.mozilla/firefox/abc.default")
	c := p.one("tls/firefox")
	if !c.Fixable || c.Title != "Firefox · Modulo per l'accesso con certificato" || !strings.Contains(c.Fix, "Tienine uno solo") {
		t.Errorf("%+v", c)
	}
	if err := p.Fix(t.Context(), "tls/firefox-2"); !errors.Is(err, ErrNotFixable) {
		t.Errorf("%v", err)
	}
	must(t, p.Fix(t.Context(), "tls/firefox"))
	p.none("tls/firefox")
	if list := run(t, "modutil", "-rawlist", "-dbdir", "sql:"+p.profile); !strings.Contains(list, vendor) || strings.Contains(list, "libponte") {
		t.Errorf("the other maker's module is to stay, and only that:\n%s", list)
	}
	if err := p.Fix(t.Context(), "tls/firefox"); !errors.Is(err, ErrNotFixable) {
		t.Errorf("%v", err)
	}
}

func TestWhatTheAdministratorRegistersIsNotForTheCitizenToTurnOff(t *testing.T) {
	p := withDatabase(t)
	module := p.library("/usr/lib/ponte/libponte-pkcs11.so")
	policy := "/etc/firefox/policies/policies.json"
	file := p.put(policy, `{"policies":{"SecurityDevices":{"Add":{"Ponte":"`+module+`"}}}}`)
	p.want("tls/firefox", OK, "l'amministratore", file)
	p.register("Bit4id", p.library("/usr/lib/bit4id/libbit4xpki.so"))
	p.want("tls/firefox", Warn, "Bit4id")
	if c := p.one("tls/firefox"); c.Fixable || !strings.Contains(c.Fix, "amministratori") {
		t.Errorf("%+v", c)
	}
}

func TestOurModuleRegisteredTwiceOrGoneIsTold(t *testing.T) {
	p := withDatabase(t)
	other := p.library("/opt/old/libponte-pkcs11.so")
	p.register("Ponte", other)
	module := p.library("/usr/lib/ponte/libponte-pkcs11.so")
	policy := "/etc/firefox/policies/policies.json"
	p.put(policy, `{"policies":{"SecurityDevices":{"Add":{"Ponte":"`+module+`"}}}}`)
	p.want("tls/firefox", Warn, "due volte", "/opt/old/", "/usr/lib/ponte/")
	must(t, p.Fix(t.Context(), "tls/firefox"))
	p.want("tls/firefox", OK, "l'amministratore")
	p.remove("/usr/lib/ponte/libponte-pkcs11.so")
	p.want("tls/firefox", Warn, "il file non c'è")
	if c := p.one("tls/firefox"); c.Fixable {
		t.Errorf("%+v", c)
	}
}

func TestAListOfModulesThatCannotBeReadIsTold(t *testing.T) {
	p := withDatabase(t)
	p.remove(strings.TrimPrefix(p.profile, p.Root) + "/pkcs11.txt")
	p.put(strings.TrimPrefix(p.profile, p.Root)+"/pkcs11.txt/x", "")
	p.want("tls/firefox", Info, "abc.default")
	if all := browsers.Databases(browsers.Env{}); all != nil {
		t.Errorf("of a user without a home: %+v", all)
	}
}
