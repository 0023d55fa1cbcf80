// SPDX-License-Identifier: EUPL-1.2

// Package browsers tells the user's browsers where ponte-nativehost is: it writes, lists and removes their native
// messaging host manifests. It also reads, without starting any browser, which ones are installed and what in them may
// stand in Ponte's way: their box, their extensions, their policies. It installs no extension, changes no setting of a
// browser and writes for no other user.
package browsers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ponte-cns/ponte/protocol"
)

// Family is a kind of browser: the manifests of the two differ.
type Family string

// The families.
const (
	Chromium Family = "chromium"
	Firefox  Family = "firefox"
)

// Env says where the user's files are.
type Env struct {
	Home       string // home directory
	ConfigHome string // where programs keep their settings: XDG_CONFIG_HOME, Application Support, LocalAppData
	Root       string // of the file system, where installed browsers and policies are looked for; empty: the real one
}

// Browser is one browser of the user, as far as Ponte is concerned.
type Browser struct {
	Name       string `json:"name"`              // as its maker writes it
	Path       string `json:"path"`              // of the manifest, there or not
	Registered bool   `json:"registered"`        // the browser finds Ponte
	Problem    string `json:"problem,omitempty"` // why it does not, when it should; for a technician

	// Box is set for a packaged browser that may not start programs outside its box, whatever is registered; Open when the
	// desktop may do that for it.
	Box  Packaging `json:"box,omitempty"`
	Open bool      `json:"desktop_may_start_it,omitempty"`
}

// place is where a browser looks for manifests.
type place struct {
	name   string
	family Family
	dir    string // of the manifests
	always bool   // write there even when the browser has not been started yet
	//lint:ignore U1000 for Windows only
	key string // Windows: what the browser reads instead of a directory
}

func (p place) manifest() string { return filepath.Join(p.dir, manifestName) }

// present says that the browser is worth a manifest: one of those that everybody has, or one with files of its own.
func (p place) present() bool {
	if p.always {
		return true
	}
	info, err := os.Stat(filepath.Dir(p.dir))
	return err == nil && info.IsDir()
}

// List tells of every browser that has a manifest or may need one.
func List(env Env) []Browser {
	var all []Browser
	installed := Installed(env)
	for _, p := range places(env) {
		if p.present() {
			all = append(all, lookAlsoForAll(p, installed))
		}
	}
	for _, i := range installed {
		if i.Packaging != System {
			all = append(all, i.boxed())
		}
	}
	return all
}

// lookAlsoForAll is look; where the user has no manifest, the administrator's counts.
func lookAlsoForAll(p place, installed []Installation) Browser {
	b := look(p)
	if b.Registered || b.Problem != "" {
		return b
	}
	for _, i := range installed {
		if path, err := i.Host(); i.place.dir == p.dir && i.Name == p.name && err == nil {
			b.Path, b.Registered = path, true
		}
	}
	return b
}

// boxed tells of a packaged browser. Only Firefox as a snap has somebody who starts the program for it: the desktop's
// portal, which reads the manifests of the other Firefox.
func (i Installation) boxed() Browser {
	b := Browser{Name: i.Name, Box: i.Packaging, Open: i.Packaging == Snap && i.Family == Firefox}
	path, err := i.Host()
	b.Path = path
	switch {
	case !b.Open:
	case err == nil:
		b.Registered = true
	case !errors.Is(err, fs.ErrNotExist):
		b.Problem = err.Error()
	}
	return b
}

func look(p place) Browser {
	b := Browser{Name: p.name, Path: p.manifest()}
	err := checkManifest(b.Path, p.family)
	if err == nil {
		err = checkPointer(p)
	}
	switch {
	case err == nil:
		b.Registered = true
	case !errors.Is(err, fs.ErrNotExist):
		b.Problem = err.Error()
	}
	return b
}

// Register writes the manifests of the current user's browsers, which name host, the path of ponte-nativehost. It goes
// on after one that cannot be written.
func Register(host string) ([]Browser, error) {
	env, err := CurrentEnv()
	if err != nil {
		return nil, err
	}
	return register(env, host)
}

func register(env Env, host string) ([]Browser, error) {
	if err := checkHost(host); err != nil {
		return nil, err
	}
	var errs []error
	for _, p := range places(env) {
		if !p.present() {
			continue
		}
		err := RegisterIn(p.dir, p.family, host)
		if err == nil {
			err = point(p)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	return List(env), errors.Join(errs...)
}

// RegisterIn writes the manifest for one family into dir, a browser's directory of native messaging hosts: for a Chromium
// with its own --user-data-dir, NativeMessagingHosts within it.
func RegisterIn(dir string, family Family, host string) error {
	if err := checkHost(host); err != nil {
		return err
	}
	content, err := newManifest(family, host)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the directory of the manifests: %w", err)
	}
	return writeAtomically(filepath.Join(dir, manifestName), content)
}

// Unregister removes the manifests that are ours from the current user's browsers.
func Unregister() ([]Browser, error) {
	env, err := CurrentEnv()
	if err != nil {
		return nil, err
	}
	return unregister(env)
}

func unregister(env Env) ([]Browser, error) {
	var errs []error
	for _, p := range places(env) {
		err := unpoint(p)
		if err == nil {
			err = removeOwn(p.manifest())
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.name, err))
		}
	}
	return List(env), errors.Join(errs...)
}

// removeOwn removes the manifest at path if it is one of ours.
func removeOwn(path string) error {
	m, err := readManifest(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if m.Name != protocol.HostName {
		return errNotOurs
	}
	return os.Remove(path)
}

// ErrNoHost: there is no program that a browser could start.
var ErrNoHost = errors.New("looking for ponte-nativehost")

// checkHost refuses what a browser could not start. A relative path would be looked up where the browser pleases.
func checkHost(host string) error {
	if !filepath.IsAbs(host) {
		return fmt.Errorf("%w: the path is not absolute: %q", ErrNoHost, host)
	}
	info, err := os.Stat(host)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoHost, err)
	}
	if !info.Mode().IsRegular() || !executable(info) {
		return fmt.Errorf("%w: %s is not a program", ErrNoHost, host)
	}
	return nil
}
