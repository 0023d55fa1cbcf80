// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// otherArch is an architecture that is not this computer's.
func otherArch() string {
	if runtime.GOARCH == "arm64" {
		return "amd64"
	}
	return "arm64"
}

func writeFile(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// distribution is a computer for sysroot.sh: a repository with nothing but the script, a compiler that says how it was
// called, and a distribution of three packages as apt's only source.
type distribution struct {
	*release
	archive, place string
	said           []string
}

// newDistribution makes one. How apt takes its source is what stands between brackets in a sources.list.
func newDistribution(t *testing.T, options string) *distribution {
	t.Helper()
	root := t.TempDir()
	d := &distribution{archive: filepath.Join(root, "archive"), place: filepath.Join(root, "build", "sysroot-"+otherArch())}
	d.release = &release{root: root, say: func(format string, a ...any) { d.said = append(d.said, fmt.Sprintf(format, a...)) }}
	script, err := os.ReadFile(filepath.Join(repositoryOf(t), "installer", "sysroot.sh"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(root, "installer", "sysroot.sh"), string(script), 0o755)
	writeFile(t, filepath.Join(root, "compilers", triplets[otherArch()]+"-gcc"), "#!/bin/sh\necho called with \"$@\"\n", 0o755)
	t.Setenv("PATH", filepath.Join(root, "compilers")+":"+os.Getenv("PATH"))

	writeFile(t, filepath.Join(d.archive, "Packages"), "", 0o644)
	d.publish(t, "libc6-dev", nil, nil)
	d.publish(t, "libayatana-appindicator3-dev", []string{"usr/bin/program", "usr/share/doc/copyright", "etc/settings"}, nil)
	d.publish(t, "libpcsclite-dev", []string{"usr/include/PCSC/winscard.h", "usr/lib/" + triplets[otherArch()] + "/libpcsclite.so.1", "usr/share/pkgconfig/x.pc"},
		map[string]string{"usr/lib/libpcsclite.so": "/usr/lib/" + triplets[otherArch()] + "/libpcsclite.so.1"})
	settings := filepath.Join(root, "apt.conf")
	writeFile(t, filepath.Join(root, "sources.list"), "deb "+options+" copy:"+d.archive+" ./\n", 0o644)
	writeFile(t, settings, fmt.Sprintf(`Dir::Etc::sourcelist "%s/sources.list"; Dir::Etc::sourceparts "/dev/null";
		Acquire::AllowInsecureRepositories "true"; APT::Get::AllowUnauthenticated "true"; APT::Sandbox::User "root";`, root), 0o644)
	t.Setenv("APT_CONFIG", settings)
	return d
}

// pack makes a package of the other architecture, with files and links, and gives what the list of packages says of it.
func (d *distribution) pack(t *testing.T, name string, files []string, links map[string]string) (listed string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	control := fmt.Sprintf("Package: %s\nVersion: 1\nArchitecture: %s\nMaintainer: Trial <trial@example.org>\nDescription: a trial\n", name, otherArch())
	writeFile(t, filepath.Join(dir, "DEBIAN", "control"), control, 0o644)
	for _, file := range files {
		writeFile(t, filepath.Join(dir, file), "a file of "+name, 0o644)
	}
	for link, to := range links {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(d.archive, name+".deb")
	output(t, "dpkg-deb", "--build", "--root-owner-group", dir, file)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%sFilename: ./%s.deb\nSize: %d\nSHA256: %x\n\n", control, name, len(b), sha256.Sum256(b))
}

// publish packs a package and puts it on the list.
func (d *distribution) publish(t *testing.T, name string, files []string, links map[string]string) {
	t.Helper()
	list := filepath.Join(d.archive, "Packages")
	before, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, list, string(before)+d.pack(t, name, files, links), 0o644)
}

// compile calls the compiler that the script has made, and gives what the one behind it says. One that takes itself for
// the one behind it would call itself for ever.
func (d *distribution) compile(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, filepath.Join(d.place, "bin", triplets[otherArch()]+"-gcc"), "-c", "x y.c").CombinedOutput()
	if err != nil {
		t.Fatalf("the compiler: %v: %s", err, out)
	}
	return string(out)
}

// refused wants the script to fail with a sentence, to leave nothing that looks finished, and the release to go on.
func (d *distribution) refused(t *testing.T, sentence string) {
	t.Helper()
	list, err := d.architectures(t.Context())
	if err != nil || !slices.Equal(list, []string{runtime.GOARCH}) {
		t.Errorf("packages for %v, %v", list, err)
	}
	if said := strings.Join(d.said, "\n"); !strings.HasPrefix(said, "no packages for Linux "+otherArch()+": ") || !strings.Contains(said, sentence) || strings.Contains(said, "\n") {
		t.Errorf("it says %q", said)
	}
	if _, err := os.Stat(filepath.Join(d.place, "stamp")); err == nil {
		t.Error("what failed looks finished")
	}
	asked := *d.release
	asked.arch = []string{otherArch()}
	if _, err := asked.architectures(t.Context()); err == nil || !strings.Contains(err.Error(), sentence) {
		t.Errorf("an architecture that was asked for is left out: %v", err)
	}
}

func TestWithoutACompilerForItAnArchitectureIsLeftOutAndNamed(t *testing.T) {
	d := newDistribution(t, "[trusted=yes]")
	if err := os.Remove(filepath.Join(d.root, "compilers", triplets[otherArch()]+"-gcc")); err != nil {
		t.Fatal(err)
	}
	tools := filepath.Join(d.root, "tools") // this computer may have the compiler
	for _, name := range []string{"sh", "dirname", "cat", "pwd"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(tools, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(tools, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", tools)
	d.refused(t, "there is no "+triplets[otherArch()]+"-gcc")
}

func TestLibrariesThatNobodyHasSignedAreRefusedAlsoWhereAptWouldTakeThem(t *testing.T) {
	newDistribution(t, "").refused(t, "does not have a Release file")
}

func TestALibraryThatIsNotTheOneOfTheListIsRefused(t *testing.T) {
	d := newDistribution(t, "[trusted=yes]")
	d.pack(t, "libpcsclite-dev", []string{"usr/include/other.h"}, nil)
	d.refused(t, "apt-get cannot fetch")
}

func TestADistributionWithoutTheLibrariesIsNamed(t *testing.T) {
	d := newDistribution(t, "[trusted=yes]")
	writeFile(t, filepath.Join(d.archive, "Packages"), "", 0o644)
	d.refused(t, "Unable to locate package libc6-dev")
}

func TestAnArchitectureThatNobodyKnowsIsRefused(t *testing.T) {
	for _, arch := range []string{"riscv64", "../amd64", "all"} {
		if _, err := (&release{root: t.TempDir(), arch: []string{arch}}).architectures(t.Context()); err == nil || !strings.Contains(err.Error(), "there are no packages") {
			t.Errorf("packages for %q: %v", arch, err)
		}
	}
}

func TestHeadersAndLibrariesAreUnpackedAndNothingElse(t *testing.T) {
	d := newDistribution(t, "[trusted=yes]")
	installed := output(t, "dpkg", "--print-foreign-architectures")
	list, err := d.architectures(t.Context())
	if err != nil || len(list) != 2 || len(d.said) > 0 {
		t.Fatalf("%v, %v: %v", list, err, d.said)
	}
	root := filepath.Join(d.place, "root")
	for _, file := range []string{"usr/include/PCSC/winscard.h", "usr/lib/libpcsclite.so", "usr/share/pkgconfig/x.pc"} {
		if b, err := os.ReadFile(filepath.Join(root, file)); err != nil || string(b) != "a file of libpcsclite-dev" {
			t.Errorf("%s: %q, %v", file, b, err) // the library by a link that named a path of the whole computer
		}
	}
	for _, file := range []string{"usr/bin", "etc", "usr/share/doc"} {
		if _, err := os.Lstat(filepath.Join(root, file)); err == nil {
			t.Errorf("%s is unpacked too", file)
		}
	}
	if now := output(t, "dpkg", "--print-foreign-architectures"); now != installed {
		t.Errorf("this computer takes other architectures now: %q", now)
	}

	// The compiler has its own name, and the folder stands in nothing that Go reads.
	for _, pair := range d.crossEnvironment(otherArch()) {
		name, value, _ := strings.Cut(pair, "=")
		if (name == "CC" || name == "PKG_CONFIG_SYSROOT_DIR") && strings.Contains(value, "/") {
			t.Errorf("%s names a path: %s", name, value)
		}
	}
	said := d.compile(t)
	if want := "called with --sysroot=" + d.place + "/bin/../root -c x y.c\n"; said != want {
		t.Errorf("the compiler is %q, want %q", said, want)
	}

	// What is there is taken as it is, and made again when it is of another distribution or script.
	mark := filepath.Join(root, "mark")
	writeFile(t, mark, "", 0o644)
	if err := d.sysroot(t.Context(), otherArch()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mark); err != nil {
		t.Error("what was there is fetched again")
	}
	writeFile(t, filepath.Join(d.place, "stamp"), "another", 0o644)
	t.Setenv("PATH", filepath.Join(d.place, "bin")+":"+os.Getenv("PATH"))
	if err := d.sysroot(t.Context(), otherArch()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("what was there is kept")
	}
	if again := d.compile(t); again != said {
		t.Errorf("the compiler is %q now", again)
	}
}
