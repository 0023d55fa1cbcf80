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
	keepMemoryPrivate()
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
		runCommand(w), statusCommand(w), cardCommand(w), loginCommand(w), verifyCommand(w), trustCommand(w), sitesCommand(w), logCommand(w),
		browsersCommand(w), versionCommand(w),
	)
	speak(root, w)
	return root
}

// speak puts cobra's own texts into the citizen's language, for root and all its commands.
func speak(root *cobra.Command, w *words.Words) {
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Short = w.T(words.CLIHelp, nil)
		case "completion":
			c.Short = w.T(words.CLICompletion, nil)
		}
	}
	root.Flags().BoolP("version", "v", false, w.T(words.CLIVersion, nil))
	root.PersistentFlags().BoolP("help", "h", false, w.T(words.CLIFlagHelp, nil))
	root.SetUsageTemplate(w.T(words.CLIUsageTitle, nil) + `{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} ...

` + w.T(words.CLIUsageCommands, nil) + `{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableFlags}}

` + w.T(words.CLIUsageFlags, nil) + `
{{.Flags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

` + w.T(words.CLIUsageMore, words.Data{"Command": "{{.CommandPath}}"}) + `{{end}}
`)
}

func versionCommand(w *words.Words) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: w.T(words.CLIVersion, nil), Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { c.Println("ponte " + version); return nil },
	}
}
