// SPDX-License-Identifier: EUPL-1.2

package ponte_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ponte-cns/ponte/protocol"
)

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(read(t, file)), into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// find gives the first group of a pattern that must be in a file.
func find(t *testing.T, file, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(read(t, file))
	if m == nil {
		t.Fatalf("%s has nothing like %s", file, pattern)
	}
	return m[1]
}

// licenceOf is the licence of a source file: what portals embed is under the BSD licence.
func licenceOf(file string) string {
	if under(path.Dir(file), "portal") {
		return "BSD-3-Clause"
	}
	return "EUPL-1.2"
}

func TestEverySourceFileNamesItsLicence(t *testing.T) {
	header := regexp.MustCompile(`SPDX-License-Identifier: ([A-Za-z0-9.-]+)`)
	files := trackedFiles(t, "*.go", "*.ts", "*.mjs", "*.js", "*.css", "*.sh", "*.toml", "*.html", "*.yml", "Makefile", ".ci/run")
	for _, file := range files {
		first := strings.Join(strings.SplitN(read(t, file), "\n", 5)[:min(4, strings.Count(read(t, file), "\n"))], "\n")
		m := header.FindStringSubmatch(first)
		switch {
		case m == nil:
			t.Errorf("%s: no SPDX-License-Identifier in its first lines", file)
		case m[1] != licenceOf(file):
			t.Errorf("%s is under %s, not %s", file, m[1], licenceOf(file))
		}
	}
	for file, title := range map[string]string{
		"LICENSE": "EUROPEAN UNION PUBLIC LICENCE v. 1.2\n", "portal/LICENSE": "BSD 3-Clause License\n", "portal/js/LICENSE": "BSD 3-Clause License\n",
	} {
		if !strings.HasPrefix(read(t, file), title) {
			t.Errorf("%s is not the text of its licence", file)
		}
	}
}

// TestNoFileNamesAMachine looks for paths that exist on the computer of one person or one build only.
func TestNoFileNamesAMachine(t *testing.T) {
	machine := regexp.MustCompile(`(?:^|[^\w.~$}-])(/(?:work|root|builds?|mnt|media)/[\w.]|/(?:home|Users)/\w+/|[A-Z]:\\Users\\\w)`)
	for text, want := range map[string]bool{
		"see /" + "work/main": true, `"/` + `root/.config`: true, "cd /" + "home/anna/ponte": true, `"C:\` + `Users\anna"`: true,
		"~/" + "work/x": false, "$HOME/" + "root/": false, "/" + "home/": false, "network/" + "root/x": false, "https://example.org/" + "work/x": false,
	} {
		if machine.MatchString(text) != want {
			t.Errorf("%q: %v, want %v", text, !want, want)
		}
	}
	for _, file := range trackedFiles(t) {
		text := read(t, file)
		if !utf8.ValidString(text) {
			continue // an image
		}
		if m := machine.FindStringSubmatch(text); m != nil {
			t.Errorf("%s names %q", file, m[1])
		}
	}
}

func TestTheErrorCodesOfPROTOCOLAreThoseOfTheCode(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| (yes|no) \\|")
	var said []protocol.Code
	for _, m := range row.FindAllStringSubmatch(read(t, "PROTOCOL.md"), -1) {
		code := protocol.Code(m[1])
		said = append(said, code)
		if !code.Known() {
			t.Errorf("%s is in PROTOCOL.md and not in protocol/errors.go", code)
		} else if code.Retry() != (m[2] == "yes") {
			t.Errorf("%s: retry is %s in PROTOCOL.md and not in protocol/errors.go", code, m[2])
		}
	}
	for _, code := range protocol.Codes() {
		if !slices.Contains(said, code) {
			t.Errorf("%s is in protocol/errors.go and not in PROTOCOL.md", code)
		}
	}
	for _, page := range []string{"docs/portal.md", "docs/portal.en.md"} {
		for _, code := range protocol.Codes() {
			if !strings.Contains(read(t, page), "`"+string(code)+"`") {
				t.Errorf("%s does not explain %s", page, code)
			}
		}
	}
}

