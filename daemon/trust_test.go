// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// authority answers for the region's CA of the scripts, once one of them needs it.
var authority onceAuthority

type onceAuthority struct {
	mu     sync.Mutex
	server *testpki.RevocationServer
}

func (a *onceAuthority) start() (*testpki.RevocationServer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server == nil {
		server, err := pki().StartRevocation()
		if err != nil {
			return nil, err
		}
		a.server = server
	}
	return a.server, nil
}

func (a *onceAuthority) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.server != nil {
		a.server.Close()
	}
}

// writeTrustedLists makes lists of the numbers 1, 2 and 3 (without the region's CA), some that must be refused, and the
// certificates of who signs them.
func writeTrustedLists(dir string) error {
	p := pki()
	second := p.SignedTrustedList(testpki.ListOptions{Sequence: 2})
	other := p.Services()[1]
	other.Type, other.Status = testpki.ServiceIdV, testpki.StatusRecognised
	times := append(p.Services(), testpki.ListService{
		Type: testpki.ServiceTime, Status: testpki.StatusGranted, Name: "Marche di prova", Certificates: []*x509.Certificate{p.CA()},
	})
	files := map[string][]byte{
		"times.xml":    p.SignedTrustedList(testpki.ListOptions{Sequence: 3, Services: times}),
		"list1.xml":    p.SignedTrustedList(testpki.ListOptions{Sequence: 1}),
		"list2.xml":    second,
		"list3.xml":    p.SignedTrustedList(testpki.ListOptions{Sequence: 3, Services: []testpki.ListService{other}}),
		"tampered.xml": bytes.Replace(second, []byte("Prova S.p.A."), []byte("Altra S.p.A."), 1),
		"expired.xml":  p.SignedTrustedList(testpki.ListOptions{Sequence: 9, NextUpdate: time.Now().Add(-time.Hour)}),
		"unsigned.xml": p.TrustedList(),
		"other-ca.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.OtherCA().Raw}),
	}
	for name, who := range map[string]testpki.ListSigner{"signer.pem": testpki.SchemeOperator, "other-signer.pem": testpki.OtherOperator} {
		files[name] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.ListSigner(who).Raw})
	}
	var failed error
	for name, b := range files {
		failed = errors.Join(failed, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	return failed
}

// tokenCmd makes the token of a login at https://portal.example with the nonce of the scripts.
func tokenCmd(ts *testscript.TestScript, _ bool, args []string) {
	server, err := authority.start()
	ts.Check(err)
	o := testpki.LeafOptions{OCSPURL: server.OCSPURL(testpki.SignerDelegate), CRLURL: "-"}
	switch args[0] {
	case "down":
		o.OCSPURL = server.CRLURL() // which does not answer requests of OCSP
	case "listed":
		o.OCSPURL, o.CRLURL = "-", server.CRLURL()
	}
	cert, key := pki().Issue(o)
	if args[0] != "unknown" {
		server.Know(cert)
	}
	switch args[0] {
	case "revoked":
		pki().Revoke(cert)
	case "suspended", "listed":
		pki().Suspend(cert)
	}
	origin, err := protocol.ParseOrigin("https://portal.example")
	ts.Check(err)
	digest := protocol.TokenDigest(origin, ts.Getenv("NONCE"))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	ts.Check(err)
	token, err := json.Marshal(protocol.Token{
		UnverifiedCertificate: base64.StdEncoding.EncodeToString(cert.Raw), Algorithm: protocol.AlgorithmRS256,
		Signature: base64.StdEncoding.EncodeToString(signature), Format: protocol.TokenFormat, AppVersion: "ponte/0.1.0",
	})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), token, 0o600))
}
