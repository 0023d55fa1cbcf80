// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// The module that browsers load, in a C program that does what a browser does (testdata/browser.c): a Go program would
// count its own threads and memory. bench runs in the repository.

// moduleLoads loads the module in 50 new processes, and SoftHSM by turns.
func moduleLoads(ctx context.Context, h *house) ([]row, error) {
	program, module, err := buildBrowser(ctx, h.work)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "ponte-bench-hsm-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := makeHSM(ctx, dir); err != nil {
		return nil, err
	}
	var took, memory, threads, peerTook, peerMemory samples
	for range 50 {
		ours, err := loadOnce(ctx, program, module)
		if err != nil {
			return nil, err
		}
		took, memory, threads = append(took, ours.open+ours.initialise), append(memory, ours.kib/1024), append(threads, ours.threads)
		peer, err := loadOnce(ctx, program, softHSM)
		if err != nil {
			return nil, err
		}
		peerTook, peerMemory = append(peerTook, peer.open+peer.initialise), append(peerMemory, peer.kib/1024)
	}
	return []row{
		row{What: "browser module: load and C_Initialize, p95 of 50", Unit: "ms", Measured: took.p95(), Note: "dlopen to the end of C_Initialize, each in a new process"}.within(2).beside("SoftHSM", peerTook.p95()),
		row{What: "browser module: memory in the browser, p95 of 50", Unit: "MiB", Measured: memory.p95(), Note: "RSS after C_Initialize less RSS before dlopen"}.within(1).beside("SoftHSM", peerMemory.p95()),
		row{What: "browser module: threads, the most of 50", Measured: threads.quantile(1)}.within(0),
	}, nil
}

// buildBrowser builds the module as it is released, and the program that stands for a browser.
func buildBrowser(ctx context.Context, dir string) (program, module string, err error) {
	program, module = filepath.Join(dir, "browser"), filepath.Join(dir, "libponte-pkcs11.so")
	for _, args := range [][]string{
		{"make", "-s", "-C", "browsermodule", "OUT=" + dir, "linux"},
		{"gcc", "-O2", "-Wall", "-Ibrowsermodule", "-o", program, "bench/testdata/browser.c"},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			return "", "", fmt.Errorf("%s: %w\n%s", args[0], err, out)
		}
	}
	return program, module, nil
}

// loading is what it costs to load a module.
type loading struct{ open, initialise, kib, threads float64 }

func parseLoading(line string) (l loading, err error) {
	_, err = fmt.Sscan(line, &l.open, &l.initialise, &l.kib, &l.threads)
	return l, err
}

func loadOnce(ctx context.Context, program, module string) (loading, error) {
	out, err := exec.CommandContext(ctx, program, module).Output()
	if err != nil {
		return loading{}, fmt.Errorf("loading %s: %w", module, err)
	}
	return parseLoading(string(out))
}

// tlsClient makes handshakes with a module, one when it is told to.
type tlsClient struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	said bytes.Buffer
}

// logIn starts the program and waits until it has logged in.
func logIn(ctx context.Context, program, module, pin string) (*tlsClient, error) {
	c := &tlsClient{cmd: exec.CommandContext(ctx, program, module, pin)}
	c.cmd.Stderr = &c.said
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	for range 2 { // what loading has cost, and that it is ready
		if _, err := c.out.ReadString('\n'); err != nil {
			c.end()
			return nil, fmt.Errorf("%s: %w: %s", module, err, c.said.Bytes())
		}
	}
	return c, nil
}

// handshake gives the time that the calls took in the program.
func (c *tlsClient) handshake() (ms float64, err error) {
	if _, err := io.WriteString(c.in, "\n"); err != nil {
		return 0, err
	}
	line, err := c.out.ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("a handshake: %w: %s", err, c.said.Bytes())
	}
	_, err = fmt.Sscan(line, &ms)
	return ms / 1000, err
}

func (c *tlsClient) end() {
	_ = c.in.Close()
	_ = c.cmd.Wait()
}

// handshakes makes 200 handshakes through module, door, bridge and card, and with SoftHSM by turns. The agent is that of
// ownShare: the time in PC/SC is taken off, so that pcscd, the virtual reader and the emulated card do not count.
func handshakes(ctx context.Context, h *house) ([]row, error) {
	program, module, err := buildBrowser(ctx, h.work)
	if err != nil {
		return nil, err
	}
	if err := h.stopAgent(); err != nil {
		return nil, err
	}
	if err := h.insert(ctx); err != nil {
		return nil, err
	}
	w := &stopwatch{}
	end, err := openAgent(ctx, h, w)
	if err != nil {
		return nil, err
	}
	defer end()
	ours, first, err := h.firstHandshake(ctx, program, module)
	if err != nil {
		return nil, err
	}
	defer ours.end()
	dir, err := os.MkdirTemp("", "ponte-bench-hsm-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := makeHSM(ctx, dir); err != nil {
		return nil, err
	}
	peer, err := logIn(ctx, program, softHSM, softHSMPIN)
	if err != nil {
		return nil, err
	}
	defer peer.end()
	var own, theirs, whole samples
	var most float64
	for range 200 {
		w.reset()
		var took float64
		cost, err := h.costOf(func() (err error) { took, err = ours.handshake(); return err })
		if err != nil {
			return nil, err
		}
		inCard, _ := w.read()
		whole, own, most = append(whole, took), append(own, took-ms(inCard)), max(most, cost.commands)
		if took, err = peer.handshake(); err != nil {
			return nil, err
		}
		theirs = append(theirs, took)
	}
	return []row{
		row{What: "TLS handshake with the PIN, certificate cached: commands", Measured: first, Note: "C_Login and the first C_Sign of a program; the dialog is between them"}.within(7),
		row{What: "TLS handshake, warm: commands, the most of 200", Measured: most, Note: "within a PIN that was verified for the program"}.within(7),
		row{
			What: "TLS handshake, warm: over SoftHSM's, p95 of 200", Unit: "ms", Measured: own.p95() - theirs.p95(),
			Note: "C_GetSlotInfo, C_GetSessionInfo, C_SignInit, C_Sign through module and agent, less every call of PC/SC, less SoftHSM's p95 for the same calls",
		}.within(5).beside("SoftHSM, whole", theirs.p95()),
		{What: "TLS handshake, warm: all of it, emulated card, median of 200", Unit: "ms", Measured: whole.median()},
	}, nil
}

// firstHandshake logs in twice: the agent hears of a card a moment after pcscd, and reads its certificate once. The second
// program's commands count.
func (h *house) firstHandshake(ctx context.Context, program, module string) (c *tlsClient, commands float64, err error) {
	for range 40 {
		if c, err = logIn(ctx, program, module, "-"); err == nil {
			break
		}
		wait(ctx, 250*time.Millisecond)
	}
	if err != nil {
		return nil, 0, err
	}
	c.end()
	counted, err := h.costOf(func() (err error) {
		if c, err = logIn(ctx, program, module, "-"); err == nil {
			_, err = c.handshake()
		}
		return err
	})
	if err != nil && c != nil {
		c.end()
	}
	return c, counted.commands, err
}
