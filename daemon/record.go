// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/doctor"
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/daemon/transcript"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// recordTime is how long another program may hold the card, and the card may think, before the citizen is told.
const recordTime = time.Minute

func recordCommand(w *words.Words) *cobra.Command {
	var reader string
	c := &cobra.Command{
		Use: "record " + w.T(words.CLIUsageFile, nil), Short: w.T(words.CardsRecord, nil), Args: cli.OneArgument,
		RunE: func(c *cobra.Command, args []string) error {
			err := record(c.Context(), args[0], reader)
			switch {
			case errors.Is(err, errSeveral):
				return cli.Misused(w.T(words.FailureSeveralCards, nil))
			case errors.Is(err, os.ErrExist):
				return cli.Tell(w.T(words.DocumentsExists, words.Data{"File": cli.Printable(args[0])}), err)
			case err != nil:
				return err
			}
			c.Println(w.T(words.CardsRecorded, words.Data{"Path": args[0]}))
			return nil
		},
	}
	c.Flags().StringVar(&reader, "reader", "", w.T(words.CardsRecordReader, nil))
	return c
}

// errSeveral: nobody has said which of several cards is meant.
var errSeveral = errors.New("there are several cards: name the reader with --reader")

// record writes the transcript of one card. The agent need not run, and may: PC/SC lets both at the card in turn.
func record(ctx context.Context, path, reader string) error {
	if _, err := os.Lstat(path); err == nil { // before the card is read
		return fmt.Errorf("%s: %w", path, os.ErrExist)
	}
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	r, err := readerToRecord(ctx, reader)
	if err != nil {
		return err
	}
	t, err := recordCard(ctx, r)
	if err != nil {
		return err
	}
	t.Version, t.System, t.Reader = version, runtime.GOOS+"/"+runtime.GOARCH, doctor.ReaderName(r.Name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(t.Write(f), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing the transcript: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// recordCard reads the card in one transaction. PC/SC cannot be interrupted: at the end of ctx it is left behind.
func recordCard(ctx context.Context, r pcsc.Reader) (*transcript.Transcript, error) {
	var t *transcript.Transcript
	done := make(chan error, 1)
	go func() {
		done <- transact(r.Name, func(l card.Link) error {
			t = transcript.Record(r.ATR, l)
			return nil
		})
	}()
	select {
	case err := <-done:
		switch {
		case err == nil:
			return t, nil
		case errors.Is(err, pcsc.ErrRemoved):
			return nil, protocol.Fail(protocol.CardRemoved, err.Error())
		case errors.Is(err, pcsc.ErrBusy):
			return nil, protocol.Fail(protocol.CardBusy, err.Error())
		}
		return nil, protocol.Fail(protocol.CardMute, err.Error())
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, protocol.Fail(protocol.CardBusy, "")
		}
		return nil, ctx.Err()
	}
}

// readerToRecord finds the card that is meant: in the reader that is named, else the CNS, else the only card there is.
func readerToRecord(ctx context.Context, named string) (pcsc.Reader, error) {
	readers, err := readersNow(ctx)
	switch {
	case err != nil:
		return pcsc.Reader{}, protocol.Fail(protocol.PCSCUnavailable, err.Error())
	case len(readers) == 0:
		return pcsc.Reader{}, protocol.Fail(protocol.NoReader, "")
	}
	var cards, ours []pcsc.Reader
	mute := false
	for _, r := range readers {
		mute = mute || r.Presence == pcsc.Mute
		if r.Presence != pcsc.Present || !strings.Contains(r.Name, named) {
			continue
		}
		cards = append(cards, r)
		if cns.Recognise(r.ATR) == cns.CNS {
			ours = append(ours, r)
		}
	}
	switch {
	case len(ours) == 1:
		return ours[0], nil
	case len(cards) == 1:
		return cards[0], nil
	case len(cards) > 1:
		return pcsc.Reader{}, errSeveral
	case mute:
		return pcsc.Reader{}, protocol.Fail(protocol.CardMute, "")
	}
	return pcsc.Reader{}, protocol.Fail(protocol.NoCard, "")
}

// readersNow is what a watcher reports first.
func readersNow(ctx context.Context) ([]pcsc.Reader, error) {
	type report struct {
		readers []pcsc.Reader
		err     error
	}
	first := make(chan report, 1)
	w, err := newWatcher(func(r []pcsc.Reader, err error) {
		select {
		case first <- report{r, err}:
		default: // what changes later is not asked for
		}
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	select {
	case r := <-first:
		return r.readers, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
