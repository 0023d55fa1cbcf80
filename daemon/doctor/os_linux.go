// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ponte-cns/ponte/daemon/words"
)

// systemDirs hold programs of the system that are in no user's PATH on Debian.
var systemDirs = []string{"/usr/bin", "/usr/sbin", "/sbin", "/usr/local/sbin"}

// asksVersion: a Chromium prints its version and ends.
const asksVersion = true

// read gives a file of this computer, up to a ceiling.
func (m *Machine) read(path string) string {
	f, err := os.Open(m.at(path))
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	b, _ := io.ReadAll(io.LimitReader(f, maxFile))
	return string(b)
}

// systemName reads os-release(5).
func (m *Machine) systemName() string {
	for line := range strings.Lines(m.read("/etc/os-release")) {
		if v, ok := strings.CutPrefix(line, "PRETTY_NAME="); ok {
			return strings.Trim(strings.TrimSpace(v), `"'`)
		}
	}
	return "Linux"
}

// serviceFacts looks for pcscd. systemd starts it by its socket; where only the service was started by hand it is gone
// after the next boot.
func (m *Machine) serviceFacts(ctx context.Context, all []Process) serviceFacts {
	var s serviceFacts
	program := m.find("pcscd")
	s.installed = program != "" || m.exists("/run/pcscd/pcscd.comm")
	if program != "" {
		if out, err := m.Command(ctx, program, "--version"); err == nil {
			s.version = versionNumber.FindString(string(out))
		}
	}
	// A pcscd elsewhere (a test, a container) is not systemd's business.
	system := m.Getenv("PCSCLITE_CSOCK_NAME") == "" && m.exists("/run/systemd/system")
	waits := m.exists("/etc/systemd/system/sockets.target.wants/pcscd.socket") ||
		m.exists("/usr/lib/systemd/system/sockets.target.wants/pcscd.socket") ||
		m.exists("/etc/systemd/system/multi-user.target.wants/pcscd.service")
	if system && !waits && m.exists("/usr/lib/systemd/system/pcscd.socket") {
		s.unprompted = words.DoctorServiceNoSocket
	}
	return s
}

// dialogProgram is the program that would ask for the PIN, and whether there is a desktop to show it. The link "pinentry"
// may lead to one that needs a terminal: that one shows nothing on a desktop.
func (m *Machine) dialogProgram() (name string, display bool) {
	display = m.Getenv("DISPLAY") != "" || m.Getenv("WAYLAND_DISPLAY") != ""
	for _, name := range []string{"pinentry", "pinentry-gnome3", "pinentry-qt", "pinentry-gtk-2", "zenity"} {
		path := m.find(name)
		if path == "" {
			continue
		}
		if real, err := filepath.EvalSymlinks(path); err == nil {
			name = filepath.Base(real)
		}
		if strings.HasSuffix(name, "-curses") || strings.HasSuffix(name, "-tty") || (strings.HasSuffix(name, "-gnome3") && !m.hasSessionBus()) {
			continue
		}
		return name, display
	}
	return "", display
}

// hasSessionBus: pinentry-gnome3 finds its prompter on it, and falls back to the terminal without.
func (m *Machine) hasSessionBus() bool {
	if m.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	dir := m.Getenv("XDG_RUNTIME_DIR")
	return dir != "" && m.exists(filepath.Join(dir, "bus"))
}

// listeners reads who listens on which port from the kernel's tables (proc(5)). Nothing is connected to.
func (m *Machine) listeners(_ context.Context, all []Process) (found []listener, known bool) {
	inodes := map[string]int{} // of sockets, to the place in found
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		content := m.read(table)
		known = known || content != ""
		lines := bufio.NewScanner(strings.NewReader(content))
		for lines.Scan() {
			f := strings.Fields(lines.Text())
			if len(f) < 10 || f[3] != "0A" { // TCP_LISTEN
				continue
			}
			_, hex, _ := strings.Cut(f[1], ":")
			port, err := strconv.ParseUint(hex, 16, 16)
			uid, err2 := strconv.Atoi(f[7])
			if err == nil && err2 == nil {
				inodes[f[9]] = len(found)
				found = append(found, listener{port: int(port), uid: uid})
			}
		}
	}
	for _, p := range all {
		dir := m.at("/proc/" + strconv.Itoa(p.PID) + "/fd")
		fds, err := os.ReadDir(dir)
		if err != nil {
			continue // another user's
		}
		for _, fd := range fds {
			target, err := os.Readlink(filepath.Join(dir, fd.Name()))
			inode, ok := strings.CutPrefix(target, "socket:[")
			if i, mine := inodes[strings.TrimSuffix(inode, "]")]; err == nil && ok && mine {
				found[i].pid, found[i].name = p.PID, p.Name
			}
		}
	}
	return found, known
}

