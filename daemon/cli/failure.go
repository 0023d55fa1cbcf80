// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// Quiet is a failure of which everything has been printed.
type Quiet struct{ Exit int }

// Error is empty: there is nothing more to say.
func (Quiet) Error() string { return "" }

// Told is a failure in the citizen's words.
type Told struct {
	Text string        // what happened, and what to do
	Err  error         // what caused it, for who helps; nil where Text says it all
	Code protocol.Code // for scripts; none: INTERNAL
}

func (t Told) Error() string {
	if t.Err == nil {
		return t.Text
	}
	return t.Err.Error()
}

// Unwrap gives the cause.
func (t Told) Unwrap() error { return t.Err }

// Tell gives a failure its words. err may be nil, where they say it all.
func Tell(text string, err error) error { return Told{Text: text, Err: err} }

// Failure is how a script learns of one.
type Failure struct {
	Code    protocol.Code `json:"code"`
	Message string        `json:"message"`
}

// Report tells of a failure, in words on stderr or as JSON on stdout, and gives the exit code. What a citizen reads comes
// first; below it is what caused it, for who helps, and how the command is called, where that was the mistake.
func Report(root *cobra.Command, w *words.Words, args []string, err error) int {
	var q Quiet
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &q):
		return q.Exit
	}
	err = asMistake(root, err)
	code, exit := judge(err)
	if slices.Contains(args, "--json") {
		_ = PrintJSON(root, map[string]Failure{"error": {code, err.Error()}})
		return exit
	}
	text, detail := InWords(w, err)
	out := root.ErrOrStderr()
	_, _ = fmt.Fprintln(out, text)
	if detail != "" {
		_, _ = fmt.Fprintln(out, w.T(words.FailureDetail, words.Data{"Detail": detail}))
	}
	if errors.As(err, &UsageError{}) {
		_, _ = io.WriteString(out, "\n"+manner(root, w, args))
	}
	return exit
}

// manner is how the command is called that was called in another way.
func manner(root *cobra.Command, w *words.Words, args []string) string {
	c, _, err := root.Find(args)
	if err != nil || c.Name() == "help" {
		c = root
	}
	here := w.T(words.CLIUsageHere, words.Data{"Command": c.CommandPath()}) + "\n"
	switch {
	case c == root: // its commands are many
		return here
	case c.HasAvailableSubCommands():
		return usage(c, w)
	}
	return synopsis(c, w) + "\n" + here
}

// judge gives the code of a failure, and the exit code.
func judge(err error) (protocol.Code, int) {
	var told Told
	var e *protocol.Error
	switch {
	case errors.Is(err, context.Canceled):
		return protocol.UserCancelled, ExitCancelled
	case errors.As(err, &e):
		return e.Code, ExitFor(e.Code)
	case errors.As(err, &UsageError{}):
		return protocol.InvalidArgument, ExitUsage
	case errors.As(err, &told):
		return cmp.Or(told.Code, protocol.Internal), ExitFailed
	case isAbsent(err):
		return protocol.InvalidArgument, ExitUsage
	}
	return protocol.Internal, ExitFailed
}

// isAbsent is a file that was named and is not there.
func isAbsent(err error) bool {
	var p *fs.PathError
	return errors.As(err, &p) && errors.Is(p, fs.ErrNotExist)
}

// InWords puts a failure into words, and gives what is left to say to who helps.
func InWords(w *words.Words, err error) (text, detail string) {
	var told Told
	var said sentence
	var e *protocol.Error
	switch {
	case errors.As(err, &told):
		if told.Err != nil {
			detail = err.Error()
		}
		return told.Text, detail
	case errors.As(err, &said):
		return w.T(said.text, said.data), ""
	case errors.Is(err, context.Canceled):
		return w.T(words.FailureInterrupted, nil), ""
	case errors.As(err, &e) && e.Code == protocol.InvalidArgument: // its hint speaks of a site, and none has asked
		return w.T(words.FailureArgument, nil), err.Error()
	case errors.As(err, &e):
		return w.Hint(e.Code), string(e.Code) + ": " + err.Error()
	}
	if text, ok := ofOptions(w, err); ok {
		return text, ""
	}
	if text, all, ok := ofFile(w, err); ok {
		if !all {
			detail = err.Error()
		}
		return text, detail
	}
	return w.Hint(protocol.Internal), err.Error()
}

// ofFile says in words what the system says of a file, and whether that is all there is to say.
func ofFile(w *words.Words, err error) (text string, all, ok bool) {
	var p *fs.PathError
	if !errors.As(err, &p) {
		return "", false, false
	}
	id := words.FailureFileFailed
	switch {
	case errors.Is(p, fs.ErrNotExist):
		id, all = words.DocumentsAbsent, true
	case errors.Is(p, fs.ErrExist):
		id, all = words.DocumentsExists, true
	case errors.Is(p, fs.ErrPermission):
		id = words.FailureFileDenied
	}
	return w.T(id, words.Data{"File": Printable(p.Path)}), all, true
}

// ExitFor groups the codes of PROTOCOL.md as scripts want them.
func ExitFor(c protocol.Code) int {
	switch c {
	case protocol.UserCancelled, protocol.UserTimeout, protocol.ConsentDenied:
		return ExitCancelled
	case protocol.NoReader, protocol.NoCard, protocol.CardMute, protocol.CardUnsupported, protocol.CardRemoved, protocol.CardBusy,
		protocol.PINBlocked, protocol.PUKBlocked, protocol.CardNotActivated, protocol.CertificateExpired, protocol.CertificateNotYetValid,
		protocol.CertificateMissing, protocol.KeyMismatch, protocol.ReaderLimited, protocol.PCSCUnavailable:
		return ExitCard
	case protocol.InvalidArgument:
		return ExitUsage
	}
	return ExitFailed
}
