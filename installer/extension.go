// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// packedExtension is the extension as policies install it. A form that cannot be made here is nil.
type packedExtension struct {
	crx     []byte // for Chromium, signed
	xpi     []byte // for Firefox
	signed  bool   // the xpi, by Mozilla
	id      string // that Chromium gives it
	version string
}

// extension makes what the stores want, what policies install, and the source that Mozilla's reviewers ask for.
func (r *release) extension(ctx context.Context) error {
	e, folder, err := r.packExtension(ctx)
	if err != nil {
		return err
	}
	store, err := zipped(filepath.Join(folder, "chrome"), r.time(), withoutKey)
	if err != nil {
		return err
	}
	source, err := r.reviewSource()
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"ponte-extension-chrome-" + e.version + ".zip": store,
		"ponte-extension-" + e.version + ".crx":        e.crx,
		"ponte-extension-" + e.version + ".xpi":        e.xpi,
		"ponte-extension-source-" + e.version + ".zip": source,
	}
	var errs []error
	for name, content := range files {
		if content != nil {
			errs = append(errs, os.WriteFile(filepath.Join(r.out, name), content, 0o644))
		}
	}
	return errors.Join(errs...)
}

// packExtension builds and packs it. The key of the CRX is the file PONTE_CRX_KEY names; PONTE_XPI names the XPI that
// Mozilla has signed.
func (r *release) packExtension(ctx context.Context) (packedExtension, string, error) {
	folder := filepath.Join(r.work, "extension")
	e := packedExtension{id: protocol.ExtensionIDChromium}
	if _, err := r.command(ctx, nil, "node", r.path("extension", "build.mjs"), folder); err != nil {
		return e, "", err
	}
	manifest, err := os.ReadFile(filepath.Join(folder, "firefox", "manifest.json"))
	if err != nil {
		return e, "", err
	}
	var said struct{ Version string }
	if err := json.Unmarshal(manifest, &said); err != nil {
		return e, "", err
	}
	e.version = said.Version
	if e.xpi, err = zipped(filepath.Join(folder, "firefox"), r.time(), nil); err != nil {
		return e, "", err
	}
	if signed := os.Getenv("PONTE_XPI"); signed != "" {
		if e.xpi, err = os.ReadFile(signed); err != nil {
			return e, "", err
		}
		e.signed = true
	} else {
		r.say("the XPI is not signed by Mozilla: PONTE_XPI names no file")
	}
	file := os.Getenv("PONTE_CRX_KEY")
	if file == "" {
		r.say("no CRX: PONTE_CRX_KEY names no file with a key")
		return e, folder, nil
	}
	archive, err := zipped(filepath.Join(folder, "chrome"), r.time(), nil)
	if err != nil {
		return e, "", err
	}
	key, err := readKey(file)
	if err != nil {
		return e, "", err
	}
	if e.crx, e.id, err = crx3(archive, key); err != nil {
		return e, "", err
	}
	if e.id != protocol.ExtensionIDChromium {
		r.say("the CRX is signed with another key: its identity is %s, and Ponte answers %s only", e.id, protocol.ExtensionIDChromium)
	}
	return e, folder, nil
}

// withoutKey takes the public key out of a manifest: the Chrome Web Store has its own place for it.
func withoutKey(name string, content []byte) []byte {
	if name != "manifest.json" {
		return content
	}
	var lines []string
	for line := range strings.Lines(string(content)) {
		if !strings.HasPrefix(line, `  "key": "`) {
			lines = append(lines, line)
		}
	}
	text := strings.Join(lines, "")
	if end := strings.LastIndex(text, ",\n}"); end >= 0 {
		text = text[:end] + text[end+1:]
	}
	return []byte(text)
}

// zipped packs the files of a folder in their order and with one time.
func zipped(dir string, when time.Time, change func(name string, content []byte) []byte) ([]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if change != nil {
			b = change(filepath.ToSlash(name), b)
		}
		files[filepath.ToSlash(name)] = b
		return err
	})
	if err != nil {
		return nil, err
	}
	return zipFiles(files, when)
}

func zipFiles(files map[string][]byte, when time.Time) ([]byte, error) {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range names {
		h := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: when}
		h.SetMode(0o644)
		f, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(files[name]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// reviewSource is what the extension is built from, for the reviewers of addons.mozilla.org.
func (r *release) reviewSource() ([]byte, error) {
	files := map[string][]byte{}
	for _, name := range []string{"LICENSE", "package.json", "package-lock.json", "tsconfig.json", ".npmrc"} {
		b, err := os.ReadFile(r.path(name))
		if err != nil {
			return nil, err
		}
		files[name] = b
	}
	err := filepath.WalkDir(r.path("extension"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(r.root, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		return nil, err
	}
	readme, ok := files["extension/store/review.md"]
	if !ok {
		return nil, fmt.Errorf("extension/store/review.md is missing: it tells the reviewers how to build")
	}
	files["README.md"] = readme
	return zipFiles(files, r.time())
}
