// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unicode/utf16"

	"github.com/ponte-cns/ponte/internal/namespacetest"
)

// The packages are installed in wine, in a prefix of their own and in a namespace of processes that ends with the tests.
// Wine is not Windows: docs/enterprise.md lists what it does not show.

const wine64 = "/usr/lib/wine/wine64"

var (
	prefix   string // of wine
	packages string // folder of the packages
	programs string // folder of what is in them
)

func TestMain(m *testing.M) { os.Exit(namespacetest.Run(m, newPrefix, begin)) }

// newPrefix makes a folder with a prefix in it.
func newPrefix() (string, error) {
	out, err := exec.Command("../../tools/wine/prefix.sh").Output()
	if err != nil {
		return "", fmt.Errorf("tools/wine/prefix.sh: %w; the packages wine64 and gcc-mingw-w64-x86-64-win32 are needed", err)
	}
	template := strings.TrimSpace(string(out))
	dir, err := os.MkdirTemp(filepath.Dir(template), "msi-") // on the same disk: files are linked
	if err != nil {
		return "", err
	}
	return dir, copyPrefix(template, filepath.Join(dir, "prefix"))
}

// copyPrefix copies the registry and what wine may change, and links the libraries.
func copyPrefix(from, to string) error {
	return errors.Join(
		exec.Command("cp", "--archive", "--link", from, to).Run(),
		exec.Command("sh", "-c", `cd "$1" && for f in *.reg .update-timestamp drive_c/windows/*.ini; do [ ! -e "$f" ] || { cp -p "$f" "$f.own" && mv "$f.own" "$f"; }; done`, "sh", to).Run(),
	)
}

// begin makes the packages and starts wine.
func begin(dir string) error {
	prefix, packages, programs = filepath.Join(dir, "prefix"), filepath.Join(dir, "packages"), filepath.Join(dir, "programs")
	if err := os.Mkdir(packages, 0o755); err != nil {
		return err
	}
	if err := buildPrograms(); err != nil {
		return err
	}
	for _, version := range []string{"1.0.0", "1.1.0", "1.2.0", "1.2.0-dev.7"} {
		s := source{programs: programs, list: "../programs.txt", version: version, epoch: 1_700_000_000, out: msi(version), work: filepath.Join(dir, "work-"+version)}
		if err := errors.Join(os.Mkdir(s.work, 0o700), s.make(context.Background())); err != nil {
			return err
		}
	}
	server := exec.Command("/usr/lib/wine/wineserver64", "--persistent", "--foreground") // else wine starts anew for each command
	server.Env, server.SysProcAttr = wineEnvironment(), &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := server.Start(); err != nil {
		return fmt.Errorf("wineserver: %w", err)
	}
	return nil
}

