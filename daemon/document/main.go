// SPDX-License-Identifier: EUPL-1.2

// Command ponte-document reads and signs documents, so that the agent reads none. The agent starts it for each request and
// speaks with it through package documents: it holds the documents of that request in memory, looks at them, says what the
// card is to sign, and puts the signature in its place. What is hostile in a PDF or in XML meets this program alone, which
// has no card, no dialog and no socket, writes no file and ends with the request. It asks nobody but the time stamp
// authority of the settings.
//
// The same program is `ponte sign`, for the citizen: a client of the agent that reads and writes files, and looks no further
// into them than at their first bytes.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/documents"
	"github.com/ponte-cns/ponte/daemon/words"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == documents.Worker {
		if err := work(); err != nil {
			fmt.Fprintln(os.Stderr, "ponte-document:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// work holds documents until the agent closes its end.
func work() error {
	if err := confine(); err != nil {
		return fmt.Errorf("giving up what is not needed: %w", err)
	}
	return serve(os.Stdin, os.Stdout)
}

// run carries a command line out and gives the exit code.
func run(ctx context.Context, args []string) int {
	w := words.For(cli.Language())
	root := &cobra.Command{
		Use: "ponte", Short: w.T(words.CLIRoot, nil), // as the citizen has called it
		SilenceErrors: true, SilenceUsage: true,
	}
	root.SetArgs(args)
	root.SetOut(os.Stdout) // cobra prints on stderr otherwise
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return cli.UsageError{Err: err} })
	root.AddCommand(signCommand(w))
	cli.Speak(root, w)
	return cli.Report(root, w, args, root.ExecuteContext(ctx))
}
