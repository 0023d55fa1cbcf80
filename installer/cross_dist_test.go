// SPDX-License-Identifier: EUPL-1.2

//go:build dist && linux

package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// `make dist-check`: the packages for the architecture that is not this computer's. They take minutes to build, and apt
// fetches the libraries the first time: this is no part of `make test`.

// twoArchitectures are the packages of one release, and the folders that they were made of.
type twoArchitectures struct {
	*release
	native, other string // programs
}

func TestThePackagesForTheOtherArchitecture(t *testing.T) {
	if err := trialKey(filepath.Join(t.TempDir(), "extension.pem")); err != nil {
		t.Fatal(err)
	}
	b := &twoArchitectures{release: &release{
		root: repositoryOf(t), out: t.TempDir(), work: t.TempDir(), version: "0.9.0", epoch: 1_750_000_000,
		arch: []string{runtime.GOARCH, otherArch()}, quick: true, say: t.Logf,
	}}
	if err := b.linux(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.native, b.other = filepath.Join(b.work, "linux-"+runtime.GOARCH), filepath.Join(b.work, "linux-"+otherArch())

	t.Run("hold the files of this computer's, and nothing of the libraries", b.sameFiles)
	t.Run("hold programs that are built like this computer's", b.samePrograms)
	t.Run("are of their architecture, for lintian and rpm too", b.architectureIsSaid)
	t.Run("are in the sums and the bill of materials", b.isListed)
	t.Run("hold programs that start", b.programsStart)
	t.Run("log in with a card that a portal accepts", b.login)
	t.Run("are the same bytes when nothing was built before, in another folder", b.sameBytes)
}

func (b *twoArchitectures) file(f format, arch string) string {
	return filepath.Join(b.out, packageName(f, ponte, arch))
}

// sameFiles compares the lists of the packages. Only the folder of PKCS#11 modules has the name of the architecture.
func (b *twoArchitectures) sameFiles(t *testing.T) {
	for _, f := range formats {
		list := map[string][]string{}
		for _, arch := range b.arch {
			says := ""
			if f.name == "deb" {
				dir := t.TempDir()
				output(t, "dpkg-deb", "-x", b.file(f, arch), dir)
				says = output(t, "find", dir, "-printf", "%m %P %l\n")
			} else {
				says = output(t, "rpm", "-qp", "--qf", "[%{FILEMODES:octal} %{FILENAMES} %{FILELINKTOS}\n]", b.file(f, arch))
			}
			lines := strings.Split(strings.ReplaceAll(says, triplets[arch], "TRIPLET"), "\n")
			slices.Sort(lines)
			list[arch] = lines
		}
		if native, other := list[runtime.GOARCH], list[otherArch()]; len(native) < 40 || !slices.Equal(native, other) {
			t.Errorf("%s: %d and %d files:\n%s\n%s", f.name, len(native), len(other), strings.Join(native, "\n"), strings.Join(other, "\n"))
		}
	}
}

// traits are what two builds of one program have in common.
type traits struct {
	kind    elf.Type
	needs   []string // libraries
	defends string   // what the loader is told: everything bound at the start, no path to look for libraries in
	exports []string // of a library
}

func traitsOf(t *testing.T, file string) (elf.Machine, traits) {
	t.Helper()
	f, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	of := traits{kind: f.Type}
	of.needs, _ = f.ImportedLibraries() // a program without a dynamic section needs none
	// On arm64 what guards the stack is in the loader.
	of.needs = slices.DeleteFunc(of.needs, func(name string) bool { return strings.HasPrefix(name, "ld-linux-") })
	slices.Sort(of.needs)
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH, elf.DT_TEXTREL, elf.DT_BIND_NOW, elf.DT_FLAGS, elf.DT_FLAGS_1} {
		values, _ := f.DynValue(tag)
		of.defends += fmt.Sprintf(" %v=%v", tag, values)
	}
	for _, segment := range f.Progs {
		if segment.Type == elf.PT_GNU_RELRO || segment.Type == elf.PT_GNU_STACK {
			of.defends += fmt.Sprintf(" %v=%v", segment.Type, segment.Flags)
		}
	}
	if symbols, err := f.DynamicSymbols(); err == nil && strings.HasSuffix(file, ".so") {
		for _, s := range symbols {
			if s.Section != elf.SHN_UNDEF && s.Name != "" {
				of.exports = append(of.exports, s.Name)
			}
		}
		slices.Sort(of.exports)
	}
	if f.Section(".symtab") != nil {
		t.Errorf("%s has symbols", filepath.Base(file))
	}
	return f.Machine, of
}

