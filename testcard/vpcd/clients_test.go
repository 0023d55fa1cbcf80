// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package vpcd

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/holder"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// These tests let programs that know nothing of Ponte use the card: OpenSC and
// OpenSSL, through a real pcscd (cns-card.md D). They fail when one is missing.

// desk is a pcscd with a card in its first reader.
type desk struct {
	*Pcscd
	t    *testing.T
	card *testcard.Card
	dir  string
}

func newDesk(t *testing.T, o testcard.Options) *desk {
	t.Parallel()
	d := &desk{Pcscd: startPcscd(t, PcscdOptions{}), t: t, card: newCard(t, o), dir: t.TempDir()}
	plug(t, d.Pcscd, 0, d.card)
	must(t, d.WaitCard(t.Context(), 0))
	return d
}

// try runs a program as a client of this pcscd.
func (d *desk) try(program string, args ...string) (string, error) {
	d.t.Helper()
	c := exec.CommandContext(d.t.Context(), program, args...)
	// Newer OpenSC keeps the files of a card by its number, and the cards of these tests have the same.
	c.Env = append(append(os.Environ(), d.Env()...), "LC_ALL=C", "XDG_CACHE_HOME="+d.dir)
	out, err := c.CombinedOutput()
	return string(out), err
}

// run is try for a program that must succeed.
func (d *desk) run(program string, args ...string) string {
	d.t.Helper()
	out, err := d.try(program, args...)
	if err != nil {
		d.t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return out
}

// says checks what a program prints.
func (d *desk) says(out string, wanted ...string) {
	d.t.Helper()
	for _, w := range wanted {
		if !strings.Contains(out, w) {
			d.t.Errorf("no %q in\n%s", w, out)
		}
	}
}

func (d *desk) file(name string, content []byte) string {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	must(d.t, os.WriteFile(path, content, 0o600))
	return path
}

func (d *desk) certificateFile() string {
	return d.file("card.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: d.card.Certificate().Raw}))
}

func TestOpenSCRefusesAWrongPINAndABlockedCard(t *testing.T) {
	d := newDesk(t, testcard.Options{})
	for left := 2; left >= 0; left-- {
		if out, err := d.try("pkcs15-tool", "--verify-pin", "--pin", "00000000"); err == nil {
			t.Errorf("accepted: %s", out)
		}
		if d.card.TriesLeft() != left {
			t.Errorf("%d tries left instead of %d", d.card.TriesLeft(), left)
		}
	}
	if out, err := d.try("pkcs15-tool", "--verify-pin", "--pin", testcard.DefaultPIN); err == nil {
		t.Errorf("accepted: %s", out)
	}
}

func TestOpenSCFindsNoCertificateOnACardWithoutOne(t *testing.T) {
	d := newDesk(t, testcard.Options{State: testcard.StateNoCertificate})
	if out, err := d.try("pkcs15-tool", "--read-certificate", "01"); err == nil {
		t.Errorf("found: %s", out)
	}
}

func TestOpenSCRecognisesTheCard(t *testing.T) {
	for _, model := range testcard.Models() {
		t.Run(string(model), func(t *testing.T) {
			d := newDesk(t, testcard.Options{Model: model})
			d.says(d.run("opensc-tool", "-l"), "Yes", d.ReaderName(0), d.ReaderName(1))
			d.says(d.run("opensc-tool", "-n"), "CNS card")
			atr := strings.ReplaceAll(strings.TrimSpace(d.run("opensc-tool", "-a")), ":", "")
			d.says(atr, hex.EncodeToString(d.card.ATR()))
		})
	}
}

func TestOpenSCReadsTheCard(t *testing.T) {
	d := newDesk(t, testcard.Options{})
	d.says(d.run("pkcs15-tool", "-D"), "7430010024925855", "CNS0", "GIADA PROVA ROSSINI", "ModLength      : 2048", "EF_INST_FILE", "Data (10 bytes): 5A087430010024925855")
	d.says(d.run("pkcs11-tool", "-L"), "token label", "7430010024925855")
	d.says(d.run("pkcs11-tool", "-O"), "Certificate Object", "Public Key Object; RSA 2048 bits")
	block, _ := pem.Decode([]byte(d.run("pkcs15-tool", "--read-certificate", "01")))
	if block == nil || !bytes.Equal(block.Bytes, d.card.Certificate().Raw) {
		t.Error("the certificate is another one")
	}
}

func TestOpenSCVerifiesChangesAndUnblocksThePIN(t *testing.T) {
	d := newDesk(t, testcard.Options{})
	d.run("pkcs15-tool", "--verify-pin", "--pin", testcard.DefaultPIN)
	d.run("pkcs15-tool", "--change-pin", "--pin", testcard.DefaultPIN, "--new-pin", "24681357")
	d.run("pkcs15-tool", "--verify-pin", "--pin", "24681357")
	must(t, d.card.SetState(testcard.StateBlocked))
	d.run("pkcs15-tool", "--unblock-pin", "--puk", testcard.DefaultPUK, "--new-pin", "11223344")
	d.run("pkcs15-tool", "--verify-pin", "--pin", "11223344")
	d.run("pkcs11-tool", "--login", "--pin", "11223344", "--change-pin", "--new-pin", "55667788")
	must(t, d.card.SetState(testcard.StateBlocked))
	d.run("pkcs11-tool", "--unlock-pin", "--puk", testcard.DefaultPUK, "--new-pin", "99887766")
	if d.card.PIN() != "99887766" || d.card.PUKTriesLeft() != 3 || d.card.TriesLeft() != 3 {
		t.Errorf("PIN %s, %d and %d tries left", d.card.PIN(), d.card.TriesLeft(), d.card.PUKTriesLeft())
	}
}

func TestOpenSCPassesItsOwnTest(t *testing.T) {
	d := newDesk(t, testcard.Options{})
	d.says(d.run("pkcs11-tool", "--login", "--pin", testcard.DefaultPIN, "--test"), "No errors")
}

// sha256Info begins the digest info of SHA-256 (RFC 8017, 9.2).
const sha256Info = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"

func TestOpenSSLVerifiesWhatOpenSCSigns(t *testing.T) {
	for name, o := range map[string]testcard.Options{
		"RSA-2048": {},
		"RSA-1024": {Model: testcard.Oberthur},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, o)
			text := d.file("text", []byte("Ponte porta oltre"))
			hash := d.run("openssl", "dgst", "-sha256", "-binary", text)
			digestInfo := []byte(sha256Info + hash)
			info, raw := d.file("info", digestInfo), d.file("raw", rawBlock(d.card, digestInfo))
			public := d.file("public.pem", []byte(d.run("openssl", "x509", "-in", d.certificateFile(), "-noout", "-pubkey")))
			dgst := []string{"dgst", "-sha256", "-verify", public}
			pss := append(dgst, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
			for mechanism, how := range map[string]struct {
				input  string
				verify []string
			}{
				"RSA-PKCS":            {info, dgst},
				"RSA-X-509":           {raw, dgst},
				"SHA256-RSA-PKCS":     {text, dgst},
				"SHA256-RSA-PKCS-PSS": {text, pss},
			} {
				signature := filepath.Join(d.dir, mechanism)
				d.run("pkcs11-tool", "--login", "--pin", testcard.DefaultPIN, "--sign", "--id", "01", "-m", mechanism,
					"-i", how.input, "-o", signature)
				args := append(append([]string{}, how.verify...), "-signature", signature, text)
				d.says(d.run("openssl", args...), "Verified OK")
			}
		})
	}
}

