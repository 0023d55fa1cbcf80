// SPDX-License-Identifier: EUPL-1.2

// Command installer makes what a release consists of: programs, packages, the extension, sums and the bill of materials. It
// is for who publishes Ponte, and for the tests; nothing of it is installed anywhere. The MSI is made by windows/, which it
// calls.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "installer:", err)
		os.Exit(1)
	}
}

// parts are what can be made alone, in the order in which they are made. Later ones use earlier ones.
var parts = []struct {
	name string
	make func(*release, context.Context) error
}{
	{"extension", (*release).extension},
	{"linux", (*release).linux},
	{"windows", (*release).windows},
	{"macos", (*release).macos},
	{"policies", (*release).policyFiles},
	{"sbom", (*release).sbom},
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("installer", flag.ContinueOnError)
	out := flags.String("out", "dist", "the folder that gets the release; it is emptied first")
	only := flags.String("only", "", "make these parts only: "+partNames()+" (separated by commas)")
	arch := flags.String("arch", "", "architectures of Linux, separated by commas; without it amd64 and arm64, or what of them can be built here")
	version := flags.String("version", "", "the version; without it that of the git tag, or of daemon/main.go")
	epoch := flags.Int64("epoch", 0, "the time of the release in seconds since 1970; without it SOURCE_DATE_EPOCH, or that of the commit")
	if err := flags.Parse(args); err != nil {
		return err
	}
	root, err := repository()
	if err != nil {
		return err
	}
	r := &release{root: root, say: func(format string, a ...any) { fmt.Printf(format+"\n", a...) }}
	if r.out, err = filepath.Abs(*out); err != nil {
		return err
	}
	if err := r.identify(ctx, *version, *epoch); err != nil {
		return err
	}
	r.arch = strings.FieldsFunc(*arch, func(c rune) bool { return c == ',' })
	return r.make(ctx, *only)
}

func partNames() string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

// make makes the parts into an empty folder, and then the sums of everything in it.
func (r *release) make(ctx context.Context, only string) error {
	wanted := strings.FieldsFunc(only, func(c rune) bool { return c == ',' })
	for _, name := range wanted {
		if !strings.Contains(", "+partNames()+",", ", "+name+",") {
			return fmt.Errorf("there is no part %q: use %s", name, partNames())
		}
	}
	if err := r.empty(); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "ponte-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	r.work = work
	r.say("Ponte %s, of %s", r.version, r.time().Format("2006-01-02 15:04:05 MST"))
	for _, p := range parts {
		if len(wanted) > 0 && !slices.Contains(wanted, p.name) {
			continue
		}
		if err := p.make(r, ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return r.sums(ctx)
}

// empty makes the folder of the release, or empties it. It refuses a folder that is not one: it would delete it.
func (r *release) empty() error {
	list, err := os.ReadDir(r.out)
	if errors.Is(err, os.ErrNotExist) {
		return os.MkdirAll(r.out, 0o755)
	}
	if err != nil {
		return err
	}
	if len(list) > 0 {
		if _, err := os.Stat(filepath.Join(r.out, sumsFile)); err != nil {
			return fmt.Errorf("%s is no release: it has no %s, so nothing in it is deleted", r.out, sumsFile)
		}
	}
	for _, e := range list {
		if err := os.RemoveAll(filepath.Join(r.out, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
