// SPDX-License-Identifier: EUPL-1.2

// Package ponte_test keeps the rules of the house (ARCHITECTURE.md): who may import whom, and what the files that are not
// code say about it. It tests no behaviour.
package ponte_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/ponte-cns/ponte"

// importLine is one import of one file of this repository, for whatever system the file is built.
type importLine struct {
	file     string // path in the repository
	path     string // as imported; packages of ours without the module: "daemon/cns"
	ours     bool
	testOnly bool // the file is a test
	demoOnly bool // the file is built with the tag demo, which no release has
}

func (i importLine) from() string { return path.Dir(i.file) }

// standard says that a path belongs to the standard library: its first element has no dot.
func (i importLine) standard() bool {
	first, _, _ := strings.Cut(i.path, "/")
	return !i.ours && i.path != "C" && !strings.Contains(first, ".")
}

// rule is broken by an import when it gives a sentence.
type rule struct {
	name    string
	breaks  func(importLine) bool
	example importLine // an import that breaks it
}

// under says that a folder is dir or below it.
func under(folder, dir string) bool { return folder == dir || strings.HasPrefix(folder, dir+"/") }

// fake says that a package is a card that does not exist, or helps tests with one.
func fake(folder string) bool {
	return under(folder, "testcard") || folder == "daemon/card/cardtest" || folder == "daemon/pkcs11/hsmtest"
}

// mayHoldFakes are the folders beside the tests that use the emulated card. None of them is part of a release.
var mayHoldFakes = []string{"testcard", "daemon/card/cardtest", "portal/demo", "bench", "tools/interop"}

