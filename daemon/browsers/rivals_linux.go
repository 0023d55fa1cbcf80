// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A browser that knows two modules for one card shows the certificate twice, asks for the PIN twice, and the two get in each
// other's way. Nothing here takes away what another maker, or the administrator, has registered.

// libraryName is the file of our module, wherever it is.
const libraryName = "libponte-pkcs11.so"

// cardModules are the files of modules that drive a TS-CNS (daemon/pkcs11/table.go has where they are): the beginnings of
// their names in lower case. p11-kit's loads all that it knows.
var cardModules = []string{
	"libbit4xpki", "libbit4ipki", "libbit4opki", "libasep11", "libocscryptoki", "libinp11", "libsiecap11", "libcvp11", "libetpkcs11",
	"libidprimepkcs11", "opensc-pkcs11", "onepin-opensc-pkcs11", "p11-kit-proxy",
}

// Module is one that a browser loads.
type Module struct {
	Name    string // as it is registered
	Library string // path
	Policy  string // the administrator's file that has the browser load it; empty: the browser's own list
}

func (m Module) ours() bool { return filepath.Base(m.Library) == libraryName }

func (m Module) drivesTheCard() bool {
	name := strings.ToLower(filepath.Base(m.Library))
	return slices.ContainsFunc(cardModules, func(beginning string) bool { return strings.HasPrefix(name, beginning) })
}

// Database is one place where browsers find which modules to load.
type Database struct {
	ID      string   // one word, for programs: firefox-2
	Name    string   // of the browser
	Dir     string   //
	Own     []Module // ours
	Rivals  []Module // of other makers, for the same card
	Problem error    // why it cannot be read
}

// Gone says that the browser is told to load a file of ours that is not there.
func (d Database) Gone() bool {
	return slices.ContainsFunc(d.Own, func(m Module) bool {
		_, err := os.Stat(m.Library)
		return errors.Is(err, fs.ErrNotExist)
	})
}

// CanUnregister says that Unregister would take something out.
func (d Database) CanUnregister() bool {
	return slices.ContainsFunc(d.Own, func(m Module) bool { return m.Policy == "" && m.Name == moduleName })
}

// Databases are those of the user's browsers, with what they load for the card.
func Databases(env Env) []Database {
	if env.Home == "" {
		return nil // a broken computer: paths would begin wherever this program was started
	}
	policies := administrators(env)
	count := map[string]int{}
	var all []Database
	for _, d := range databases(env) {
		count[d.kind]++
		known := Database{ID: d.kind, Name: d.name, Dir: d.dir}
		if n := count[d.kind]; n > 1 {
			known.ID = fmt.Sprintf("%s-%d", d.kind, n)
		}
		listed, err := d.modules()
		known.Problem = err
		for _, m := range append(slices.Clone(policies[d.kind]), listed...) {
			switch {
			case m.ours():
				known.Own = appendModule(known.Own, m)
			case m.drivesTheCard():
				known.Rivals = appendModule(known.Rivals, m)
			}
		}
		all = append(all, known)
	}
	return all
}

// appendModule adds a module. Firefox keeps what a policy names in its own list, too: that is one, and the policy's.
func appendModule(list []Module, m Module) []Module {
	if slices.ContainsFunc(list, func(have Module) bool { return have.Policy != "" && sameFile(have.Library, m.Library) }) {
		return list
	}
	return append(list, m)
}

// sameFile compares two paths, through symbolic links.
func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return a == b
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// administrators are the modules that managed policies have browsers load, by the kind of browser. Only those made of
// Firefox have such a policy, SecurityDevices.
func administrators(env Env) map[string][]Module {
	found := map[string][]Module{}
	for _, i := range Installed(env) {
		if i.Family != Firefox || i.Packaging != System {
			continue
		}
		for _, path := range i.policyFiles() {
			var file struct {
				Policies struct {
					SecurityDevices map[string]json.RawMessage
				} `json:"policies"`
			}
			if readJSON(path, &file) != nil {
				continue // Policies tells of it
			}
			devices := file.Policies.SecurityDevices
			var add map[string]string
			if json.Unmarshal(devices["Add"], &add) != nil { // older than Firefox 114: the names stand here
				add = map[string]string{}
				for name, raw := range devices {
					var library string
					if json.Unmarshal(raw, &library) == nil {
						add[name] = library
					}
				}
			}
			for _, name := range slices.Sorted(maps.Keys(add)) {
				found[i.ID] = append(found[i.ID], Module{name, add[name], path})
			}
		}
	}
	return found
}

// elsewhere says that a browser loads our module already because somebody else has registered it: the administrator, or
// whoever gave it another name. NSS loads no second file of the same name.
func (d database) elsewhere(policies map[string][]Module) bool {
	listed, _ := d.modules()
	return slices.ContainsFunc(append(slices.Clone(policies[d.kind]), listed...), func(m Module) bool {
		_, err := os.Stat(m.Library)
		return m.ours() && err == nil && (m.Policy != "" || m.Name != moduleName)
	})
}

// modules reads the whole list of a database.
func (d database) modules() ([]Module, error) {
	text, err := readList(d.list())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Module
	for stanza := range strings.SplitSeq(text, "\n\n") {
		var m Module
		for line := range strings.Lines(stanza) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			switch key {
			case "library":
				m.Library = value
			case "name":
				m.Name = value
			}
		}
		if m.Library != "" {
			all = append(all, m)
		}
	}
	return all, nil
}

// Unregister takes the module that `ponte browsers register --tls` has registered out of one database.
func (d Database) Unregister(ctx context.Context, env Env) error {
	for _, candidate := range databases(env) {
		if candidate.dir == d.Dir {
			return candidate.unregister(ctx)
		}
	}
	return fmt.Errorf("%s: %w", d.Dir, fs.ErrNotExist)
}
