// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// output runs a program and gives what it says; a failure fails the test.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// packageName is what nfpm calls a package of the tests.
func packageName(f format, p packaged, arch string) string {
	if f.name == "rpm" {
		return fmt.Sprintf("%s-0.9.0-1.%s.rpm", p.name, map[string]string{"amd64": "x86_64", "arm64": "aarch64", "all": "noarch"}[arch])
	}
	return fmt.Sprintf("%s_0.9.0-1_%s.deb", p.name, arch)
}

func packageFile(t *testing.T, f format, p packaged, arch string) string {
	t.Helper()
	return filepath.Join(made(t), packageName(f, p, arch))
}

// unpacked is what is in the package for Debian.
func unpacked(t *testing.T, p packaged, arch string) string {
	t.Helper()
	dir := t.TempDir()
	output(t, "dpkg-deb", "-x", packageFile(t, formats[0], p, arch), dir)
	return dir
}

func TestLintianHasNothingToSayThatIsNotExplained(t *testing.T) {
	args := []string{"--fail-on", "error,warning", "--info"}
	if os.Getuid() == 0 {
		args = append(args, "--allow-root")
	}
	output(t, "lintian", append(args, packageFile(t, formats[0], ponte, runtime.GOARCH), packageFile(t, formats[0], policies, "all"))...)
}

func TestThePackagesNeedWhatTheProgramsNeed(t *testing.T) {
	says := output(t, "dpkg-deb", "-f", packageFile(t, formats[0], ponte, runtime.GOARCH), "Depends", "Recommends")
	for _, name := range []string{"pcscd", "libpcsclite1", "pinentry-gnome3 | ", "zenity", "libayatana-appindicator3-1"} {
		if !strings.Contains(says, name) {
			t.Errorf("%s is not needed: %s", name, says)
		}
	}
	says = output(t, "rpm", "-qp", "--requires", packageFile(t, formats[1], ponte, runtime.GOARCH))
	for _, name := range []string{"pcsc-lite", "pcsc-lite-libs", "libayatana-appindicator-gtk3", "pinentry-gnome3 or "} {
		if !strings.Contains(says, name) {
			t.Errorf("%s is not needed: %s", name, says)
		}
	}
	if got := output(t, "rpm", "-qp", "--requires", packageFile(t, formats[1], policies, "all")); strings.Contains(got, "pcsc") {
		t.Errorf("the policies need %s", got)
	}
}

func TestEveryProgramIsPositionIndependentAndNamesNoFolderOfTheBuild(t *testing.T) {
	dir, here := unpacked(t, ponte, runtime.GOARCH), repositoryOf(t)
	files, err := filepath.Glob(dir + programDir + "/ponte*")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d programs, %v", len(files), err)
	}
	module, err := filepath.Glob(dir + "/usr/lib/*/pkcs11/" + moduleFile)
	if err != nil || len(module) != 1 {
		t.Fatalf("%v, %v", module, err)
	}
	for _, file := range append(files, module...) {
		f, err := elf.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		if f.Type != elf.ET_DYN || f.Section(".symtab") != nil {
			t.Errorf("%s: %v, or with symbols", filepath.Base(file), f.Type)
		}
		_ = f.Close()
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, place := range []string{here, "/ponte-packages-", os.Getenv("HOME") + "/go/"} {
			if bytes.Contains(b, []byte(place)) {
				t.Errorf("%s names %s", filepath.Base(file), place)
			}
		}
	}
	if _, err := os.Stat(dir + programDir + "/" + moduleFile); err != nil {
		t.Errorf("the module is not beside the programs: %v", err)
	}
}

