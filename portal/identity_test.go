// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const giada = "RSSGPR84S63H501C"

func TestACommonNameWithoutAFiscalCodeIsRefused(t *testing.T) {
	for name, cn := range map[string]string{
		"empty":                         "",
		"a name":                        "GIADA ROSSINI",
		"a fiscal code alone":           giada,
		"a slash alone":                 "/",
		"the card first":                "7430010024925855/" + giada + ".x",
		"a fiscal code with a prefix":   "TINIT-" + giada + "/7430010024925855.x",
		"a fiscal code in quotes":       `"` + giada + `/7430010024925855.x"`,
		"a space before the slash":      giada + " /7430010024925855.x",
		"lower case":                    strings.ToLower(giada) + "/7430010024925855.x",
		"a wrong check letter":          "RSSGPR84S63H501A/7430010024925855.x",
		"a dot where the slash belongs": giada + ".7430010024925855/x",
	} {
		t.Run(name, func(t *testing.T) {
			if code, _, err := splitCommonName(cn); err == nil || code != "" {
				t.Errorf("accepted as %q", code)
			}
		})
	}
}

func TestACommonNameIsCutAtTheFirstSlashAndDot(t *testing.T) {
	for name, c := range map[string]struct{ rest, card string }{
		"as in the profile":          {"7430010024925855.AbC+d4=", "7430010024925855"},
		"a hash with slashes":        {"7430010024925855.a/b/c+=", "7430010024925855"},
		"a hash with a dot":          {"7430010024925855.a.b", "7430010024925855"},
		"a card number with letters": {"7420UNIT0024925855.x", "7420UNIT0024925855"},
		"no hash":                    {"7430010024925855", ""},
		"nothing":                    {"", ""},
		"a number that is too long":  {strings.Repeat("7", 33) + ".x", ""},
		"markup as card number":      {"<script>.x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, card, err := splitCommonName(giada + "/" + c.rest)
			if err != nil || code != giada || card != c.card {
				t.Errorf("%q, %q, %v", code, card, err)
			}
		})
	}
}

func subject(values ...any) *x509.Certificate {
	cert := &x509.Certificate{}
	for i := 0; i < len(values); i += 2 {
		kind, _ := values[i].(asn1.ObjectIdentifier)
		cert.Subject.Names = append(cert.Subject.Names, pkix.AttributeTypeAndValue{Type: kind, Value: values[i+1]})
	}
	return cert
}

func TestTheSubjectIsReadInAnyOrder(t *testing.T) {
	pairs := [][]any{
		{oidSurname, "D'ALÒ"}, {oidGivenName, " NICCOLÒ "}, {oidUnit, "REGIONE PROVA"}, {oidCommonName, giada + "/7430010024925855.x"},
	}
	for range len(pairs) {
		pairs = append(pairs[1:], pairs[0])
		who, err := identify(subject(slices.Concat(pairs...)...))
		if err != nil {
			t.Fatal(err)
		}
		if who.Surname != "D'ALÒ" || who.Name != "NICCOLÒ" || who.Administration != "REGIONE PROVA" || who.FiscalCode != giada {
			t.Errorf("%+v", who)
		}
	}
}

func TestTwoCommonNamesAreRefused(t *testing.T) {
	cn := giada + "/7430010024925855.x"
	if _, err := identify(subject(oidCommonName, cn, oidCommonName, cn)); err == nil {
		t.Error("accepted")
	}
}

func TestNamesAreMadeFitToBeShown(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"Latin-1":            {"NICCOL\xd2", "NICCOLÒ"},
		"a line break":       {"ROSSI\nNI", "ROSSINI"},
		"right-to-left mark": {"ROSSI\u202eNI", "ROSSINI"},
		"far too long":       {strings.Repeat("À", 500), strings.Repeat("À", 200)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := readable(c.in); got != c.want {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestAnAttributeThatIsNotTextIsIgnored(t *testing.T) {
	who, err := identify(subject(oidCommonName, giada+"/1.x", oidSurname, 42, oidGivenName, nil))
	if err != nil || who.Surname != "" || who.Name != "" {
		t.Errorf("%+v, %v", who, err)
	}
}

func FuzzCommonName(f *testing.F) {
	for _, s := range []string{giada + "/7430010024925855.a/b=", giada + "/", "/", ".", "", "\x00/\xff.", giada} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cn string) {
		code, card, err := splitCommonName(cn)
		if (err == nil) != (code != "") || err != nil && card != "" {
			t.Fatalf("%q, %q, %v", code, card, err)
		}
		if err == nil && (!strings.HasPrefix(cn, string(code)+"/"+card) || len(card) > 32) {
			t.Errorf("%q gives %q and %q", cn, code, card)
		}
		if s := readable(cn); !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\r\n") {
			t.Errorf("%q is shown as %q", cn, s)
		}
	})
}
