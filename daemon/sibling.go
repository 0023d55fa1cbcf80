// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
)

// sibling is the path of a program that is installed beside this one.
func sibling(name string) (string, error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return beside(name)
}

// beside is the path of a file in the directory of this program: neither a search path nor a variable can name another.
func beside(name string) (string, error) {
	self, err := os.Executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err != nil {
		return "", fmt.Errorf("finding %s: %w", name, err)
	}
	return filepath.Join(filepath.Dir(self), name), nil
}

// moduleWorker is the command under which ponte-pkcs11 is described; the agent starts that directly.
func moduleWorker(w *words.Words) *cobra.Command {
	c := elsewhere(w, "ponte-pkcs11", "pkcs11-worker", words.ModulesWorker)
	c.Hidden = true
	return c
}

// elsewhere is a command that another program of the house carries out, so that the agent's own stays small.
func elsewhere(w *words.Words, program, name string, short words.Text) *cobra.Command {
	c := &cobra.Command{
		Use: name, Short: w.T(short, nil), DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			path, err := sibling(program)
			if err != nil {
				return err
			}
			cmd := exec.CommandContext(c.Context(), path, append([]string{name}, args...)...)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr()
			err = cmd.Run()
			var ended *exec.ExitError
			if errors.As(err, &ended) && ended.ExitCode() > 0 {
				return cli.Quiet{Exit: ended.ExitCode()} // it has said why
			}
			if errors.Is(err, fs.ErrNotExist) {
				return cli.Tell(w.T(words.FailureNoProgram, words.Data{"Program": program}), err)
			}
			return err
		},
	}
	c.SetHelpFunc(func(c *cobra.Command, _ []string) { // of `ponte help`: that program knows the options
		if err := c.RunE(c, []string{"--help"}); err != nil {
			c.PrintErrln(err)
		}
	})
	return c
}
