// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/testcard"
)

// maxLine bounds a command or an answer on the control socket.
const maxLine = 512

// request is a parsed control line.
type request struct {
	command string
	card    int    // from 0
	rest    string // the new state, or the number of eject-at
}

// parseRequest reads "command [n] [argument]". n is 1 or 2; without it the
// first card is meant.
func parseRequest(line string) (request, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return request{}, errors.New("an empty command")
	}
	r := request{command: words[0]}
	words = words[1:]
	most, least := 0, 0
	switch r.command {
	case "insert", "eject", "counters", "reset-counters":
	case "state":
		most = 1
	case "eject-at":
		most, least = 1, 1
	default:
		return r, fmt.Errorf("command %q is unknown: use insert, eject, state, counters, reset-counters or eject-at", r.command)
	}
	if len(words) > least && (words[0] == "1" || words[0] == "2") {
		r.card, words = int(words[0][0]-'1'), words[1:]
	}
	if len(words) < least || len(words) > most {
		return r, fmt.Errorf("%s has the wrong number of arguments", r.command)
	}
	if len(words) == 1 {
		r.rest = words[0]
	}
	return r, nil
}

// execute runs a control line and gives one line of answer.
func (s *stand) execute(ctx context.Context, line string) (string, error) {
	r, err := parseRequest(line)
	if err != nil {
		return "", err
	}
	if r.card >= len(s.places) {
		return "", fmt.Errorf("there is no card %d", r.card+1)
	}
	p := s.places[r.card]
	switch r.command {
	case "insert":
		p.isInside() // notices a card that ejected itself
		if err := p.insert(ctx); err != nil {
			return "", err
		}
	case "eject":
		p.eject()
	case "state":
		if r.rest != "" {
			if err := p.card.SetState(testcard.State(r.rest)); err != nil {
				return "", err
			}
		}
	case "reset-counters":
		p.card.ResetCounters()
		return "", nil
	case "counters":
		c := p.card.Counters()
		return fmt.Sprintf("apdus=%d bytes-in=%d bytes-out=%d verifies=%d line-ms=%d",
			c.APDUs, c.BytesIn, c.BytesOut, c.Verifies, c.LineTime.Milliseconds()), nil
	case "eject-at":
		n, err := strconv.Atoi(r.rest)
		if err != nil || n < 0 {
			return "", fmt.Errorf("eject-at needs a number of commands, not %q", r.rest)
		}
		p.card.EjectAt(n)
	}
	return p.status(), nil
}

// listenControl makes the control socket, for this user only. A socket that
// nobody answers is a leftover and goes.
func listenControl(path string) (net.Listener, error) {
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return nil, fmt.Errorf("another ponte-testcard listens on %s", path)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		os.Remove(path)
	}
	l, err := listenPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("making the control socket: %w", err)
	}
	return l, nil
}

// serveControl answers connections until the listener is closed; an error in
// accepting is sent.
func serveControl(l net.Listener, s *stand) <-chan error {
	failed := make(chan error, 1)
	go func() {
		for {
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				failed <- err
				return
			}
			go s.answer(conn)
		}
	}()
	return failed
}

// answer reads command lines from one connection. Each gets one line, "ok" with
// a result or "error" with a sentence.
func (s *stand) answer(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	for lines.Scan() {
		result, err := s.execute(context.Background(), lines.Text())
		reply := strings.TrimSpace("ok " + result)
		if err != nil {
			reply = "error " + err.Error()
		}
		if _, err := io.WriteString(conn, reply+"\n"); err != nil {
			return
		}
	}
}

// control is the ctl command: one line to the running program, its answer to
// the output.
func control(ctx context.Context, args []string, out io.Writer) error {
	flags := newFlags("ponte-testcard ctl", out)
	socket := flags.String("control", "", "control `socket` of the running program")
	help := flags.Usage
	flags.Usage = func() {}
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			help()
			return err
		}
		return usageError{err}
	}
	if *socket == "" || flags.NArg() == 0 {
		return misuse("ctl needs --control and a command")
	}
	line := strings.Join(flags.Args(), " ")
	if _, err := parseRequest(line); err != nil {
		return usageError{err}
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", *socket)
	if err != nil {
		return fmt.Errorf("no ponte-testcard listens on %s: start one with --control: %w", *socket, err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(2 * noticeTimeout))
	if _, err := io.WriteString(conn, line+"\n"); err != nil {
		return fmt.Errorf("sending the command: %w", err)
	}
	answers := bufio.NewScanner(io.LimitReader(conn, 2*maxLine))
	if !answers.Scan() {
		return errors.New("ponte-testcard ended without an answer")
	}
	word, rest, _ := strings.Cut(answers.Text(), " ")
	if word != "ok" {
		return errors.New(rest)
	}
	if rest != "" {
		fmt.Fprintln(out, rest)
	}
	return nil
}
