// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"os"
	"path/filepath"
)

// Places are where this user's files live.
type Places struct {
	Config  string // config.toml, the citizen's settings
	Managed string // the administrator's policy: a file, or where else the system keeps it
	Sites   string // sites.json
	State   string // directory of logs
}

// UserPlaces finds them from the environment. Nothing is created.
func UserPlaces() (Places, error) {
	config, err := os.UserConfigDir() // XDG_CONFIG_HOME, Library/Application Support, AppData
	if err != nil {
		return Places{}, err
	}
	state, err := stateDir()
	if err != nil {
		return Places{}, err
	}
	return Places{
		Config:  filepath.Join(config, "ponte", "config.toml"),
		Managed: managedPlace(),
		Sites:   filepath.Join(state, "sites.json"),
		State:   state,
	}, nil
}
