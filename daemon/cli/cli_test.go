// SPDX-License-Identifier: EUPL-1.2

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// tried carries a command line out that ends with a failure, and gives what is said of it.
func tried(lang string, failure error, args ...string) (exit int, out, said string) {
	w := words.For(lang)
	root := &cobra.Command{Use: "ponte", SilenceErrors: true, SilenceUsage: true}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return UsageError{Err: err} })
	head := &cobra.Command{Use: "card", Short: "the card", Args: NoArguments, RunE: NeedsSubcommand}
	head.AddCommand(&cobra.Command{Use: "info", Short: "of the card", Args: NoArguments, RunE: func(*cobra.Command, []string) error { return failure }})
	file := &cobra.Command{Use: "record FILE", Args: OneArgument, RunE: func(*cobra.Command, []string) error { return failure }}
	file.Flags().String("lang", "it", "which language")
	WantsJSON(file, w)
	root.AddCommand(head, file)
	Speak(root, w)
	var stdout, stderr bytes.Buffer
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	root.SetArgs(args)
	exit = Report(root, w, args, root.ExecuteContext(context.Background()))
	return exit, stdout.String(), stderr.String()
}

func TestAMistakeIsToldInEachLanguageAndNothingElseIs(t *testing.T) {
	english := []string{"unknown", "flag", "accepts", "invalid", "needs an", "Did you mean", "Usage", "Available"}
	for _, lang := range words.Languages {
		for _, args := range [][]string{
			{"attic"}, {"car"}, {"card"}, {"card", "attic"}, {"card", "inf"}, {"card", "info", "x"}, {"record"}, {"record", "a", "b"},
			{"record", "--attic", "a"}, {"record", "-x", "a"}, {"record", "--lang"}, {"record", "--json=3", "a"}, {"help", "attic"}, {"completion"}, {"completion", "bash", "x"},
		} {
			exit, out, said := tried(lang, nil, args...)
			if exit != ExitUsage || out != "" || strings.TrimSpace(said) == "" || !strings.Contains(said, "--help") {
				t.Errorf("%s %v: exit %d, %q, %q", lang, args, exit, out, said)
			}
			for _, word := range english {
				if lang != "en" && strings.Contains(said, word) {
					t.Errorf("%s %v: %q is English: %s", lang, args, word, said)
				}
			}
			if strings.Contains(said, "{{") || strings.Contains(said, "failure.") {
				t.Errorf("%s %v: a text with a hole: %s", lang, args, said)
			}
		}
	}
}

func TestAWordThatIsNearToACommandIsAnsweredWithIt(t *testing.T) {
	for given, near := range map[string]string{"crad": "ponte card", "recor": "ponte record", "foo": "", "xy": ""} {
		_, _, said := tried("it", nil, given)
		if strings.Contains(said, "Forse volevi") != (near != "") || !strings.Contains(said, near) {
			t.Errorf("%s: %s", given, said)
		}
	}
}

func TestAFailureIsToldFirstInWordsAndThenForWhoHelps(t *testing.T) {
	w := words.For("it")
	for name, c := range map[string]struct {
		err    error
		exit   int
		says   string
		detail string
	}{
		"words of its own":          {Tell("Così non va.", errors.New("engine stalled")), ExitFailed, "Così non va.", "engine stalled"},
		"words that say it all":     {Tell("Così non va.", nil), ExitFailed, "Così non va.", ""},
		"a code":                    {protocol.Fail(protocol.NoCard, "slot 1"), ExitCard, w.Hint(protocol.NoCard), "NO_CARD"},
		"an argument, and no site":  {protocol.Fail(protocol.InvalidArgument, "x"), ExitUsage, "non accetta", "invalid argument: x"},
		"a file that is not there":  {&fs.PathError{Op: "open", Path: "a.pem", Err: fs.ErrNotExist}, ExitUsage, "a.pem: il file non c'è", ""},
		"one that may not be read":  {fmt.Errorf("x: %w", &fs.PathError{Op: "open", Path: "a.pem", Err: fs.ErrPermission}), ExitFailed, "non hai il permesso", "permission denied"},
		"something nobody foresaw":  {errors.New("engine stalled"), ExitFailed, w.Hint(protocol.Internal), "engine stalled"},
		"the citizen has ended it":  {context.Canceled, ExitCancelled, "Interrotto", ""},
		"a name that is no letters": {&fs.PathError{Op: "open", Path: "a\x1b[2J", Err: fs.ErrNotExist}, ExitUsage, "a\uFFFD[2J", ""},
	} {
		exit, out, said := tried("it", c.err, "card", "info")
		first, rest, _ := strings.Cut(said, "\n")
		if exit != c.exit || out != "" || !strings.Contains(first, c.says) || !strings.Contains(rest, c.detail) || c.detail == "" && rest != "" {
			t.Errorf("%s: exit %d: %q", name, exit, said)
		}
	}
}

func TestAScriptGetsTheCodeAndTheCause(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code protocol.Code
		says string
	}{
		"words with a cause": {Told{Text: "Così non va.", Err: errors.New("engine stalled"), Code: protocol.BridgeUnreachable}, protocol.BridgeUnreachable, "engine stalled"},
		"words without one":  {Tell("Così non va.", nil), protocol.Internal, "Così non va."},
		"a refusal in words": {Tell("È protetto.", protocol.Fail(protocol.DocumentRefused, "encrypted")), protocol.DocumentRefused, "encrypted"},
	} {
		_, out, said := tried("it", c.err, "record", "a", "--json")
		if said != "" || !strings.Contains(out, `"code": "`+string(c.code)+`"`) || !strings.Contains(out, c.says) {
			t.Errorf("%s: %s%s", name, out, said)
		}
	}
}

func TestHelpHasOneLineForEachOptionAndBreaksItForAPersonOnly(t *testing.T) {
	rows := [][2]string{{"    --lang VALORE", strings.Repeat("parola ", 30)}}
	if got := table(rows, false); strings.Count(got, "\n") != 1 {
		t.Errorf("for a program: %s", got)
	}
	for line := range strings.Lines(table(rows, true)) {
		if len(strings.TrimRight(line, "\n")) > lineWidth || !strings.HasPrefix(line, "      ") {
			t.Errorf("for a person: %q", line)
		}
	}
}
