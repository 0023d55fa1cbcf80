// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"
)

// The doors of an agent on Windows: programs of wine are those that this Windows knows. The agent has an emulated card.

const portal = "https://portal.example"

// agent is one that runs in wine.
type agent struct {
	log string // the file that it writes
	end func()
}

var ready = regexp.MustCompile(`(?s)msg=WebSocket port=(\d+).*msg=ready`)

// startEmulated starts an agent with an emulated card, under the policy that the installed package has set.
func startEmulated(t *testing.T) agent {
	t.Helper()
	build(t, "ponte-emulated.exe", "../../daemon", "-tags", "demo")
	dir := t.TempDir()
	a := agent{log: filepath.Join(dir, "log")}
	log, err := os.Create(a.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(wine64, filepath.Join(programs, "ponte-emulated.exe"), "run")
	cmd.Env, cmd.Stderr = append(wineEnvironment(), "PONTE_DEMO_DIR=Z:"+strings.ReplaceAll(dir, "/", `\`)), log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a.end = sync.OnceFunc(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	t.Cleanup(a.end)
	eventually(t, "an agent", func() bool { return ready.MatchString(a.logged()) })
	for _, socket := range []string{"tls", "control"} {
		takeFirst(t, socket)
	}
	return a
}

func (a agent) logged() string {
	b, _ := os.ReadFile(a.log)
	return string(b)
}

func (a agent) port() string { return ready.FindStringSubmatch(a.logged())[1] }

// takeFirst takes the first instance of a pipe away. Windows connects nobody with it, as it was opened neither for reading
// nor for writing; wine does, and nobody is served there.
func takeFirst(t *testing.T, socket string) {
	t.Helper()
	if said, code := visit(t, "take", socket); code != 0 {
		t.Fatal(said)
	}
}

func build(t *testing.T, name, pkg string, flags ...string) {
	t.Helper()
	if err := buildForWindows(name, pkg, flags...); err != nil {
		t.Fatal(err)
	}
}

// visit sends the visitor, and gives what it says.
func visit(t *testing.T, args ...string) (said string, code int) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "said")) // a file: see wine
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(wine64, append([]string{filepath.Join(programs, "visitor.exe")}, args...)...)
	cmd.Env, cmd.Stdout = wineEnvironment(), out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	_ = cmd.Run()
	b, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b)), cmd.ProcessState.ExitCode()
}

func TestTheDoorsOpenToWhomWindowsKnowsAndToNobodyElse(t *testing.T) {
	installing(t)
	msiexec(t, done, "/i", msi("1.0.0"), "ALLOWEDORIGINS="+portal, "AUTOSTART=0")
	build(t, "visitor.exe", "./testdata/visitor")
	a := startEmulated(t)

	// This test is a program of Linux: in the table of wine its connection belongs to no process.
	_, answer, err := websocket.DefaultDialer.Dial("ws://127.0.0.1:"+a.port()+"/v1", http.Header{"Origin": {portal}, "Sec-Websocket-Protocol": {"ponte.v1"}})
	if err == nil || answer == nil || answer.StatusCode != http.StatusForbidden {
		t.Errorf("a program that Windows does not know: %v, %+v", err, answer)
	}
	if !strings.Contains(a.logged(), `msg="WebSocket connection of another user refused"`) {
		t.Errorf("the refusal is not in the log: %s", a.logged())
	}
	if said, code := visit(t, "page", portal, a.port()); code != 0 || !strings.Contains(said, `"auth.login"`) {
		t.Errorf("a page of our user: %d, %s", code, said)
	}

	module := `C:\Program Files\Ponte\ponte-pkcs11.dll`
	if said, code := visit(t, "module", module); code != 0 || said != `token "CNS" with 3 objects` {
		t.Errorf("a browser that loads the module: %d, %s", code, said)
	}
	a.end()
	const notPresent = "C_GetTokenInfo: 0xe0" // CKR_TOKEN_NOT_PRESENT
	if said, _ := visit(t, "module", module); said != notPresent {
		t.Errorf("the module without an agent: %s", said)
	}
}
