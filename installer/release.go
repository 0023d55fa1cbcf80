// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// release is one release that is being made.
type release struct {
	root    string            // of the repository
	out     string            // gets the files of the release
	work    string            // gets what is in between; it goes at the end
	version string            // what the programs say: 1.2.3, or 1.2.3-dev.456 where no tag is
	epoch   int64             // of every file, in seconds since 1970
	arch    []string          // of Linux; empty: all that can be built here
	made    []string          // the programs of each system, for the bill of materials
	built   map[string]string // folders of programs that were built before, by system and architecture
	quick   bool              // packages are packed with gzip, for tests
	say     func(format string, a ...any)
}

func (r *release) time() time.Time { return time.Unix(r.epoch, 0).UTC() }

// path is a file of the repository.
func (r *release) path(parts ...string) string {
	return filepath.Join(append([]string{r.root}, parts...)...)
}

// repository finds the folder with go.mod.
func repository() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("run this in the repository: there is no go.mod here or above")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

var (
	versionLine = regexp.MustCompile(`(?m)^var version = "(\d+\.\d+\.\d+)"$`)
	versionForm = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$`)
)

// identify finds version and time: those that were given, else those of the commit. A commit that has no tag is a version
// before the one that daemon/main.go names, with the number of commits so that later ones sort behind.
func (r *release) identify(ctx context.Context, version string, epoch int64) error {
	if version == "" {
		if tag, err := r.git(ctx, "describe", "--tags", "--exact-match", "--match", "v[0-9]*"); err == nil {
			version = strings.TrimPrefix(tag, "v")
		}
	}
	if version == "" {
		source, err := os.ReadFile(r.path("daemon", "main.go"))
		if err != nil {
			return err
		}
		m := versionLine.FindSubmatch(source)
		if m == nil {
			return errors.New("daemon/main.go names no version")
		}
		count, err := r.git(ctx, "rev-list", "--count", "HEAD")
		if err != nil {
			return fmt.Errorf("no tag and no commit to name the version of: give -version: %w", err)
		}
		version = string(m[1]) + "-dev." + count
	}
	if !versionForm.MatchString(version) {
		return fmt.Errorf("%q is not a version like 1.2.3", version)
	}
	r.version = version
	return r.date(ctx, epoch)
}

func (r *release) date(ctx context.Context, epoch int64) error {
	if text := os.Getenv("SOURCE_DATE_EPOCH"); epoch == 0 && text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
		}
		epoch = n
	}
	if epoch == 0 {
		text, err := r.git(ctx, "log", "-1", "--format=%ct")
		if err != nil {
			return fmt.Errorf("no commit to take the time of: give -epoch: %w", err)
		}
		if epoch, err = strconv.ParseInt(text, 10, 64); err != nil {
			return err
		}
	}
	if epoch < 315532800 { // 1980-01-01, where the time of zip files begins
		return fmt.Errorf("%d is no time of a release", epoch)
	}
	r.epoch = epoch
	return nil
}

// packageVersion is the version as deb and rpm compare it: ~ sorts before the end.
func (r *release) packageVersion() string { return strings.Replace(r.version, "-", "~", 1) }

// plainVersion is the version where only numbers are allowed.
func (r *release) plainVersion() string {
	plain, _, _ := strings.Cut(r.version, "-")
	return plain
}

func (r *release) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.root
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

// command runs a program in the repository. What it says is told when it fails.
func (r *release) command(ctx context.Context, env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = r.root
	cmd.Env = append(append(os.Environ(), "SOURCE_DATE_EPOCH="+strconv.FormatInt(r.epoch, 10), "LC_ALL=C", "TZ=UTC"), env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s%s", filepath.Base(name), err, tail(said.Bytes()), tail(out.Bytes()))
	}
	return out.Bytes(), nil
}

// tail is the end of what a program said.
func tail(b []byte) []byte { return bytes.TrimSpace(b[max(0, len(b)-4000):]) }

// programs builds those of programs.txt for a system. Paths of this computer do not reach the bytes.
func (r *release) programs(ctx context.Context, system, arch string) (folder string, err error) {
	if folder = r.built[system+"-"+arch]; folder != "" {
		return folder, nil
	}
	folder = filepath.Join(r.work, system+"-"+arch)
	env := []string{"VERSION=" + r.version, "C_FLAGS=-O2 -s -D_FORTIFY_SOURCE=2 -fstack-protector-strong -ffile-prefix-map=" + r.root + "=."}
	if system == "linux" {
		env = append(env, "GO_BUILD=-buildmode=pie", "CGO_CFLAGS=-O2 -g0 -ffile-prefix-map="+r.root+"=.", "CGO_LDFLAGS=-O2 -Wl,-z,relro,-z,now")
		env = append(env, r.crossEnvironment(arch)...)
	}
	if _, err := r.command(ctx, env, r.path("installer", "build.sh"), folder, system, arch); err != nil {
		return "", err
	}
	r.made = append(r.made, folder)
	return folder, nil
}
