// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // what a token must not be signed with
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// needed are the members of a token without which there is none.
var needed = []string{"unverifiedCertificate", "algorithm", "signature", "format"}

// wantEach verifies one mutation after another: each must be refused, for exactly that reason.
func wantEach(t *testing.T, mutations map[string]mutation) {
	t.Helper()
	for name, m := range mutations {
		t.Run(name, func(t *testing.T) {
			v := verifier(t, m.options)
			_, err := v.Verify(t.Context(), m.token, origin(t, site), nonce)
			wantRefusal(t, err, m.want)
		})
	}
}

type mutation struct {
	token   []byte
	want    portal.Reason
	options func(*portal.Options)
}

func TestTheTokenThatIsMutatedIsValid(t *testing.T) {
	if _, err := verifier(t, nil).Verify(t.Context(), goodToken(t).json(), origin(t, site), nonce); err != nil {
		t.Fatal(err)
	}
}

func TestATokenWithAMemberOfAnotherFormIsRefused(t *testing.T) {
	good, mutations := goodToken(t), map[string]mutation{}
	for _, name := range needed {
		text := good[name].(string)
		for what, value := range map[string]any{
			"removed": nil, "empty": "", "a number": 1, "true": true, "in a list": []string{text}, "in an object": members{"v": text},
		} {
			mutations[name+" "+what] = mutation{token: good.with(name, value).json(), want: portal.ReasonFormat}
		}
		mutations[name+" null"] = mutation{token: bytes.Replace(good.json(), []byte(`"`+name+`":"`+text), []byte(`"`+name+`":null,"x":"`+text), 1), want: portal.ReasonFormat}
		mutations[name+" twice"] = mutation{token: append([]byte(`{"`+name+`":"`+text+`",`), good.json()[1:]...), want: portal.ReasonFormat}
		mutations[name+" in capitals"] = mutation{token: good.with(name, nil).with(strings.ToUpper(name), text).json(), want: portal.ReasonFormat}
	}
	wantEach(t, mutations)
}

