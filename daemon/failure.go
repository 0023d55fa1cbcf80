// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"

	"github.com/ponte-cns/ponte/daemon/browsers"
	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/doctor"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// causes are failures of any command that have words of their own.
var causes = []struct {
	is   error
	text words.Text
	code protocol.Code
}{
	{ipc.ErrRunning, words.FailureAlreadyRunning, ""},
	{ipc.ErrForeign, words.FailureForeign, protocol.BridgeUnreachable},
	{control.ErrClosed, words.FailureAgentSilent, protocol.BridgeUnreachable},
	{policy.ErrManaged, words.FailurePolicy, ""},
	{policy.ErrManagedSite, words.FailureSiteManaged, ""},
	{doctor.ErrNotFixable, words.FailureNotFixable, ""},
	{browsers.ErrNoHost, words.FailureNoHost, ""},
	{browsers.ErrOpen, words.TLSCloseFirst, ""},
	{browsers.ErrNoModutil, words.TLSNeedsModutil, ""},
}

// inWords gives a failure its words, where package cli has none for it.
func inWords(w *words.Words, err error) error {
	var told cli.Told
	var wrong *policy.Mistake
	switch {
	case err == nil, errors.As(err, &told):
		return err
	case errors.Is(err, ipc.ErrAbsent):
		return cli.Told{Text: w.Hint(protocol.BridgeUnreachable), Err: err, Code: protocol.BridgeUnreachable}
	}
	for _, c := range causes {
		if errors.Is(err, c.is) {
			return cli.Told{Text: w.T(c.text, nil), Err: err, Code: c.code}
		}
	}
	if errors.As(err, &wrong) {
		return cli.Tell(w.T(words.FailureSettings, nil), err)
	}
	return err
}
