// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package vpcd

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var pki = testpki.New()

func newCard(t *testing.T, o testcard.Options) *testcard.Card {
	t.Helper()
	o.PKI = pki
	c, err := testcard.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func startPcscd(t *testing.T, o PcscdOptions) *Pcscd {
	t.Helper()
	p, err := StartPcscd(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

func plug(t *testing.T, p *Pcscd, slot int, c *testcard.Card) *Plugged {
	t.Helper()
	plugged, err := Plug(context.Background(), p.Addr(slot), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(plugged.Eject)
	return plugged
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAPortWithoutAReaderIsExplained(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	addr := l.Addr().String()
	l.Close()
	_, err = Plug(t.Context(), addr, newCard(t, testcard.Options{}))
	if err == nil || !strings.Contains(err.Error(), "install the package vsmartcard-vpcd and start pcscd") {
		t.Errorf("error %v", err)
	}
}

func TestADirectoryTooDeepForASocketIsExplained(t *testing.T) {
	dir := t.TempDir() + strings.Repeat("/deep", 20)
	if _, err := StartPcscd(t.Context(), PcscdOptions{Dir: dir}); err == nil || !strings.Contains(err.Error(), "shorter") {
		t.Errorf("error %v", err)
	}
}

func TestAPcscdWithoutReadersAnswers(t *testing.T) {
	t.Parallel()
	p := startPcscd(t, PcscdOptions{NoReader: true})
	readers, err := p.Readers(t.Context())
	if err != nil || len(readers) != 0 || p.Addr(0) != "" {
		t.Errorf("readers %v, error %v, address %q", readers, err, p.Addr(0))
	}
}

func TestAMuteCardIsSeenAsSuch(t *testing.T) {
	t.Parallel()
	p := startPcscd(t, PcscdOptions{})
	plug(t, p, 0, newCard(t, testcard.Options{Mute: true}))
	must(t, p.WaitMute(t.Context(), 0))
}

func TestCardsComeAndGoInBothReaders(t *testing.T) {
	t.Parallel()
	p := startPcscd(t, PcscdOptions{})
	first, second := newCard(t, testcard.Options{}), newCard(t, testcard.Options{Model: testcard.Athena})
	plugged := plug(t, p, 0, first)
	plug(t, p, 1, second)
	must(t, p.WaitCard(t.Context(), 0))
	must(t, p.WaitCard(t.Context(), 1))
	readers, err := p.Readers(t.Context())
	must(t, err)
	for i, c := range []*testcard.Card{first, second} {
		if readers[i].Name != p.ReaderName(i) || hex.EncodeToString(readers[i].ATR) != hex.EncodeToString(c.ATR()) {
			t.Errorf("reader %d: %+v", i, readers[i])
		}
	}
	plugged.Eject()
	if err := plugged.Err(); err != nil {
		t.Errorf("error %v", err)
	}
	must(t, p.WaitNoCard(t.Context(), 0))
	must(t, p.WaitCard(t.Context(), 1))
	plug(t, p, 0, first)
	must(t, p.WaitCard(t.Context(), 0))
}

func TestPcscdIsStartedAgainAfterAStopAndAfterACrash(t *testing.T) {
	t.Parallel()
	p := startPcscd(t, PcscdOptions{})
	c := newCard(t, testcard.Options{})
	for _, again := range []func(context.Context) error{p.Restart, p.Crash, p.Crash} {
		plugged := plug(t, p, 0, c)
		must(t, p.WaitCard(t.Context(), 0))
		must(t, again(t.Context()))
		if err := plugged.Err(); err != nil { // waits: pcscd's end takes the card out
			t.Errorf("error %v", err)
		}
		must(t, p.WaitNoCard(t.Context(), 0))
	}
	if err := p.Start(t.Context()); err == nil {
		t.Error("it was started twice")
	}
}

func TestStopRemovesWhatItMade(t *testing.T) {
	t.Parallel()
	p := startPcscd(t, PcscdOptions{})
	socket, done := p.Socket(), p.Done()
	p.Stop()
	p.Stop()
	<-done
	if _, err := os.Stat(socket); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if _, err := p.Readers(t.Context()); err == nil {
		t.Error("it still answers")
	}
}

// reader plays vpcd's part at the other end of a connection.
func reader(t *testing.T, c *testcard.Card) (net.Conn, *Plugged) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	p, err := Plug(t.Context(), l.Addr().String(), c)
	must(t, err)
	conn, err := l.Accept()
	must(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn, p
}

func exchange(t *testing.T, conn net.Conn, payload string) string {
	t.Helper()
	must(t, writeFrame(conn, []byte(payload)))
	var head [2]byte
	_, err := io.ReadFull(conn, head[:])
	must(t, err)
	b := make([]byte, int(head[0])<<8|int(head[1]))
	_, err = io.ReadFull(conn, b)
	must(t, err)
	return hex.EncodeToString(b)
}

func TestTheCardAnswersTheVirtualReader(t *testing.T) {
	c := newCard(t, testcard.Options{})
	conn, p := reader(t, c)
	if got := exchange(t, conn, "\x04"); got != hex.EncodeToString(c.ATR()) {
		t.Errorf("ATR %s", got)
	}
	must(t, writeFrame(conn, []byte{controlPowerOn}))
	if got := exchange(t, conn, "\x00\xA4\x00\x0C\x02\x3F\x00"); got != "9000" {
		t.Errorf("answer %s", got)
	}
	must(t, writeFrame(conn, []byte{controlReset}))
	if got := exchange(t, conn, "\x00\x20\x00\x10"); got != "63c3" {
		t.Errorf("answer %s", got)
	}
	c.EjectAt(1)
	must(t, writeFrame(conn, []byte("\x00\x20\x00\x10")))
	if err := p.Err(); !errors.Is(err, testcard.ErrEjected) {
		t.Errorf("error %v", err)
	}
}

func TestAReaderThatBreaksTheProtocolLosesTheCard(t *testing.T) {
	conn, p := reader(t, newCard(t, testcard.Options{}))
	_, err := conn.Write([]byte{0, 0})
	must(t, err)
	if err := p.Err(); !errors.Is(err, errEmptyFrame) {
		t.Errorf("error %v", err)
	}
}

func TestTheEndOfTheContextEjectsTheCard(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	p, err := Plug(ctx, l.Addr().String(), newCard(t, testcard.Options{}))
	must(t, err)
	cancel()
	if err := p.Err(); err != nil {
		t.Errorf("error %v", err)
	}
}
