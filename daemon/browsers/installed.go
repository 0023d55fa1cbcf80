// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Packaging is how a browser came onto the computer. A packaged one may be kept from starting programs outside its box.
type Packaging string

// How a browser came onto the computer.
const (
	System  Packaging = ""        // by the distribution, or its maker's installer
	Snap    Packaging = "snap"    // Canonical's packages
	Flatpak Packaging = "flatpak" // those of Flathub
)

// Installation is a browser that is installed on this computer, or was started by this user.
type Installation struct {
	ID        string    // one word, for programs: firefox, chromium-snap
	Name      string    // as its maker writes it
	Family    Family    //
	Packaging Packaging //
	Version   string    // empty where it is not known without starting the browser
	Program   string    // absolute path; empty where it is not known

	place    place    // where it looks for the user's manifests
	system   []string // the administrator's manifests on this computer, there or not
	profiles []string // directories that hold its profiles
	policies []string // files and directories of managed policy
}

// kind is a browser as its maker ships it. Paths begin at the root of the file system when they are absolute, else at the
// user's home; "{config}" stands for the directory of settings.
type kind struct {
	id, name string
	family   Family
	programs []string               // the first that exists says that it is installed
	snap     string                 // name of the snap
	flatpak  string                 // id of the Flatpak
	profiles map[Packaging][]string // directories that hold profiles
	hosts    map[Packaging]string   // the user's directory of manifests
	system   []string
	policies []string
}

// maxBrowserFile bounds the files of browsers that are read: settings of a profile grow to some megabytes.
const maxBrowserFile = 32 << 20

// Installed finds the browsers of this computer, without starting any.
func Installed(env Env) []Installation {
	var all []Installation
	for _, k := range kinds {
		for _, packaging := range []Packaging{System, Snap, Flatpak} {
			if i, ok := env.find(k, packaging); ok {
				all = append(all, i)
			}
		}
	}
	return all
}

// find looks for one kind of browser in one packaging.
func (env Env) find(k kind, packaging Packaging) (Installation, bool) {
	i := Installation{ID: k.id, Name: k.name, Family: k.family, Packaging: packaging}
	found := false
	switch packaging {
	case Snap:
		i.Version, found = env.snapVersion(k.snap)
	case Flatpak:
		i.Version, found = env.flatpakVersion(k.flatpak)
	default:
		for _, p := range k.programs {
			if info, err := os.Stat(env.at(p)); err == nil && info.Mode().IsRegular() {
				i.Program, found = env.at(p), true
				i.Version = applicationVersion(filepath.Dir(i.Program))
				break
			}
		}
	}
	if !found {
		return i, false
	}
	if packaging != System {
		i.ID += "-" + string(packaging)
		i.Name += " (" + string(packaging) + ")"
	}
	for _, p := range k.profiles[packaging] {
		i.profiles = append(i.profiles, env.at(p))
	}
	hosts := k.hosts[packaging]
	i.place = place{name: i.Name, family: k.family, dir: env.at(hosts), always: true, key: registryKey(k)}
	if packaging == System || (packaging == Snap && k.family == Firefox) { // other boxes do not see the computer's own
		for _, p := range k.system {
			i.system = append(i.system, filepath.Join(env.at(p), manifestName))
		}
		i.system = append(i.system, forAllUsers(i.place)...)
	}
	for _, p := range k.policies {
		i.policies = append(i.policies, env.at(p))
	}
	if i.Program != "" && k.family == Firefox {
		i.policies = append(i.policies, filepath.Join(filepath.Dir(i.Program), "distribution", "policies.json"))
	}
	if i.Version == "" && k.family == Chromium {
		i.Version = i.lastVersion()
	}
	return i, true
}

// at makes a path of a kind one of this computer.
func (env Env) at(p string) string {
	switch {
	case strings.HasPrefix(p, "{config}"):
		return filepath.Join(env.ConfigHome, filepath.FromSlash(strings.TrimPrefix(p, "{config}")))
	case strings.HasPrefix(p, "/"), filepath.IsAbs(p):
		return filepath.Join(env.Root, filepath.FromSlash(p))
	}
	return filepath.Join(env.Home, filepath.FromSlash(p))
}

// Host says whether the browser finds Ponte: the path of the manifest that it reads, and what is wrong with it. With no
// manifest at all the error is fs.ErrNotExist, and the path is where one belongs.
func (i Installation) Host() (path string, err error) {
	own := i.place.manifest()
	for _, path := range append([]string{own}, i.system...) {
		err := checkManifest(path, i.Family)
		if err == nil && path == own {
			err = checkPointer(i.place)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return path, err // the first that exists decides, as in the browser
		}
	}
	return i.place.manifest(), fs.ErrNotExist
}

// SystemHost says that the administrator has registered Ponte for the browser.
func (i Installation) SystemHost() bool {
	for _, path := range i.system {
		if checkManifest(path, i.Family) == nil {
			return true
		}
	}
	return false
}

// Register writes the user's manifest for this browser, which names host, the path of ponte-nativehost.
func (i Installation) Register(host string) error {
	if err := RegisterIn(i.place.dir, i.Family, host); err != nil {
		return fmt.Errorf("%s: %w", i.Name, err)
	}
	return point(i.place)
}

// readLimited reads a whole file of another program, if it is one and not too long.
func readLimited(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("%s: not a file of at most %d bytes", path, limit)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, limit))
}

// readJSON reads a file of a browser.
func readJSON(path string, v any) error {
	b, err := readLimited(path, maxBrowserFile)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// field finds `name` at the start of a line and gives what follows it up to the line's end.
func field(content []byte, name string) string {
	for line := range strings.Lines(string(content)) {
		if v, ok := strings.CutPrefix(line, name); ok {
			return short(strings.Trim(strings.TrimSpace(v), `'"`))
		}
	}
	return ""
}

// short keeps a version from being a page long, or from speaking to a terminal.
func short(version string) string {
	const most = 40
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, version)
	return clean[:min(len(clean), most)]
}

// applicationVersion reads what Firefox says of itself.
func applicationVersion(dir string) string {
	b, err := readLimited(filepath.Join(dir, "application.ini"), maxManifest)
	if err != nil {
		return ""
	}
	return field(b, "Version=")
}

// lastVersion is that of the last time this user started a Chromium.
func (i Installation) lastVersion() string {
	for _, dir := range i.profiles {
		if b, err := readLimited(filepath.Join(dir, "Last Version"), 1<<10); err == nil {
			return short(strings.TrimSpace(string(b)))
		}
	}
	return ""
}

// snapVersion reads the description that snapd unpacks with each package.
func (env Env) snapVersion(name string) (string, bool) {
	if name == "" {
		return "", false
	}
	for _, dir := range []string{"/snap", "/var/lib/snapd/snap"} {
		b, err := readLimited(env.at(dir+"/"+name+"/current/meta/snap.yaml"), maxManifest)
		if err == nil {
			return field(b, "version:"), true
		}
	}
	return "", false
}

// flatpakVersion looks where Flatpak installs for everybody, and for this user. The version is not written there in one
// place that all packages have.
func (env Env) flatpakVersion(id string) (string, bool) {
	if id == "" {
		return "", false
	}
	for _, dir := range []string{"/var/lib/flatpak/app", ".local/share/flatpak/app"} {
		active := env.at(dir + "/" + id + "/current/active")
		if info, err := os.Stat(filepath.Join(active, "metadata")); err == nil && info.Mode().IsRegular() {
			return applicationVersion(filepath.Join(active, "files", "lib", "firefox")), true
		}
	}
	return "", false
}
