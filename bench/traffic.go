// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/ponte-cns/ponte/testcard"
)

// cost is what one login has cost the card.
type cost struct{ commands, bytes, lineTime float64 }

// costOf counts what use costs the card.
func (h *house) costOf(use func() error) (cost, error) {
	h.card.ResetCounters()
	err := use()
	c := h.card.Counters()
	return cost{float64(c.APDUs), float64(c.BytesIn + c.BytesOut), ms(c.LineTime)}, err
}

// loginTraffic logs in twice after an insertion, then lets OpenSC sign with the same card: without anything cached, and
// with its file cache filled.
func loginTraffic(ctx context.Context, h *house) ([]row, error) {
	if err := h.needAgent(ctx); err != nil {
		return nil, err
	}
	b, err := h.openBrowser()
	if err != nil {
		return nil, err
	}
	defer func() { _ = b.close() }()
	if err := h.insert(ctx); err != nil {
		return nil, err
	}
	var ponte, openSC [2]cost
	for i := range ponte {
		if ponte[i], err = h.costOf(func() error { return b.firstLogin(ctx, i) }); err != nil {
			return nil, fmt.Errorf("login %d: %w", i+1, err)
		}
	}
	if openSC[0], err = h.costOf(func() error { return h.openSCSigns(ctx, false) }); err != nil {
		return nil, err
	}
	for range 2 { // the first fills the cache
		if openSC[1], err = h.costOf(func() error { return h.openSCSigns(ctx, true) }); err != nil {
			return nil, err
		}
	}
	version := openSCVersion(ctx)
	note := fmt.Sprintf("certificate of %d bytes, RSA-%d; %s: pkcs11-tool --login --sign -m SHA256-RSA-PKCS on the same card",
		len(h.card.Certificate().Raw), h.card.Certificate().PublicKey.(interface{ Size() int }).Size()*8, version)
	line := fmt.Sprintf("computed from commands and bytes: %d baud, %v a command, %v for RSA",
		testcard.RealLine.Baud, testcard.RealLine.PerAPDU, testcard.RealLine.PerRSA)
	var rows []row
	for i, kind := range []struct {
		name            string
		commands, bytes float64
		peer            string
	}{
		{"login, nothing cached", 14, 2400, version},
		{"login, certificate cached", 7, 700, version + ", file cache"},
	} {
		rows = append(rows,
			row{What: kind.name + ": commands", Measured: ponte[i].commands, Note: note}.within(kind.commands).beside(kind.peer, openSC[i].commands),
			row{What: kind.name + ": bytes", Unit: "bytes", Measured: ponte[i].bytes}.within(kind.bytes).beside(kind.peer, openSC[i].bytes),
			row{What: kind.name + ": time on a real line", Unit: "ms", Measured: ponte[i].lineTime, Note: line}.beside(kind.peer, openSC[i].lineTime),
		)
		note, line = "", ""
	}
	return rows, nil
}

// openSCSigns signs with pkcs11-tool.
func (h *house) openSCSigns(ctx context.Context, cached bool) error {
	text := filepath.Join(h.work, "text")
	if err := os.WriteFile(text, []byte("Ponte porta oltre"), 0o600); err != nil {
		return err
	}
	config, err := h.openSCConfig(cached)
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, "pkcs11-tool", "--login", "--pin", testcard.DefaultPIN, "--sign", "-m", "SHA256-RSA-PKCS",
		"-i", text, "-o", filepath.Join(h.work, "signature"))
	c.Env = append(os.Environ(), "OPENSC_CONF="+config)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("pkcs11-tool: %w\n%s", err, out)
	}
	return nil
}

// openSCConfig lets OpenSC send extended APDUs to the virtual reader, and keep files of the card if it is asked to.
func (h *house) openSCConfig(cached bool) (string, error) {
	name, cache := "opensc.conf", ""
	if cached {
		name = "opensc-cached.conf"
		cache = fmt.Sprintf("framework pkcs15 { use_file_caching = yes; file_cache_dir = %q; }", filepath.Join(h.work, "opensc-cache"))
	}
	text := fmt.Sprintf("app default {\n\treader_driver pcsc { max_send_size = 65535; max_recv_size = 65536; }\n\t%s\n}\n", cache)
	path := filepath.Join(h.work, name)
	return path, os.WriteFile(path, []byte(text), 0o600)
}

func openSCVersion(ctx context.Context) string {
	out, _ := exec.CommandContext(ctx, "opensc-tool", "--info").Output()
	for _, word := range strings.Fields(string(out)) {
		if strings.HasPrefix(word, "0.") {
			return "OpenSC " + word
		}
	}
	return "OpenSC"
}