// rawBlock is a whole PKCS #1 v1.5 block, for a mechanism that pads nothing.
func rawBlock(c *testcard.Card, info []byte) []byte {
	k := c.Certificate().PublicKey.(*rsa.PublicKey).Size()
	block := bytes.Repeat([]byte{0xFF}, k)
	block[0], block[1], block[k-len(info)-1] = 0, 1, 0
	copy(block[k-len(info):], info)
	return block
}

func TestOpenSSLLogsInWithTheCardOverTLS(t *testing.T) {
	for version, flag := range map[uint16]string{tls.VersionTLS13: "-tls1_3", tls.VersionTLS12: "-tls1_2"} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			d := newDesk(t, testcard.Options{})
			addr, seen := portal(t, version)
			key := "pkcs11:object=CNS0;type=private;pin-value=" + testcard.DefaultPIN
			d.run("openssl", "s_client", "-connect", addr, "-servername", "localhost", flag, "-CAfile", d.file("ca.pem", pki.CAPEM()),
				"-engine", "pkcs11", "-keyform", "engine", "-key", key, "-cert", d.certificateFile(), "-quiet", "-verify_quiet", "-no_ign_eof")
			if got := <-seen; got != holder.Giada().CommonName() {
				t.Errorf("the server saw %q", got)
			}
		})
	}
}

// portal is a TLS server that demands a certificate of the test PKI, and says
// whose it was.
func portal(t *testing.T, version uint16) (addr string, seen <-chan string) {
	t.Helper()
	cert, key := pki.Issue(testpki.LeafOptions{CommonName: "localhost", Usage: testpki.ServerAuthOnly})
	roots := x509.NewCertPool()
	roots.AddCert(pki.CA())
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}},
		ClientAuth:   tls.RequireAndVerifyClientCert, ClientCAs: roots,
		MinVersion: version, MaxVersion: version,
	})
	must(t, err)
	t.Cleanup(func() { l.Close() })
	names := make(chan string, 1)
	go func() { names <- serveOnce(l) }()
	return l.Addr().String(), names
}

func serveOnce(l net.Listener) string {
	conn, err := l.Accept()
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	c := conn.(*tls.Conn)
	if err := c.Handshake(); err != nil {
		return err.Error()
	}
	name := c.ConnectionState().PeerCertificates[0].Subject.CommonName
	fmt.Fprintf(c, "welcome %s\n", name)
	return name
}
