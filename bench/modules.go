// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	vendor "github.com/miekg/pkcs11"

	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/daemon/pkcs11"
	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

const (
	softHSM    = "/usr/lib/softhsm/libsofthsm2.so"
	softHSMPIN = "27182818"
)

// moduleRequests signs by turns with SoftHSM in a ponte-pkcs11 and with the same module loaded here, and compares what the
// two take. The key has RSA-2048.
func moduleRequests(ctx context.Context, h *house) ([]row, error) {
	dir, err := os.MkdirTemp("", "ponte-bench-hsm-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := makeHSM(ctx, dir); err != nil {
		return nil, err
	}
	digestInfo := make([]byte, 51)
	here, slot, end, err := signHere(digestInfo)
	if err != nil {
		return nil, err
	}
	defer end()
	host := &pkcs11.Host{Command: []string{filepath.Join(h.bin, "ponte-pkcs11")}}
	defer host.Close()
	token := pkcs11.Token{Module: host.Module(softHSM), Slot: slot}
	if err := token.Login(ctx, pin.New([]byte(softHSMPIN))); err != nil {
		return nil, err
	}
	var inside, outside samples
	for range 300 {
		start := time.Now()
		if err := here(); err != nil {
			return nil, err
		}
		inside = append(inside, ms(time.Since(start)))
		start = time.Now()
		if _, err := token.Sign(ctx, []byte{1}, wire.PKCS1, crypto.SHA256, digestInfo); err != nil {
			return nil, err
		}
		outside = append(outside, ms(time.Since(start)))
	}
	return []row{
		row{
			What: "module: what its own process costs a signature, p95 of 300", Unit: "ms", Measured: outside.p95() - inside.p95(),
			Note: "p95 through ponte-pkcs11 less p95 of the same calls in one process",
		}.within(1).beside("SoftHSM in the same process, whole signature", inside.p95()),
		row{What: "module: the same, median of 300", Unit: "ms", Measured: outside.median() - inside.median()}.within(1),
	}, nil
}

// makeHSM makes a token with one key, and sets SOFTHSM2_CONF for this process and its children.
func makeHSM(ctx context.Context, dir string) error {
	config := filepath.Join(dir, "softhsm2.conf")
	text := "directories.tokendir = " + dir + "\nobjectstore.backend = file\nlog.level = ERROR\n"
	if err := errors.Join(os.WriteFile(config, []byte(text), 0o600), os.Setenv("SOFTHSM2_CONF", config)); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"softhsm2-util", "--init-token", "--free", "--label", "bench", "--so-pin", "31415926", "--pin", softHSMPIN},
		{"pkcs11-tool", "--module", softHSM, "--token-label", "bench", "--login", "--pin", softHSMPIN, "--keypairgen", "--key-type", "rsa:2048", "--id", "01"},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", args[0], err, out)
		}
	}
	return nil
}

// signHere loads the module into this process and gives the calls that a worker makes for one signature.
func signHere(data []byte) (sign func() error, slot uint, end func(), err error) {
	m := vendor.New(softHSM)
	if m == nil {
		return nil, 0, nil, errors.New("SoftHSM cannot be loaded")
	}
	if err := m.Initialize(); err != nil {
		return nil, 0, nil, err
	}
	end = func() { _ = m.Finalize() }
	slots, err := m.GetSlotList(true)
	if err != nil || len(slots) == 0 {
		return nil, 0, end, fmt.Errorf("no slot: %w", err)
	}
	session, err := m.OpenSession(slots[0], vendor.CKF_SERIAL_SESSION)
	if err == nil {
		err = m.Login(session, vendor.CKU_USER, softHSMPIN)
	}
	like := []*vendor.Attribute{vendor.NewAttribute(vendor.CKA_CLASS, vendor.CKO_PRIVATE_KEY), vendor.NewAttribute(vendor.CKA_ID, []byte{1})}
	sign = func() error {
		if err := m.FindObjectsInit(session, like); err != nil {
			return err
		}
		keys, _, err := m.FindObjects(session, 1)
		if err := errors.Join(err, m.FindObjectsFinal(session)); err != nil || len(keys) == 0 {
			return fmt.Errorf("no key: %w", err)
		}
		if err := m.SignInit(session, []*vendor.Mechanism{vendor.NewMechanism(vendor.CKM_RSA_PKCS, nil)}, keys[0]); err != nil {
			return err
		}
		_, err = m.Sign(session, data)
		return err
	}
	return sign, slots[0], end, err
}
