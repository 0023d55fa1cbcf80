// SPDX-License-Identifier: EUPL-1.2

// Package desktoptest gives tests a desktop of their own: an X server without a monitor, a session bus and a window manager,
// all real. What is done on it, and whether one desktop serves a package or each test, is its users' business.
package desktoptest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Desktop is what has been started. Env and Attr are set by the user; the servers get them, and add to Env where they can
// be reached.
type Desktop struct {
	Env     []string
	Attr    *syscall.SysProcAttr
	started []*exec.Cmd
}

// Screen starts Xvfb; size is WIDTHxHEIGHTxDEPTH.
func (d *Desktop) Screen(size string) error {
	// Not a number that Xvfb chooses: it looks which are free in its own network namespace, and the end-to-end tests, which
	// live in others, would take the socket away. No reset: when its first client leaves before the second is served, Xvfb
	// would close the second's connection, and the window manager dies of it.
	display := ":" + strconv.Itoa(60_000+os.Getpid())
	number, err := d.serve("Xvfb", display, "-displayfd", "3", "-screen", "0", size, "-nolisten", "tcp", "-noreset")
	if err != nil {
		return err
	}
	d.Env = append(d.Env, "DISPLAY=:"+number)
	return nil
}

// Bus starts a session bus and gives its address.
func (d *Desktop) Bus() (address string, err error) {
	address, err = d.serve("dbus-daemon", "--session", "--nofork", "--print-address=3")
	if err != nil {
		return "", err
	}
	d.Env = append(d.Env, "DBUS_SESSION_BUS_ADDRESS="+address)
	return address, nil
}

// WindowManager starts openbox, and waits until it gives windows the focus.
func (d *Desktop) WindowManager() error {
	said, err := os.CreateTemp("", "openbox-")
	if err != nil {
		return err
	}
	defer said.Close()
	if err := os.Remove(said.Name()); err != nil {
		return err
	}
	openbox := d.command("openbox")
	openbox.Stderr = said
	if err := openbox.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if d.command("xdotool", "get_num_desktops").Run() == nil {
			d.started = append(d.started, openbox)
			return nil
		}
	}
	_ = openbox.Process.Kill()
	err = openbox.Wait() // its own exit status, when it ended before
	text := make([]byte, 4096)
	n, _ := said.ReadAt(text, 0)
	return fmt.Errorf("openbox manages no windows: %w: %s", err, text[:n])
}

// Stop ends what was started, the last first.
func (d *Desktop) Stop() {
	for i := len(d.started) - 1; i >= 0; i-- {
		_ = d.started[i].Process.Kill()
		_ = d.started[i].Wait()
	}
	d.started = nil
}

// serve starts a server that writes on its descriptor 3 where it can be reached.
func (d *Desktop) serve(name string, args ...string) (string, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer r.Close()
	cmd := d.command(name, args...)
	cmd.ExtraFiles = []*os.File{w}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return "", err
	}
	d.started = append(d.started, cmd)
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("%s did not come up: %w", name, err)
	}
	return strings.TrimSpace(line), nil
}

func (d *Desktop) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.SysProcAttr = d.Env, d.Attr
	return cmd
}