func repositoryOf(t *testing.T) string {
	t.Helper()
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestTheDesktopUnderstandsWhatItGets(t *testing.T) {
	dir := unpacked(t, ponte, runtime.GOARCH)
	output(t, "appstreamcli", "validate", "--no-net", dir+"/usr/share/metainfo/"+appID+".metainfo.xml")
	output(t, "desktop-file-validate", dir+"/usr/share/applications/"+appID+".desktop")
	for lang, site := range map[string]string{"": "SITE", "it/": "SITO", "de/": "WEBSITE"} {
		for _, page := range []string{"ponte", "ponte-tray"} {
			file := dir + "/usr/share/man/" + lang + "man1/" + page + ".1.gz"
			cmd := exec.Command("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", file)
			cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MANROFFSEQ=")
			if out, err := cmd.CombinedOutput(); err != nil || bytes.Contains(out, []byte("warning")) {
				t.Errorf("%s%s: %v: %.500s", lang, page, err, out)
			}
		}
		text := output(t, "man", "-l", dir+"/usr/share/man/"+lang+"man1/ponte.1.gz")
		for _, word := range []string{"ponte sites allow " + site, "ponte verify ", "ponte log [", "--revocation", "/etc/ponte/policy.toml"} {
			if !strings.Contains(text, word) {
				t.Errorf("the manual in %q lacks %q", lang, word)
			}
		}
	}
	for _, shell := range []string{"bash-completion/completions/ponte", "zsh/vendor-completions/_ponte", "fish/vendor_completions.d/ponte.fish"} {
		if b, err := os.ReadFile(dir + "/usr/share/" + shell); err != nil || !bytes.Contains(b, []byte("__ponte")) && !bytes.Contains(b, []byte("_ponte")) {
			t.Errorf("%s: %v", shell, err)
		}
	}
}

// TestSystemdUnderstandsTheUnits has them name a program that is there.
func TestSystemdUnderstandsTheUnits(t *testing.T) {
	dir := unpacked(t, ponte, runtime.GOARCH)
	folder := t.TempDir()
	var units []string
	for _, name := range []string{"ponte.service", "ponte-tray.service"} {
		b, err := os.ReadFile(dir + "/usr/lib/systemd/user/" + name)
		if err != nil {
			t.Fatal(err)
		}
		program := regexp.MustCompile(`(?m)^ExecStart=(\S+)`).FindSubmatch(b)
		if program == nil {
			t.Fatalf("%s starts nothing", name)
		}
		if _, err := os.Stat(dir + string(program[1])); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Contains(b, []byte("WantedBy=graphical-session.target\n")) {
			t.Errorf("%s does not start with the session", name)
		}
		units = append(units, filepath.Join(folder, name))
		if err := os.WriteFile(units[len(units)-1], bytes.ReplaceAll(b, program[1], []byte("/bin/true")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("XDG_RUNTIME_DIR", folder)
	if out := output(t, "systemd-analyze", append([]string{"--user", "--man=no", "verify"}, units...)...); out != "" {
		t.Error(out)
	}
}

// copyOf copies what git knows of, or would, into another folder.
func copyOf(t *testing.T, root, to string) {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	list, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		info, err := os.Lstat(filepath.Join(root, name))
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(to, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	modules, err := filepath.EvalSymlinks(filepath.Join(root, "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(to, "node_modules")); err != nil {
		t.Fatal(err)
	}
}

func TestAnotherFolderAtAnotherTimeMakesTheSameBytes(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "a-folder-with-another-name")
	copyOf(t, repositoryOf(t), elsewhere)
	r := &release{root: elsewhere, out: t.TempDir(), work: t.TempDir(), version: "0.9.0", epoch: 1_750_000_000, arch: []string{runtime.GOARCH}, quick: true, say: t.Logf}
	if err := r.linux(context.Background()); err != nil {
		t.Fatal(err)
	}
	compared := 0
	err := filepath.WalkDir(r.out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		a, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(filepath.Join(made(t), d.Name()))
		if err != nil {
			return err
		}
		compared++
		if !slices.Equal(a, b) {
			t.Errorf("%s differs", d.Name())
			t.Log(differences(t, path, filepath.Join(made(t), d.Name())))
		}
		return nil
	})
	if err != nil || compared != 4 {
		t.Errorf("%d packages, %v", compared, err)
	}
}

// differences lists the files of two packages for Debian that are not the same.
func differences(t *testing.T, a, b string) string {
	t.Helper()
	if filepath.Ext(a) != ".deb" {
		return ""
	}
	da, db := t.TempDir(), t.TempDir()
	output(t, "dpkg-deb", "-R", a, da)
	output(t, "dpkg-deb", "-R", b, db)
	out, err := exec.Command("diff", "-rq", da, db).CombinedOutput()
	return fmt.Sprintf("%s%v", out, err)
}