// buildPrograms builds those that are run here. What is in the others makes no difference to an installer.
func buildPrograms() error {
	names, err := source{list: "../programs.txt"}.programNames()
	if err != nil {
		return err
	}
	if err := os.Mkdir(programs, 0o755); err != nil {
		return err
	}
	for _, name := range names {
		var err error
		switch name {
		case "ponte.exe":
			err = buildForWindows(name, "../../daemon")
		case "ponte-service.exe":
			err = buildForWindows(name, "../../daemon/service")
		case "ponte-pkcs11.dll":
			err = makeModule()
		default:
			err = os.WriteFile(filepath.Join(programs, name), bytes.Repeat([]byte(name), 1000), 0o755)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func makeModule() error {
	if out, err := exec.Command("make", "-s", "-C", "../../browsermodule", "OUT="+programs, "windows").CombinedOutput(); err != nil {
		return fmt.Errorf("building the module for Windows: %w: %s", err, out)
	}
	return nil
}

func buildForWindows(name, pkg string, flags ...string) error {
	args := append([]string{"build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(programs, name)}, flags...)
	cmd := exec.Command("go", append(args, pkg)...)
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s for Windows: %w: %s", name, err, out)
	}
	return nil
}

func msi(version string) string { return filepath.Join(packages, version+".msi") }

// wine runs a program in wine and gives the exit code, of which wine leaves eight bits.
func wine(t *testing.T, args ...string) int {
	t.Helper()
	cmd := exec.Command(wine64, args...)
	cmd.Env = wineEnvironment()
	// No pipe for its output: programs that wine leaves in the background would hold it open.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

func wineEnvironment() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Dir(prefix), "LC_ALL=C.UTF-8", "WINEPREFIX=" + prefix, "WINEDEBUG=-all",
		"WINEDLLOVERRIDES=mscoree,mshtml=;winemenubuilder.exe=d",
	}
}

// Exit codes of Windows Installer, as much as wine leaves of them.
const (
	done    = 0
	refused = 1603 & 0xff // ERROR_INSTALL_FAILURE
)

// sources makes the go command remember what the programs are built from: without it a change of them would leave an old
// result.
var sources = sync.OnceValue(func() error {
	for _, pattern := range []string{"../../daemon/*.go", "../../daemon/service/*.go", "../../daemon/service/sessions/*.go", "../../daemon/doors/*.go", "../../internal/ipc/*.go", "../../browsermodule/*", "../../tools/wine/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, file := range found {
			if _, err := os.Stat(file); err != nil {
				return err
			}
		}
	}
	return nil
})

// msiexec runs the installer without a window, and wants an exit code.
func msiexec(t *testing.T, want int, args ...string) {
	t.Helper()
	if err := sources(); err != nil {
		t.Fatal(err)
	}
	if got := wine(t, append(append([]string{"msiexec"}, args...), "/qn")...); got != want {
		t.Fatalf("msiexec %q: %d, want %d", args, got, want)
	}
}

// registryNow reads what wine's registry holds for the computer and the user: keys with a backslash at the end, and values
// as key\name, in lower case.
func registryNow(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, root := range []string{`HKLM\SOFTWARE`, `HKLM\SYSTEM\CurrentControlSet`, `HKCU`} {
		file := filepath.Join(t.TempDir(), "export.reg")
		if code := wine(t, "reg", "export", root, `Z:`+strings.ReplaceAll(file, "/", `\`), "/y"); code != 0 {
			t.Fatalf("reg export: %d", code)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		units := make([]uint16, len(b)/2)
		for i := range units {
			units[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
		}
		key := ""
		for line := range strings.Lines(strings.ReplaceAll(string(utf16.Decode(units)), "\\\r\n  ", "")) {
			line = strings.TrimSpace(line)
			if k, ok := strings.CutPrefix(line, "["); ok {
				key = strings.ToLower(strings.TrimSuffix(k, "]"))
				all[key+`\`] = ""
			} else if name, value, ok := strings.Cut(line, "="); ok {
				all[key+`\`+strings.ToLower(strings.Trim(name, `"`))] = strings.ReplaceAll(strings.Trim(value, `"`), `\\`, `\`)
			}
		}
	}
	if len(all) < 1000 {
		t.Fatalf("the registry has %d entries only", len(all))
	}
	return all
}

// local looks a value of the computer up.
func local(registry map[string]string, key, name string) string {
	return registry[strings.ToLower(`HKEY_LOCAL_MACHINE\`+key+`\`+name)]
}

// filesNow are the paths in drive C.
func filesNow(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	root := filepath.Join(prefix, "drive_c")
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			all[strings.TrimPrefix(path, root)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// running are the programs of a name that run in the namespace, all but those that have ended and wait for their parent.
func running(t *testing.T, name string) int {
	t.Helper()
	found, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, path := range found {
		b, err := os.ReadFile(path)
		if err == nil && bytes.Contains(b, []byte(name)) && !bytes.Contains(b, []byte("msiexec")) {
			n++
		}
	}
	return n
}
