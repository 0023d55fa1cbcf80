// SPDX-License-Identifier: EUPL-1.2

//go:build linux

// Package hsmtest makes tokens with SoftHSM 2, a real PKCS#11 module that keeps keys in files. It is for tests and the
// benchmark only.
package hsmtest

import (
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// Module is where Debian and Ubuntu install it.
const Module = "/usr/lib/softhsm/libsofthsm2.so"

// Codes of each token.
const (
	PIN = "27182818"
	PUK = "31415926"
)

// HSM is a folder of tokens.
type HSM struct {
	Config string // the file that SOFTHSM2_CONF names
}

// New makes a folder without tokens, and sets SOFTHSM2_CONF for this process.
func New(t testing.TB) *HSM {
	t.Helper()
	dir := t.TempDir()
	h := &HSM{Config: filepath.Join(dir, "softhsm2.conf")}
	if err := os.Mkdir(filepath.Join(dir, "tokens"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", filepath.Join(dir, "tokens"))
	if err := os.WriteFile(h.Config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", h.Config)
	return h
}

// Token makes a token.
func (h *HSM) Token(t testing.TB, label string) {
	t.Helper()
	h.run(t, "softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", PUK, "--pin", PIN)
}

// Add puts a key and its certificate into a token, under one CKA_ID.
func (h *HSM) Add(t testing.TB, label string, id []byte, key crypto.Signer, c *x509.Certificate) {
	t.Helper()
	dir := t.TempDir()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keyFile, certificateFile := filepath.Join(dir, "key.pem"), filepath.Join(dir, "certificate.der")
	for name, b := range map[string][]byte{keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), certificateFile: c.Raw} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.run(t, "softhsm2-util", "--import", keyFile, "--token", label, "--label", label, "--id", hex.EncodeToString(id), "--pin", PIN)
	h.run(t, "pkcs11-tool", "--module", Module, "--token-label", label, "--login", "--pin", PIN, "--write-object", certificateFile,
		"--type", "cert", "--id", hex.EncodeToString(id), "--label", label)
}

func (h *HSM) run(t testing.TB, program string, args ...string) {
	t.Helper()
	c := exec.Command(program, args...)
	c.Env = append(os.Environ(), "SOFTHSM2_CONF="+h.Config)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

// keysSource is beside this file, wherever the test that asks is.
func keysSource() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "testdata", "keys.c")
}

// WithKeys builds a module in dir that has the same tokens in a reader with keys, on which typed is typed: PINs in the order
// in which they are asked for, or "cancel". It gives its path.
func (h *HSM) WithKeys(t testing.TB, dir string, typed ...string) string {
	t.Helper()
	path := filepath.Join(dir, "keys.so")
	h.run(t, "gcc", "-shared", "-fPIC", "-Wall", "-DSOFTHSM="+strconv.Quote(Module), "-o", path, keysSource())
	t.Setenv("KEYS_TYPED", strings.Join(typed, ","))
	return path
}
