// SPDX-License-Identifier: EUPL-1.2

package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/ponte-cns/ponte/protocol"
)

// texts reads the TOML files of a language as they are written: id to forms ("other" alone when the text has no plural).
func texts(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, name := range filesOf(lang) {
		b, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var sections map[string]map[string]any
		if err := toml.Unmarshal(b, &sections); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for section, entries := range sections {
			for key, v := range entries {
				id := section + "." + key
				if all[id] != nil {
					t.Errorf("%s: %s has a text in another file", name, id)
				}
				switch v := v.(type) {
				case string:
					all[id] = map[string]string{"other": v}
				case map[string]any:
					all[id] = map[string]string{}
					for form, s := range v {
						all[id][form] = s.(string)
					}
				default:
					t.Fatalf("%s: %s is %T", name, id, v)
				}
			}
		}
	}
	return all
}

// constants reads the ids that the files texts*.go declare.
func constants(t *testing.T) []string {
	t.Helper()
	sources, err := filepath.Glob("texts*.go")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, source := range sources {
		f, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 {
				if lit, ok := v.Values[0].(*ast.BasicLit); ok && lit.Kind == token.STRING {
					id, _ := strconv.Unquote(lit.Value)
					ids = append(ids, id)
				}
			}
			return true
		})
	}
	if len(ids) < 20 {
		t.Fatalf("only %d ids found", len(ids))
	}
	return ids
}

// wanted lists every id that the program can ask for.
func wanted(t *testing.T) []string {
	ids := constants(t)
	for _, c := range protocol.Codes() {
		if !Advised(c) {
			ids = append(ids, "hint."+string(c))
		}
	}
	for _, s := range situations() {
		topic := topicOf(s)
		ids = append(ids, "advice-"+topic+".title", "advice-"+topic+".next")
		if topic != string(protocol.StateReady) {
			ids = append(ids, "advice-"+topic+".cause")
		}
	}
	for _, f := range protocol.IdentityFields {
		ids = append(ids, "field."+string(f))
	}
	for _, id := range regions {
		ids = append(ids, string(id))
	}
	ids = append(ids, "region.elsewhere")
	slices.Sort(ids)
	return slices.Compact(ids)
}

func TestEveryTextExistsInEveryLanguageAndNoneIsLeftOver(t *testing.T) {
	want := wanted(t)
	for _, lang := range Languages {
		have := texts(t, lang)
		for _, id := range want {
			forms, ok := have[id]
			if !ok {
				t.Errorf("%s: %s has no text", lang, id)
			}
			for form, s := range forms {
				if strings.TrimSpace(s) == "" || s != strings.TrimSpace(s) {
					t.Errorf("%s: %s (%s) is empty or begins or ends with a space", lang, id, form)
				}
			}
		}
		for id := range have {
			if !slices.Contains(want, id) {
				t.Errorf("%s: nobody asks for %s", lang, id)
			}
		}
	}
}

func TestPlaceholdersAndPluralFormsAreTheSameInEveryLanguage(t *testing.T) {
	placeholder := regexp.MustCompile(`\{\{.*?\}\}`)
	it := texts(t, "it")
	for _, lang := range Languages {
		for id, forms := range texts(t, lang) {
			if len(forms) != len(it[id]) {
				t.Errorf("%s: %s has %d plural forms, Italian %d", lang, id, len(forms), len(it[id]))
			}
			for form, s := range forms {
				got, want := placeholder.FindAllString(s, -1), placeholder.FindAllString(it[id][form], -1)
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("%s: %s (%s) has placeholders %v, Italian %v", lang, id, form, got, want)
				}
			}
		}
	}
}

// sameInAll are the texts that are rightly the same in all three languages.
var sameInAll = []string{"dialog.title", "pin.label", "cli.usage-file"}

func TestNoLanguageRepeatsTheTextOfAnother(t *testing.T) {
	it, en, de := texts(t, "it"), texts(t, "en"), texts(t, "de")
	for id := range it {
		if slices.Contains(sameInAll, id) {
			continue
		}
		for form := range it[id] {
			a, b, c := it[id][form], en[id][form], de[id][form]
			if a == b && id != "typed.no" || b == c || a == c {
				t.Errorf("%s (%s) is the same in two languages: %q, %q, %q", id, form, a, b, c)
			}
		}
	}
}

func TestHintsAreSentencesThatNeedNoDictionary(t *testing.T) {
	// An abbreviation is followed or preceded by its meaning in the same hint.
	explained := map[string][3]string{
		"PIN": {"codice segreto", "secret code", "Geheimcode"},
		"PUK": {"codice di sblocco", "unblocking code", "Entsperrcode"},
		"CNS": {"Carta Nazionale dei Servizi", "National Services Card", "Nationale Dienstekarte"},
		"ASL": {"azienda sanitaria", "health authority", "Sanitätsbetrieb"},
	}
	for i, lang := range Languages {
		for _, c := range protocol.Codes() {
			h := For(lang).Hint(c)
			if !strings.HasSuffix(h, ".") || len(h) < 30 || len(h) > 400 || strings.Contains(h, "\n") {
				t.Errorf("%s: hint of %s is not one or two sentences: %q", lang, c, h)
			}
			for abbreviation, meaning := range explained {
				if strings.Contains(h, abbreviation) && !strings.Contains(h, meaning[i]) {
					t.Errorf("%s: hint of %s does not explain %s: %q", lang, c, abbreviation, h)
				}
			}
			for _, jargon := range []string{"APDU", "PC/SC", "pcsc", "daemon", "JSON", "middleware", "smart card"} {
				if strings.Contains(h, jargon) {
					t.Errorf("%s: hint of %s says %q", lang, c, jargon)
				}
			}
		}
	}
}