func (b *twoArchitectures) samePrograms(t *testing.T) {
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	names := programNames(t, b.other)
	if native := programNames(t, b.native); len(names) < 9 || !slices.Equal(names, native) {
		t.Fatalf("%v, and for this computer %v", names, native)
	}
	for _, name := range names {
		machine, other := traitsOf(t, filepath.Join(b.other, name))
		_, native := traitsOf(t, filepath.Join(b.native, name))
		if machine != machines[otherArch()] || other.kind != elf.ET_DYN {
			t.Errorf("%s is for %v, %v", name, machine, other.kind)
		}
		if fmt.Sprint(other) != fmt.Sprint(native) {
			t.Errorf("%s is %v, and for this computer %v", name, other, native)
		}
		content, err := os.ReadFile(filepath.Join(b.other, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, place := range []string{b.root, "sysroot", b.work} {
			if bytes.Contains(content, []byte(place)) {
				t.Errorf("%s names %s", name, place)
			}
		}
		// Packages say that they need glibc 2.34.
		for _, version := range []string{"2.35", "2.36", "2.37", "2.38", "2.39", "2.40", "2.41", "2.42", "2.43"} {
			if bytes.Contains(content, []byte("GLIBC_"+version+"\x00")) {
				t.Errorf("%s needs glibc %s", name, version)
			}
		}
	}
}

func programNames(t *testing.T, folder string) []string {
	t.Helper()
	list, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func (b *twoArchitectures) architectureIsSaid(t *testing.T) {
	deb, rpm := b.file(formats[0], otherArch()), b.file(formats[1], otherArch())
	if says := strings.TrimSpace(output(t, "dpkg-deb", "-f", deb, "Architecture")); says != otherArch() {
		t.Errorf("the deb is for %s", says)
	}
	want := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[otherArch()]
	if says := output(t, "rpm", "-qp", "--qf", "%{ARCH}", rpm); says != want {
		t.Errorf("the rpm is for %s", says)
	}
	needs := func(arch string) string {
		return output(t, "dpkg-deb", "-f", b.file(formats[0], arch), "Depends", "Recommends") + output(t, "rpm", "-qp", "--requires", b.file(formats[1], arch))
	}
	if other, native := needs(otherArch()), needs(runtime.GOARCH); other != native {
		t.Errorf("they need %s, and those of this computer %s", other, native)
	}
	args := []string{"--fail-on", "error,warning", "--info"}
	if os.Getuid() == 0 {
		args = append(args, "--allow-root")
	}
	output(t, "lintian", append(args, deb)...)
}

func (b *twoArchitectures) isListed(t *testing.T) {
	t.Setenv("PONTE_GPG_KEY", "")
	if err := b.sums(t.Context()); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(b.out, sumsFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range formats {
		if !bytes.Contains(sums, []byte("  "+packageName(f, ponte, otherArch())+"\n")) {
			t.Errorf("%s is not in the sums: %s", f.name, sums)
		}
	}
	if !slices.Contains(b.release.made, b.other) {
		t.Errorf("the bill of materials is of %v", b.release.made)
	}
	other, err := linked(b.other)
	if err != nil {
		t.Fatal(err)
	}
	if native, err := linked(b.native); err != nil || !maps.Equal(other, native) { // their licences are those of this computer's
		t.Errorf("the programs hold %v, and for this computer %v, %v", other, native, err)
	}
}

// sameBytes builds the programs once more, from a copy of the sources and of the libraries, with nothing of the first
// time at hand, and packs them again.
func (b *twoArchitectures) sameBytes(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "a-folder-with-another-name")
	copyOf(t, b.root, elsewhere)
	place := filepath.Join("build", "sysroot-"+otherArch())
	if err := os.MkdirAll(filepath.Join(elsewhere, "build"), 0o755); err != nil {
		t.Fatal(err)
	}
	output(t, "cp", "-a", filepath.Join(b.root, place), filepath.Join(elsewhere, place))
	again := *b.release
	again.root, again.out, again.work, again.arch, again.made = elsewhere, t.TempDir(), t.TempDir(), []string{otherArch()}, nil
	cache := output(t, "go", "env", "GOCACHE")
	t.Setenv("GOCACHE", t.TempDir())
	folder, err := again.programs(t.Context(), "linux", otherArch())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOCACHE", strings.TrimSpace(cache))
	for _, name := range programNames(t, b.other) {
		same(t, filepath.Join(folder, name), filepath.Join(b.other, name))
	}
	again.built = map[string]string{"linux-" + runtime.GOARCH: b.native, "linux-" + otherArch(): folder}
	if err := again.linux(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, f := range formats {
		name := packageName(f, ponte, otherArch())
		same(t, filepath.Join(again.out, name), filepath.Join(b.out, name))
	}
}

func same(t *testing.T, one, other string) {
	t.Helper()
	a, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Errorf("%s differs", filepath.Base(one))
	}
}
