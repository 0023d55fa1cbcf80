// SPDX-License-Identifier: BSD-3-Clause

package canon_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/xades/canon"
)

// documents are what canonical forms are about; names say what.
var documents = map[string]string{
	"nothing special":           `<a/>`,
	"line ends":                 "<?xml version=\"1.0\"?>\r\n<a>\r\n\rx\ny&#13;z</a>\r\n",
	"white space in attributes": "<a b='1\r\n2\r3\n4\t5&#9;6&#10;7&#13;8&#13;&#10;9' c=\"\r\n\r\n\"\r\n\td='&#32;'/>",
	"quotes and signs":          `<a b='"&lt;&gt;&amp;&apos;' c="'&quot;>">"'&lt;&gt;&amp;<![CDATA[<&>]]]]><![CDATA[>]]></a>`,
	"around the root":           "\n<?x y?>\n\n<!-- c -->\n<?z?>\n<a/>\n\n<!-- d --><?w   v ?>\n",
	"inside the root":           "<a><!-- c\r\n --><?x  y\r\nz?>t<!----><?e?></a>",
	"orders":                    `<a z="1" b:y="2" a:x="3" xmlns:b="urn:1" xmlns:a="urn:2" y="4" xml:lang="it" xmlns="urn:0"/>`,
	"declared again":            `<a xmlns="urn:1" xmlns:p="urn:2"><b xmlns="urn:1" xmlns:p="urn:2"><p:c xmlns:p="urn:3"/><c xmlns=""><d xmlns=""/></c></b></a>`,
	"declared and not used":     `<p:a xmlns:p="urn:1" xmlns:q="urn:2" xmlns="urn:3"><p:b q:c="1"><q:d/><e/></p:b><p:b/></p:a>`,
	"two prefixes of one space": `<a:x xmlns:a="urn:1" xmlns:b="urn:1"><b:y a:c="1" b:d="2"/></a:x>`,
	"other writings":            "\uFEFF<è ù=\"\U0001F600\">à&#xE8;&#x1F600;</è>",
	"XML's own namespace":       `<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:space="preserve"><b xml:id="c"> </b></a>`,
	"tags over several lines":   "<a\n\tb = '1'\r\n\tc\n=\n\"2\"\n></a\n>",
	"a prefix of two spaces":    `<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2"><p:c xmlns:p="urn:1"/></p:b><p:d/></p:a>`,
}

