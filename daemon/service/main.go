// SPDX-License-Identifier: EUPL-1.2

// Command ponte-service makes the system start Ponte with the session of its user, for those who built it themselves:
// `ponte service` starts it. On Windows it is also the service that does so (package sessions). It opens no socket and no
// pipe, reads no settings and touches no card; the agent works without it.
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
	w := words.For(language())
	root := &cobra.Command{
		Use: "ponte", Short: w.T(words.CLIRoot, nil), // as the citizen has called it
		SilenceErrors: true, SilenceUsage: true,
	}
	root.SetOut(os.Stdout) // cobra prints on stderr otherwise
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return cli.UsageError{Err: err} })
	root.AddCommand(serviceCommand(w))
	cli.Speak(root, w)
	os.Exit(cli.Report(root, w, os.Args[1:], root.ExecuteContext(ctx)))
}
