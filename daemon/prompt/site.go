// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"

	"github.com/ponte-cns/ponte/protocol"
)

// site gives the two lines that name a site: its host (and port or scheme when they are unusual), and for an
// internationalised name its ASCII form, else "". A name that mixes scripts, or that does not decode, is shown in ASCII
// only: it may be drawn to look like another. Of a host longer than maxHost the end is shown.
func site(o protocol.Origin) (name, ascii string) {
	prefix, suffix := "", ""
	switch {
	case o.Secure() && o.Port() != 443:
		suffix = ":" + strconv.Itoa(int(o.Port()))
	case !o.Secure():
		prefix = "http://"
		if o.Port() != 80 {
			suffix = ":" + strconv.Itoa(int(o.Port()))
		}
	}
	host := o.Host()
	if u, ok := decodedHost(host); ok {
		return prefix + clipLeft(u, maxHost) + suffix, clipLeft(host, maxHost)
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return prefix + clipLeft(host, maxHost) + suffix, ""
}

// decodedHost gives the Unicode form of a host that has one which is safe to show.
func decodedHost(host string) (string, bool) {
	if !strings.HasPrefix(host, "xn--") && !strings.Contains(host, ".xn--") {
		return "", false
	}
	u, err := idna.Display.ToUnicode(host)
	if err != nil || u == host {
		return "", false
	}
	for label := range strings.SplitSeq(u, ".") {
		if !oneScript(label) || strings.HasPrefix(label, "xn--") {
			return "", false
		}
	}
	return u, true
}

// oneScript says that all letters of a label are of one script (Unicode Technical Standard 39, section 5.1), Japanese
// being one, and that it holds nothing but letters, their marks, digits and hyphens.
func oneScript(label string) bool {
	found := ""
	for _, r := range label {
		switch {
		case r == '-' || r >= '0' && r <= '9':
			continue
		case invisible(r) || !unicode.IsLetter(r) && !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Mc, r):
			return false
		}
		s := script(r)
		if s == "" || found != "" && s != found && s != "any" {
			return false
		}
		if s != "any" {
			found = s
		}
	}
	return true
}

// script names the script of a letter; "any" for marks that belong to the letter before them; "" for a letter of no
// script.
func script(r rune) string {
	if unicode.Is(unicode.Inherited, r) {
		return "any"
	}
	if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
		return "Japanese"
	}
	for name, table := range unicode.Scripts {
		if name != "Common" && unicode.Is(table, r) {
			return name
		}
	}
	return ""
}