func parse(t testing.TB, s string) *canon.Document {
	t.Helper()
	d, err := canon.Parse([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func written(t testing.TB, f canon.Form, n *canon.Node) string {
	t.Helper()
	var out bytes.Buffer
	if err := f.Write(&out, n, nil); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTheCanonicalFormsAreThoseOfLibxml2(t *testing.T) {
	dir := t.TempDir()
	for name, text := range documents {
		path := filepath.Join(dir, "in.xml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for option, form := range map[string]canon.Form{
			"--c14n": {Comments: true}, "--c14n11": {Version11: true, Comments: true}, "--exc-c14n": {Exclusive: true, Comments: true},
		} {
			cmd := exec.Command("xmllint", "--nonet", option, path)
			var words bytes.Buffer
			cmd.Stderr = &words
			want, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %s", name, words.String())
			}
			if got := written(t, form, parse(t, text).Node); got != string(want) {
				t.Errorf("%s, %s:\n%q\nxmllint:\n%q", name, option, got, want)
			}
		}
	}
}

// What xmllint has no option for.
func TestAPartIsWrittenWithWhatItTakesFromAroundIt(t *testing.T) {
	const text = `<a xmlns="urn:0" xmlns:p="urn:1" xmlns:q="urn:2" xml:lang="it" xml:id="i"><b><p:c xml:space="default"><!-- x --><d/></p:c></b></a>`
	part := func() *canon.Node { return parse(t, text).Root.Children[0].Children[0] }
	for name, c := range map[string]struct {
		form canon.Form
		want string
	}{
		"1.0":                         {canon.Form{}, `<p:c xmlns="urn:0" xmlns:p="urn:1" xmlns:q="urn:2" xml:id="i" xml:lang="it" xml:space="default"><d></d></p:c>`},
		"1.1":                         {canon.Form{Version11: true}, `<p:c xmlns="urn:0" xmlns:p="urn:1" xmlns:q="urn:2" xml:lang="it" xml:space="default"><d></d></p:c>`},
		"exclusive":                   {canon.Form{Exclusive: true}, `<p:c xmlns:p="urn:1" xml:space="default"><d xmlns="urn:0"></d></p:c>`},
		"exclusive, with comments":    {canon.Form{Exclusive: true, Comments: true}, `<p:c xmlns:p="urn:1" xml:space="default"><!-- x --><d xmlns="urn:0"></d></p:c>`},
		"exclusive, with prefixes":    {canon.Form{Exclusive: true, Prefixes: []string{"q", "none", ""}}, `<p:c xmlns="urn:0" xmlns:p="urn:1" xmlns:q="urn:2" xml:space="default"><d></d></p:c>`},
		"exclusive, of a used prefix": {canon.Form{Exclusive: true, Prefixes: []string{"p", "p"}}, `<p:c xmlns:p="urn:1" xml:space="default"><d xmlns="urn:0"></d></p:c>`},
	} {
		if got := written(t, c.form, part()); got != c.want {
			t.Errorf("%s:\n%s\n%s", name, got, c.want)
		}
	}
	based := parse(t, `<a xml:base="http://x/"><b/></a>`)
	if err := (canon.Form{Version11: true}).Write(&bytes.Buffer{}, based.Root.Children[0], nil); !errors.Is(err, &document.Refusal{Fault: document.FaultAlgorithm}) {
		t.Errorf("a part below an xml:base, by 1.1: %v", err)
	}
}

func TestWhatIsSkippedIsNotWritten(t *testing.T) {
	var out bytes.Buffer
	err := canon.Form{}.Write(&out, parse(t, `<a>1<b>2<c/></b>3<c/></a>`).Node, func(n *canon.Node) bool { return n.Local == "b" })
	if err != nil || out.String() != `<a>13<c></c></a>` {
		t.Errorf("%s %v", out.String(), err)
	}
}

func TestXMLThatIsNotOneThingToEverybodyIsRefused(t *testing.T) {
	deep := strings.Repeat("<a>", 101) + strings.Repeat("</a>", 101)
	for name, c := range map[string]struct {
		text string
		want document.Fault
	}{
		"nothing":                     {"", document.FaultFormat},
		"no element":                  {"<?xml version=\"1.0\"?>\n", document.FaultFormat},
		"text only":                   {"testo", document.FaultFormat},
		"text before":                 {"x<a/>", document.FaultFormat},
		"text behind":                 {"<a/>x", document.FaultFormat},
		"two roots":                   {"<a/><b/>", document.FaultFormat},
		"no end":                      {"<a><b></b>", document.FaultFormat},
		"another end":                 {"<a></b>", document.FaultFormat},
		"the end of another prefix":   {`<p:a xmlns:p="u" xmlns:q="u"></q:a>`, document.FaultFormat},
		"an end too many":             {"<a/></a>", document.FaultFormat},
		"a type":                      {"<!DOCTYPE a><a/>", document.FaultFormat},
		"entities":                    {`<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>`, document.FaultFormat},
		"an entity of nobody":         {"<a>&x;</a>", document.FaultFormat},
		"a file":                      {`<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>`, document.FaultFormat},
		"a declaration in the middle": {"<a><!ELEMENT b ANY></a>", document.FaultFormat},
		"another encoding":            {`<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, document.FaultFormat},
		"another version":             {`<?xml version="1.1"?><a/>`, document.FaultFormat},
		"a second XML declaration":    {`<?xml version="1.0"?><?xml version="1.0"?><a/>`, document.FaultFormat},
		"an XML declaration inside":   {`<a><?XML version="1.0"?></a>`, document.FaultFormat},
		"bytes that are no text":      {"<a>\xff</a>", document.FaultFormat},
		"a zero":                      {"<a>\x00</a>", document.FaultFormat},
		"a zero by its number":        {"<a>&#0;</a>", document.FaultFormat},
		"no character":                {"<a>\uFFFE</a>", document.FaultFormat},
		"a control in a comment":      {"<a><!-- \x01 --></a>", document.FaultFormat},
		"an attribute twice":          {`<a b="1" b="2"/>`, document.FaultFormat},
		"twice by two prefixes":       {`<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>`, document.FaultFormat},
		"a declaration twice":         {`<a xmlns:p="u" xmlns:p="v"/>`, document.FaultFormat},
		"a prefix of nobody":          {`<p:a/>`, document.FaultFormat},
		"an attribute of nobody":      {`<a p:b="1"/>`, document.FaultFormat},
		"a prefix of somebody else":   {`<a><b xmlns:p="u"/><p:c/></a>`, document.FaultFormat},
		"a prefix undeclared":         {`<a xmlns:p="u"><b xmlns:p=""/></a>`, document.FaultFormat},
		"xml as something else":       {`<a xmlns:xml="u"/>`, document.FaultFormat},
		"something else as xml":       {`<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>`, document.FaultFormat},
		"xmlns as a prefix":           {`<a xmlns:xmlns="u"/>`, document.FaultFormat},
		"two colons":                  {`<a xmlns:p="u" p:b:c="1"/>`, document.FaultFormat},
		"a colon at the end":          {`<a xmlns:p="u"><p:/></a>`, document.FaultFormat},
		"no quotes":                   {`<a b=1/>`, document.FaultFormat},
		"an open quote":               {`<a b="1/>`, document.FaultFormat},
		"a sign in an attribute":      {`<a b="<"/>`, document.FaultFormat},
		"an instruction with a colon": {`<?a:b c?><a/>`, document.FaultFormat},
		"levels":                      {deep, document.FaultTooLarge},
		"attributes":                  {"<a " + strings.Repeat(`x="" `, 300) + "/>", document.FaultTooLarge},
		"parts":                       {"<a>" + strings.Repeat("<b/>", 1_000_001) + "</a>", document.FaultTooLarge},
		"attributes in all":           {"<a>" + strings.Repeat(`<b a="" b="" c="" d="" e="" f="" g="" h="" i="" j="" k="" l=""/>`, 83_334) + "</a>", document.FaultTooLarge},
		"bytes":                       {"<a>" + strings.Repeat(" ", canon.MaxSize) + "</a>", document.FaultTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := canon.Parse([]byte(c.text)); !errors.Is(err, &document.Refusal{Fault: c.want}) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// A tag of millions of attributes is refused before encoding/xml makes anything of it.
func TestATagWithTooManyAttributesCostsNothing(t *testing.T) {
	tag := []byte("<a " + strings.Repeat(`x="" `, 1_000_000) + "/>")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := canon.Parse(tag)
	runtime.ReadMemStats(&after)
	if !errors.Is(err, &document.Refusal{Fault: document.FaultTooLarge}) {
		t.Errorf("%v", err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 8<<20 { // that of other goroutines of the test binary is some kB
		t.Errorf("%d bytes for a tag of %d", n, len(tag))
	}
}

func TestTheEndOfTheRootIsFound(t *testing.T) {
	for text, behind := range map[string]string{
		"<a></a>":                        "</a>",
		"<a/>":                           "",
		"\uFEFF<a b='\r\n'>x</a >\n":     "</a >\n",
		"<a b='\r\n\r\n' />\n<!-- > -->": "\n<!-- > -->",
		"<a><a/></a><!-- </a> -->":       "</a><!-- </a> -->",
	} {
		d := parse(t, text)
		if text[d.End:] != behind || d.Empty != (behind == "" || behind[0] == '\n') {
			t.Errorf("%q: %q, %v", text, text[d.End:], d.Empty)
		}
	}
}

func TestElementsAreFoundByTheirIdentifiers(t *testing.T) {
	d := parse(t, `<a Id="1"><b ID="2"/><c id="3"/><d xml:id="4"/><e xmlns:p="u" p:Id="5"/><f name="6"/><g id="1"/><h Id="7" ID="7"/></a>`)
	for id, want := range map[string]int{"1": 2, "2": 1, "3": 1, "4": 1, "5": 0, "6": 0, "7": 2} {
		if n := len(d.ByID(id)); n != want {
			t.Errorf("%s: %d times", id, n)
		}
	}
}

// FuzzParse wants the canonical form of what is read to be read again as the same.
func FuzzParse(f *testing.F) {
	for _, text := range documents {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		d, err := canon.Parse(b)
		if !bytes.Equal(b, before) {
			t.Fatal("what was read has changed")
		}
		if err != nil {
			if _, ok := errors.AsType[*document.Refusal](err); !ok {
				t.Errorf("not a refusal: %v", err)
			}
			return
		}
		if d.End > len(b) || !d.Empty && b[d.End] != '<' {
			t.Fatalf("the root ends at %d", d.End)
		}
		for _, form := range []canon.Form{{Comments: true}, {Exclusive: true, Comments: true}} {
			first := written(t, form, d.Node)
			again, err := canon.Parse([]byte(first))
			if err != nil {
				t.Fatalf("%q: %v", first, err)
			}
			if second := written(t, form, again.Node); second != first {
				t.Errorf("%q, then %q", first, second)
			}
		}
	})
}
