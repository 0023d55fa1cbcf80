// SPDX-License-Identifier: EUPL-1.2

// Command interop has others judge the documents that Ponte signs: pyHanko, and EU DSS, which national validators use.
// It signs documents in each format with a certificate like that of a card, tampers with copies of them, and wants the
// others and portal.VerifyDocument to accept the former and refuse the latter. `make interop` runs it; it needs Python,
// a JDK and Maven, which fetch the two programs into build/interop. It is no part of a release.
package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, filepath.Join("build", "interop")); err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string) error {
	fmt.Println("signing documents, and tampering with them")
	a := newAuthority()
	all := append(goodSamples(a), badSamples(a)...)
	samples := filepath.Join(dir, "samples")
	if err := write(a, all, samples); err != nil {
		return err
	}
	fmt.Println("preparing pyHanko and EU DSS")
	pyhanko, err := preparePyHanko(ctx, dir)
	if err != nil {
		return fmt.Errorf("pyHanko: %w", err)
	}
	dss, err := prepareDSS(ctx, dir)
	if err != nil {
		return fmt.Errorf("EU DSS: %w", err)
	}
	verdicts := map[string]map[string]verdict{"ponte": ownVerdicts(ctx, a, all)}
	for name, judge := range map[string]*exec.Cmd{"pyhanko": pyhanko, "dss": dss} {
		fmt.Println("asking", name)
		if verdicts[name], err = ask(judge, all, samples); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return compare(all, verdicts)
}

// verdict is what a judge says of one file: pass or fail, and why.
type verdict struct{ outcome, why string }

// ask gives a judge the names of the files on stdin, each with that of its content, and reads a line for each of them.
func ask(judge *exec.Cmd, all []sample, dir string) (map[string]verdict, error) {
	var in, out bytes.Buffer
	for _, s := range all {
		content := ""
		if s.content != "" {
			content = filepath.Join(dir, s.content)
		}
		fmt.Fprintf(&in, "%s\t%s\n", filepath.Join(dir, s.name), content)
	}
	judge.Args = append(judge.Args, filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca.crl"))
	judge.Stdin, judge.Stdout, judge.Stderr = &in, &out, os.Stderr
	if err := judge.Run(); err != nil {
		return nil, err
	}
	found := map[string]verdict{}
	for line := range strings.Lines(out.String()) {
		fields := strings.SplitN(strings.TrimRight(line, "\n"), "\t", 3)
		if len(fields) != 3 {
			return nil, fmt.Errorf("an answer that is not understood: %q", line)
		}
		found[filepath.Base(fields[0])] = verdict{fields[1], fields[2]}
	}
	return found, nil
}

// compare prints what each judge says, and fails when one of them says something else than it must.
func compare(all []sample, verdicts map[string]map[string]verdict) error {
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	wrong := 0
	for _, s := range all {
		for _, judge := range []string{"ponte", "pyhanko", "dss"} {
			want, asked := s.want[judge]
			if !asked {
				continue
			}
			got := verdicts[judge][s.name]
			mark := ""
			if got.outcome != want.outcome || !strings.Contains(got.why, want.why) {
				wrong++
				mark = fmt.Sprintf("WRONG: wanted %s %s", want.outcome, want.why)
			}
			_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", s.name, judge, got.outcome, got.why, mark)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if wrong > 0 {
		return fmt.Errorf("%d verdicts are not those that were expected", wrong)
	}
	fmt.Println("all verdicts are those that were expected")
	return nil
}

func write(a *authority, all []sample, dir string) error {
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return err
	}
	files := map[string][]byte{
		"ca.pem":   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.pki.CA().Raw}),
		"ca.crl":   a.pki.CRL(),
		letterName: letter, otherName: []byte("un altro documento\n"),
	}
	for _, s := range all {
		files[s.name] = s.file
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}