func TestAnUnknownCodeOrStateStillGetsWords(t *testing.T) {
	w := For("it")
	if got := w.Hint("NEVER_HEARD_OF"); got != w.Hint(protocol.Internal) {
		t.Errorf("Hint of an unknown code: %q", got)
	}
	if got := w.State("never-heard-of"); got != w.State(protocol.StateUnknown) {
		t.Errorf("State of an unknown state: %q", got)
	}
	if got := w.T("never.heard.of", nil); got != "never.heard.of" {
		t.Errorf("T of an unknown id: %q", got)
	}
}

func TestALocaleOfNoneOfTheThreeLanguagesGivesItalian(t *testing.T) {
	for _, c := range []struct {
		name                   string
		lcAll, lcMessages, lan string
		want                   string
	}{
		{"nothing set", "", "", "", "it"},
		{"the C locale", "C", "", "", "it"},
		{"C.UTF-8 as in containers", "", "", "C.UTF-8", "it"},
		{"French", "", "", "fr_FR.UTF-8", "it"},
		{"LC_ALL French hides LANG English", "fr_FR.UTF-8", "", "en_US.UTF-8", "it"},
		{"a word that begins like English", "", "", "enochian", "it"},
		{"a path", "../../etc/passwd", "", "", "it"},
		{"English by LANG", "", "", "en_GB.UTF-8", "en"},
		{"German of South Tyrol", "", "de_IT@euro", "en_US.UTF-8", "de"},
		{"LC_ALL comes first", "it_IT.UTF-8", "de_DE.UTF-8", "en_US.UTF-8", "it"},
		{"language alone", "", "", "de", "de"},
		{"with a hyphen", "", "", "en-US", "en"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("LC_ALL", c.lcAll)
			t.Setenv("LC_MESSAGES", c.lcMessages)
			t.Setenv("LANG", c.lan)
			for _, asked := range []string{"", "fr", "IT", "it-IT"} {
				if got := For(asked).Lang(); got != c.want {
					t.Errorf("For(%q) speaks %s, want %s", asked, got, c.want)
				}
			}
			if got := For("de").Lang(); got != "de" {
				t.Errorf("For(de) speaks %s whatever the locale: want de", got)
			}
		})
	}
}

func TestTriesAreCountedInEachLanguage(t *testing.T) {
	for _, c := range []struct {
		lang      string
		one, more string
	}{
		{"it", "PIN errato: resta 1 tentativo", "PIN errato: restano 2 tentativi"},
		{"en", "Wrong PIN: 1 attempt left", "Wrong PIN: 2 attempts left"},
		{"de", "Falsche PIN: noch 1 Versuch", "Falsche PIN: noch 2 Versuche"},
	} {
		if got := For(c.lang).N(PINWrong, 1); got != c.one {
			t.Errorf("%s, 1: %q", c.lang, got)
		}
		if got := For(c.lang).N(PINWrong, 2); got != c.more {
			t.Errorf("%s, 2: %q", c.lang, got)
		}
	}
}

func TestATemplateInTheDataStaysText(t *testing.T) {
	got := For("it").T(DialogHolder, Data{"Name": "{{.Reader}} <b>"})
	if got != "Titolare: {{.Reader}} <b>" {
		t.Errorf("got %q", got)
	}
}

func TestTheHelpOfARegionIsFoundByWholeWords(t *testing.T) {
	w := For("it")
	elsewhere := w.RegionHelp("")
	for _, c := range []struct{ issuer, want string }{
		{"", elsewhere},
		{"Relazioni con il pubblico, Lombardiana S.p.A.", elsewhere},
		{"InfoCert Servizi di Certificazione 2, INFOCERT SPA", elsewhere},
		{strings.Repeat("x ", 4096) + "Toscana", elsewhere},
		{"Regione Umbria - CA Cittadini", elsewhere},
		{"Actalis S.p.A., Servizi di Certificazione, Regione Lombardia - CA Cittadini 2019", "800.030.606"},
		{"CRS-SISS CA", "800.030.606"},
		{"REGIONE TOSCANA - CA CITTADINI", "800.004477"},
		{"Regione Veneto - CA Cittadini", "ULSS"},
		{"Regione Lazio-CA", "area riservata"},
	} {
		if got := w.RegionHelp(c.issuer); !strings.Contains(got, c.want) {
			t.Errorf("%.40q: %q", c.issuer, got)
		}
	}
}

func FuzzTheHelpOfARegionTakesAnyIssuer(f *testing.F) {
	f.Add("Regione Toscana - CA Cittadini")
	f.Add("\xff\x00lazio")
	f.Fuzz(func(t *testing.T, issuer string) {
		if For("it").RegionHelp(issuer) == "" {
			t.Error("no help")
		}
	})
}

func BenchmarkReadingOneLanguage(b *testing.B) {
	for b.Loop() {
		load("it")
	}
}