var rules = []rule{
	{
		"protocol and iso7816 import the standard library only",
		func(i importLine) bool {
			return !i.testOnly && (i.from() == "protocol" || i.from() == "daemon/iso7816") && !i.standard()
		},
		importLine{file: "protocol/x.go", path: "golang.org/x/net/idna"},
	},
	{
		"the emulated card imports the standard library and itself only, so that a bug of ours is not mirrored in it",
		func(i importLine) bool {
			ofCard := i.ours && slices.Contains([]string{"testcard", "testcard/holder", "testcard/testpki"}, i.path)
			return slices.Contains([]string{"testcard", "testcard/holder", "testcard/testpki"}, i.from()) && !i.standard() && !ofCard
		},
		importLine{file: "testcard/x_test.go", path: "daemon/iso7816", ours: true, testOnly: true},
	},
	{
		"the virtual reader and its command use nothing of the agent",
		func(i importLine) bool {
			return !i.testOnly && under(i.from(), "testcard") && i.ours && !under(i.path, "testcard")
		},
		importLine{file: "testcard/vpcd/x.go", path: "daemon/pcsc", ours: true},
	},
	{
		"cns drives a card through its own Transmitter and never imports pcsc",
		func(i importLine) bool {
			return i.from() == "daemon/cns" && (i.path == "daemon/pcsc" || i.path == "github.com/ebfe/scard")
		},
		importLine{file: "daemon/cns/x_test.go", path: "daemon/pcsc", ours: true, testOnly: true},
	},
	{
		"only pcsc speaks PC/SC",
		func(i importLine) bool {
			return !i.testOnly && i.path == "github.com/ebfe/scard" && i.from() != "daemon/pcsc"
		},
		importLine{file: "daemon/card/x.go", path: "github.com/ebfe/scard"},
	},
	{
		"bridge declares the interfaces it needs and never imports pcsc, prompt or doors",
		func(i importLine) bool {
			return !i.testOnly && i.from() == "daemon/bridge" && slices.Contains([]string{"daemon/pcsc", "daemon/prompt", "daemon/doors"}, i.path)
		},
		importLine{file: "daemon/bridge/x.go", path: "daemon/doors", ours: true},
	},
	{
		"doors knows no card, no dialog and no policy",
		func(i importLine) bool {
			return !i.testOnly && i.from() == "daemon/doors" && i.ours && i.path != "protocol" && i.path != "internal/ipc"
		},
		importLine{file: "daemon/doors/x.go", path: "daemon/card", ours: true},
	},
	{
		"control is for small programs and imports protocol and internal/ipc only",
		func(i importLine) bool {
			return !i.testOnly && i.from() == "daemon/control" && !i.standard() && i.path != "protocol" && i.path != "internal/ipc"
		},
		importLine{file: "daemon/control/x.go", path: "daemon/policy", ours: true},
	},
	{
		"the tray and the panel are clients of the agent: they reach no card, no dialog and no door",
		func(i importLine) bool {
			client := under(i.from(), "daemon/tray") || under(i.from(), "daemon/panel")
			inside := []string{"daemon/card", "daemon/cns", "daemon/pcsc", "daemon/bridge", "daemon/prompt", "daemon/pin", "daemon/doors"}
			return !i.testOnly && client && slices.Contains(inside, i.path)
		},
		importLine{file: "daemon/panel/x.go", path: "daemon/card", ours: true},
	},
	{
		"documents, which the agent holds, imports the standard library and protocol only: it reads no document",
		func(i importLine) bool {
			return !i.testOnly && i.from() == "daemon/documents" && !i.standard() && i.path != "protocol"
		},
		importLine{file: "daemon/documents/x.go", path: "portal/pades", ours: true},
	},
	{
		"of the agent, only ponte-document and ponte-verify read documents",
		func(i importLine) bool {
			reads := i.ours && under(i.path, "portal")
			return !i.testOnly && under(i.from(), "daemon") && reads && i.from() != "daemon/document" && i.from() != "daemon/verify"
		},
		importLine{file: "daemon/bridge/x.go", path: "portal/pades", ours: true},
	},
	{
		"ponte-document reaches no card, no dialog and no door",
		func(i importLine) bool {
			inside := []string{"daemon/card", "daemon/cns", "daemon/pcsc", "daemon/bridge", "daemon/prompt", "daemon/pin", "daemon/doors"}
			return !i.testOnly && i.from() == "daemon/document" && slices.Contains(inside, i.path)
		},
		importLine{file: "daemon/document/x.go", path: "daemon/card", ours: true},
	},
	{
		"the service of Windows runs as the system: it has no socket, no card and no dialog",
		func(i importLine) bool {
			inside := []string{"internal/ipc", "daemon/control", "daemon/doors", "daemon/bridge", "daemon/card", "daemon/pcsc", "daemon/prompt", "net"}
			return !i.testOnly && under(i.from(), "daemon/service") && slices.Contains(inside, i.path)
		},
		importLine{file: "daemon/service/x.go", path: "internal/ipc", ours: true},
	},
	{
		"nativehost imports protocol and internal/ipc only",
		func(i importLine) bool {
			return !i.testOnly && i.from() == "nativehost" && !i.standard() && i.path != "protocol" && i.path != "internal/ipc"
		},
		importLine{file: "nativehost/x_windows.go", path: "daemon/words", ours: true},
	},
	{
		"portal never imports the agent",
		func(i importLine) bool {
			return under(i.from(), "portal") && (under(i.path, "daemon") || under(i.path, "internal") || under(i.path, "nativehost"))
		},
		importLine{file: "portal/demo/x_test.go", path: "daemon/card", ours: true, testOnly: true},
	},
	{
		"of ours, portal imports protocol and itself only: portals embed it",
		func(i importLine) bool {
			return !i.testOnly && under(i.from(), "portal") && i.ours && i.path != "protocol" && !under(i.path, "portal")
		},
		importLine{file: "portal/x.go", path: "testcard/testpki", ours: true},
	},
	{
		"the emulated card is imported by tests and by what is not released",
		func(i importLine) bool {
			inside := slices.ContainsFunc(mayHoldFakes, func(dir string) bool { return under(i.from(), dir) })
			return !i.testOnly && !i.demoOnly && i.ours && fake(i.path) && !inside
		},
		importLine{file: "daemon/x.go", path: "daemon/card/cardtest", ours: true},
	},
	{
		"vendor modules are loaded by ponte-pkcs11 alone, and never by the agent",
		func(i importLine) bool {
			loads := i.path == "github.com/miekg/pkcs11" || i.path == "daemon/pkcs11/module"
			return !i.testOnly && loads && !under(i.from(), "daemon/pkcs11/module") && i.from() != "daemon/pkcs11/worker" && i.from() != "bench"
		},
		importLine{file: "daemon/pkcs11/x.go", path: "github.com/miekg/pkcs11"},
	},
	{
		"cgo is for the libraries that speak to cards and show the icon; of ours, one file asks GLib for the session bus",
		func(i importLine) bool {
			return i.path == "C" && i.file != "daemon/tray/sessionbus/sessionbus_linux.go"
		},
		importLine{file: "nativehost/x_darwin.go", path: "C"},
	},
}