// TestTheProgramInThePortalPageCompiles builds it as if it were a package of this module.
func TestTheProgramInThePortalPageCompiles(t *testing.T) {
	_, rest, _ := strings.Cut(read(t, "docs/portal.md"), "```go\n")
	program, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/portal.md holds no Go program")
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, overlay := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	b, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(here, "docs", "sample", "main.go"): file}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(file, []byte(program), 0o600), os.WriteFile(overlay, b, 0o600)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-overlay", overlay, "-o", os.DevNull, "./docs/sample").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// manifest is what this test reads of a browser's manifest.json.
type manifest struct {
	Version string `json:"version"`
	Key     string `json:"key"`
	Gecko   struct {
		Gecko struct {
			ID string `json:"id"`
		} `json:"gecko"`
	} `json:"browser_specific_settings"`
}

// chromiumID is how Chromium makes an extension's identity of its public key: the first 16 bytes of the SHA-256 of its
// SubjectPublicKeyInfo, with the letters a to p for the hexadecimal digits.
func chromiumID(t *testing.T, key string) string {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	id := make([]byte, 0, 32)
	for _, b := range sum[:16] {
		id = append(id, 'a'+b>>4, 'a'+b&15)
	}
	return string(id)
}

func TestTheExtensionHasTheIdentityThatTheNativehostTrusts(t *testing.T) {
	var chrome, firefox manifest
	readJSON(t, "extension/chrome/manifest.json", &chrome)
	readJSON(t, "extension/firefox/manifest.json", &firefox)
	if id := chromiumID(t, chrome.Key); id != protocol.ExtensionIDChromium {
		t.Errorf("the key in extension/chrome/manifest.json gives %s, protocol has %s", id, protocol.ExtensionIDChromium)
	}
	if id := firefox.Gecko.Gecko.ID; id != protocol.ExtensionIDFirefox {
		t.Errorf("extension/firefox/manifest.json says %s, protocol has %s", id, protocol.ExtensionIDFirefox)
	}
	if !strings.Contains(read(t, "docs/enterprise.md"), protocol.ExtensionIDChromium) {
		t.Error("docs/enterprise.md names another identity")
	}
}

func TestEveryFileNamesTheSameVersion(t *testing.T) {
	version := find(t, "daemon/main.go", `(?m)^var version = "(.+)"$`)
	for file, pattern := range map[string]string{
		"nativehost/main.go":              `(?m)^var version = "(.+)"$`,
		"portal/js/package.json":          `"version": "(.+)"`,
		"extension/chrome/manifest.json":  `"version": "(.+)"`,
		"extension/firefox/manifest.json": `"version": "(.+)"`,
		"CHANGELOG.md":                    `(?m)^## \[(\d.*?)\]`,
	} {
		if got := find(t, file, pattern); got != version {
			t.Errorf("%s says %s, daemon/main.go %s", file, got, version)
		}
	}
	var npm struct{ Version string }
	if readJSON(t, "package.json", &npm); npm.Version != "" && npm.Version != version {
		t.Errorf("package.json says %s, daemon/main.go %s", npm.Version, version)
	}
	code := publiccode(t, read(t, "publiccode.yml"))
	released := !strings.Contains(read(t, "CHANGELOG.md"), "## ["+version+"] - unreleased")
	if released && !slices.Equal(code["softwareVersion"], []string{version}) {
		t.Errorf("version %s is released, and publiccode.yml says %v", version, code["softwareVersion"])
	}
	if !released && code["softwareVersion"] != nil {
		t.Errorf("version %s is not released, and publiccode.yml says it is", version)
	}
}

