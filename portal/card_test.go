// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var pki = testpki.New()

const site = "https://fse.regione.example"

var nonce = strings.Repeat("n0nce-", 7) + "ab" // 44 characters

func origin(t testing.TB, s string) protocol.Origin {
	t.Helper()
	o, err := protocol.ParseOrigin(s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func verifier(t testing.TB, change func(*portal.Options)) *portal.Verifier {
	t.Helper()
	o := portal.Options{TrustAnchors: []*x509.Certificate{pki.CA()}}
	if change != nil {
		change(&o)
	}
	v, err := portal.NewVerifier(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// members of a token, so that tests can bend them.
type members map[string]any

func (m members) json() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}

func (m members) with(name string, value any) members {
	bent := members{}
	for k, v := range m {
		bent[k] = v
	}
	bent[name] = value
	if value == nil {
		delete(bent, name)
	}
	return bent
}

// sign makes the token that the agent makes; key nil leaves a signature that nobody made.
func sign(t testing.TB, cert *x509.Certificate, key *rsa.PrivateKey, o protocol.Origin, challenge string) members {
	t.Helper()
	signature := make([]byte, 256)
	if key != nil {
		digest := protocol.TokenDigest(o, challenge)
		var err error
		if signature, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:]); err != nil {
			t.Fatal(err)
		}
	}
	return newMembers(cert, protocol.AlgorithmRS256, signature)
}

func signPSS(t testing.TB, cert *x509.Certificate, key *rsa.PrivateKey, o protocol.Origin, challenge string) members {
	t.Helper()
	digest := protocol.TokenDigest(o, challenge)
	signature, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: sha256.Size})
	if err != nil {
		t.Fatal(err)
	}
	return newMembers(cert, portal.AlgorithmPS256, signature)
}

func newMembers(cert *x509.Certificate, algorithm string, signature []byte) members {
	return members{
		"unverifiedCertificate": base64.StdEncoding.EncodeToString(cert.Raw),
		"algorithm":             algorithm,
		"signature":             base64.StdEncoding.EncodeToString(signature),
		"format":                protocol.TokenFormat,
		"appVersion":            "ponte/0.1.0",
	}
}

// goodToken is a login of the default card at the site.
func goodToken(t testing.TB) members {
	cert, key := pki.Issue(testpki.LeafOptions{})
	return sign(t, cert, key, origin(t, site), nonce)
}

// reissue makes a certificate like cert with something changed, signed by the region's CA.
func reissue(t testing.TB, cert *x509.Certificate, public any, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	template := *cert
	template.ExtraExtensions, template.RawSubject = nil, nil
	template.SignatureAlgorithm = x509.SHA256WithRSA
	template.Subject.ExtraNames = cert.Subject.Names
	if change != nil {
		change(&template)
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, pki.CA(), public, pki.CASigner())
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func wantRefusal(t *testing.T, err error, want portal.Reason) {
	t.Helper()
	var r *portal.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("error %v, not a refusal for %s", err, want)
	}
	if r.Reason != want {
		t.Errorf("refused for %s (%s), not for %s", r.Reason, r.Detail, want)
	}
}