// localProcesses reads /proc.
func (m *Machine) localProcesses(context.Context) ([]Process, error) {
	entries, err := os.ReadDir(m.at("/proc"))
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue
		}
		uid, _ := owner(info)
		all = append(all, Process{PID: pid, UID: uid, Name: m.programOf(e.Name())})
	}
	return all, nil
}

// programOf is the name of a process: of its program file where we may see it, else the 15 characters of comm.
func (m *Machine) programOf(pid string) string {
	target, err := os.Readlink(m.at("/proc/" + pid + "/exe"))
	if err == nil {
		return filepath.Base(strings.TrimSuffix(target, " (deleted)"))
	}
	if errors.Is(err, fs.ErrNotExist) && !m.exists("/proc/"+pid+"/comm") {
		return ""
	}
	return strings.TrimSpace(m.read("/proc/" + pid + "/comm"))
}

// registeredModules are those that p11-kit gives to programs.
func (m *Machine) registeredModules() []string {
	var paths []string
	for _, dir := range []string{"/usr/share/p11-kit/modules", "/etc/pkcs11/modules"} {
		files, err := filepath.Glob(filepath.Join(m.at(dir), "*.module"))
		if err != nil {
			continue
		}
		for _, file := range files[:min(len(files), 100)] {
			for line := range strings.Lines(m.read(strings.TrimPrefix(file, m.Root))) {
				if v, ok := strings.CutPrefix(line, "module:"); ok && strings.TrimSpace(v) != "p11-kit-trust.so" {
					paths = append(paths, strings.TrimSpace(v))
				}
			}
		}
	}
	return paths
}

// expand makes a path of modulePaths one of this computer. A name alone is one in p11-kit's own directory.
func (m *Machine) expand(path string) string {
	if !filepath.IsAbs(path) {
		for _, dir := range []string{"/usr/lib/x86_64-linux-gnu/pkcs11", "/usr/lib/aarch64-linux-gnu/pkcs11", "/usr/lib64/pkcs11", "/usr/lib/pkcs11"} {
			if m.exists(dir + "/" + path) {
				return m.at(dir + "/" + path)
			}
		}
	}
	return m.at(path)
}

// modulePaths are where the makers' packages and guides put their drivers on Linux.
var modulePaths = []string{
	"/usr/lib/bit4id/libbit4xpki.so", "/usr/lib/libbit4xpki.so", "/usr/local/lib/bit4id/libbit4xpki.so",
	"/usr/lib/bit4id/libbit4opki.so", "/usr/lib/libbit4ipki.so", "/usr/lib64/libbit4ipki.so", "/usr/lib/libbit4spki.so",
	"/usr/lib/libbit4ihpki.so", "/usr/lib/x64-athena/libASEP11.so", "/usr/lib/x86-athena/libASEP11.so", "/usr/lib/libASEP11.so",
	"/usr/local/AWP/lib/libOcsCryptoki.so", "/usr/local/lib/libsiecap11.so", "/usr/local/lib64/libcvP11.so", "/usr/lib/pkcs11/libgclib.so",
	"/usr/lib/libeTPkcs11.so", "/usr/lib/libIDPrimePKCS11.so", "/usr/local/lib/libcie-pkcs11.so",
	"/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so", "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so", "/usr/lib64/opensc-pkcs11.so",
	"/usr/lib/pkcs11/opensc-pkcs11.so",
}
