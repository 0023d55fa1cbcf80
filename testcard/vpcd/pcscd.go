// SPDX-License-Identifier: EUPL-1.2

package vpcd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Slots is the number of virtual readers of one pcscd.
const Slots = 2

// PcscdOptions describes a private pcscd. The zero value has two virtual readers
// and a temporary directory.
type PcscdOptions struct {
	Dir      string    // kept after Stop; "": a temporary one, removed by Stop
	NoReader bool      // no reader at all
	Log      io.Writer // what pcscd prints; nil: shown in errors only
}

// Pcscd is a real pcscd in a mount namespace of its own, so that it meets
// neither the system's nor those of other tests. Clients find it by Env. The
// PC/SC library reads that once for each process: a process can use one Pcscd
// only, started again as often as needed.
//
// Start, Stop and their like are for one goroutine at a time.
//
// vpcd listens on all addresses of the machine, not on the loopback only: a
// virtual reader is for test machines.
type Pcscd struct {
	opts      PcscdOptions
	dir       string
	temporary bool
	ports     *portPair
	process   *process // nil when stopped
}

// readerConf names the virtual reader of vsmartcard (cns-card.md D); the number
// is the port of the first slot.
const readerConf = `FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:0x%04X
LIBPATH %s
CHANNELID 0x%04X
`

// openSCConf makes OpenSC use extended APDUs on the virtual reader and unblock
// with the PUK (cns-card.md D).
const openSCConf = `app default {
	reader_driver pcsc {
		max_send_size = 65535;
		max_recv_size = 65536;
	}
}
app opensc-pkcs11 {
	pkcs11 {
		user_pin_unblock_style = set_pin_in_unlogged_session;
	}
}
`

// StartPcscd starts a private pcscd and returns when it answers.
func StartPcscd(ctx context.Context, o PcscdOptions) (*Pcscd, error) {
	p := &Pcscd{opts: o}
	if err := p.prepare(); err != nil {
		p.Stop()
		return nil, fmt.Errorf("preparing a private pcscd: %w", err)
	}
	if err := p.Start(ctx); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

func (p *Pcscd) prepare() error {
	if p.dir = p.opts.Dir; p.dir == "" {
		dir, err := os.MkdirTemp("", "ponte-pcscd-")
		if err != nil {
			return err
		}
		p.dir, p.temporary = dir, true
	}
	dir, err := filepath.Abs(p.dir)
	if err != nil {
		return err
	}
	p.dir = dir
	for _, d := range []string{p.runDir(), p.confDir()} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	if n := len(p.Socket()); n > 107 {
		return fmt.Errorf("the socket path %s has %d characters, of which a system takes 107: choose a shorter directory", p.Socket(), n)
	}
	if err := os.WriteFile(p.openSCConf(), []byte(openSCConf), 0o600); err != nil {
		return err
	}
	conf := filepath.Join(p.confDir(), "vpcd")
	if p.opts.NoReader {
		if err := os.Remove(conf); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	}
	driver, err := findDriver()
	if err != nil {
		return err
	}
	if p.ports, err = freePorts(); err != nil {
		return err
	}
	return os.WriteFile(conf, fmt.Appendf(nil, readerConf, p.ports.first, driver, p.ports.first), 0o600)
}

func (p *Pcscd) runDir() string     { return filepath.Join(p.dir, "run") }
func (p *Pcscd) confDir() string    { return filepath.Join(p.dir, "reader.conf.d") }
func (p *Pcscd) openSCConf() string { return filepath.Join(p.dir, "opensc.conf") }

// Socket is where pcscd listens for clients.
func (p *Pcscd) Socket() string { return filepath.Join(p.runDir(), "pcscd.comm") }

// Env is what a client needs in its environment: the socket, and a
// configuration for OpenSC that other clients ignore.
func (p *Pcscd) Env() []string {
	return []string{"PCSCLITE_CSOCK_NAME=" + p.Socket(), "OPENSC_CONF=" + p.openSCConf()}
}

// Addr is the address to Plug a card into the reader of the slot, 0 or 1. With
// NoReader it is empty.
func (p *Pcscd) Addr(slot int) string {
	if p.ports == nil {
		return ""
	}
	return fmt.Sprintf("127.0.0.1:%d", p.ports.first+slot)
}

// Port is that of the reader of the first slot, 0 with NoReader.
func (p *Pcscd) Port() int {
	if p.ports == nil {
		return 0
	}
	return p.ports.first
}

// ReaderName is the PC/SC name of the reader of the slot, 0 or 1.
func (p *Pcscd) ReaderName(slot int) string { return fmt.Sprintf("Virtual PCD 00 %02X", slot) }

// Start starts pcscd again after Stop or Kill, on the same socket and ports.
func (p *Pcscd) Start(ctx context.Context) error {
	if p.process != nil {
		return errors.New("starting pcscd: it is running")
	}
	for _, stale := range []string{"pcscd.comm", "pcscd.pid"} { // a killed one leaves them
		os.Remove(filepath.Join(p.runDir(), stale))
	}
	process, err := startProcess(p.runDir(), p.confDir(), p.opts.Log)
	if err != nil {
		return fmt.Errorf("starting pcscd: %w", err)
	}
	p.process = process
	if err := p.ready(ctx); err != nil {
		p.Kill()
		return fmt.Errorf("starting pcscd: %w; it printed: %s", err, process.printed())
	}
	return nil
}

// ready waits until pcscd answers a client and lists the readers it should have.
func (p *Pcscd) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	want := Slots
	if p.opts.NoReader {
		want = 0
	}
	for {
		readers, err := p.Readers(ctx)
		if err == nil && len(readers) == want {
			return nil
		}
		if err == nil {
			err = fmt.Errorf("it has %d readers instead of %d", len(readers), want)
		}
		select {
		case <-p.process.ended:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(pollInterval):
		}
	}
}

// Stop ends pcscd in order, and removes the directory if it was temporary.
// Stopping twice does nothing.
func (p *Pcscd) Stop() {
	p.Terminate()
	if p.ports != nil {
		p.ports.release()
	}
	if p.temporary {
		os.RemoveAll(p.dir)
	}
}

// Terminate ends pcscd in order; Start starts it again.
func (p *Pcscd) Terminate() {
	if p.process != nil {
		p.process.terminate()
		p.process = nil
	}
}

// Kill ends pcscd as a crash does: socket and pid file stay behind, clients get
// no word. Start starts it again.
func (p *Pcscd) Kill() {
	if p.process != nil {
		p.process.kill()
		p.process = nil
	}
}

// Restart is Terminate and Start. Cards must be plugged again.
func (p *Pcscd) Restart(ctx context.Context) error {
	p.Terminate()
	return p.Start(ctx)
}

// Crash is Kill and Start. Cards must be plugged again.
func (p *Pcscd) Crash(ctx context.Context) error {
	p.Kill()
	return p.Start(ctx)
}

// Done is closed when the pcscd that runs now has ended.
func (p *Pcscd) Done() <-chan struct{} {
	if p.process == nil {
		closed := make(chan struct{})
		close(closed)
		return closed
	}
	return p.process.ended
}

// findDriver finds the driver of the virtual reader where distributions put it.
func findDriver() (string, error) {
	for _, pattern := range []string{
		"/usr/lib/pcsc/drivers/serial/libifdvpcd.so",
		"/usr/lib*/pcsc/drivers/serial/libifdvpcd.so*",
		"/usr/local/lib/pcsc/drivers/serial/libifdvpcd.so*",
	} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0], nil
		}
	}
	return "", errors.New("the driver libifdvpcd.so of the virtual reader is missing: install the package vsmartcard-vpcd")
}