// publiccode reads the subset of YAML in which publiccode.yml is written: keys with their values by path
// ("description/it/features"), several where it is a list. What goes beyond the subset fails the test.
func publiccode(t *testing.T, text string) map[string][]string {
	t.Helper()
	line := regexp.MustCompile(`^( *)(- )?(?:([A-Za-z]+):(?: (.+))?|(.+))$`)
	values := map[string][]string{}
	var keys []string // the path, one key for each two spaces
	folded := -1      // the indentation of the key whose long text follows
	for n, l := range strings.Split(text, "\n") {
		m := line.FindStringSubmatch(l)
		if m == nil || strings.HasPrefix(strings.TrimSpace(l), "#") {
			continue
		}
		depth := len(m[1]) / 2
		if folded >= 0 && depth > folded {
			p := strings.Join(keys, "/")
			values[p] = []string{strings.TrimSpace(strings.Join(append(values[p], strings.TrimSpace(l)), " "))}
			continue
		}
		folded = -1
		if depth > len(keys) || strings.Contains(l, "\t") {
			t.Fatalf("publiccode.yml, line %d: not in the plain subset: %s", n+1, l)
		}
		keys = keys[:depth]
		value := m[4] + m[5]
		if strings.HasPrefix(value, `"`) {
			var err error
			if value, err = strconv.Unquote(value); err != nil {
				t.Fatalf("publiccode.yml, line %d: %v", n+1, err)
			}
		}
		if m[3] != "" {
			keys = append(keys, m[3])
		}
		switch p := strings.Join(keys, "/"); {
		case value == ">":
			folded = depth
		case value != "":
			values[p] = append(values[p], value)
		}
	}
	return values
}

func TestPubliccodeFollowsTheStandard(t *testing.T) {
	code := publiccode(t, read(t, "publiccode.yml"))
	for key, allowed := range map[string][]string{
		"publiccodeYmlVersion": {"0"}, "name": nil, "url": nil, "platforms": {"web", "windows", "mac", "linux", "ios", "android"},
		"developmentStatus": {"concept", "development", "beta", "stable", "obsolete"}, "softwareType": {"standalone/desktop"},
		"legal/license": {"EUPL-1.2 AND BSD-3-Clause"}, "maintenance/type": {"internal", "community"}, "maintenance/contacts/name": nil,
		"localisation/localisationReady": {"true"}, "localisation/availableLanguages": {"it", "en", "de"},
	} {
		if len(code[key]) == 0 {
			t.Errorf("%s is missing", key)
		}
		for _, value := range code[key] {
			if allowed != nil && !slices.Contains(allowed, value) {
				t.Errorf("%s: %s is none of %v", key, value, allowed)
			}
		}
	}
	for _, lang := range []string{"it", "en"} {
		short, long := strings.Join(code["description/"+lang+"/shortDescription"], " "), strings.Join(code["description/"+lang+"/longDescription"], " ")
		if n := utf8.RuneCountInString(short); n == 0 || n > 150 {
			t.Errorf("%s: a short description of %d characters; 1 to 150", lang, n)
		}
		if n := utf8.RuneCountInString(long); n < 150 || n > 10_000 {
			t.Errorf("%s: a long description of %d characters; 150 to 10,000", lang, n)
		}
		features := code["description/"+lang+"/features"]
		if len(features) == 0 {
			t.Errorf("%s: no features", lang)
		}
		for _, f := range features {
			if utf8.RuneCountInString(f) > 100 {
				t.Errorf("%s: a feature has at most 100 characters: %s", lang, f)
			}
		}
	}
	for key := range code { // deprecated in version 0.7.0 of the standard, or before
		for _, old := range []string{"IT", "it", "legal/repoOwner", "legal/authorsFile", "monochromeLogo", "inputTypes", "outputTypes"} {
			if under(key, old) || strings.HasSuffix(key, "/genericName") {
				t.Errorf("%s is deprecated", key)
			}
		}
	}
}

