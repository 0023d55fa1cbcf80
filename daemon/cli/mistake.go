// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ponte-cns/ponte/daemon/words"
)

// UsageError is a command line that cannot be understood.
type UsageError struct{ Err error }

func (e UsageError) Error() string { return e.Err.Error() }

// Unwrap gives the mistake.
func (e UsageError) Unwrap() error { return e.Err }

// Misused is a mistake on the command line in the citizen's words. Scripts read the same.
func Misused(text string) error { return UsageError{Err: Told{Text: text}} }

// sentence is a mistake whose words wait until the language is known.
type sentence struct {
	error
	text words.Text
	data words.Data
}

func (s sentence) Unwrap() error { return s.error }

func mistake(text words.Text, data words.Data, format string, args ...any) error {
	return UsageError{Err: sentence{fmt.Errorf(format, args...), text, data}}
}

// NoArguments refuses arguments as a mistake of usage.
func NoArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if c.HasAvailableSubCommands() {
		return unknown(c, args[0])
	}
	return mistake(words.FailureTooMuch, words.Data{"Command": c.CommandPath(), "Given": Printable(args[0])}, "%s takes no argument: %q", c.CommandPath(), args[0])
}

// OneArgument refuses any other number of them.
func OneArgument(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return mistake(words.FailureOneArgument, words.Data{"Command": c.UseLine()}, "%s: one argument is needed, not %d", c.CommandPath(), len(args))
}

// NeedsSubcommand is for commands that are only the head of others.
func NeedsSubcommand(c *cobra.Command, _ []string) error {
	return mistake(words.FailureNeedsCommand, words.Data{"Command": c.CommandPath()}, "%s: one of its commands is needed, see --help", c.CommandPath())
}

// unknown is a word in the place of a command, with what it is near to.
func unknown(c *cobra.Command, given string) error {
	c.SuggestionsMinimumDistance = min(2, len(given)/2) // letters that are wrong
	near := slices.DeleteFunc(c.SuggestionsFor(given), func(name string) bool { return name == given })
	data := words.Data{"Command": c.CommandPath(), "Given": Printable(given)}
	if len(near) > 0 {
		data["Near"] = c.CommandPath() + " " + near[0]
		return mistake(words.FailureUnknownNear, data, "%s: unknown command %q", c.CommandPath(), given)
	}
	return mistake(words.FailureUnknown, data, "%s: unknown command %q", c.CommandPath(), given)
}

// asMistake makes one of ours of what cobra says in English about a command that is not there.
func asMistake(root *cobra.Command, err error) error {
	var given, path string
	if _, scanned := fmt.Sscanf(err.Error(), "unknown command %q for %q", &given, &path); scanned != nil {
		return err
	}
	c, _, found := root.Find(strings.Fields(path)[1:])
	if found != nil {
		c = root
	}
	return unknown(c, given)
}

// ofOptions says in words what the library of options refuses.
func ofOptions(w *words.Words, err error) (string, bool) {
	var (
		absent *pflag.NotExistError
		empty  *pflag.ValueRequiredError
		wrong  *pflag.InvalidValueError
		broken *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &absent):
		name := "--" + absent.GetSpecifiedName()
		if absent.GetSpecifiedShortnames() != "" {
			name = "-" + absent.GetSpecifiedName()
		}
		return w.T(words.FailureOptionUnknown, words.Data{"Option": Printable(name)}), true
	case errors.As(err, &empty):
		return w.T(words.FailureOptionEmpty, words.Data{"Option": "--" + empty.GetFlag().Name}), true
	case errors.As(err, &wrong):
		return w.T(words.FailureOptionValue, words.Data{"Option": "--" + wrong.GetFlag().Name, "Given": Printable(wrong.GetValue())}), true
	case errors.As(err, &broken):
		return w.T(words.FailureOptionUnknown, words.Data{"Option": Printable(broken.GetSpecifiedFlag())}), true
	}
	return "", false
}

// OneOf refuses a value of an option that is none of those it may have.
func OneOf(option, given string, allowed ...string) error {
	if slices.Contains(allowed, given) {
		return nil
	}
	list := strings.Join(allowed, ", ")
	return mistake(words.FailureOptionOneOf, words.Data{"Option": "--" + option, "Given": Printable(given), "Allowed": list},
		"--%s %q: use one of %s", option, given, list)
}

// NotBoth refuses two options of which only one may be given.
func NotBoth(one, other string) error {
	return mistake(words.FailureOptionsNotBoth, words.Data{"One": "--" + one, "Other": "--" + other}, "--%s or --%s, not both", one, other)
}

// NameLanguage refuses a language that Ponte does not speak. None is the citizen's.
func NameLanguage(lang string) error {
	if lang == "" {
		return nil
	}
	return OneOf("lang", lang, words.Languages[:]...)
}
