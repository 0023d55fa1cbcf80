// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows/registry"

	"github.com/ponte-cns/ponte/protocol"
)

// CurrentEnv is that of the user who runs this program.
func CurrentEnv() (Env, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return Env{}, err
	}
	local := os.Getenv("LOCALAPPDATA")
	if !filepath.IsAbs(local) {
		return Env{}, errors.New("LOCALAPPDATA is not an absolute path")
	}
	return Env{Home: home, ConfigHome: local}, nil
}

// places are the registry keys below HKEY_CURRENT_USER where the browsers look for the path of a manifest, as their
// makers document them. The files are ours, one for each family.
func places(env Env) []place {
	at := func(name string, family Family, key string) place {
		return place{
			name: name, family: family, always: true,
			dir: filepath.Join(env.ConfigHome, "Ponte", "NativeMessagingHosts", string(family)),
			key: `SOFTWARE\` + key + `\NativeMessagingHosts\` + protocol.HostName,
		}
	}
	return []place{
		at("Chromium", Chromium, "Chromium"),
		at("Google Chrome", Chromium, `Google\Chrome`),
		at("Microsoft Edge", Chromium, `Microsoft\Edge`),
		at("Firefox", Firefox, "Mozilla"),
	}
}

// point makes the browser's key name our manifest.
func point(p place) error {
	k, _, err := registry.CreateKey(registry.CURRENT_USER, p.key, registry.SET_VALUE)
	if err != nil {
		return fmt.Errorf("writing the registry: %w", err)
	}
	defer func() { _ = k.Close() }()
	if err := k.SetStringValue("", p.manifest()); err != nil {
		return fmt.Errorf("writing the registry: %w", err)
	}
	return nil
}

// unpoint removes the browser's key if it names our manifest.
func unpoint(p place) error {
	err := checkPointer(p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := registry.DeleteKey(registry.CURRENT_USER, p.key); err != nil {
		return fmt.Errorf("writing the registry: %w", err)
	}
	return nil
}

// checkPointer says why the browser's key does not lead to our manifest. Without a key the error is fs.ErrNotExist.
func checkPointer(p place) error {
	k, err := registry.OpenKey(registry.CURRENT_USER, p.key, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return fs.ErrNotExist
	}
	if err != nil {
		return fmt.Errorf("reading the registry: %w", err)
	}
	defer func() { _ = k.Close() }()
	path, _, err := k.GetStringValue("")
	if err != nil || !strings.EqualFold(path, p.manifest()) {
		return errNotOurs
	}
	return nil
}

// forAllUsers is the manifest that the computer's key of the browser names: the MSI's.
func forAllUsers(p place) []string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, p.key, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return nil
	}
	defer func() { _ = k.Close() }()
	path, _, err := k.GetStringValue("")
	if err != nil || !filepath.IsAbs(path) {
		return nil
	}
	return []string{path}
}

// programOf is the program that a manifest names: on Windows it may stand beside the manifest.
func programOf(path string, m manifest) string {
	if filepath.IsAbs(m.Path) {
		return m.Path
	}
	return filepath.Join(filepath.Dir(path), m.Path)
}

// executable: Windows has no such mode.
func executable(fs.FileInfo) bool { return true }
