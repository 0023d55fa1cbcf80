// SPDX-License-Identifier: EUPL-1.2

//go:build dist && linux

package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/vpcd"
)

// emulated runs a program of the package in qemu, with the libraries that it was built with.
func (b *twoArchitectures) emulated(t *testing.T, env []string, name string, args ...string) (said string, err error) {
	t.Helper()
	qemu := map[string]string{"amd64": "qemu-x86_64", "arm64": "qemu-aarch64"}[otherArch()]
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, qemu, append([]string{"-L", b.path("build", "sysroot-"+otherArch(), "root"), filepath.Join(b.other, name)}, args...)...)
	home := t.TempDir()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "LANG=it_IT.UTF-8", "HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_RUNTIME_DIR=" + home}, env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &out, 10*time.Second
	err = cmd.Run()
	return out.String(), err
}

// programsStart gives each program something to say or to refuse: they find their libraries.
func (b *twoArchitectures) programsStart(t *testing.T) {
	for _, row := range []struct {
		program, argument, says string
		works                   bool
	}{
		{"ponte", "version", "ponte 0.9.0\n", true},
		{"ponte-panel", "", "", true}, // nobody speaks to it on its standard input
		{"ponte-nativehost", "https://elsewhere.example", "is started by a browser, for the Ponte extension", false},
		{"ponte-tray", "x", "ponte-tray", false},
		{"ponte-verify", "x", "ponte --help", false},
		{"ponte-document", "x", "ponte --help", false},
		{"ponte-service", "x", "ponte --help", false},
		{"ponte-pkcs11", "x", "the path is not absolute", false},
	} {
		said, err := b.emulated(t, nil, row.program, row.argument)
		if (err == nil) != row.works || !strings.Contains(said, row.says) || strings.Contains(said, "error while loading") {
			t.Errorf("%s says %q, %v", row.program, said, err)
		}
	}
	said, err := b.emulated(t, []string{"QEMU_SET_ENV=LD_PRELOAD=" + filepath.Join(b.other, moduleFile)}, "ponte", "version")
	if err != nil || said != "ponte 0.9.0\n" {
		t.Errorf("the module cannot be loaded: %q, %v", said, err)
	}
}

// login has the program speak to a real pcscd with an emulated card, and a portal judge what the card has signed.
func (b *twoArchitectures) login(t *testing.T) {
	const site, nonce = "https://portal.example", "0123456789012345678901234567890123456789abcd"
	desk, err := vpcd.StartPcscd(t.Context(), vpcd.PcscdOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(desk.Stop)
	card, err := testcard.New(testcard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plug, err := vpcd.Plug(t.Context(), desk.Addr(0), card)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(plug.Eject)
	if err := desk.WaitCard(t.Context(), 0); err != nil {
		t.Fatal(err)
	}

	work := t.TempDir()
	output(t, "go", "build", "-o", work, "../testcard/cmd/ponte-testcard")
	dialog := filepath.Join(work, "dialog")
	writeFile(t, dialog, fmt.Sprintf("#!/bin/sh\nPONTE_TEST_PIN=%s exec %s/ponte-testcard pinentry\n", testcard.DefaultPIN, work), 0o700)
	writeFile(t, filepath.Join(work, "ponte", "config.toml"), fmt.Sprintf("pinentry_program = %q\n", dialog), 0o600)
	token, err := b.emulated(t, append(desk.Env(), "XDG_CONFIG_HOME="+work), "ponte", "login", "--origin", site, "--nonce", nonce, "--json")
	if err != nil {
		t.Fatalf("%v: %s", err, token)
	}
	verifier, err := portal.NewVerifier(portal.Options{TrustAnchors: []*x509.Certificate{card.PKI().CA()}})
	if err != nil {
		t.Fatal(err)
	}
	origin, err := protocol.ParseOrigin(site)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := verifier.Verify(t.Context(), []byte(token), origin, nonce); err != nil || string(id.FiscalCode) != card.Holder().FiscalCode {
		t.Errorf("%+v, %v: %s", id, err, token)
	}
}