func TestEachImportRuleRefusesWhatBreaksIt(t *testing.T) {
	for _, r := range rules {
		if !r.breaks(r.example) {
			t.Errorf("%s: %s may import %s", r.name, r.example.file, r.example.path)
		}
	}
}

func TestImportsFollowTheRules(t *testing.T) {
	imports := allImports(t)
	if len(imports) < 200 {
		t.Fatalf("only %d imports were found", len(imports))
	}
	for _, i := range imports {
		for _, r := range rules {
			if r.breaks(i) {
				t.Errorf("%s imports %s: %s", i.file, i.path, r.name)
			}
		}
	}
}

// TestNoReleasedProgramHoldsAFakeCard follows the imports of the programs, on every system at once.
func TestNoReleasedProgramHoldsAFakeCard(t *testing.T) {
	imports := allImports(t)
	programs := releasedPrograms(t)
	for _, program := range programs {
		reached := reach(program, imports)
		if len(reached) < 3 {
			t.Errorf("%s reaches only %v", program, reached)
		}
		for _, folder := range reached {
			if fake(folder) {
				t.Errorf("%s holds %s", program, folder)
			}
		}
	}
	bad := append(imports, importLine{file: "daemon/words/x.go", path: "testcard/holder", ours: true})
	if !slices.Contains(reach("daemon", bad), "testcard/holder") {
		t.Error("an import of an import is not followed")
	}
	list := []string{"list", "-deps"}
	for _, program := range programs {
		list = append(list, "./"+program)
	}
	out, err := exec.Command("go", list...).Output() // as the Makefile builds them
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if folder, ours := strings.CutPrefix(strings.TrimSpace(line), module+"/"); ours && fake(folder) {
			t.Errorf("the go command finds %s in a release", folder)
		}
	}
}

// releasedPrograms are the Go packages of installer/programs.txt, from which every release is built.
func releasedPrograms(t *testing.T) []string {
	t.Helper()
	var programs []string
	for line := range strings.Lines(read(t, "installer/programs.txt")) {
		f := strings.Fields(line)
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if len(f) != 5 {
			t.Fatalf("installer/programs.txt: %q has not five columns", line)
		}
		if !slices.Contains(f[2:], "c") {
			programs = append(programs, f[1])
		}
	}
	if !slices.Contains(programs, "daemon") || !slices.Contains(programs, "nativehost") {
		t.Fatalf("installer/programs.txt: only %v", programs)
	}
	return programs
}

// reach lists the packages of ours that a package is built from.
func reach(program string, imports []importLine) []string {
	reached := map[string]bool{program: true}
	for again := true; again; {
		again = false
		for _, i := range imports {
			if i.ours && !i.testOnly && !i.demoOnly && reached[i.from()] && !reached[i.path] {
				reached[i.path], again = true, true
			}
		}
	}
	return slices.Sorted(maps.Keys(reached))
}

