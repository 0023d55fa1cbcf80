// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/protocol"
)

// panelPages are what the control page can begin with.
var panelPages = []string{"", "card", "pin", "sign", "verify", "sites", "activity", "diagnosis", "settings", "about"}

// panelLimit bounds how long the panel may take to start and answer.
const panelLimit = 10 * time.Second

// openPanel answers panel.open.
func (a *agent) openPanel(ctx context.Context, req protocol.Request) (any, error) {
	var p control.PanelParams
	if err := req.Bind(&p); err != nil {
		return nil, err
	}
	if !slices.Contains(panelPages, p.Page) {
		return nil, protocol.Fail(protocol.InvalidArgument, "page: no page has this name")
	}
	url, err := a.panel.open(p.Page)
	if err != nil {
		a.log.Error("the control page cannot be opened", "err", err)
		return nil, protocol.Fail(protocol.Internal, "")
	}
	answer := control.Panel{URL: url}
	if p.Show {
		err := showInBrowser(ctx, url)
		if err != nil {
			a.log.Warn("no browser shows the control page", "err", err)
		}
		answer.Shown = err == nil
	}
	return answer, nil
}

// panelProgram is ponte-panel, started when somebody wants to see the page. Its standard streams are for us two alone: it
// gives addresses for one visit, and ends when we close our end, however we end.
type panelProgram struct {
	mu  sync.Mutex
	in  io.WriteCloser // nil: none was started
	out *os.File
}

// open gives an address for one visit. A panel that has ended, because nobody looked, is started again.
func (p *panelProgram) open(page string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.in != nil {
		if url, err := p.ask(page); err == nil {
			return url, nil
		}
		p.end()
	}
	if err := p.start(); err != nil {
		return "", err
	}
	url, err := p.ask(page)
	if err != nil {
		p.end()
		return "", fmt.Errorf("asking ponte-panel: %w", err)
	}
	return url, nil
}

func (p *panelProgram) start() error {
	path, err := sibling("ponte-panel")
	if err != nil {
		return err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd := exec.Command(path)
	cmd.Stdout, cmd.Stderr = childOut, os.Stderr
	withoutWindow(cmd)
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	_ = childOut.Close()
	if err != nil {
		return errors.Join(fmt.Errorf("starting ponte-panel: %w", err), out.Close())
	}
	go func() { _ = cmd.Wait() }()
	p.in, p.out = in, out
	return nil
}

// end lets the panel end.
func (p *panelProgram) end() {
	_, _ = p.in.Close(), p.out.Close()
	p.in, p.out = nil, nil
}

func (p *panelProgram) ask(page string) (string, error) {
	const longest = 512 // bytes of an address
	if err := p.out.SetReadDeadline(time.Now().Add(panelLimit)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintln(p.in, "open "+page); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(io.LimitReader(p.out, longest)).ReadString('\n') // it says nothing that is not asked for
	if err != nil {
		return "", err
	}
	url := strings.TrimSpace(line)
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		return "", errors.New("the answer is not an address of this computer")
	}
	return url, nil
}
