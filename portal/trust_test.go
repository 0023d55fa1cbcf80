// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal"
)

func TestABundleThatHoldsSomethingElseIsRefused(t *testing.T) {
	good := string(pki.CAPEM())
	for name, bundle := range map[string]string{
		"nothing":               "",
		"no PEM":                "Regione Prova",
		"DER":                   string(pki.CA().Raw),
		"a private key":         good + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"another kind of block": strings.ReplaceAll(good, "CERTIFICATE", "TRUSTED CERTIFICATE"),
		"a damaged certificate": strings.Replace(good, "\nM", "\nA", 1),
		"a certificate cut off": good + good[:len(good)/2],
	} {
		t.Run(name, func(t *testing.T) {
			if certs, err := portal.ParseCertificates([]byte(bundle)); err == nil {
				t.Errorf("%d certificates", len(certs))
			}
		})
	}
}

func TestABundleMayHoldCommentsAndManyCertificates(t *testing.T) {
	bundle := "# Regione Prova\n" + string(pki.CAPEM()) + "\n# again\n" + string(pki.CAPEM())
	certs, err := portal.ParseCertificates([]byte(bundle))
	if err != nil || len(certs) != 2 || !certs[1].Equal(pki.CA()) {
		t.Errorf("%d certificates, %v", len(certs), err)
	}
}