func TestATokenThatIsCutAnywhereIsRefused(t *testing.T) {
	token, v := goodToken(t).json(), verifier(t, nil)
	for n := range len(token) {
		if _, err := v.Verify(t.Context(), token[:n], origin(t, site), nonce); !errors.Is(err, &portal.Refusal{Reason: portal.ReasonFormat}) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

func TestATokenWithAMemberCutShortIsRefused(t *testing.T) {
	good := goodToken(t)
	cut := func(name string, n int) []byte {
		text := good[name].(string)
		return good.with(name, text[:len(text)-n]).json()
	}
	wantEach(t, map[string]mutation{
		"certificate, a character":     {token: cut("unverifiedCertificate", 1), want: portal.ReasonFormat},
		"certificate, a group of four": {token: cut("unverifiedCertificate", 4), want: portal.ReasonFormat},
		"signature, a character":       {token: cut("signature", 1), want: portal.ReasonFormat},
		"signature, a group of four":   {token: cut("signature", 4), want: portal.ReasonSignature},
		"algorithm":                    {token: cut("algorithm", 1), want: portal.ReasonAlgorithm},
		"format, its number":           {token: cut("format", 3), want: portal.ReasonFormat},
	})
}

func TestATokenWithMembersSwappedIsRefused(t *testing.T) {
	good, other := goodToken(t), goodToken(t)
	swapped := func(a, b string) []byte { return good.with(a, good[b]).with(b, good[a]).json() }
	second, key := pki.Issue(testpki.LeafOptions{FreshKey: true})
	theirs := sign(t, second, key, origin(t, site), nonce)
	wantEach(t, map[string]mutation{
		"certificate and signature": {token: swapped("unverifiedCertificate", "signature"), want: portal.ReasonFormat},
		"certificate and algorithm": {token: swapped("unverifiedCertificate", "algorithm"), want: portal.ReasonFormat},
		"certificate and format":    {token: swapped("unverifiedCertificate", "format"), want: portal.ReasonFormat},
		"algorithm and signature":   {token: swapped("algorithm", "signature"), want: portal.ReasonFormat},
		"algorithm and format":      {token: swapped("algorithm", "format"), want: portal.ReasonFormat},
		"signature and format":      {token: swapped("signature", "format"), want: portal.ReasonFormat},

		"another certificate of the same holder":   {token: good.with("unverifiedCertificate", theirs["unverifiedCertificate"]).json(), want: portal.ReasonSignature},
		"the signature of the holder's other card": {token: good.with("signature", theirs["signature"]).json(), want: portal.ReasonSignature},
	})
	// The same key under another certificate of the same holder is the same card, renewed: whichever is shown, it counts.
	if _, err := verifier(t, nil).Verify(t.Context(), good.with("unverifiedCertificate", other["unverifiedCertificate"]).json(), origin(t, site), nonce); err != nil {
		t.Error(err)
	}
}

func TestATokenInAnotherEncodingIsRefused(t *testing.T) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	good := sign(t, cert, key, origin(t, site), nonce)
	signature, err := base64.StdEncoding.DecodeString(good["signature"].(string))
	if err != nil {
		t.Fatal(err)
	}
	spell := func(name string, b []byte) map[string]mutation {
		text := base64.StdEncoding.EncodeToString(b)
		all := map[string]mutation{}
		for what, spelling := range map[string]string{
			"without padding":   strings.TrimRight(text, "="),
			"padded too much":   text + "=",
			"in base64url":      strings.NewReplacer("+", "-", "/", "_").Replace("+/" + text[2:]),
			"in hexadecimal":    hex.EncodeToString(b) + "=",
			"with a line break": text[:64] + "\n" + text[64:],
			"with a space":      text[:64] + " " + text[64:],
			"with a tail":       text + "AAAA=",
			"with loose bits":   strings.TrimRight(base64.StdEncoding.EncodeToString(append(slices.Clone(b), make([]byte, 4-len(b)%3)...)), "A=") + "B==",
		} {
			if spelling == text {
				continue // no padding to leave away
			}
			all[name+" "+what] = mutation{token: good.with(name, spelling).json(), want: portal.ReasonFormat}
		}
		return all
	}
	wantEach(t, spell("signature", signature))
	wantEach(t, spell("unverifiedCertificate", append(slices.Clone(cert.Raw), make([]byte, 3-len(cert.Raw)%3+1)...)))

	n := new(big.Int).SetBytes(signature)
	encode := func(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
	inPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
	wantEach(t, map[string]mutation{
		"signature with a zero before":            {token: good.with("signature", encode(append([]byte{0}, signature...))).json(), want: portal.ReasonSignature},
		"signature with a zero after":             {token: good.with("signature", encode(append(slices.Clone(signature), 0))).json(), want: portal.ReasonSignature},
		"signature plus the modulus":              {token: good.with("signature", encode(n.Add(n, key.N).Bytes())).json(), want: portal.ReasonSignature},
		"signature the other way round":           {token: good.with("signature", encode(reversed(signature))).json(), want: portal.ReasonSignature},
		"signature zero":                          {token: good.with("signature", encode(make([]byte, 256))).json(), want: portal.ReasonSignature},
		"signature one":                           {token: good.with("signature", encode(append(make([]byte, 255), 1))).json(), want: portal.ReasonSignature},
		"signature far too long":                  {token: good.with("signature", encode(make([]byte, 4000))).json(), want: portal.ReasonSignature},
		"certificate in PEM":                      {token: good.with("unverifiedCertificate", string(inPEM)).json(), want: portal.ReasonFormat},
		"certificate in PEM, in base64":           {token: good.with("unverifiedCertificate", encode(inPEM)).json(), want: portal.ReasonFormat},
		"certificate with a byte after":           {token: good.with("unverifiedCertificate", encode(append(slices.Clone(cert.Raw), 0))).json(), want: portal.ReasonFormat},
		"certificate of indefinite length":        {token: good.with("unverifiedCertificate", encode(indefinite(cert.Raw))).json(), want: portal.ReasonFormat},
		"two certificates":                        {token: good.with("unverifiedCertificate", encode(append(slices.Clone(cert.Raw), cert.Raw...))).json(), want: portal.ReasonFormat},
		"the key alone":                           {token: good.with("unverifiedCertificate", encode(cert.RawSubjectPublicKeyInfo)).json(), want: portal.ReasonFormat},
		"what is signed of the certificate":       {token: good.with("unverifiedCertificate", encode(cert.RawTBSCertificate)).json(), want: portal.ReasonFormat},
		"the token in a list":                     {token: append(append([]byte("["), good.json()...), ']'), want: portal.ReasonFormat},
		"the token as text":                       {token: members{"token": string(good.json())}.json(), want: portal.ReasonFormat},
		"the token in UTF-16":                     {token: []byte(strings.Join(strings.Split(string(good.json()), ""), "\x00")), want: portal.ReasonFormat},
		"the token after a byte order mark":       {token: append([]byte("\ufeff"), good.json()...), want: portal.ReasonFormat},
		"the token in base64":                     {token: []byte(encode(good.json())), want: portal.ReasonFormat},
		"the token twice":                         {token: append(good.json(), good.json()...), want: portal.ReasonFormat},
		"the token with a member of 10,000 bytes": {token: good.with("x", strings.Repeat("a", 10_000)).json(), want: portal.ReasonFormat},
		"another format":                          {token: good.with("format", "web-eid:2.0").json(), want: portal.ReasonFormat},
		"a format that begins the same":           {token: good.with("format", "web-eid:10").json(), want: portal.ReasonFormat},
		"the format in capitals":                  {token: good.with("format", "WEB-EID:1.0").json(), want: portal.ReasonFormat},
	})
}

func reversed(b []byte) []byte {
	r := slices.Clone(b)
	slices.Reverse(r)
	return r
}

// indefinite writes the outer SEQUENCE with the length of BER that DER forbids (X.690, 8.1.3.6 and 10.1).
func indefinite(der []byte) []byte {
	return slices.Concat([]byte{0x30, 0x80}, der[4:], []byte{0, 0})
}

// signHash signs what the token signs with another hash, or something else.
func signHash(t *testing.T, key *rsa.PrivateKey, hash crypto.Hash, data []byte) string {
	t.Helper()
	h := hash.New()
	h.Write(data)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, hash, h.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(signature)
}

// signedData is the 64 bytes of which the token signs the hash.
func signedData(origin, nonce string) []byte {
	o, n := sha256.Sum256([]byte(origin)), sha256.Sum256([]byte(nonce))
	return slices.Concat(o[:], n[:])
}

func TestATokenOfAnotherAlgorithmIsRefused(t *testing.T) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	good := sign(t, cert, key, origin(t, site), nonce)
	mutations := map[string]mutation{}
	for _, name := range []string{"RS384", "RS512", "PS384", "ES256", "HS256", "EdDSA", "none", "NONE", "rs256", "RS256 ", "RS256\x00", "PS256,RS256"} {
		mutations[name] = mutation{token: good.with("algorithm", name).json(), want: portal.ReasonAlgorithm}
	}
	o, n := sha512.Sum384([]byte(site)), sha512.Sum384([]byte(nonce))
	mutations["PS256 over a signature of RS256"] = mutation{token: good.with("algorithm", "PS256").json(), want: portal.ReasonSignature}
	mutations["RS256 over a signature of PS256"] = mutation{token: signPSS(t, cert, key, origin(t, site), nonce).with("algorithm", "RS256").json(), want: portal.ReasonSignature}
	mutations["RS384 called RS256"] = mutation{token: good.with("signature", signHash(t, key, crypto.SHA384, slices.Concat(o[:], n[:]))).json(), want: portal.ReasonSignature}
	mutations["SHA-512 called RS256"] = mutation{token: good.with("signature", signHash(t, key, crypto.SHA512, signedData(site, nonce))).json(), want: portal.ReasonSignature}
	mutations["SHA-1 called RS256"] = mutation{token: good.with("signature", signHash(t, key, crypto.SHA1, signedData(site, nonce))).json(), want: portal.ReasonSignature}

	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	mutations["RS256 with a key on a curve"] = mutation{token: newMembers(reissue(t, cert, curve.Public(), nil), "RS256", make([]byte, 256)).json(), want: portal.ReasonAlgorithm}
	digest := sha256.Sum256(signedData(site, nonce))
	longSalt, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 20})
	if err != nil {
		t.Fatal(err)
	}
	mutations["PS256 with a salt of 20 bytes"] = mutation{token: newMembers(cert, portal.AlgorithmPS256, longSalt).json(), want: portal.ReasonSignature}
	wantEach(t, mutations)
}

