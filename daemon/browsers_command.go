// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/browsers"
	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
)

func browsersCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{Use: "browsers", Short: w.T(words.CLIBrowsers, nil), Args: cli.NoArguments, RunE: cli.NeedsSubcommand}
	list := &cobra.Command{
		Use: "list", Short: w.T(words.CLIBrowsersList, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if forTLS(c) {
				all, err := browsers.ListTLS()
				return printDone(c, w, all, err)
			}
			env, err := browsers.CurrentEnv()
			if err != nil {
				return err
			}
			return printBrowsers(c, w, browsers.List(env))
		},
	}
	c.AddCommand(list, registerCommand(w), &cobra.Command{
		Use: "unregister", Short: w.T(words.CLIBrowsersUnregister, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if forTLS(c) {
				done, err := browsers.UnregisterTLS(c.Context())
				return printDone(c, w, done, err)
			}
			done, err := browsers.Unregister()
			return printDone(c, w, done, err)
		},
	})
	for _, sub := range c.Commands() {
		cli.WantsJSON(sub, w)
		sub.Flags().Bool("tls", false, w.T(words.TLSFlag, nil))
	}
	return c
}

// forTLS says that a command is about the module for TLS client authentication.
func forTLS(c *cobra.Command) bool {
	on, err := c.Flags().GetBool("tls")
	return err == nil && on
}

// printDone prints what was done, and then what went wrong. A script gets one of them: what went wrong.
func printDone(c *cobra.Command, w *words.Words, list []browsers.Browser, err error) error {
	if err != nil && cli.IsJSON(c) {
		return inBrowser(w, err)
	}
	return errors.Join(printBrowsers(c, w, list), inBrowser(w, err))
}

// inBrowser gives a failure words that has none of its own.
func inBrowser(w *words.Words, err error) error {
	var told cli.Told
	if err = inWords(w, err); err == nil || errors.As(err, &told) {
		return err
	}
	return cli.Tell(w.T(words.FailureBrowser, nil), err)
}

// registerCommand writes the manifests of all browsers, or of one with a profile directory of its own.
func registerCommand(w *words.Words) *cobra.Command {
	var dir, family, host, module string
	c := &cobra.Command{
		Use: "register", Short: w.T(words.CLIBrowsersRegister, nil), Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if forTLS(c) {
				return registerTLS(c, w, module)
			}
			if host == "" {
				var err error
				if host, err = sibling("ponte-nativehost"); err != nil {
					return err
				}
			}
			if dir == "" {
				done, err := browsers.Register(host)
				return printDone(c, w, done, err)
			}
			if err := cli.OneOf("family", family, string(browsers.Chromium), string(browsers.Firefox)); err != nil {
				return err
			}
			if err := browsers.RegisterIn(dir, browsers.Family(family), host); err != nil {
				return inBrowser(w, err)
			}
			if cli.IsJSON(c) {
				return cli.PrintJSON(c, []browsers.Browser{}) // none of those that are listed
			}
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", "", w.T(words.CLIFlagDir, nil))
	c.Flags().StringVar(&family, "family", string(browsers.Chromium), w.T(words.CLIFlagFamily, nil))
	c.Flags().StringVar(&host, "host", "", w.T(words.CLIFlagHost, nil))
	c.Flags().StringVar(&module, "module", "", w.T(words.TLSFlagModule, nil))
	return c
}

// registerTLS names the module in the browsers' databases: the one beside this program, or another.
func registerTLS(c *cobra.Command, w *words.Words, module string) error {
	if module == "" {
		var err error
		if module, err = beside("libponte-pkcs11.so"); err != nil {
			return err
		}
	}
	done, err := browsers.RegisterTLS(c.Context(), module)
	return printDone(c, w, done, err)
}

func printBrowsers(c *cobra.Command, w *words.Words, list []browsers.Browser) error {
	if cli.IsJSON(c) {
		return cli.PrintJSON(c, append([]browsers.Browser{}, list...))
	}
	t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, b := range list {
		state := words.CLINotRegistered
		if b.Registered {
			state = words.CLIRegistered
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", b.Name, w.T(state, nil), b.Path)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, b := range list {
		if b.Problem != "" {
			c.Printf("\n%s\n%s\n", w.T(words.FailureRegisterAgain, words.Data{"Browser": b.Name}), w.T(words.FailureDetail, words.Data{"Detail": cli.Printable(b.Problem)}))
		}
		if advice := boxAdvice(w, b); advice != "" {
			c.Printf("\n%s: %s\n", b.Name, advice)
		}
	}
	return nil
}

// boxAdvice says what works in a packaged browser, and what to do where it does not.
func boxAdvice(w *words.Words, b browsers.Browser) string {
	switch {
	case b.Box == browsers.System:
		return ""
	case b.Open:
		return w.T(words.DoctorFixBoxPortal, nil)
	}
	return w.T(words.DoctorBoxShut, words.Data{"Packaging": string(b.Box)}) + " " + w.T(words.DoctorFixBox, nil)
}
