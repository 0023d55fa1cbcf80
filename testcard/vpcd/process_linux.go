// SPDX-License-Identifier: EUPL-1.2

package vpcd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// enter runs inside the new mount namespace: it lays the directory $1 over the
// place where pcscd wants its socket, and becomes pcscd. Where /run/pcscd cannot
// be made (in a user namespace), it is made in a /run of our own.
const enter = `
dir=$1 conf=$2 pcscd=$3
[ -d /run/pcscd ] || mkdir -p /run/pcscd 2>/dev/null || { mount -t tmpfs tmpfs /run && mkdir /run/pcscd; } || exit 1
mount --bind "$dir" /run/pcscd || exit 1
exec "$pcscd" -f -c "$conf"
`

// process is a running pcscd.
type process struct {
	cmd   *exec.Cmd
	out   *output
	ended chan struct{}
}

func startProcess(dir, conf string, log io.Writer) (*process, error) {
	pcscd, err := exec.LookPath("pcscd")
	if err != nil {
		pcscd = "/usr/sbin/pcscd" // not on the PATH of every user
	}
	if _, err := os.Stat(pcscd); err != nil {
		return nil, errors.New("the program pcscd is missing: install the package pcscd")
	}
	args := []string{"-m", "--propagation", "private", "sh", "-c", enter, "sh", dir, conf, pcscd}
	if os.Geteuid() != 0 {
		args = append([]string{"-r"}, args...) // root in a user namespace only
	}
	p := &process{cmd: exec.Command("unshare", args...), out: &output{copy: log}, ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("running unshare: %w", err)
	}
	return p, nil
}

// run keeps its thread while pcscd lives: Pdeathsig is sent when the thread that
// started the process ends, not the program.
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err == nil {
		p.cmd.Wait()
		close(p.ended)
	}
}

func (p *process) terminate() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		p.kill()
	}
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

func (p *process) printed() string { return p.out.String() }

// output keeps the last lines that pcscd printed.
type output struct {
	mu   sync.Mutex
	last []byte
	copy io.Writer
}

const keptOutput = 4096

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = append(o.last, b...)
	o.last = o.last[max(0, len(o.last)-keptOutput):]
	if o.copy != nil {
		o.copy.Write(b)
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	if text := bytes.TrimSpace(o.last); len(text) > 0 {
		return string(text)
	}
	return "nothing"
}