func TestATokenForAnotherOriginOrChallengeIsRefused(t *testing.T) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	good := sign(t, cert, key, origin(t, site), nonce)
	mutations := map[string]mutation{}
	add := func(name string, data []byte) {
		mutations[name] = mutation{token: good.with("signature", signHash(t, key, crypto.SHA256, data)).json(), want: portal.ReasonSignature}
	}
	for name, other := range map[string]string{
		"another site": "https://evil.example", "a subdomain": "https://x.fse.regione.example", "the parent domain": "https://regione.example",
		"another port": site + ":8443", "the default port, written": site + ":443", "http": "http://fse.regione.example",
		"a slash after": site + "/", "capitals": strings.ToUpper(site), "the host alone": "fse.regione.example", "nothing": "",
	} {
		add("origin: "+name, signedData(other, nonce))
	}
	for name, other := range map[string]string{
		"another one": strings.Repeat("x", 44), "a character more": nonce + "a", "a character less": nonce[1:], "nothing": "",
		"the other case": strings.ToUpper(nonce), "a space after": nonce + " ",
	} {
		add("challenge: "+name, signedData(site, other))
	}
	o, n := sha256.Sum256([]byte(site)), sha256.Sum256([]byte(nonce))
	add("challenge before origin", slices.Concat(n[:], o[:]))
	add("both without their hashes", []byte(site+nonce))
	add("the challenge alone", n[:])
	add("hashed once more", func() []byte { d := sha256.Sum256(signedData(site, nonce)); return d[:] }())
	wantEach(t, mutations)
}

