// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// These tests run the whole chain of TLS client authentication but the browser: programs that nobody here has written, the
// module, the agent, pcscd, an emulated card.

var builtModule = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("make", "-s", "-C", "../browsermodule", "OUT="+bin, "linux").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, out)
	}
	return filepath.Join(bin, "libponte-pkcs11.so"), err
})

// tlsHouse is a house with a running agent, a card and the module.
func tlsHouse(t *testing.T, pins, confirm string) (*house, *testcard.Card) {
	t.Helper()
	_, err := builtModule()
	check(t, err)
	h := newHouse(t, pins, confirm)
	settings := filepath.Join(h.work, "config", "ponte", "config.toml")
	before, err := os.ReadFile(settings)
	check(t, err)
	check(t, os.WriteFile(settings, append(before, "tls_module = \"on\"\n"...), 0o600))
	chip := h.plug(0, testcard.Options{})
	h.startAgent()
	return h, chip
}

// tool runs OpenSC's pkcs11-tool with the module.
func (h *house) tool(args ...string) (string, error) {
	module, err := builtModule()
	check(h.t, err)
	cmd := exec.Command("pkcs11-tool", append([]string{"--module", module}, args...)...)
	cmd.Env, cmd.Dir = h.env, h.work
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// sees waits until the module shows the card.
func (h *house) sees() {
	h.t.Helper()
	h.until("the module shows the card", func() bool {
		out, _ := h.tool("-O")
		return strings.Contains(out, "Certificate Object")
	})
}

func TestPKCS11ToolListsLogsInAndSignsWithOnePIN(t *testing.T) {
	h, chip := tlsHouse(t, testcard.DefaultPIN, "ok")
	h.sees()
	out, err := h.tool("-L")
	if err != nil || !strings.Contains(out, "PIN pad present") || !strings.Contains(out, "login required") {
		t.Errorf("-L: %v\n%s", err, out)
	}
	out, err = h.tool("-O")
	if err != nil || !strings.Contains(out, "Public Key Object; RSA 2048 bits") || !strings.Contains(out, "Profile object") {
		t.Errorf("-O: %v\n%s", err, out)
	}
	if chip.Counters().Verifies != 0 {
		t.Fatal("a PIN was asked before anybody wanted to log in")
	}
	pub := chip.Certificate().PublicKey.(*rsa.PublicKey)
	digest := sha256.Sum256([]byte("a text"))
	check(t, os.WriteFile(filepath.Join(h.work, "digest"), digest[:], 0o600))
	info := append([]byte("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"), digest[:]...)
	check(t, os.WriteFile(filepath.Join(h.work, "info"), info, 0o600))
	check(t, os.WriteFile(filepath.Join(h.work, "anything"), bytes.Repeat([]byte{7}, 100), 0o600))
	for _, c := range []struct {
		args   []string
		verify func(signature []byte) error
	}{
		{[]string{"--mechanism", "RSA-PKCS", "-i", "info"}, func(s []byte) error { return rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], s) }},
		{
			[]string{"--mechanism", "RSA-PKCS-PSS", "--hash-algorithm", "SHA256", "--mgf", "MGF1-SHA256", "-i", "digest"},
			func(s []byte) error { return rsa.VerifyPSS(pub, crypto.SHA256, digest[:], s, nil) },
		},
	} {
		out, err := h.tool(append([]string{"-l", "--sign", "--id", "01", "-o", "signature"}, c.args...)...)
		if err != nil {
			t.Fatalf("%v: %v\n%s", c.args, err, out)
		}
		signature, err := os.ReadFile(filepath.Join(h.work, "signature"))
		check(t, err)
		if err := c.verify(signature); err != nil {
			t.Errorf("%v: %v", c.args, err)
		}
	}
	// Each run is another process, and each asks for the PIN.
	if n := chip.Counters().Verifies; n != 2 {
		t.Errorf("%d PINs for two programs", n)
	}
	if out, err := h.tool("-l", "--sign", "--id", "01", "-o", "signature", "--mechanism", "RSA-PKCS", "-i", "anything"); err == nil {
		t.Errorf("what is no digest was signed:\n%s", out)
	}
	shown, err := os.ReadFile(filepath.Join(h.work, "shown"))
	check(t, err)
	for _, words := range []string{"pkcs11-tool chiede la tua tessera", "/pkcs11-tool", "guarda l'indirizzo nel browser", "30 secondi", "GIADA PROVA ROSSINI"} {
		if !strings.Contains(strings.ReplaceAll(string(shown), "%0A", " "), words) {
			t.Errorf("the dialog does not say %q:\n%s", words, shown)
		}
	}
}

