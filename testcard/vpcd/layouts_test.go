// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package vpcd

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ponte-cns/ponte/testcard"
)

// OpenSC knows the layout of InfoCamere, and since 0.24 that of IDEMIA (cns-card.md A10). It judges those of the emulator
// where it can.

// knowsIdemia says that this OpenSC has the layout of 2021.
func (d *desk) knowsIdemia() bool {
	d.t.Helper()
	var major, minor int
	if _, err := fmt.Sscanf(d.run("opensc-tool", "--info"), "OpenSC %d.%d", &major, &minor); err != nil {
		d.t.Fatalf("which OpenSC is it: %v", err)
	}
	return major > 0 || minor >= 24
}

func TestOpenSCUsesAnIdemiaCardAsFarAsItKnowsIt(t *testing.T) {
	d := newDesk(t, testcard.Options{Layout: testcard.LayoutIdemia2021})
	d.says(d.run("opensc-tool", "-n"), "CNS card")
	d.says(d.run("pkcs15-tool", "-D"), "GIADA PROVA ROSSINI", "7430010024925855")
	if !d.knowsIdemia() { // 0.23 sees the holder's files, and zeros in the place of the certificate
		if out, err := d.try("pkcs15-tool", "--read-certificate", "02"); err == nil {
			t.Errorf("OpenSC before 0.24 has found a certificate: %s", out)
		}
		return
	}
	if out, err := d.try("pkcs15-tool", "--verify-pin", "--auth-id", "02", "--pin", "00000000"); err == nil || d.card.TriesLeft() != 2 {
		t.Errorf("%d tries left after a wrong PIN: %s", d.card.TriesLeft(), out)
	}
	d.reads("02")
	d.signsWith("02", testcard.DefaultPIN)
	d.says(d.run("pkcs11-tool", "--login", "--pin", testcard.DefaultPIN, "--test"), "No errors")
	d.run("pkcs15-tool", "--change-pin", "--auth-id", "02", "--pin", testcard.DefaultPIN, "--new-pin", "24681357")
	d.signsWith("02", "24681357")
	must(t, d.card.SetState(testcard.StateBlocked))
	d.run("pkcs15-tool", "--unblock-pin", "--auth-id", "02", "--puk", testcard.DefaultPUK, "--new-pin", "11223344")
	d.run("pkcs15-tool", "--verify-pin", "--auth-id", "02", "--pin", "11223344")
}

// signsWith lets OpenSC sign with a key, and OpenSSL verify.
func (d *desk) signsWith(id, pin string) {
	d.t.Helper()
	text := d.file("text", []byte("Ponte porta oltre"))
	public := d.file("public.pem", []byte(d.run("openssl", "x509", "-in", d.certificateFile(), "-noout", "-pubkey")))
	for mechanism, more := range map[string][]string{
		"SHA256-RSA-PKCS":     nil,
		"SHA256-RSA-PKCS-PSS": {"-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"},
	} {
		signature := filepath.Join(d.dir, mechanism)
		d.run("pkcs11-tool", "--login", "--pin", pin, "--sign", "--id", id, "-m", mechanism, "-i", text, "-o", signature)
		args := append([]string{"dgst", "-sha256", "-verify", public}, more...)
		d.says(d.run("openssl", append(args, "-signature", signature, text)...), "Verified OK")
	}
}

// reads lets OpenSC read the certificate of a key.
func (d *desk) reads(id string) {
	d.t.Helper()
	block, _ := pem.Decode([]byte(d.run("pkcs15-tool", "--read-certificate", id)))
	if block == nil || !bytes.Equal(block.Bytes, d.card.Certificate().Raw) {
		d.t.Error("the certificate is another one")
	}
}

func TestOpenSCUsesAnInfoCamereCard(t *testing.T) {
	for name, o := range map[string]testcard.Options{
		"RSA-1024, P2 90": {},
		"RSA-2048, P2 90": {Model: testcard.STIncard11},
		"RSA-1024, P2 10": {Model: testcard.Oberthur},
	} {
		t.Run(name, func(t *testing.T) {
			o.Layout = testcard.LayoutInfoCamere
			d := newDesk(t, o)
			if out, err := d.try("pkcs15-tool", "--verify-pin", "--auth-id", "21", "--pin", "00000000"); err == nil || d.card.TriesLeft() != 2 {
				t.Errorf("%d tries left after a wrong PIN: %s", d.card.TriesLeft(), out)
			}
			d.says(d.run("pkcs15-tool", "-D"), "CNS01", "3f002fff8228", "GIADA PROVA ROSSINI")
			d.reads("21")
			d.signsWith("21", testcard.DefaultPIN)
			d.run("pkcs15-tool", "--change-pin", "--auth-id", "21", "--pin", testcard.DefaultPIN, "--new-pin", "24681357")
			d.signsWith("21", "24681357")
		})
	}
}
