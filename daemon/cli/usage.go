// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ponte-cns/ponte/daemon/words"
)

// Speak puts cobra's own texts into the citizen's language, for root and all its commands.
func Speak(root *cobra.Command, w *words.Words) {
	root.SetHelpCommand(helpCommand(root, w))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			speakCompletion(c, w)
		}
	}
	if root.Version != "" {
		root.Flags().BoolP("version", "v", false, w.T(words.CLIFlagVersion, nil))
	}
	root.PersistentFlags().BoolP("help", "h", false, w.T(words.CLIFlagHelp, nil))
	quiet(root)
	root.SetUsageFunc(func(c *cobra.Command) error {
		_, err := io.WriteString(c.OutOrStderr(), usage(c, w))
		return err
	})
}

// helpCommand is `ponte help`, which refuses what is no command, as every other does.
func helpCommand(root *cobra.Command, w *words.Words) *cobra.Command {
	return &cobra.Command{
		Use: "help " + w.T(words.CLIUsageCommand, nil), Short: w.T(words.CLIHelp, nil), Hidden: true,
		RunE: func(help *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			switch {
			case err != nil:
				return err
			case len(rest) > 0:
				return unknown(c, rest[0])
			}
			c.SetContext(help.Context()) // another program may have to be asked
			return c.Help()
		},
	}
}

// loading are the lines that load what `ponte completion` prints, in each shell.
var loading = map[string]string{
	"bash": "source <(ponte completion bash)", "zsh": "source <(ponte completion zsh)", "fish": "ponte completion fish | source",
	"powershell": "ponte completion powershell | Out-String | Invoke-Expression",
}

func speakCompletion(c *cobra.Command, w *words.Words) {
	c.Short = w.T(words.CLICompletion, nil)
	c.Long, c.Args, c.RunE = c.Short, NoArguments, NeedsSubcommand
	for _, sub := range c.Commands() {
		sub.Short = w.T(words.CLICompletionFor, words.Data{"Shell": sub.Name()})
		sub.Long = sub.Short + "\n" + w.T(words.CLICompletionLoad, words.Data{"Command": loading[sub.Name()]})
		sub.Args = NoArguments
		if f := sub.Flags().Lookup("no-descriptions"); f != nil {
			f.Usage = w.T(words.CLICompletionBare, nil)
		}
	}
}

// usage says how a command is called. It is no template of cobra's: with one, the linker keeps each method of each type
// in the program (reflect.Value.MethodByName).
func usage(c *cobra.Command, w *words.Words) string {
	var b strings.Builder
	b.WriteString(synopsis(c, w))
	if c.HasAvailableSubCommands() {
		var rows [][2]string
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				rows = append(rows, [2]string{sub.Name(), sub.Short})
			}
		}
		b.WriteString("\n" + w.T(words.CLIUsageCommands, nil) + "\n" + table(rows, IsTerminal(c.OutOrStdout())))
	}
	if rows := options(c, w); len(rows) > 0 {
		b.WriteString("\n" + w.T(words.CLIUsageFlags, nil) + "\n" + table(rows, IsTerminal(c.OutOrStdout())))
	}
	if c.HasAvailableSubCommands() {
		b.WriteString("\n" + w.T(words.CLIUsageMore, words.Data{"Command": c.CommandPath()}) + "\n")
	}
	return b.String()
}

// synopsis are the lines that show how a command is called.
func synopsis(c *cobra.Command, w *words.Words) string {
	b := w.T(words.CLIUsageTitle, nil) + "\n"
	if c.Runnable() && (!c.HasAvailableSubCommands() || c.LocalNonPersistentFlags().HasAvailableFlags()) {
		b += fmt.Sprintf("  %s %s\n", c.UseLine(), w.T(words.CLIUsageOptions, nil))
	}
	if c.HasAvailableSubCommands() {
		b += fmt.Sprintf("  %s %s\n", c.CommandPath(), w.T(words.CLIUsageCommand, nil))
	}
	return b
}

// options are those of a command, each with what it does.
func options(c *cobra.Command, w *words.Words) [][2]string {
	var rows [][2]string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name := "    --" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", --" + f.Name
		}
		text := f.Usage
		if f.Value.Type() != "bool" {
			name += " " + w.T(words.CLIUsageValue, nil)
			if f.DefValue != "" {
				text += " " + w.T(words.CLIUsageDefault, words.Data{"Value": f.DefValue})
			}
		}
		rows = append(rows, [2]string{name, text})
	})
	return rows
}

// lineWidth is where lines are broken for a person, in characters: a terminal has 80.
const lineWidth = 78

// table writes two columns. The second is broken into lines for a person; a program that reads the help gets one line each.
func table(rows [][2]string, person bool) string {
	const between = 2
	width := 0
	for _, row := range rows {
		width = max(width, utf8.RuneCountInString(row[0]))
	}
	var b strings.Builder
	for _, row := range rows {
		lines := []string{row[1]}
		if person {
			lines = Wrap(row[1], max(30, lineWidth-2*between-width))
		}
		for i, line := range lines {
			name := row[0]
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(&b, "  %-*s  %s\n", width, name, line)
		}
	}
	return b.String()
}

// quiet keeps cobra from adding its English "[flags]" to what a command and those below it are called with.
func quiet(c *cobra.Command) {
	c.DisableFlagsInUseLine = true
	for _, sub := range c.Commands() {
		quiet(sub)
	}
}