// TestTheNativehostNeedsNoCgo asks the go command what the program is made of: a package that exists with cgo only would
// be an error here.
func TestTheNativehostNeedsNoCgo(t *testing.T) {
	for _, system := range []string{"linux", "windows", "darwin"} {
		cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Error,CgoFiles", "./nativehost")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH=amd64")
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		for d := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct {
				ImportPath string
				CgoFiles   []string
				Error      *struct{ Err string }
			}
			if err := d.Decode(&p); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			found[p.ImportPath] = true
			if p.Error != nil || len(p.CgoFiles) > 0 || p.ImportPath == "runtime/cgo" {
				t.Errorf("%s: %s: %v", system, p.ImportPath, p.Error)
			}
		}
		if !found[module+"/internal/ipc"] {
			t.Errorf("%s: the program does not use internal/ipc; is the list complete?", system)
		}
	}
}

func TestNoFolderHasANameThatSaysNothing(t *testing.T) {
	for _, file := range trackedFiles(t, "*.go", "*.ts", "*.js", "*.mjs") {
		for folder := range strings.SplitSeq(path.Dir(file), "/") {
			switch folder {
			case "util", "utils", "common", "helper", "helpers", "pkg", "models", "manager", "misc", "shared", "lib":
				t.Errorf("%s: a package is a noun that one can point at, not %s", file, folder)
			}
		}
	}
}

// allImports reads the imports of every Go file, whatever its build constraints are.
func allImports(t *testing.T) []importLine {
	t.Helper()
	var all []importLine
	for _, file := range trackedFiles(t, "*.go") {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		test, demo := strings.HasSuffix(file, "_test.go"), false
		for _, group := range f.Comments {
			for _, c := range group.List {
				if expr, err := constraint.Parse(c.Text); err == nil && constraint.IsGoBuild(c.Text) && c.Pos() < f.Package {
					demo = demo || needsDemo(expr)
				}
			}
		}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			short, ours := strings.CutPrefix(name, module+"/")
			all = append(all, importLine{file, short, ours, test, demo})
		}
	}
	return all
}

// needsDemo says that a file with this build constraint is built with the tag demo only.
func needsDemo(expr constraint.Expr) bool {
	switch e := expr.(type) {
	case *constraint.TagExpr:
		return e.Tag == "demo"
	case *constraint.AndExpr:
		return needsDemo(e.X) || needsDemo(e.Y)
	case *constraint.OrExpr:
		return needsDemo(e.X) && needsDemo(e.Y)
	}
	return false
}

func TestOnlyTheTagDemoMakesAFileUnreleased(t *testing.T) {
	for line, want := range map[string]bool{
		"!demo": false, "linux": false, "demo || linux": false, "!(demo && linux)": false, "demo": true, "demo && !windows": true,
	} {
		expr, err := constraint.Parse("//go:build " + line)
		if err != nil || needsDemo(expr) != want {
			t.Errorf("%s: %v, want %v (%v)", line, !want, want, err)
		}
	}
	makesNoProgram := regexp.MustCompile(`^\tgo (test|vet|run \$\(STATICCHECK\)) `)
	for line := range strings.Lines(read(t, "Makefile")) {
		if strings.Contains(line, "-tags") && !strings.Contains(line, " -o bin/ponte-demo-agent ") && !makesNoProgram.MatchString(line) {
			t.Errorf("a released program is built with a tag: %s", line)
		}
	}
}

// trackedFiles lists the files of the repository that match, also those that wait to be added, in their order.
func trackedFiles(t *testing.T, patterns ...string) []string {
	t.Helper()
	args := append([]string{"ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"}, patterns...)
	out, err := exec.Command("git", args...).Output()
	if err != nil {
		t.Fatal(fmt.Errorf("git ls-files: %w", err))
	}
	var files []string
	for name := range strings.SplitSeq(string(out), "\x00") {
		for dir := path.Dir(name); ; dir = path.Dir(dir) {
			_, _ = os.Stat(dir) // the go command remembers it: a new file makes a cached result old
			if dir == "." {
				break
			}
		}
		if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}
