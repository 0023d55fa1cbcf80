// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/ponte-cns/ponte/daemon/browsers"
	"github.com/ponte-cns/ponte/protocol"
)

// Where things are on Linux.
const (
	appID      = "io.github.ponte_cns.Ponte"
	programDir = "/usr/lib/ponte"
	shareDir   = "/usr/share/ponte"
	moduleFile = "libponte-pkcs11.so"
)

// linux makes the packages: the programs for each architecture, and the policies of the browsers, which fit all.
func (r *release) linux(ctx context.Context) error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("the packages for Linux are made on Linux")
	}
	native, err := r.programs(ctx, "linux", runtime.GOARCH)
	if err != nil {
		return err
	}
	shared := tree{}
	if err := r.everywhere(ctx, shared, native); err != nil {
		return err
	}
	list, err := r.architectures(ctx)
	if err != nil {
		return err
	}
	for _, arch := range list {
		folder := native
		if arch != runtime.GOARCH {
			if folder, err = r.programs(ctx, "linux", arch); err != nil {
				return err
			}
		}
		for _, f := range formats {
			t := tree{}
			for name, e := range shared {
				t[name] = e
			}
			if err := r.ofArchitecture(t, folder, f.moduleDir[arch]); err != nil {
				return err
			}
			f.places(t)
			if err := r.pack(ctx, f, ponte, arch, t); err != nil {
				return err
			}
		}
	}
	return r.policiesPackage(ctx)
}

// ofArchitecture puts the programs. They start each other from their own folder; what people call is linked from there.
func (r *release) ofArchitecture(t tree, folder, moduleDir string) error {
	list, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range list {
		b, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return err
		}
		if e.Name() == moduleFile { // where PKCS#11 modules are looked for; not with p11-kit, which would load it everywhere
			t.put(moduleDir+"/"+moduleFile, b)
			t.link(programDir+"/"+moduleFile, relative(programDir, moduleDir)+"/"+moduleFile)
			continue
		}
		t.program(programDir+"/"+e.Name(), b)
	}
	for _, name := range []string{"ponte", "ponte-tray"} {
		if _, there := t[programDir+"/"+name]; !there {
			return fmt.Errorf("%s was not built", name)
		}
		t.link("/usr/bin/"+name, "../lib/ponte/"+name)
	}
	return nil
}

// everywhere puts what is the same on every architecture. native is the folder of programs that run here.
func (r *release) everywhere(ctx context.Context, t tree, native string) error {
	here := func(name string) string { return r.path("installer", "linux", name) }
	for _, dir := range []string{programDir, shareDir, "/etc/ponte"} {
		t.folder(dir)
	}
	err := t.copyAll(map[string]string{
		"/usr/lib/systemd/user/ponte.service":                      here("ponte.service"),
		"/usr/lib/systemd/user/ponte-tray.service":                 here("ponte-tray.service"),
		"/usr/lib/systemd/user-preset/80-ponte.preset":             here("80-ponte.preset"),
		"/usr/share/applications/" + appID + ".desktop":            here(appID + ".desktop"),
		"/usr/share/icons/hicolor/scalable/apps/" + appID + ".svg": r.path("extension", "icons", "icon.svg"),
		shareDir + "/policy.toml.example":                          here("policy.toml.example"),
	})
	if err != nil {
		return err
	}
	for _, size := range []string{"16", "32", "48", "128"} {
		if err := t.copy("/usr/share/icons/hicolor/"+size+"x"+size+"/apps/"+appID+".png", r.path("extension", "icons", size+".png")); err != nil {
			return err
		}
	}
	metainfo, err := os.ReadFile(here(appID + ".metainfo.xml"))
	if err != nil {
		return err
	}
	t.put("/usr/share/metainfo/"+appID+".metainfo.xml",
		[]byte(strings.NewReplacer("@VERSION@", r.packageVersion(), "@DATE@", r.time().Format("2006-01-02")).Replace(string(metainfo))))
	if err := manifests(t); err != nil {
		return err
	}
	if err := r.completions(ctx, t, native); err != nil {
		return err
	}
	if err := r.manual(ctx, t, native); err != nil {
		return err
	}
	return r.documents(ctx, t, ponte, native)
}

// systemManifests are the folders where browsers look for the manifests of all users. Those of Debian's Chromium and
// Firefox were tried, Fedora's Firefox looks in lib64; the others are what their makers say.
var systemManifests = map[browsers.Family][]string{
	browsers.Chromium: {
		"/etc/chromium/native-messaging-hosts", // Brave and other Chromiums look here or at Chrome's
		"/etc/opt/chrome/native-messaging-hosts",
		"/etc/opt/edge/native-messaging-hosts",
	},
	browsers.Firefox: {"/usr/lib/mozilla/native-messaging-hosts"},
}

func manifests(t tree) error {
	for family, dirs := range systemManifests {
		b, err := browsers.ManifestFor(family, programDir+"/ponte-nativehost")
		if err != nil {
			return err
		}
		for _, dir := range dirs {
			t.put(dir+"/"+protocol.HostName+".json", b)
		}
	}
	return nil
}

// places moves what the two families of distributions have in different places.
func (f format) places(t tree) {
	if f.name != "rpm" {
		return
	}
	defer t.ownFolders()
	for _, move := range []struct {
		from, to string
		keep     bool
	}{
		{"/usr/lib/mozilla/native-messaging-hosts/" + protocol.HostName + ".json", "/usr/lib64/mozilla/native-messaging-hosts/" + protocol.HostName + ".json", true},
		{"/usr/share/zsh/vendor-completions/_ponte", "/usr/share/zsh/site-functions/_ponte", false},
		{"/usr/share/doc/ponte/changelog.Debian.gz", "", false},
		{"/usr/share/lintian/overrides/ponte", "", false},
	} {
		if move.to != "" {
			t[move.to] = t[move.from]
		}
		if !move.keep {
			delete(t, move.from)
		}
	}
}

// completions asks the program for them.
func (r *release) completions(ctx context.Context, t tree, native string) error {
	for shell, file := range map[string]string{
		"bash": "/usr/share/bash-completion/completions/ponte",
		"zsh":  "/usr/share/zsh/vendor-completions/_ponte",
		"fish": "/usr/share/fish/vendor_completions.d/ponte.fish",
	} {
		b, err := r.command(ctx, r.nobody(), filepath.Join(native, "ponte"), "completion", shell)
		if err != nil {
			return err
		}
		t.put(file, b)
	}
	return nil
}

// nobody is the environment of a user without settings.
func (r *release) nobody() []string {
	home := filepath.Join(r.work, "home")
	return []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "XDG_RUNTIME_DIR=" + home}
}

// relative is the way from a folder to another one, for links.
func relative(from, to string) string {
	way, err := filepath.Rel(from, to)
	if err != nil {
		panic("two absolute paths: " + err.Error())
	}
	return way
}

// indented is JSON as a person reads it.
func indented(v any) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	return append(b, '\n'), err
}
