// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"errors"
	"os"
	"path/filepath"
)

// CurrentEnv is that of the user who runs this program.
func CurrentEnv() (Env, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return Env{}, err
	}
	if !filepath.IsAbs(home) {
		return Env{}, errors.New("the home directory is not an absolute path")
	}
	return Env{Home: home, ConfigHome: filepath.Join(home, "Library", "Application Support")}, nil
}

// places are the per-user directories of macOS, as the browsers' makers document them.
func places(env Env) []place {
	at := func(name string, family Family, always bool, dir ...string) place {
		dir = append(append([]string{env.ConfigHome}, dir...), "NativeMessagingHosts")
		return place{name: name, family: family, dir: filepath.Join(dir...), always: always}
	}
	return []place{
		at("Chromium", Chromium, true, "Chromium"),
		at("Google Chrome", Chromium, true, "Google", "Chrome"),
		at("Microsoft Edge", Chromium, true, "Microsoft Edge"),
		at("Brave", Chromium, false, "BraveSoftware", "Brave-Browser"),
		at("Vivaldi", Chromium, false, "Vivaldi"),
		at("Firefox", Firefox, true, "Mozilla"),
	}
}
