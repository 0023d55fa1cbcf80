// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// nfpm writes deb and rpm. It is run by its version and is no part of go.mod: it brings many modules along.
const nfpm = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.0"

// format is one of the two families of packages.
type format struct {
	name      string
	moduleDir map[string]string // where PKCS#11 modules are, for each architecture
	depends   []string
	recommend []string
}

var formats = []format{
	{
		name:      "deb",
		moduleDir: map[string]string{"amd64": "/usr/lib/x86_64-linux-gnu/pkcs11", "arm64": "/usr/lib/aarch64-linux-gnu/pkcs11"},
		depends: []string{
			"libc6 (>= 2.34)", "libpcsclite1", "pcscd", "libgtk-3-0 | libgtk-3-0t64", "libayatana-appindicator3-1",
			"pinentry-gnome3 | pinentry-gtk2 | pinentry-qt | pinentry-fltk | zenity",
		},
		recommend: []string{"libccid", "zenity", "xdg-utils"},
	},
	{
		name:      "rpm",
		moduleDir: map[string]string{"amd64": "/usr/lib64/pkcs11", "arm64": "/usr/lib64/pkcs11"},
		depends:   []string{"pcsc-lite-libs", "pcsc-lite", "libayatana-appindicator-gtk3", "gtk3", "(pinentry-gnome3 or pinentry-gtk or pinentry-qt or zenity)"},
		recommend: []string{"pcsc-lite-ccid", "zenity", "xdg-utils"},
	},
}

// packaged is what the two formats say of a package.
type packaged struct {
	name    string
	summary string
	text    string
	scripts bool // has maintainer scripts
}

var ponte = packaged{
	name:    "ponte",
	summary: "health cards (TS-CNS) for web portals in every browser",
	text: "Ponte lets portals of Italian health services and public administration use\n" +
		"the chip of the citizen's health card (TS-CNS), for logins and signatures,\n" +
		"in Chromium and Firefox and without a driver of the card's maker. The PIN is\n" +
		"typed in a dialog that names the site, and never reaches the browser.",
	scripts: true,
}

const maintainer = "Ponte maintainers <ponte-cns@users.noreply.github.com>"

// pack writes one package.
func (r *release) pack(ctx context.Context, f format, p packaged, arch string, t tree) error {
	when := r.time()
	dir := filepath.Join(r.work, strings.Join([]string{p.name, f.name, arch}, "-"))
	if err := t.write(dir, when); err != nil {
		return err
	}
	config := map[string]any{
		"name": p.name, "arch": arch, "platform": "linux", "version": r.packageVersion(), "version_schema": "none", "release": "1",
		"maintainer": maintainer, "homepage": "https://github.com/ponte-cns/ponte", "vendor": "Ponte",
		"section": "utils", "priority": "optional", "description": p.summary + "\n" + p.text, "mtime": when.Format(time.RFC3339),
		"contents": contents(t, dir, when), "depends": f.depends, "recommends": f.recommend,
		"deb": map[string]any{"compression": r.compression()}, "rpm": map[string]any{"compression": r.compression(), "summary": p.summary, "buildhost": "localhost", "group": "Applications/Internet"},
	}
	if f.name == "rpm" { // Debian has its own file for it
		config["license"] = "EUPL-1.2"
	}
	if p.name != ponte.name {
		config["depends"], config["recommends"] = []string{}, []string{ponte.name}
	}
	if p.scripts {
		config["scripts"] = map[string]string{
			"postinstall": r.path("installer", "linux", "after-install.sh"),
			"preremove":   r.path("installer", "linux", "before-remove.sh"),
			"postremove":  r.path("installer", "linux", "after-remove.sh"),
		}
	}
	r.signing(config, f)
	b, err := indented(config) // JSON is YAML too
	if err != nil {
		return err
	}
	file := dir + ".yaml"
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return err
	}
	_, err = r.command(ctx, []string{"GOFLAGS="}, "go", "run", nfpm, "package", "--config", file, "--packager", f.name, "--target", r.out)
	return err
}

func (r *release) compression() string {
	if r.quick {
		return "gzip"
	}
	return "xz"
}

// contents is the tree as nfpm wants it.
func contents(t tree, dir string, when time.Time) []map[string]any {
	var list []map[string]any
	for _, name := range t.names() {
		e := t[name]
		info := map[string]any{"owner": "root", "group": "root", "mode": int(e.mode.Perm()), "mtime": when.Format(time.RFC3339)}
		one := map[string]any{"dst": name, "file_info": info}
		switch {
		case e.mode.IsDir():
			one["type"] = "dir"
		case e.link != "":
			one["type"], one["src"] = "symlink", e.link
			delete(info, "mode")
		default:
			one["src"] = filepath.Join(dir, name)
			if e.config {
				one["type"] = "config|noreplace"
			}
		}
		list = append(list, one)
	}
	return list
}

// signing takes keys from the environment: PONTE_GPG_KEY is a file with the secret key for both formats,
// NFPM_PASSPHRASE what opens it. Without it the packages are not signed, and sums says so.
func (r *release) signing(config map[string]any, f format) {
	if key := os.Getenv("PONTE_GPG_KEY"); key != "" {
		config[f.name].(map[string]any)["signature"] = map[string]any{"key_file": key}
	}
}
