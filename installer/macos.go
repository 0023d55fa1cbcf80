// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ponte-cns/ponte/daemon/browsers"
	"github.com/ponte-cns/ponte/protocol"
)

// macPrograms is the folder of the programs on macOS.
const macPrograms = "/Library/Ponte"

// macManifests are the folders where browsers look for the manifests of all users, as their makers say. None was tried.
var macManifests = map[browsers.Family][]string{
	browsers.Chromium: {
		"/Library/Google/Chrome/NativeMessagingHosts", "/Library/Application Support/Chromium/NativeMessagingHosts",
		"/Library/Microsoft/Edge/NativeMessagingHosts",
	},
	browsers.Firefox: {"/Library/Application Support/Mozilla/NativeMessagingHosts"},
}

// macPayload is everything that is no program: those are built on a Mac, by macos/build.sh.
func (r *release) macPayload() (payload tree, err error) {
	t := tree{}
	here := func(name string) string { return r.path("installer", "macos", name) }
	t.folder(macPrograms)
	for _, label := range []string{"it.ponte.agent", "it.ponte.tray"} {
		if err := t.copy("/Library/LaunchAgents/"+label+".plist", here(label+".plist")); err != nil {
			return nil, err
		}
	}
	for family, dirs := range macManifests {
		b, err := browsers.ManifestFor(family, macPrograms+"/ponte-nativehost")
		if err != nil {
			return nil, err
		}
		for _, dir := range dirs {
			t.put(dir+"/"+protocol.HostName+".json", b)
		}
	}
	t.link("/usr/local/bin/ponte", macPrograms+"/ponte")
	script, err := os.ReadFile(here("uninstall.sh"))
	if err != nil {
		return nil, err
	}
	var remove strings.Builder
	for _, name := range t.names() {
		if !t[name].mode.IsDir() {
			remove.WriteString("rm -f '" + name + "'\n")
		}
	}
	remove.WriteString("rm -f " + macPrograms + "/ponte* " + macPrograms + "/uninstall.sh")
	t.program(macPrograms+"/uninstall.sh", bytes.Replace(script, []byte("@FILES@"), []byte(remove.String()), 1))
	return t, nil
}

// macos writes what build.sh puts around the programs, as one archive.
func (r *release) macos(context.Context) error {
	payload, err := r.macPayload()
	if err != nil {
		return err
	}
	all := tree{}
	for name, e := range payload {
		all["root"+name] = e
	}
	for _, script := range []string{"preinstall", "postinstall"} {
		b, err := os.ReadFile(r.path("installer", "macos", script))
		if err != nil {
			return err
		}
		all.program("scripts/"+script, b)
	}
	distribution, err := os.ReadFile(r.path("installer", "macos", "distribution.xml"))
	if err != nil {
		return err
	}
	all.put("distribution.xml", bytes.ReplaceAll(distribution, []byte("@VERSION@"), []byte(r.plainVersion())))
	archive, err := r.tarred(all)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(r.out, "ponte-"+r.version+"-macos-payload.tar.gz"), compressed(archive), 0o644),
		os.WriteFile(filepath.Join(r.out, "VERSION"), []byte(r.version+"\n"), 0o644),
	)
}

// tarred packs a tree in its order, with one time and the system's first user.
func (r *release) tarred(t tree) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range t.names() {
		e := t[name]
		h := &tar.Header{Name: name, Mode: int64(e.mode.Perm()), Size: int64(len(e.content)), ModTime: r.time(), Uname: "root", Gname: "wheel", Format: tar.FormatPAX, Typeflag: tar.TypeReg}
		switch e.mode.Type() {
		case fs.ModeDir:
			h.Typeflag, h.Name = tar.TypeDir, name+"/"
		case fs.ModeSymlink:
			h.Typeflag, h.Linkname = tar.TypeSymlink, e.link
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(e.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
