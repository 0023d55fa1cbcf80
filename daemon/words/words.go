// SPDX-License-Identifier: EUPL-1.2

// Package words holds every sentence that a person reads from the agent, in Italian, English and German. It decides
// nothing and shows nothing: dialogs, hints and commands ask it for their texts. Errors for developers and the log are
// not here; they are English and live where they happen.
package words

import (
	"embed"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/ponte-cns/ponte/protocol"
)

// Languages are those that Ponte speaks; the first is the one that it falls back to.
var Languages = [...]string{"it", "en", "de"}

// The texts: one file for each room and language, as room.language.toml.
//
//go:embed *.toml
var files embed.FS

// Words speaks one language. It may be used by several goroutines.
type Words struct {
	lang      string
	localizer *i18n.Localizer
}

// speaking reads each language once, when it is first spoken.
var speaking = map[string]func() *Words{
	"it": sync.OnceValue(func() *Words { return load("it") }),
	"en": sync.OnceValue(func() *Words { return load("en") }),
	"de": sync.OnceValue(func() *Words { return load("de") }),
}

// For gives the words of lang ("it", "en" or "de"). With any other text the locale of the process decides, and when that
// is none of the three, Italian.
func For(lang string) *Words {
	if !known(lang) {
		lang = localeLanguage(os.Getenv)
	}
	return speaking[lang]()
}

// Lang is "it", "en" or "de".
func (w *Words) Lang() string { return w.lang }

// Hint tells a citizen what happened and what to do next. An unknown code gives the hint of INTERNAL. Where an advice is
// about the same thing, its words are used.
func (w *Words) Hint(code protocol.Code) string {
	if Advised(code) {
		return Sentences(w.Advise(Situation{Card: protocol.Status{Problem: &code}}), false)
	}
	if !code.Known() {
		code = protocol.Internal
	}
	return w.T(Text("hint."+string(code)), nil)
}

// Field is the name of a datum of identity.read.
func (w *Words) Field(f protocol.IdentityField) string { return w.T(Text("field."+f), nil) }

// State names what is in the reader.
func (w *Words) State(s protocol.CardState) string {
	return w.Advise(Situation{Card: protocol.Status{State: s}}).Title
}

// Data fills the placeholders of a text.
type Data map[string]any

// T gives a text with its placeholders filled. An id without a text gives the id: a test keeps that from happening.
func (w *Words) T(id Text, data Data) string {
	return w.localize(&i18n.LocalizeConfig{MessageID: string(id), TemplateData: data})
}

// N gives a text that speaks of n things.
func (w *Words) N(id Text, n int) string {
	return w.localize(&i18n.LocalizeConfig{MessageID: string(id), PluralCount: n})
}

func (w *Words) localize(c *i18n.LocalizeConfig) string {
	s, err := w.localizer.Localize(c)
	if err != nil {
		return c.MessageID
	}
	return s
}

func known(lang string) bool {
	for _, l := range Languages {
		if l == lang {
			return true
		}
	}
	return false
}

// localeLanguage reads the locale of messages as POSIX says it (XBD 8.2): the first of the three variables that is not
// empty decides.
func localeLanguage(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		v := getenv(name)
		if v == "" {
			continue
		}
		v, _, _ = strings.Cut(v, ".")
		v, _, _ = strings.Cut(v, "@")
		v, _, _ = strings.Cut(strings.ReplaceAll(v, "-", "_"), "_")
		if v = strings.ToLower(v); known(v) {
			return v
		}
		break
	}
	return Languages[0]
}

// load reads the texts of one language. The files are part of the program and checked by tests: it cannot fail.
func load(lang string) *Words {
	bundle := i18n.NewBundle(language.Make(lang))
	bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	for _, name := range filesOf(lang) {
		if _, err := bundle.LoadMessageFileFS(files, name); err != nil {
			panic("embedded texts: " + err.Error())
		}
	}
	return &Words{lang: lang, localizer: i18n.NewLocalizer(bundle, lang)}
}

// filesOf lists the files of one language.
func filesOf(lang string) []string {
	names, err := fs.Glob(files, "*."+lang+".toml")
	if err != nil {
		panic("embedded texts: " + err.Error())
	}
	return names
}
