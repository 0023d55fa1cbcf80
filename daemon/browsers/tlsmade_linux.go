// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
)

// A database that Ponte has made where there was none is taken away again with the module, unless somebody has used it
// since: its files are then no longer those that were made.

// madeFile is where a folder says that Ponte has made the database in it.
const madeFile = "ponte-made.json"

// databaseFiles are those of a database of NSS.
var databaseFiles = []string{"cert9.db", "key4.db", "pkcs11.txt"}

// made is what madeFile holds.
type made struct {
	Files   map[string]string `json:"files"`   // SHA-256 of each, in hexadecimal
	Folders int               `json:"folders"` // that were not there: 1 is the database's, 2 the one around it as well
}

// missingFolders counts how many of the database's folder and the one around it are not there.
func (d database) missingFolders() int {
	n := 0
	for _, dir := range []string{d.dir, filepath.Dir(d.dir)} {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		n++
	}
	return n
}

// rememberMade writes madeFile.
func (d database) rememberMade(folders int) error {
	files, err := d.sums()
	if err != nil {
		return err
	}
	b, err := json.Marshal(made{files, folders})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(d.dir, madeFile), b, 0o600)
}

func (d database) sums() (map[string]string, error) {
	all := map[string]string{}
	for _, name := range databaseFiles {
		b, err := readList(filepath.Join(d.dir, name))
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256([]byte(b))
		all[name] = hex.EncodeToString(sum[:])
	}
	return all, nil
}

// unmake takes away a database that Ponte has made, when it is as it was then. A folder goes only when it is empty.
func (d database) unmake() error {
	note := filepath.Join(d.dir, madeFile)
	text, err := readList(note)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var m made
	if err == nil {
		err = json.Unmarshal([]byte(text), &m)
	}
	if removed := os.Remove(note); err != nil || removed != nil {
		return errors.Join(err, removed)
	}
	now, err := d.sums()
	if err != nil || !maps.Equal(now, m.Files) {
		return nil // it is used: one of them is another, has grown or is gone
	}
	for _, name := range databaseFiles {
		err = errors.Join(err, os.Remove(filepath.Join(d.dir, name)))
	}
	if m.Folders > 0 && os.Remove(d.dir) == nil && m.Folders > 1 {
		_ = os.Remove(filepath.Dir(d.dir)) // somebody else's things are in it
	}
	return err
}
