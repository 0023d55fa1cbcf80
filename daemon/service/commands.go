// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/kardianos/service"
	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
)

func serviceCommand(w *words.Words) *cobra.Command {
	c := &cobra.Command{Use: "service", Short: w.T(words.ServiceCommand, nil), Args: cli.NoArguments, RunE: cli.NeedsSubcommand}
	for _, do := range []struct {
		name  string
		short words.Text
		run   func([]unit) error
	}{
		{"install", words.ServiceInstall, install},
		{"uninstall", words.ServiceUninstall, uninstall},
		{"start", words.ServiceStart, start},
		{"stop", words.ServiceStop, stop},
		{"status", words.ServiceStatus, func([]unit) error { return nil }},
	} {
		sub := &cobra.Command{
			Use: do.name, Short: w.T(do.short, nil), Args: cli.NoArguments,
			RunE: func(c *cobra.Command, _ []string) error {
				all, err := units()
				if err != nil {
					return inWords(w, err)
				}
				if err := do.run(all); err != nil {
					return inWords(w, err)
				}
				return inWords(w, printStates(c, w, all))
			},
		}
		cli.WantsJSON(sub, w)
		c.AddCommand(sub)
	}
	addRun(c)
	return c
}

// unit is one program that the system starts.
type unit struct {
	config *service.Config
	files  []string // that describe it and have it started; none where they are not files
	others []string // files of a package that describe the same one
}

// nothing is what kardianos/service wants to run; none of the commands runs it.
type nothing struct{}

func (nothing) Start(service.Service) error { return nil }
func (nothing) Stop(service.Service) error  { return nil }

func (u unit) service() (service.Service, error) {
	s, err := service.New(nothing{}, u.config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", u.config.Name, err)
	}
	return s, nil
}

// packaged gives the file by which a package has installed the unit, or "".
func (u unit) packaged() string {
	for _, file := range u.others {
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	return ""
}

// own says that the unit was installed by this program.
func (u unit) own() bool {
	if len(u.files) == 0 {
		return true
	}
	_, err := os.Stat(u.files[len(u.files)-1])
	return err == nil
}

// State is how a service is.
type State string

// How a service is.
const (
	Running      State = "running"
	Stopped      State = "stopped"
	Failed       State = "failed"
	NotInstalled State = "not-installed"
)

func (u unit) state() (State, error) {
	s, err := u.service()
	if err != nil {
		return "", err
	}
	status, err := s.Status()
	switch {
	case errors.Is(err, service.ErrNotInstalled):
		return NotInstalled, nil
	case err != nil && err.Error() == "service in failed state":
		return Failed, nil
	case err != nil:
		return "", fmt.Errorf("asking how %s is: %w", u.config.Name, err)
	case status == service.StatusRunning:
		return Running, nil
	}
	return Stopped, nil
}

// install describes the programs to the system anew, so that a second time repairs the first. When one cannot be
// installed none is.
func install(all []unit) error {
	for _, u := range all {
		if file := u.packaged(); file != "" {
			return fmt.Errorf("%s: %w: %s", u.config.Name, errPackaged, file)
		}
		if err := u.check(); err != nil {
			return err
		}
	}
	if err := uninstall(all); err != nil {
		return err
	}
	for _, u := range all {
		s, err := u.service()
		if err == nil {
			if err = s.Install(); err != nil {
				err = fmt.Errorf("installing %s: %v: %w", u.config.Name, u.files, err)
			}
		}
		if err != nil {
			return errors.Join(err, uninstall(all))
		}
	}
	return nil
}

// uninstall stops the programs and removes what describes them. What is not there is no mistake.
func uninstall(all []unit) error {
	var errs []error
	for _, u := range slices.Backward(all) {
		errs = append(errs, u.uninstall())
	}
	return errors.Join(errs...)
}

func (u unit) uninstall() error {
	s, err := u.service()
	if err != nil {
		return err
	}
	switch state, err := u.state(); {
	case err != nil:
		return err
	case state == NotInstalled:
		return u.removeFiles()
	case u.packaged() != "" && !u.own():
		return nil // it is the package's to remove
	case state == Running:
		if err := s.Stop(); err != nil {
			return fmt.Errorf("stopping %s: %w", u.config.Name, err)
		}
	}
	if err := s.Uninstall(); err != nil && len(u.files) == 0 {
		return fmt.Errorf("removing %s: %w", u.config.Name, err)
	}
	return u.removeFiles()
}

// removeFiles removes what is left of a unit that was written by half, or changed into what the system does not read.
func (u unit) removeFiles() error {
	for _, file := range u.files {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	u.forget()
	return nil
}

func start(all []unit) error {
	for _, u := range all {
		s, err := u.service()
		if err != nil {
			return err
		}
		switch state, err := u.state(); {
		case err != nil:
			return err
		case state == Running:
			continue
		}
		if err := s.Start(); err != nil {
			return fmt.Errorf("starting %s: %w", u.config.Name, err)
		}
	}
	return nil
}

func stop(all []unit) error {
	for _, u := range slices.Backward(all) {
		s, err := u.service()
		if err != nil {
			return err
		}
		switch state, err := u.state(); {
		case err != nil:
			return err
		case state != Running:
			continue
		}
		if err := s.Stop(); err != nil {
			return fmt.Errorf("stopping %s: %w", u.config.Name, err)
		}
	}
	return nil
}

// listed is what status prints.
type listed struct {
	Name  string `json:"name"`
	State State  `json:"state"`
}

func printStates(c *cobra.Command, w *words.Words, all []unit) error {
	texts := map[State]words.Text{
		Running: words.UnitRunning, Stopped: words.UnitStopped, Failed: words.UnitFailed, NotInstalled: words.UnitNotInstalled,
	}
	list := []listed{}
	t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, u := range all {
		state, err := u.state()
		if err != nil {
			return err
		}
		list = append(list, listed{u.config.Name, state})
		_, _ = fmt.Fprintf(t, "%s\t%s\n", u.config.Name, w.T(texts[state], nil))
	}
	if cli.IsJSON(c) {
		return cli.PrintJSON(c, list)
	}
	return t.Flush()
}

// What has words of its own.
var (
	errAbsent    = errors.New("this program is not in the folder of the others")
	errPackaged  = errors.New("it comes with a package, which starts it")
	errNoSession = errors.New("systemd does not manage this user's session")
)

// inWords gives a failure its words.
func inWords(w *words.Words, err error) error {
	var told cli.Told
	text := w.T(words.FailureService, nil)
	switch {
	case err == nil, errors.As(err, &told), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, errAbsent):
		text = w.T(words.FailureNoProgram, words.Data{"Program": "ponte"})
	case errors.Is(err, errPackaged):
		text = w.T(words.FailurePackaged, nil)
	case errors.Is(err, errNoSession):
		text = w.T(words.FailureNoSystemd, nil)
	}
	return cli.Tell(text, err)
}

// beside is the path of a program in the folder of this one: neither a search path nor a variable can name another.
func beside(name string) (string, error) {
	self, err := os.Executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err != nil {
		return "", fmt.Errorf("finding %s: %w", name, err)
	}
	path := filepath.Join(filepath.Dir(self), name)
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s: %w", path, errAbsent)
	}
	return path, nil
}