// server is an https server that wants a client certificate, and tells whose it got.
func server(t *testing.T, version uint16) net.Addr {
	t.Helper()
	certificate, key := testpki.New().Issue(testpki.LeafOptions{})
	clients := x509.NewCertPool()
	clients.AddCert(pki().CA())
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{certificate.Raw}, PrivateKey: key}},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: clients, MinVersion: version, MaxVersion: version,
	})
	check(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				c := conn.(*tls.Conn)
				if _, err := bufio.NewReader(c).ReadString('\n'); err == nil {
					_, _ = fmt.Fprintf(c, "welcome %s\n", c.ConnectionState().PeerCertificates[0].Subject.CommonName)
				}
			}()
		}
	}()
	return l.Addr()
}

// sClient runs openssl s_client with libp11's engine and the module.
func (h *house) sClient(addr net.Addr, certificate *x509.Certificate) (string, error) {
	module, err := builtModule()
	check(h.t, err)
	check(h.t, os.WriteFile(filepath.Join(h.work, "card.der"), certificate.Raw, 0o600))
	cmd := exec.Command("openssl", "s_client", "-connect", addr.String(), "-quiet", "-engine", "pkcs11", "-keyform", "engine",
		"-key", "pkcs11:id=%01;type=private", "-certform", "DER", "-cert", "card.der")
	cmd.Env, cmd.Dir = append(h.env, "PKCS11_MODULE_PATH="+module), h.work
	cmd.Stdin = strings.NewReader("hello\n")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestOpenSSLAuthenticatesWithTheCardInTLS12And13(t *testing.T) {
	h, chip := tlsHouse(t, testcard.DefaultPIN, "ok")
	h.sees()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		before := chip.Counters().Verifies
		out, err := h.sClient(server(t, version), chip.Certificate())
		if !strings.Contains(out, "welcome RSSGPR84S63H501C") {
			t.Errorf("%#x: %v\n%s", version, err, out)
		}
		if n := chip.Counters().Verifies - before; n != 1 {
			t.Errorf("%#x: %d PINs", version, n)
		}
	}
}

func TestTheProgramsOfOthersListAndTestTheToken(t *testing.T) {
	h, chip := tlsHouse(t, testcard.DefaultPIN, "ok")
	h.sees()
	// Its test has SHA-1 signed first, and stops there: the card signs none (docs/tls.md).
	out, err := h.tool("-L", "-O", "--login", "--test")
	if err == nil || !strings.Contains(out, "Private Key Object; RSA") || !strings.Contains(out, "C_Sign failed: rv = CKR_DATA_INVALID") {
		t.Errorf("pkcs11-tool: %v\n%s", err, out)
	}
	if n := chip.Counters().Verifies; n != 1 {
		t.Errorf("pkcs11-tool: %d PINs", n)
	}
	module, err := builtModule()
	check(t, err)
	cmd := exec.Command("p11tool", "--provider", module, "--list-all", "pkcs11:token=CNS") // GnuTLS
	cmd.Env = h.env
	listed, err := cmd.CombinedOutput()
	for _, want := range []string{"Type: X.509 Certificate (RSA-2048)", "Type: Public key (RSA-2048)"} {
		if err != nil || !strings.Contains(string(listed), want) {
			t.Errorf("p11tool: %v, no %q in:\n%s", err, want, listed)
		}
	}
	if n := chip.Counters().Verifies; n != 1 {
		t.Errorf("a list cost a PIN: %d", n)
	}
}

func TestThereIsNoTokenWhileTheSettingsSaySo(t *testing.T) {
	h, _ := tlsHouse(t, testcard.DefaultPIN, "ok")
	settings := filepath.Join(h.work, "config", "ponte", "config.toml")
	before, err := os.ReadFile(settings)
	check(t, err)
	h.sees()
	check(t, os.WriteFile(settings, bytes.Replace(before, []byte(`"on"`), []byte(`"off"`), 1), 0o600))
	if out, _ := h.tool("-O"); strings.Contains(out, "Certificate Object") {
		t.Errorf("it is there:\n%s", out)
	}
	check(t, os.WriteFile(settings, before, 0o600))
	h.sees()
}
