// SPDX-License-Identifier: EUPL-1.2

// Command windows makes the MSI: it packs programs that were built for Windows, and builds none. It runs on Linux, with wixl
// and msibuild of msitools, and signs with osslsigncode when there is a key. ponte.wxs says what is installed, contents.go
// under which conditions.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "installer/windows:", err)
		os.Exit(1)
	}
}

// source is a package that is being made.
type source struct {
	programs string // folder with the programs
	list     string // programs.txt
	version  string // as the programs say it
	epoch    int64  // of everything in it, in seconds since 1970
	out      string
	work     string // gets what is in between
}

func run(ctx context.Context, args []string) (err error) {
	flags := flag.NewFlagSet("windows", flag.ContinueOnError)
	var s source
	flags.StringVar(&s.programs, "programs", "", "the folder with the programs for Windows")
	flags.StringVar(&s.list, "list", "installer/programs.txt", "the list of the programs")
	flags.StringVar(&s.version, "version", "", "the version, as 1.2.3 or 1.2.3-dev.4")
	flags.Int64Var(&s.epoch, "epoch", 0, "the time of the release in seconds since 1970")
	flags.StringVar(&s.out, "out", "", "the MSI that is written")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if s.programs == "" || s.version == "" || s.out == "" {
		return errors.New("-programs, -version and -out are needed")
	}
	if s.out, err = filepath.Abs(s.out); err != nil {
		return err
	}
	if s.work, err = os.MkdirTemp(filepath.Dir(s.out), ".ponte-msi-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(s.work)) }()
	return s.make(ctx)
}

var versionForm = regexp.MustCompile(`^(\d{1,3}\.\d{1,3}\.\d{1,5})(?:[-+][0-9A-Za-z.+-]{1,40})?$`)

// number is the version as Windows Installer compares it: three numbers. A package of the same number replaces another.
func (s source) number() (string, error) {
	m := versionForm.FindStringSubmatch(s.version)
	if m == nil {
		return "", fmt.Errorf("version %q: use 1.2.3 or 1.2.3-dev.4", s.version)
	}
	return m[1], nil
}

// make builds the package beside its place, and puts it there when it is whole.
func (s source) make(ctx context.Context) error {
	p, err := s.contents()
	if err != nil {
		return err
	}
	if err := s.signPrograms(ctx, p); err != nil {
		return err
	}
	wxs := filepath.Join(s.work, "ponte.wxs")
	if err := p.write(wxs); err != nil {
		return err
	}
	msi := filepath.Join(s.work, "ponte.msi")
	if err := s.run(ctx, "wixl", "--arch", "x64", "--output", msi, wxs); err != nil {
		return err
	}
	if err := s.run(ctx, "msibuild", append([]string{msi, "-q"}, p.edits()...)...); err != nil {
		return err
	}
	summary := filepath.Join(s.work, "summary.idt")
	if err := os.WriteFile(summary, []byte(p.summary(time.Unix(s.epoch, 0).UTC())), 0o644); err != nil {
		return err
	}
	if err := s.run(ctx, "msibuild", msi, "-i", summary); err != nil {
		return err
	}
	if err := sign(ctx, msi); err != nil {
		return err
	}
	return os.Rename(msi, s.out)
}

// signPrograms signs what Windows starts: files in the format of its programs.
func (s source) signPrograms(ctx context.Context, p *contents) error {
	for _, f := range p.Files {
		path := filepath.Join(s.work, f.Name)
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(b, []byte("MZ")) {
			continue
		}
		if err := errors.Join(sign(ctx, path), s.stamp(path)); err != nil {
			return err
		}
	}
	return nil
}

// run runs a tool. Those of msitools print what goes wrong and end well: what they say is a failure too.
func (s source) run(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = s.work
	cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", s.epoch), "TZ=UTC", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if said := strings.TrimSpace(string(out)); err != nil || said != "" {
		return errors.Join(fmt.Errorf("%s: %s", name, said), err)
	}
	return nil
}

// sign signs a program or a package when PONTE_SIGN_KEY and PONTE_SIGN_CERTIFICATE name PEM files. PONTE_SIGN_TIMESTAMP is
// the address of a time-stamping authority.
func sign(ctx context.Context, file string) error {
	key, certificate := os.Getenv("PONTE_SIGN_KEY"), os.Getenv("PONTE_SIGN_CERTIFICATE")
	if key == "" && certificate == "" {
		return nil
	}
	args := []string{"sign", "-certs", certificate, "-key", key, "-h", "sha256", "-n", "Ponte", "-i", "https://github.com/ponte-cns/ponte"}
	if at := os.Getenv("PONTE_SIGN_TIMESTAMP"); at != "" {
		args = append(args, "-ts", at)
	}
	signed := file + ".signed"
	if out, err := exec.CommandContext(ctx, "osslsigncode", append(args, "-in", file, "-out", signed)...).CombinedOutput(); err != nil {
		return fmt.Errorf("signing %s: %w: %s", filepath.Base(file), err, strings.TrimSpace(string(out)))
	}
	return os.Rename(signed, file)
}

// stamp gives a file the time of the release, which the package says too.
func (s source) stamp(file string) error {
	t := time.Unix(s.epoch, 0)
	return os.Chtimes(file, t, t)
}
