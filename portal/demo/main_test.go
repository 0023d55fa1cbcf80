// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func trustFile(t *testing.T) string {
	t.Helper()
	return written(t, "trust.pem", pki.CAPEM())
}

func written(t *testing.T, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestACommandLineThatWouldBeUnsafeIsRefused(t *testing.T) {
	trust := trustFile(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no authorities":                 {[]string{}, "--trust"},
		"authorities that are not there": {[]string{"--trust", trust + "x"}, "--trust"},
		"authorities that are none":      {[]string{"--trust", written(t, "empty.pem", nil)}, "--trust"},
		"plain http for everybody":       {[]string{"--trust", trust, "--listen", "0.0.0.0:0"}, "loopback"},
		"plain http for all addresses":   {[]string{"--trust", trust, "--listen", ":0"}, "loopback"},
		"an http origin elsewhere":       {[]string{"--trust", trust, "--listen", "127.0.0.1:0", "--origin", "http://portal.example"}, "--origin"},
		"an origin with a path":          {[]string{"--trust", trust, "--listen", "127.0.0.1:0", "--origin", "https://portal.example/"}, "--origin"},
		"a certificate without a key":    {[]string{"--trust", trust, "--tls-cert", "x"}, "--tls-key"},
		"a database in no directory":     {[]string{"--trust", trust, "--listen", "127.0.0.1:0", "--db", trust + "/x"}, "--db"},
		"a database that is none":        {[]string{"--trust", trust, "--listen", "127.0.0.1:0", "--db", written(t, "no.db", bytes.Repeat([]byte("no "), 999))}, "--db"},
		"a Redis of another kind":        {[]string{"--trust", trust, "--listen", "127.0.0.1:0", "--redis", "http://x:secret@127.0.0.1"}, "--redis"},
		"a word that is no option":       {[]string{"--trust", trust, "listen"}, "option"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			err := run(ctx, c.args, io.Discard, io.Discard)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v", err)
			}
		})
	}
}

// start runs the program until the test ends, and gives the address that it prints.
func start(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	read, write := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, args, write, io.Discard)
		write.CloseWithError(err)
		ended <- err
	}()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	address, found := strings.CutPrefix(strings.TrimSpace(line), "ponte-demo ready: ")
	if !found {
		t.Fatalf("%q", line)
	}
	return address
}

func TestItSaysWhereItIsAndAnswersThere(t *testing.T) {
	address := start(t, "--trust", trustFile(t), "--listen", "127.0.0.1:0")
	if !strings.HasPrefix(address, "http://localhost:") {
		t.Errorf("%s", address)
	}
	answer, err := http.Get(address + "healthz")
	if err != nil || answer.StatusCode != 200 {
		t.Fatal(answer, err)
	}
	answer.Body.Close()
}

func TestItServesHTTPS(t *testing.T) {
	cert, key, pool := serverCertificate(t)
	address := start(t, "--trust", trustFile(t), "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(address, "https://localhost:") {
		t.Errorf("%s", address)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	answer, err := client.Get(address + "auth/challenge")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if c := answer.Cookies(); len(c) != 1 || !c[0].Secure || c[0].Name != "__Host-ponte" {
		t.Errorf("%v", c)
	}
}

func serverCertificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	pool = x509.NewCertPool()
	pool.AddCert(must(x509.ParseCertificate(der)))
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	secret := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))})
	return written(t, "server.pem", text), written(t, "server.key", secret), pool
}

// freePort gives a port of loopback that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