func TestATokenOfAnotherCertificateIsRefused(t *testing.T) {
	leaf := func(o testpki.LeafOptions) []byte {
		cert, key := pki.Issue(o)
		return sign(t, cert, key, origin(t, site), nonce).json()
	}
	cert, key := pki.Issue(testpki.LeafOptions{})
	bent := func(change func(*x509.Certificate)) []byte {
		return sign(t, reissue(t, cert, key.Public(), change), key, origin(t, site), nonce).json()
	}
	authority, authorityKey := newMembers(pki.CA(), "RS256", nil), pki.CASigner().(*rsa.PrivateKey)
	revoked := func(o *portal.Options) { o.Revocation = revocation(refuseAll) }
	child := holder.Matteo()
	wantEach(t, map[string]mutation{
		"a key of 1024 bits":                  {token: leaf(testpki.LeafOptions{Bits: 1024}), want: portal.ReasonKeySize},
		"signed with SHA-1":                   {token: bent(func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }), want: portal.ReasonChain},
		"the authority itself":                {token: authority.with("signature", signHash(t, authorityKey, crypto.SHA256, signedData(site, nonce))).json(), want: portal.ReasonKeyUsage},
		"an authority below it":               {token: bent(func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }), want: portal.ReasonKeyUsage},
		"for signatures":                      {token: leaf(testpki.LeafOptions{NonRepudiation: true}), want: portal.ReasonKeyUsage},
		"for servers":                         {token: leaf(testpki.LeafOptions{Usage: testpki.ServerAuthOnly}), want: portal.ReasonExtendedKeyUsage},
		"without a policy":                    {token: leaf(testpki.LeafOptions{Policy: testpki.PolicyNone}), want: portal.ReasonPolicy},
		"of another policy":                   {token: leaf(testpki.LeafOptions{Policy: testpki.PolicyOther}), want: portal.ReasonPolicy},
		"of an identity card":                 {token: leaf(testpki.LeafOptions{Policy: testpki.PolicyCIE}), want: portal.ReasonPolicy},
		"expired":                             {token: leaf(testpki.LeafOptions{Validity: testpki.Expired}), want: portal.ReasonExpired},
		"not yet valid":                       {token: leaf(testpki.LeafOptions{Validity: testpki.NotYetValid}), want: portal.ReasonNotYetValid},
		"of another authority":                {token: leaf(testpki.LeafOptions{SignedBy: testpki.OtherCA}), want: portal.ReasonChain},
		"in the authority's name":             {token: leaf(testpki.LeafOptions{SignedBy: testpki.Forger}), want: portal.ReasonChain},
		"signed by its own key":               {token: selfSigned(t, cert, key), want: portal.ReasonChain},
		"without a fiscal code":               {token: leaf(testpki.LeafOptions{CommonName: "GIADA PROVA ROSSINI"}), want: portal.ReasonSubject},
		"with another check letter":           {token: leaf(testpki.LeafOptions{CommonName: "RSSGPR84S63H501D/7430010024925855.x"}), want: portal.ReasonSubject},
		"with a fiscal code in small letters": {token: leaf(testpki.LeafOptions{CommonName: "rssgpr84s63h501c/7430010024925855.x"}), want: portal.ReasonSubject},
		"of a card that was taken back":       {token: leaf(testpki.LeafOptions{}), want: portal.ReasonRevocation, options: revoked},
		"of another person, with this key": {token: func() []byte {
			theirs, _ := pki.Issue(testpki.LeafOptions{Holder: &child, FreshKey: true})
			return sign(t, theirs, key, origin(t, site), nonce).json()
		}(), want: portal.ReasonSignature},
	})
}

