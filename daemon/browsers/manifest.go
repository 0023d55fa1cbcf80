// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/ponte-cns/ponte/protocol"
)

const (
	manifestName = protocol.HostName + ".json"
	maxManifest  = 64 << 10
)

var errNotOurs = errors.New("the manifest is not Ponte's")

// manifest is a native messaging host manifest. It has exactly one of the two lists: Firefox rejects the whole manifest
// when it finds allowed_origins (measured with Firefox ESR 153).
type manifest struct {
	Name              string   `json:"name"`
	Description       string   `json:"description"`
	Path              string   `json:"path"`
	Type              string   `json:"type"`
	AllowedOrigins    []string `json:"allowed_origins,omitempty"`    // Chromium
	AllowedExtensions []string `json:"allowed_extensions,omitempty"` // Firefox
}

var (
	chromiumCallers = []string{"chrome-extension://" + protocol.ExtensionIDChromium + "/"}
	firefoxCallers  = []string{protocol.ExtensionIDFirefox}
)

func newManifest(family Family, host string) ([]byte, error) {
	m := manifest{
		Name:        protocol.HostName,
		Description: "Ponte: la tessera sanitaria (TS-CNS) nel browser",
		Path:        host,
		Type:        "stdio",
	}
	switch family {
	case Chromium:
		m.AllowedOrigins = chromiumCallers
	case Firefox:
		m.AllowedExtensions = firefoxCallers
	default:
		return nil, fmt.Errorf("no family of browsers is called %q", family)
	}
	b, err := json.MarshalIndent(m, "", "  ")
	return append(b, '\n'), err
}

func readManifest(path string) (manifest, error) {
	var m manifest
	info, err := os.Stat(path)
	if err != nil {
		return m, err
	}
	if !info.Mode().IsRegular() {
		return m, errNotOurs
	}
	f, err := os.Open(path)
	if err != nil {
		return m, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err != nil {
		return m, err
	}
	if json.Unmarshal(b, &m) != nil {
		return m, errNotOurs
	}
	return m, nil
}

// checkManifest says why a browser of the family cannot reach Ponte by the manifest at path. Without one the error is
// fs.ErrNotExist.
func checkManifest(path string, family Family) error {
	m, err := readManifest(path)
	if err != nil {
		return err
	}
	origins, extensions := chromiumCallers, []string(nil)
	if family == Firefox {
		origins, extensions = nil, firefoxCallers
	}
	switch {
	case m.Name != protocol.HostName || m.Type != "stdio":
		return errNotOurs
	case !slices.Equal(m.AllowedOrigins, origins) || !slices.Equal(m.AllowedExtensions, extensions):
		return errors.New("the manifest does not name this version's extension; register again")
	}
	if err := checkHost(programOf(path, m)); err != nil {
		return errors.New(err.Error()) // also when the program is missing: the manifest is there, so this is a problem
	}
	return nil
}

// writeAtomically replaces the file at path: a browser that reads meanwhile finds the old one or the new one, whole.
func writeAtomically(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+manifestName+"-*")
	if err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("writing the manifest: %w", err)
		}
	}()
	if _, err := f.Write(content); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
