// SPDX-License-Identifier: EUPL-1.2

// Command ponte-verify does what a portal does: it verifies a token or a signed document, and keeps the national trusted
// list. `ponte verify`, `ponte verify-document` and `ponte trust` start it. It is a program of its own because XML, OCSP
// and HTTP would stay in the agent's memory all day long, and it never sees a card.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	w := words.For(cli.Language())
	root := &cobra.Command{
		Use: "ponte", Short: w.T(words.CLIRoot, nil), // as the citizen has called it
		SilenceErrors: true, SilenceUsage: true,
	}
	root.SetOut(os.Stdout) // cobra prints on stderr otherwise
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return cli.UsageError{Err: err} })
	root.AddCommand(verifyCommand(w), verifyDocumentCommand(w), verifyFramedCommand(w), trustCommand(w))
	cli.Speak(root, w)
	os.Exit(cli.Report(root, w, os.Args[1:], root.ExecuteContext(ctx)))
}
