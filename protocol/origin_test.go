// SPDX-License-Identifier: EUPL-1.2

package protocol_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

// TestT2_NoLookAlikeIsTheOriginThatIsAllowed changes allowed origins in every way that has fooled a bridge before, and at
// random. What comes out is refused or is another origin, save where it is the same one in other letters.
func TestT2_NoLookAlikeIsTheOriginThatIsAllowed(t *testing.T) {
	for _, text := range []string{"https://portal.example", "https://portal.example:8443", "https://sub.portal.example", "http://localhost:8080"} {
		allowed, err := protocol.ParseOrigin(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, fake := range lookAlikes(text) {
			if o, err := protocol.ParseOrigin(fake); err == nil && o == allowed {
				t.Errorf("%q is taken for %s", fake, text)
			}
		}
		random := rand.New(rand.NewPCG(1, 2))
		for range 20_000 {
			fake := mutate(random, text)
			o, err := protocol.ParseOrigin(fake)
			same := strings.ToLower(fake) == text || strings.ToLower(fake) == text+":443"
			if err == nil && o == allowed && !same {
				t.Fatalf("%q is taken for %s", fake, text)
			}
		}
	}
}

func lookAlikes(text string) []string {
	scheme, rest, _ := strings.Cut(text, "://")
	host, _, _ := strings.Cut(rest, ":")
	other := map[string]string{"https": "http", "http": "https"}[scheme]
	fakes := []string{
		other + "://" + rest, text + ".attacker.example", text + "attacker.example", text + "/", text + "/attacker.example",
		scheme + "://attacker" + rest, scheme + "://attacker." + rest, scheme + "://attacker-" + rest, scheme + "://" + host + ".",
		text + "@attacker.example", scheme + "://" + rest + ":word@attacker.example", scheme + "://attacker.example@" + rest,
		scheme + "://attacker.example#" + rest, scheme + "://attacker.example?" + rest, scheme + "://attacker.example\\@" + rest,
		scheme + "://attacker.example/" + text, text + "\x00.attacker.example", text + "%00", text + "%2eattacker.example",
		text + ",https://attacker.example", text + " https://attacker.example", " " + text, text + "\n", "null", "", scheme + ":" + rest,
		scheme + "://" + host + ":1", scheme + "://" + host + ":65535", text + "0", text + ":", scheme + "://" + host + ":0443",
		scheme + "://xn--" + rest, scheme + "://" + strings.Replace(rest, ".", "", 1) + ".",
	}
	for plain, twins := range map[string]string{"a": "аàä𝐚ａ", "o": "οоöｏ", "e": "еéｅ", "p": "рｐ", "l": "1I|ⅼ", ".": "。．｡․,", "t": "тｔ"} {
		for _, twin := range twins {
			fakes = append(fakes, strings.Replace(text, plain, string(twin), 1)+"", strings.ReplaceAll(text, plain, string(twin)))
		}
	}
	kept := fakes[:0]
	for _, f := range fakes {
		if f != text { // a twin of a letter that the origin does not have
			kept = append(kept, f)
		}
	}
	return kept
}

// mutate changes one to three characters of text.
func mutate(random *rand.Rand, text string) string {
	const alphabet = "abexmplortz019.:/@?#\\[]%-_ \tAZ\x00é。"
	runes := []rune(text)
	letters := []rune(alphabet)
	for range 1 + random.IntN(3) {
		i, c := random.IntN(len(runes)), letters[random.IntN(len(letters))]
		switch random.IntN(3) {
		case 0:
			runes[i] = c
		case 1:
			runes = append(runes[:i], append([]rune{c}, runes[i:]...)...)
		default:
			if len(runes) > 1 {
				runes = append(runes[:i], runes[i+1:]...)
			}
		}
	}
	return string(runes)
}

func TestOriginTellsItsParts(t *testing.T) {
	for text, want := range map[string]string{
		"https://portal.example":  "portal.example 443 true false",
		"https://[::1]:8443":      "::1 8443 true false",
		"http://localhost":        "localhost 80 false true",
		"http://127.0.0.1:81":     "127.0.0.1 81 false true",
		"http://localhost.evil":   "localhost.evil 80 false false",
		"http://127.0.0.2":        "127.0.0.2 80 false false",
		"https://localhost":       "localhost 443 true false",
		"http://portal.example:1": "portal.example 1 false false",
	} {
		o, err := protocol.ParseOrigin(text)
		if got := fmt.Sprint(o.Host(), " ", o.Port(), " ", o.Secure(), " ", o.Local()); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", text, got, err, want)
		}
	}
}

func TestOriginInJSON(t *testing.T) {
	var v struct{ O protocol.Origin }
	if err := json.Unmarshal([]byte(`{"O":"null"}`), &v); err == nil || v.O != (protocol.Origin{}) {
		t.Errorf("null was read as %s", v.O)
	}
	if err := json.Unmarshal([]byte(`{"O":"https://A.example:443"}`), &v); err != nil {
		t.Fatal(err)
	}
	if b, _ := json.Marshal(v); string(b) != `{"O":"https://a.example"}` {
		t.Errorf("%s", b)
	}
	if (protocol.Origin{}).String() != "" {
		t.Error("the zero origin has a text")
	}
}

func FuzzParseOrigin(f *testing.F) {
	v := readVectors[originVectors](f, "origins.json")
	for _, s := range v.Invalid {
		f.Add(s)
	}
	for _, c := range v.Valid {
		f.Add(c.In)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := protocol.ParseOrigin(s)
		if err != nil {
			if o != (protocol.Origin{}) {
				t.Errorf("%q: an error and %s", s, o)
			}
			return
		}
		text := o.String()
		if again, err := protocol.ParseOrigin(text); err != nil || again != o {
			t.Errorf("%q became %q, which is %v, %v", s, text, again, err)
		}
		lower := strings.ToLower(s)
		if lower != text && lower != text+":443" && lower != text+":80" {
			t.Errorf("%q was read as %q", s, text)
		}
	})
}
