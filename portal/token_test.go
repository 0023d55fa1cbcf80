// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal"
)

func TestWhatIsNotAWebEIDTokenIsRefused(t *testing.T) {
	good := goodToken(t)
	text := string(good.json())
	certificate := good["unverifiedCertificate"].(string)
	for name, b := range map[string]string{
		"nothing":                              "",
		"an empty object":                      "{}",
		"10,001 bytes":                         text[:len(text)-1] + `,"x":"` + strings.Repeat("a", 10_001-len(text)-7) + `"}`,
		"not JSON":                             strings.Repeat("token ", 20),
		"an array":                             "[" + text + "]",
		"a string":                             `"` + strings.Repeat("a", 200) + `"`,
		"cut short":                            text[:len(text)-1],
		"two tokens":                           text + text,
		"something after it":                   text + "x",
		"not UTF-8":                            strings.Replace(text, "ponte/0.1.0", "ponte/\xff", 1),
		"a comma too many":                     text[:len(text)-1] + ",}",
		"the format twice":                     text[:len(text)-1] + `,"format":"web-eid:1.0"}`,
		"an unknown member twice":              text[:len(text)-1] + `,"x":1,"x":2}`,
		"the certificate in an escaped repeat": text[:len(text)-1] + `,"unverified\u0043ertificate":"x"}`,
		"no certificate":                       string(good.with("unverifiedCertificate", nil).json()),
		"no algorithm":                         string(good.with("algorithm", nil).json()),
		"no signature":                         string(good.with("signature", nil).json()),
		"no format":                            string(good.with("format", nil).json()),
		"an empty signature":                   string(good.with("signature", "").json()),
		"Algorithm for algorithm":              strings.Replace(text, `"algorithm"`, `"Algorithm"`, 1),
		"a number as algorithm":                string(good.with("algorithm", 256).json()),
		"null as signature":                    strings.Replace(text, `"format":"web-eid:1.0"`, `"format":null`, 1),
		"format 2":                             string(good.with("format", "web-eid:2").json()),
		"format 10":                            string(good.with("format", "web-eid:10.0").json()),
		"another format":                       string(good.with("format", "jwt").json()),
		"base64url for base64":                 string(good.with("signature", "-_-_").json()),
		"base64 without padding":               string(good.with("signature", "QQ").json()),
		"base64 with loose bits":               string(good.with("signature", "QR==").json()),
		"base64 in lines":                      string(good.with("unverifiedCertificate", certificate[:64]+"\n"+certificate[64:]).json()),
		"a PEM certificate":                    string(good.with("unverifiedCertificate", "-----BEGIN CERTIFICATE-----").json()),
		"half a certificate":                   string(good.with("unverifiedCertificate", certificate[:400]).json()),
		"a certificate with a tail":            string(good.with("unverifiedCertificate", tail(t, certificate)).json()),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := verifier(t, nil).Verify(t.Context(), []byte(b), origin(t, site), nonce)
			wantRefusal(t, err, portal.ReasonFormat)
		})
	}
}

func tail(t *testing.T, certificate string) string {
	der, err := base64.StdEncoding.DecodeString(certificate)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(append(der, 0))
}

func TestOtherAlgorithmsAreRefused(t *testing.T) {
	for _, name := range []string{"none", "HS256", "ES256", "RS1", "RS384", "rs256", "RS256 "} {
		t.Run(name, func(t *testing.T) {
			_, err := verifier(t, nil).Verify(t.Context(), goodToken(t).with("algorithm", name).json(), origin(t, site), nonce)
			wantRefusal(t, err, portal.ReasonAlgorithm)
		})
	}
}

func TestWhatWebEIDAllowsInATokenIsAccepted(t *testing.T) {
	good := goodToken(t)
	for name, b := range map[string][]byte{
		"unknown members":      good.with("supportedSignatureAlgorithms", []any{map[string]any{"hashFunction": "SHA-256"}}).json(),
		"a number out of size": bytes.Replace(good.json(), []byte("{"), []byte(`{"x":1e999999,`), 1),
		"no appVersion":        good.with("appVersion", nil).json(),
		"format web-eid:1":     good.with("format", "web-eid:1").json(),
		"format web-eid:1.1":   good.with("format", "web-eid:1.1").json(),
		"white space":          append([]byte(" \n"), append(good.json(), '\n')...),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := verifier(t, nil).Verify(t.Context(), b, origin(t, site), nonce); err != nil {
				t.Error(err)
			}
		})
	}
}

func FuzzVerify(f *testing.F) {
	good := goodToken(f)
	f.Add(good.json())
	f.Add(good.with("format", 1).json())
	f.Add([]byte(`{"unverifiedCertificate":"AAAA","algorithm":"RS256","signature":"AAAA","format":"web-eid:1.0","appVersion":"x"}   `))
	f.Add([]byte(strings.Repeat(`{"a":`, 50)))
	f.Add([]byte(strings.Repeat("[", 10_000)))
	f.Add([]byte(`{"algorithm":"RS256","algorithm":"none","x":"` + strings.Repeat("\\ud800", 40) + `"}`))
	v, here := verifier(f, nil), origin(f, site)
	f.Fuzz(func(t *testing.T, b []byte) {
		who, err := v.Verify(t.Context(), b, here, nonce)
		if (err == nil) == (who == portal.Identity{}) {
			t.Errorf("identity %v with error %v", who, err)
		}
		if err == nil && string(who.FiscalCode) != "RSSGPR84S63H501C" {
			t.Errorf("somebody else: %s", who.FiscalCode)
		}
	})
}
