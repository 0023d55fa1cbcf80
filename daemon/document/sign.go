// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// signing is what `ponte sign` prints with --json.
type signing struct {
	Documents []signedFile `json:"documents"`
}

// signedFile is one file of the command line, and what came of it.
type signedFile struct {
	File           string         `json:"file"`
	Signed         string         `json:"signed,omitempty"` // the file that was written
	Level          string         `json:"level,omitempty"`
	SHA256         string         `json:"sha256,omitempty"` // of the file that was written
	OriginalSHA256 string         `json:"originalSha256,omitempty"`
	Error          *signedFailure `json:"error,omitempty"`
}

// signedFailure is why a file was not signed.
type signedFailure struct {
	Code    protocol.Code   `json:"code"`
	Reason  protocol.Reason `json:"reason,omitempty"`
	Message string          `json:"message"` // for a person
}

type signFlags struct {
	params       protocol.SignDocumentParams
	visible, out string
	force        bool
}

// signCommand is `ponte sign`: a client of the agent, which asks the citizen and the card.
func signCommand(w *words.Words) *cobra.Command {
	var f signFlags
	c := &cobra.Command{
		Use: "sign " + w.T(words.CLIUsageFile, nil) + "...", Short: w.T(words.SigningCommand, nil),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) > protocol.MaxDocuments {
				return cli.Misused(w.T(words.SigningHowMany, words.Data{"Most": protocol.MaxDocuments}))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, w, args) },
	}
	c.Flags().StringVar(&f.params.Format, "format", "", w.T(words.SigningFlagFormat, nil))
	c.Flags().StringVar(&f.params.Shape, "shape", "", w.T(words.SigningFlagShape, nil))
	c.Flags().StringVar(&f.params.Level, "level", "", w.T(words.SigningFlagLevel, nil))
	c.Flags().StringVar(&f.visible, "visible", "", w.T(words.SigningFlagVisible, nil))
	c.Flags().StringVar(&f.params.Reason, "reason", "", w.T(words.SigningFlagReason, nil))
	c.Flags().StringVar(&f.params.Location, "location", "", w.T(words.SigningFlagLocation, nil))
	c.Flags().StringVar(&f.out, "out", "", w.T(words.SigningFlagOut, nil))
	c.Flags().BoolVar(&f.force, "force", false, w.T(words.SigningFlagForce, nil))
	c.Flags().StringVar(&f.params.Lang, "lang", "", w.T(words.CLIFlagLang, nil))
	cli.WantsJSON(c, w)
	return c
}

func (f *signFlags) run(c *cobra.Command, w *words.Words, names []string) error {
	if err := f.readVisible(w); err != nil {
		return err
	}
	if err := cli.NameLanguage(f.params.Lang); err != nil {
		return err
	}
	if f.params.Lang == "" {
		f.params.Lang = w.Lang()
	}
	files, err := openAll(w, names, placing{f.out, f.force, f.params.Format, f.params.Shape})
	if err != nil {
		return err
	}
	defer closeAll(files)
	for _, file := range files {
		f.params.Documents = append(f.params.Documents, file.declared)
	}
	if err := f.params.Check(); err != nil {
		return usage(w, err)
	}
	told := newTeller(c, w, len(files))
	result, err := ask(c.Context(), w, f.params, files, told)
	told.done()
	if err != nil {
		return inWords(w, err)
	}
	return result.print(c, w)
}

// usage makes a mistake of the command line of what the protocol refuses: no site has asked.
func usage(w *words.Words, err error) error {
	detail := err.Error()
	if e := (*protocol.Error)(nil); errors.As(err, &e) && e.Detail != "" {
		detail = e.Detail
	}
	return cli.Misused(w.T(words.SigningBadOptions, nil) + " (" + detail + ")")
}

// readVisible reads --visible: page,x,y,width,height.
func (f *signFlags) readVisible(w *words.Words) error {
	if f.visible == "" {
		return nil
	}
	bad := cli.Misused(w.T(words.SigningBadVisible, nil))
	fields := strings.Split(f.visible, ",")
	if len(fields) != 5 {
		return bad
	}
	page, err := strconv.Atoi(strings.TrimSpace(fields[0]))
	if err != nil {
		return bad
	}
	var numbers [4]float64
	for i, field := range fields[1:] {
		if numbers[i], err = strconv.ParseFloat(strings.TrimSpace(field), 64); err != nil {
			return bad
		}
	}
	f.params.Visible = &protocol.VisibleBox{Page: page, X: numbers[0], Y: numbers[1], Width: numbers[2], Height: numbers[3]}
	return nil
}

// starting is how long an agent may take to start.
const starting = 10 * time.Second

// ask has the agent sign the files, and writes what it gives back.
func ask(ctx context.Context, w *words.Words, p protocol.SignDocumentParams, files []*file, told *teller) (*signing, error) {
	first, cancel := context.WithTimeout(ctx, starting)
	defer cancel()
	if err := control.Start(first); errors.Is(err, ipc.ErrAbsent) {
		return nil, protocol.Fail(protocol.BridgeUnreachable, "no agent answers")
	} else if err != nil {
		return nil, err
	}
	channel, err := control.Open(first, told.notify)
	if err != nil {
		return nil, err
	}
	defer channel.Close() // with it the agent forgets everything
	answer, err := talk(ctx, channel, p, files)
	if err != nil {
		return nil, inWords(w, err)
	}
	return collect(ctx, w, channel, answer, files)
}

// inWords gives a failure words of its own: what is wrong with a file the agent does not say, nor that it has gone.
func inWords(w *words.Words, err error) error {
	var e *protocol.Error
	var told cli.Told
	if errors.As(err, &told) {
		return err
	}
	if errors.Is(err, control.ErrClosed) {
		return cli.Told{Text: w.T(words.FailureAgentSilent, nil), Err: err, Code: protocol.BridgeUnreachable}
	}
	if errors.As(err, &e) && e.Code == protocol.DocumentRefused && e.Reason != "" {
		text := w.DocumentRefusal(string(e.Reason))
		return cli.Tell(text, protocol.Because(e.Code, e.Reason, text))
	}
	return err
}

// print tells what came of each file. Where one was not signed, or not written, the exit code is that of the first.
func (s *signing) print(c *cobra.Command, w *words.Words) error {
	if cli.IsJSON(c) {
		if err := cli.PrintJSON(c, s); err != nil {
			return err
		}
	} else {
		for _, d := range s.Documents {
			name := cli.Printable(d.File)
			if d.Error == nil {
				c.Println(w.T(words.SigningSigned, words.Data{"File": name, "Signed": cli.Printable(d.Signed)}))
			} else {
				c.PrintErrln(w.T(words.SigningNotSigned, words.Data{"File": name, "Reason": d.Error.Message}))
			}
		}
	}
	if i := slices.IndexFunc(s.Documents, func(d signedFile) bool { return d.Error != nil }); i >= 0 {
		return cli.Quiet{Exit: max(cli.ExitFailed, cli.ExitFor(s.Documents[i].Error.Code))}
	}
	return nil
}
