// SPDX-License-Identifier: EUPL-1.2

// Package words holds every sentence that a person reads from the agent, in Italian, English and German. It decides
// nothing and shows nothing: dialogs, hints and commands ask it for their texts. Errors for developers and the log are
// not here; they are English and live where they happen.
package words

import (
	"embed"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

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
	lang string

	mu     sync.Mutex
	texts  map[Text]text
	unread []string // files: the agent does not need the texts of the command line and of the pages
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
	return fill(w.text(id).other, data)
}

// N gives a text that speaks of n things.
func (w *Words) N(id Text, n int) string {
	t := w.text(id)
	s := t.other
	if n == 1 && t.one != "" { // so it is in all three languages for whole numbers (CLDR, plural rules)
		s = t.one
	}
	return fill(s, Data{"PluralCount": n})
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

// load makes the words of one language.
func load(lang string) *Words {
	return &Words{lang: lang, texts: map[Text]text{}, unread: filesOf(lang)}
}

// text finds a text, and reads as many files as that takes. The files are part of the program and checked by tests: none
// of them can fail.
func (w *Words) text(id Text) text {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		if t, found := w.texts[id]; found {
			return t
		}
		if len(w.unread) == 0 {
			return text{other: string(id)}
		}
		name := w.unread[0]
		w.unread = w.unread[1:]
		b, err := files.ReadFile(name)
		var read map[string]any
		if err == nil {
			err = toml.Unmarshal(b, &read)
		}
		if err == nil {
			err = w.take("", read)
		}
		if err != nil {
			panic("embedded texts: " + name + ": " + err.Error())
		}
	}
}

// filesOf lists the files of one language: first what every agent needs.
func filesOf(lang string) []string {
	names, err := fs.Glob(files, "*."+lang+".toml")
	if err != nil {
		panic("embedded texts: " + err.Error())
	}
	first := func(name string) int {
		if i := slices.Index(often, strings.TrimSuffix(name, "."+lang+".toml")); i >= 0 {
			return i
		}
		return len(often)
	}
	slices.SortStableFunc(names, func(a, b string) int { return first(a) - first(b) })
	return names
}

// often are the rooms whose texts are needed for what an agent does all day.
var often = []string{"advice", "dialogs", "sites"}
