// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import (
	"encoding/hex"
	"path"
	"strings"
)

// family is cards of one answer to reset, and the modules that are said to drive them, the likeliest first.
type family struct {
	name    string
	atr     string // in hexadecimal, with the signs of path.Match
	modules []string
}

// families are those of TS-CNS and of the identity card (cns-card.md A1, B). What matches none of them gets no module that
// nobody has chosen for it: a bank card is nobody's business here.
var families = []family{
	{"Athena", "3BDF188131FE7D006B??0C01*434E53*", []string{"asepkcs", "bit4xpki", "opensc"}},
	{"Oberthur", "3BFF1800008131FE45006B0405*434E53*", []string{"bit4opki", "bit4xpki", "ocscryptoki", "opensc"}},
	{"IDEMIA", "3BFF1800008131FE45006B0505*434E53*", []string{"bit4xpki", "bit4opki", "opensc"}},
	{"STIncard", "3BFF1800??8131FE55006B0209*434E53*", []string{"bit4xpki", "bit4ipki", "stpkcs11", "incryptoki2", "inp11lib", "opensc"}},
	{"Siemens", "3BFF1800FFC10A31FE55006B0508*434E53*", []string{"si_pkcs11", "siecap11", "cnspkcs11", "bit4ipki", "opensc"}},
	{"CNS", "3B*434E53*", []string{"bit4xpki", "bit4opki", "bit4ipki", "asepkcs", "stpkcs11", "cvp11", "cmp11", "idprime", "etpkcs11", "opensc"}},
	{"IDEMIA without contact", "3B8B80010031C164*", []string{"bit4xpki", "bit4opki", "opensc"}},
	{"CIE", "3B*8031806549544E5850*", []string{"cie"}},
	{"CIE", "3B*80318065B085040011*", []string{"cie"}},
	{"CIE", "3B*80318065B0850300EF*", []string{"cie"}},
	{"CIE", "3B*8066475000B8007F*", []string{"cie"}},
	{"CIE", "3B*8066475000B80094829000*", []string{"cie"}},
	{"CIE", "3B*8031806549544A34??120FFF829000*", []string{"cie"}},
}

// spelled is an answer to reset as settings and the memory of the agent spell it.
func spelled(atr []byte) string { return strings.ToUpper(hex.EncodeToString(atr)) }

// familyOf finds the first that an answer to reset belongs to; nil for none.
func familyOf(atr []byte) *family {
	for i := range families {
		if ok, _ := path.Match(families[i].atr, spelled(atr)); ok {
			return &families[i]
		}
	}
	return nil
}

// files are where makers put a module, by system. On Windows <system> is System32 and <programs> the folder of programs; on
// Linux <lib> is each of the folders of libraries.
type files struct{ linux, darwin, windows []string }

// makers are the modules of the families above. No vendor documents these paths in one place: they are those of packages,
// installers and lists of other programs.
var makers = map[string]files{
	"bit4xpki": {
		[]string{"/usr/lib/bit4id/libbit4xpki.so", "<lib>/libbit4xpki.so", "/usr/local/lib/bit4id/libbit4xpki.so", "/usr/local/lib/libbit4xpki.so"},
		[]string{"/Library/bit4id/pkcs11/libbit4xpki.dylib", "/System/Library/bit4id/libbit4xpki.dylib"},
		[]string{`<system>\bit4xpki.dll`},
	},
	"bit4ipki": {
		[]string{"/usr/lib/bit4id/libbit4ipki.so", "<lib>/libbit4ipki.so"},
		[]string{"/Library/bit4id/pkcs11/libbit4ipki.dylib", "/System/Library/Bit4id/pkcs11/libbit4ipki.dylib"},
		[]string{`<system>\bit4ipki.dll`},
	},
	"bit4opki": {
		[]string{"/usr/lib/bit4id/libbit4opki.so", "<lib>/libbit4opki.so"},
		[]string{"/Library/bit4id/pkcs11/libbit4opki.dylib", "/usr/lib/bit4id/libbit4opki.dylib"},
		[]string{`<system>\bit4opki.dll`},
	},
	"asepkcs": {
		[]string{"/usr/lib/x64-athena/libASEP11.so", "<lib>/libASEP11.so"},
		[]string{"/Library/Application Support/Athena/libASEP11.dylib"},
		[]string{`<system>\asepkcs.dll`},
	},
	"ocscryptoki": {
		[]string{"/usr/local/AWP/lib/libOcsCryptoki.so"},
		[]string{"/Library/AWP/lib/libOcsCryptoki.dylib"},
		[]string{`<system>\OcsCryptoki.dll`, `<programs>\Oberthur Technologies\AWP\DLLs\OcsCryptoki.dll`},
	},
	"stpkcs11":    {nil, nil, []string{`<system>\stPKCS11.dll`}},
	"incryptoki2": {nil, nil, []string{`<system>\incryptoki2.dll`}},
	"inp11lib":    {[]string{"<lib>/libinp11.so"}, nil, []string{`<system>\inp11lib.dll`}},
	"si_pkcs11":   {nil, nil, []string{`<system>\SI_PKCS11.dll`}},
	"siecap11":    {[]string{"/usr/local/lib/libsiecap11.so"}, nil, []string{`<system>\siecap11.dll`}},
	"cnspkcs11":   {nil, nil, []string{`<system>\cnsPKCS11.dll`}},
	"cvp11":       {[]string{"/usr/local/lib64/libcvP11.so"}, []string{"/Library/CV Cryptovision/libcvp11.dylib"}, []string{`<system>\cvP11.dll`}},
	"cmp11":       {nil, []string{"/Applications/Charismathics/libcmP11.dylib"}, []string{`<system>\cmP1164.dll`, `<system>\cmP11.dll`}},
	"etpkcs11":    {[]string{"<lib>/libeTPkcs11.so"}, []string{"/usr/local/lib/libeTPkcs11.dylib"}, []string{`<system>\eTPKCS11.dll`}},
	"idprime": {
		[]string{"<lib>/libIDPrimePKCS11.so"}, []string{"/usr/local/lib/libidprimepkcs11.0.dylib"},
		[]string{`<programs>\SafeNet\Authentication\SAC\x64\IDPrimePKCS1164.dll`},
	},
	"cie": {[]string{"/usr/local/lib/libcie-pkcs11.so", "<lib>/libcie-pkcs11.so"}, []string{"/Library/ipzs/libcie-pkcs11.dylib"}, []string{`<system>\CIEPKI.dll`}},
	"opensc": {
		[]string{"<lib>/opensc-pkcs11.so", "<lib>/pkcs11/opensc-pkcs11.so"},
		[]string{"/Library/OpenSC/lib/opensc-pkcs11.so", "/Library/OpenSC/lib/pkcs11/opensc-pkcs11.so", "/opt/homebrew/lib/opensc-pkcs11.so"},
		[]string{`<programs>\OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll`, `<system>\opensc-pkcs11.dll`},
	},
}

// expand puts each of the folders in the place of a name.
func expand(templates []string, folders map[string][]string) []string {
	var all []string
	for _, t := range templates {
		name, rest, found := strings.Cut(strings.TrimPrefix(t, "<"), ">")
		if !strings.HasPrefix(t, "<") || !found {
			all = append(all, t)
			continue
		}
		for _, folder := range folders[name] {
			all = append(all, folder+rest)
		}
	}
	return all
}
