// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package pcsc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/internal/leaktest"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
	"github.com/ponte-cns/ponte/testcard/vpcd"
)

var (
	service *vpcd.Pcscd // a real pcscd with two virtual readers
	pki     = testpki.New()
)

func TestMain(m *testing.M) {
	var err error
	if service, err = vpcd.StartPcscd(context.Background(), vpcd.PcscdOptions{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, setting := range service.Env() {
		name, value, _ := strings.Cut(setting, "=")
		os.Setenv(name, value)
	}
	code := m.Run()
	service.Stop()
	if err := leaktest.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// report is what a Watcher said.
type report struct {
	readers []pcsc.Reader
	err     error
}

// watch runs a Watcher for the length of a test.
func watch(t *testing.T) (*pcsc.Watcher, chan report) {
	t.Helper()
	reports := make(chan report, 1000)
	w := pcsc.NewWatcher(func(r []pcsc.Reader, err error) { reports <- report{r, err} })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return w, reports
}

// until waits for a report that is as wanted.
func until(t *testing.T, reports chan report, wanted string, is func(report) bool) report {
	t.Helper()
	late := time.After(time.Minute)
	var last report
	for {
		select {
		case last = <-reports:
			if is(last) {
				return last
			}
		case <-late:
			t.Fatalf("never saw %s; last was %+v", wanted, last)
		}
	}
}

func holds(slot int, p pcsc.Presence) func(report) bool {
	return func(r report) bool { return r.err == nil && len(r.readers) > slot && r.readers[slot].Presence == p }
}

func plug(t *testing.T, slot int, o testcard.Options) (*vpcd.Plugged, *testcard.Card) {
	t.Helper()
	o.PKI = pki
	c, err := testcard.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := service.WaitNoCard(t.Context(), slot); err != nil { // that of the test before
		t.Fatal(err)
	}
	p, err := vpcd.Plug(t.Context(), service.Addr(slot), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Eject)
	return p, c
}

func TestReadersThatAreNotThereAreRemoved(t *testing.T) {
	err := pcsc.Transact("No such reader 00 00", func(*pcsc.Transaction) error { t.Error("work was done"); return nil })
	if !errors.Is(err, pcsc.ErrRemoved) {
		t.Errorf("%v", err)
	}
	err = pcsc.Transact(service.ReaderName(1), func(*pcsc.Transaction) error { t.Error("work was done"); return nil })
	if !errors.Is(err, pcsc.ErrRemoved) {
		t.Errorf("an empty reader: %v", err)
	}
}

func TestCardsThatComeAndGoAreReported(t *testing.T) {
	for slot := range 2 {
		if err := service.WaitNoCard(t.Context(), slot); err != nil {
			t.Fatal(err)
		}
	}
	_, reports := watch(t)
	until(t, reports, "two empty readers", func(r report) bool { return len(r.readers) == 2 && holds(0, pcsc.Empty)(r) })
	first, chip := plug(t, 0, testcard.Options{})
	r := until(t, reports, "a card", holds(0, pcsc.Present))
	if !bytes.Equal(r.readers[0].ATR, chip.ATR()) || r.readers[0].Name != service.ReaderName(0) {
		t.Errorf("%+v", r.readers[0])
	}
	number := r.readers[0].Insertion
	first.Eject()
	until(t, reports, "no card", holds(0, pcsc.Empty))
	plug(t, 0, testcard.Options{})
	if r := until(t, reports, "the card again", holds(0, pcsc.Present)); r.readers[0].Insertion == number {
		t.Error("two insertions have one number")
	}
	plug(t, 1, testcard.Options{Mute: true})
	until(t, reports, "a mute card", holds(1, pcsc.Mute))
}

func TestATransactionOfOurOwnDoesNotMakeTheCardANewOne(t *testing.T) {
	plug(t, 0, testcard.Options{})
	_, reports := watch(t)
	number := until(t, reports, "a card", holds(0, pcsc.Present)).readers[0].Insertion
	work := func(tr *pcsc.Transaction) error {
		tr.ResetAtEnd()
		_, err := tr.Transmit([]byte{0, 0xA4, 0, 0x0C, 2, 0x3F, 0})
		return err
	}
	if err := pcsc.Transact(service.ReaderName(0), work); err != nil {
		t.Fatal(err)
	}
	plug(t, 1, testcard.Options{})
	r := until(t, reports, "the second card", holds(1, pcsc.Present))
	if r.readers[0].Insertion != number {
		t.Error("a reset counts as an insertion")
	}
}

func TestATransactionKeepsOthersOutAndAResetEndsThePIN(t *testing.T) {
	_, chip := plug(t, 0, testcard.Options{})
	_, reports := watch(t)
	until(t, reports, "a card", holds(0, pcsc.Present))
	verify := append([]byte{0, 0x20, 0, 0x10, 8}, testcard.DefaultPIN...)
	empty := []byte{0, 0x20, 0, 0x10}
	inside := make(chan struct{})
	order := make(chan string, 2)
	done := make(chan error, 1)
	go func() {
		<-inside
		done <- pcsc.Transact(service.ReaderName(0), func(tr *pcsc.Transaction) error {
			order <- "second"
			b, err := tr.Transmit(empty)
			if err == nil && !bytes.Equal(b, []byte{0x63, 0xC3}) {
				err = fmt.Errorf("the PIN is still verified: %X", b)
			}
			return err
		})
	}()
	err := pcsc.Transact(service.ReaderName(0), func(tr *pcsc.Transaction) error {
		tr.ResetAtEnd()
		if b, err := tr.Transmit(verify); err != nil || !bytes.Equal(b, []byte{0x90, 0}) {
			return fmt.Errorf("VERIFY: %X, %w", b, err)
		}
		close(inside)
		time.Sleep(300 * time.Millisecond) // the other one must be waiting
		order <- "first"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if <-order != "first" {
		t.Error("two transactions at once")
	}
	if chip.TriesLeft() != 3 {
		t.Errorf("%d tries", chip.TriesLeft())
	}
}

func TestACardPulledInTheMiddleIsRemoved(t *testing.T) {
	_, chip := plug(t, 0, testcard.Options{})
	_, reports := watch(t)
	until(t, reports, "a card", holds(0, pcsc.Present))
	chip.EjectAt(2)
	err := pcsc.Transact(service.ReaderName(0), func(tr *pcsc.Transaction) error {
		for range 3 {
			if _, err := tr.Transmit([]byte{0, 0xA4, 0, 0x0C, 2, 0x3F, 0}); err != nil {
				return err
			}
		}
		return nil
	})
	if !errors.Is(err, pcsc.ErrRemoved) {
		t.Errorf("%v", err)
	}
	until(t, reports, "no card", holds(0, pcsc.Empty))
}

func TestAServiceThatDiesIsReportedAndFoundAgain(t *testing.T) {
	plug(t, 0, testcard.Options{})
	w, reports := watch(t)
	number := until(t, reports, "a card", holds(0, pcsc.Present)).readers[0].Insertion
	for name, again := range map[string]func(context.Context) error{"restarted": service.Restart, "killed": service.Crash} {
		if err := again(t.Context()); err != nil {
			t.Fatal(err)
		}
		until(t, reports, "a service that is away", func(r report) bool { return errors.Is(r.err, pcsc.ErrUnavailable) && r.readers == nil })
		w.Wake()
		until(t, reports, "empty readers", func(r report) bool { return len(r.readers) == 2 && holds(0, pcsc.Empty)(r) })
		plug(t, 0, testcard.Options{})
		r := until(t, reports, "the card", holds(0, pcsc.Present))
		if r.readers[0].Insertion == number {
			t.Errorf("%s: the card counts as the same insertion", name)
		}
		number = r.readers[0].Insertion
	}
}

func TestAServiceThatWasStoppedIsNotTakenForOneThatIsNotInstalled(t *testing.T) {
	w, reports := watch(t)
	until(t, reports, "readers", func(r report) bool { return r.err == nil && len(r.readers) == 2 })
	for name, end := range map[string]func(){"in order": service.Terminate, "as a crash": service.Kill} {
		end()
		until(t, reports, "why the service is away", func(r report) bool { return pcsc.ReasonOf(r.err) == pcsc.Stopped })
		err := pcsc.Transact(service.ReaderName(0), func(*pcsc.Transaction) error { t.Error("work was done"); return nil })
		if !errors.Is(err, pcsc.ErrUnavailable) || pcsc.ReasonOf(err) != pcsc.Stopped {
			t.Errorf("%s: %v, %q", name, err, pcsc.ReasonOf(err))
		}
		if err := service.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.Wake()
		until(t, reports, "readers again", func(r report) bool { return r.err == nil && len(r.readers) == 2 })
	}
}