// TestARCHITECTURENamesWhatExists reads the drawing of a login, a file and a name to a line, and the table of rooms.
func TestARCHITECTURENamesWhatExists(t *testing.T) {
	page := read(t, "ARCHITECTURE.md")
	steps := regexp.MustCompile(`(?m)^  (\S+/\S+)\s+(\w+)\s{2,}`).FindAllStringSubmatch(page, -1)
	if len(steps) < 20 {
		t.Fatalf("only %d steps were found", len(steps))
	}
	for _, m := range steps {
		if !regexp.MustCompile(`(?m)^\s*(?:export )?(?:async )?(?:func(?: \([^)]*\))?|type|class|function) ` + m[2] + `\b`).MatchString(read(t, m[1])) {
			t.Errorf("%s has no %s any more", m[1], m[2])
		}
	}
	for _, file := range trackedFiles(t, "daemon/*.go", "portal/*.go", "internal/*.go") {
		room := path.Dir(file)
		if !strings.HasSuffix(room, "test") && !strings.Contains(page, "`"+room+"`") {
			t.Errorf("the table of rooms lacks %s", room)
		}
	}
}

// TestEveryFactThatTheCodeCitesIsWrittenDown follows "cns-card.md A5" from the code to the page.
func TestEveryFactThatTheCodeCitesIsWrittenDown(t *testing.T) {
	page := read(t, "docs/cns-card.md")
	citation := regexp.MustCompile(`cns-card\.md,?(?:\s|//)+((?:[A-F]\d{0,2}(?:, | and )?)+)`)
	label := regexp.MustCompile(`[A-F]\d{0,2}`)
	found := 0
	for _, file := range trackedFiles(t, "*.go") {
		if file == "project_test.go" {
			continue
		}
		for _, m := range citation.FindAllStringSubmatch(read(t, file), -1) {
			for _, l := range label.FindAllString(m[1], -1) {
				found++
				if !regexp.MustCompile(`(?m)^##+ ` + l + `\. `).MatchString(page) {
					t.Errorf("%s cites %s of docs/cns-card.md, which has no such section", file, l)
				}
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d citations were found", found)
	}
}

// TestEveryTestThatThePagesNameExists keeps the pages from promising what nobody checks.
func TestEveryTestThatThePagesNameExists(t *testing.T) {
	var tests strings.Builder
	for _, file := range trackedFiles(t, "*_test.go", "extension/test/*.ts") {
		if file != "project_test.go" {
			tests.WriteString(read(t, file))
		}
	}
	page := read(t, "docs/attack-surface.md") + read(t, "ACCESSIBILITY.md")
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w+)`").FindAllStringSubmatch(page, -1)
	if len(named) < 40 {
		t.Errorf("only %d tests are named", len(named))
	}
	for _, m := range named {
		if !strings.Contains(tests.String(), "func "+m[1]+"(") {
			t.Errorf("there is no %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`"([a-z][^"=]{20,})"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(tests.String(), m[1]) {
			t.Errorf("the extension has no test %q", m[1])
		}
	}
}

// TestTroubleshootingQuotesWhatTheCitizenReads looks for each «sentence» of a heading in the texts of the programs.
func TestTroubleshootingQuotesWhatTheCitizenReads(t *testing.T) {
	var texts strings.Builder
	files, err := filepath.Glob("daemon/words/*.it.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, "extension/_locales/it/messages.json", "nativehost/hints.go", "portal/js/src/errors.ts") {
		texts.WriteString(read(t, file))
	}
	quotes := regexp.MustCompile(`(?m)^### «(.+?)»`).FindAllStringSubmatch(read(t, "docs/troubleshooting.md"), -1)
	if len(quotes) < 15 {
		t.Errorf("only %d quotes were found", len(quotes))
	}
	for _, m := range quotes {
		if !strings.Contains(texts.String(), m[1]) {
			t.Errorf("no program says «%s»", m[1])
		}
	}
}