// selfSigned is a certificate like cert that nobody but its holder answers for.
func selfSigned(t *testing.T, cert *x509.Certificate, key *rsa.PrivateKey) []byte {
	t.Helper()
	template := *cert
	template.Issuer = cert.Subject
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return sign(t, made, key, origin(t, site), nonce).json()
}

func TestASignatureWithAnyBitTurnedIsRefused(t *testing.T) {
	good, v := goodToken(t), verifier(t, nil)
	signature, err := base64.StdEncoding.DecodeString(good["signature"].(string))
	if err != nil {
		t.Fatal(err)
	}
	for i := range len(signature) * 8 {
		bent := slices.Clone(signature)
		bent[i/8] ^= 1 << (i % 8)
		_, err := v.Verify(t.Context(), good.with("signature", base64.StdEncoding.EncodeToString(bent)).json(), origin(t, site), nonce)
		if !errors.Is(err, &portal.Refusal{Reason: portal.ReasonSignature}) {
			t.Fatalf("bit %d: %v", i, err)
		}
	}
}

// What is wrong first depends on the byte; that somebody gets in on none of them does not.
func TestACertificateWithAnyByteTurnedIsRefused(t *testing.T) {
	cert, key := pki.Issue(testpki.LeafOptions{})
	good, v := sign(t, cert, key, origin(t, site), nonce), verifier(t, nil)
	for i := range cert.Raw {
		for _, with := range []byte{0x01, 0x80, 0xFF} {
			bent := slices.Clone(cert.Raw)
			bent[i] ^= with
			_, err := v.Verify(t.Context(), good.with("unverifiedCertificate", base64.StdEncoding.EncodeToString(bent)).json(), origin(t, site), nonce)
			if _, refused := errors.AsType[*portal.Refusal](err); !refused {
				t.Fatalf("byte %d turned with %#x: %v", i, with, err)
			}
		}
	}
}

func refuseAll(context.Context, *x509.Certificate, *x509.Certificate) error {
	return errors.New("reported lost")
}
