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

	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/words"
)

// version is set by the build.
var version = "0.1.0"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

// run carries a command line out and gives the exit code.
func run(ctx context.Context, args []string) int {
	w := words.For(language())
	root := rootCommand(w)
	root.SetArgs(args)
	return report(root, w, args, root.ExecuteContext(ctx))
}

// language is the citizen's setting; a mistake in the settings is told by the command that needs them.
func language() string {
	places, err := policy.UserPlaces()
	if err != nil {
		return ""
	}
	settings, _ := policy.Load(places.Config, places.Managed)
	return settings.Language
}

func rootCommand(w *words.Words) *cobra.Command {
	root := &cobra.Command{
		Use: "ponte", Short: w.T(words.CLIRoot, nil), Version: version,
		SilenceErrors: true, SilenceUsage: true,
	}
	root.SetOut(os.Stdout) // cobra prints on stderr otherwise
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(
		runCommand(w), statusCommand(w), cardCommand(w), loginCommand(w), verifyCommand(w), sitesCommand(w), logCommand(w),
		browsersCommand(w), versionCommand(w),
	)
	return root
}

func versionCommand(w *words.Words) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: w.T(words.CLIVersion, nil), Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { c.Println("ponte " + version); return nil },
	}
}
