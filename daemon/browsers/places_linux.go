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
	config := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(config) { // XDG base directory specification: to be ignored
		config = filepath.Join(home, ".config")
	}
	return Env{Home: home, ConfigHome: config}, nil
}

// places are the per-user directories of Linux. Those of Chromium and of ~/.mozilla were tried with Debian's browsers;
// the others follow from <user data directory>/NativeMessagingHosts, which every Chromium reads.
func places(env Env) []place {
	chromium := func(name, dir string, always bool) place {
		return place{name: name, family: Chromium, dir: filepath.Join(env.ConfigHome, dir, "NativeMessagingHosts"), always: always}
	}
	firefox := func(name, dir string, always bool) place {
		return place{name: name, family: Firefox, dir: filepath.Join(dir, "native-messaging-hosts"), always: always}
	}
	return []place{
		chromium("Chromium", "chromium", true),
		chromium("Google Chrome", "google-chrome", true),
		chromium("Google Chrome Beta", "google-chrome-beta", false),
		chromium("Microsoft Edge", "microsoft-edge", true),
		chromium("Brave", filepath.Join("BraveSoftware", "Brave-Browser"), false),
		chromium("Vivaldi", "vivaldi", false),
		// Firefox looks in ~/.mozilla also where its profiles are in XDG_CONFIG_HOME (since 147; Mozilla bug 2005167).
		firefox("Firefox", filepath.Join(env.Home, ".mozilla"), true),
		firefox("Firefox (XDG)", filepath.Join(env.ConfigHome, "mozilla"), false),
		firefox("LibreWolf", filepath.Join(env.Home, ".librewolf"), false),
	}
}
