// SPDX-License-Identifier: EUPL-1.2

package winetest

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/internal/desktoptest"
)

// desktop is a display with a window manager, and prompt's test program in wine on it.
type desktop struct {
	desktoptest.Desktop
	serving *exec.Cmd
	to      io.WriteCloser
	from    *bufio.Reader
	dir     string
	inUse   *os.File
}

var wine desktop

func TestMain(m *testing.M) {
	runtime.LockOSThread() // what is started dies with this thread, also when a test panics (prctl(2), PR_SET_PDEATHSIG)
	code := 1
	if err := wine.start(); err != nil {
		fmt.Fprintln(os.Stderr, "the packages wine64, gcc-mingw-w64-x86-64-win32, xvfb, openbox and xdotool are needed:", err)
	} else {
		code = m.Run()
	}
	wine.stop()
	os.Exit(code)
}

func (d *desktop) start() (err error) {
	if d.dir, err = os.MkdirTemp("", "ponte-wine-"); err != nil {
		return err
	}
	program := filepath.Join(d.dir, "prompt.test.exe")
	if err := build(program); err != nil {
		return err
	}
	out, err := exec.Command("../../../tools/wine/prefix.sh").Output()
	if err != nil {
		return fmt.Errorf("tools/wine/prefix.sh: %w", err)
	}
	prefix := strings.TrimSpace(string(out))
	// A wine prefix lives on the display of who came first, so nobody else may use it now.
	if d.inUse, err = os.Create(filepath.Join(filepath.Dir(prefix), "in-use")); err != nil {
		return err
	}
	if err := syscall.Flock(int(d.inUse.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	d.Attr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	d.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + d.dir, "LC_ALL=C.UTF-8", "WINEPREFIX=" + prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml="}
	if err := d.Screen("1366x768x24"); err != nil {
		return err
	}
	if err := d.WindowManager(); err != nil {
		return err
	}
	serving := exec.Command("/usr/lib/wine/wine64", program, "serve")
	serving.Env, serving.SysProcAttr = d.Env, d.Attr
	if d.to, err = serving.StdinPipe(); err != nil {
		return err
	}
	pipe, err := serving.StdoutPipe()
	if err != nil {
		return err
	}
	d.from = bufio.NewReader(pipe)
	if err := serving.Start(); err != nil {
		return err
	}
	d.serving = serving
	return nil
}

// build makes prompt's test program for Windows.
func build(program string) error {
	// The go command remembers which files a test looked at: without this a change of them would leave an old result.
	for _, pattern := range []string{"../*.go", "../../../tools/wine/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, f := range files {
			if _, err := os.Stat(f); err != nil {
				return err
			}
		}
	}
	cmd := exec.Command("go", "test", "-c", "-o", program, "github.com/ponte-cns/ponte/daemon/prompt")
	cmd.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building for Windows: %w\n%s", err, out)
	}
	return nil
}

func (d *desktop) stop() {
	if d.to != nil {
		_ = d.to.Close() // the program ends by itself
	}
	if len(d.Env) > 0 {
		cmd := exec.Command("/usr/lib/wine/wineserver64", "-k")
		cmd.Env = d.Env
		_ = cmd.Run()
	}
	if d.serving != nil {
		_ = d.serving.Process.Kill()
		_ = d.serving.Wait()
	}
	d.Stop()
	if d.dir != "" {
		_ = os.RemoveAll(d.dir)
	}
	if d.inUse != nil {
		_ = d.inUse.Close()
	}
}

func (d *desktop) xdotool(args ...string) (string, error) {
	cmd := exec.Command("xdotool", args...)
	cmd.Env = d.Env
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

// do gives the program an order and reads its answer.
func (d *desktop) do(t *testing.T, o order, answer any) {
	t.Helper()
	b, err := json.Marshal(o)
	if err == nil {
		_, err = d.to.Write(append(b, '\n'))
	}
	var line []byte
	if err == nil {
		line, err = d.from.ReadBytes('\n')
	}
	if err == nil && answer != nil {
		err = json.Unmarshal(line, answer)
	}
	if err != nil {
		t.Fatal(errors.Join(fmt.Errorf("%s: %q", o.Do, line), err))
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}
