// SPDX-License-Identifier: EUPL-1.2

// Command ponte is the agent that lets web portals use the citizen's CNS card, and the command line to it. The commands
// are wiring: what they do is in the packages below this one.
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

// version is set by the build.
var version = "0.1.0"

func main() {
	keepMemoryPrivate()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

// run carries a command line out and gives the exit code.
func run(ctx context.Context, args []string) int {
	w := words.For(cli.Language())
	root := rootCommand(w)
	if len(args) > 0 && args[0] == "run" {
		root.AddCommand(runCommand(w)) // alone: it stays, and the others would stay with it in memory
	} else {
		addCommands(root, w)
	}
	cli.Speak(root, w)
	root.SetArgs(args)
	return cli.Report(root, w, args, inWords(w, root.ExecuteContext(ctx)))
}

func rootCommand(w *words.Words) *cobra.Command {
	root := &cobra.Command{
		Use: "ponte", Short: w.T(words.CLIRoot, nil), Version: version,
		SilenceErrors: true, SilenceUsage: true,
	}
	root.SetOut(os.Stdout) // cobra prints on stderr otherwise
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return cli.UsageError{Err: err} })
	return root
}

func addCommands(root *cobra.Command, w *words.Words) {
	root.AddCommand(
		runCommand(w), statusCommand(w), cardCommand(w), loginCommand(w), pinCommand(w), elsewhere(w, "ponte-document", "sign", words.SigningCommand), elsewhere(w, "ponte-verify", "verify", words.CLIVerify),
		elsewhere(w, "ponte-verify", "verify-document", words.DocumentsVerify), elsewhere(w, "ponte-verify", "trust", words.CLITrust), sitesCommand(w), logCommand(w),
		elsewhere(w, "ponte-service", "service", words.ServiceCommand),
		browsersCommand(w), doctorCommand(w), panelCommand(w), policyCommand(w), moduleWorker(w), versionCommand(w),
	)
	root.AddCommand(forInstaller()...)
}

func versionCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{
		Use: "version", Short: w.T(words.CLIVersion, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if cli.IsJSON(c) {
				return cli.PrintJSON(c, map[string]string{"version": version})
			}
			c.Println("ponte " + version)
			return nil
		},
	}
	cli.WantsJSON(c, w)
	return c
}
