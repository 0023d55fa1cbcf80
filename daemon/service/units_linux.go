// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kardianos/service"
)

// agentUnit and trayUnit are for systemd's user manager. That of kardianos/service is wanted by multi-user.target, which
// user managers do not have; a session of the desktop has graphical-session.target (systemd.special(7)).
const agentUnit = `[Unit]
Description=Ponte: the health card (TS-CNS) in the browser
PartOf=graphical-session.target
After=graphical-session.target

[Service]
ExecStart={{Path | cmdEscape}} run
Restart=on-failure
RestartSec=2

[Install]
WantedBy=graphical-session.target
`

const trayUnit = `[Unit]
Description=Ponte: the icon of the health card
PartOf=graphical-session.target
After=graphical-session.target ponte.service
Wants=ponte.service

[Service]
ExecStart={{Path | cmdEscape}}
Restart=on-failure
RestartSec=10

[Install]
WantedBy=graphical-session.target
`

// packageFolders are where packages put units for every user's manager (systemd.unit(5)).
var packageFolders = []string{"/usr/lib/systemd/user/", "/lib/systemd/user/", "/usr/local/lib/systemd/user/", "/etc/systemd/user/"}

// units are the programs that start with the session of the desktop: the tray only where it was built.
func units() ([]unit, error) {
	for _, s := range service.AvailableSystems() {
		if s.String() == "linux-systemd" {
			service.ChooseSystem(s) // in a session no other one starts programs for a user
		}
	}
	if out, err := exec.Command("systemctl", "--user", "show-environment").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %w: %s", errNoSession, err, strings.TrimSpace(string(out)))
	}
	var all []unit
	for _, u := range []struct{ name, text string }{{"ponte", agentUnit}, {"ponte-tray", trayUnit}} {
		path, err := beside(u.name)
		if errors.Is(err, errAbsent) && u.name == "ponte-tray" {
			continue
		}
		if err != nil {
			return nil, err
		}
		folder, err := inHome(".config", "systemd", "user") // where kardianos/service writes
		if err != nil {
			return nil, err
		}
		file := u.name + ".service"
		link := filepath.Join(folder, "graphical-session.target.wants", file)
		made := unit{files: []string{link, filepath.Join(folder, file)}, config: &service.Config{
			Name: u.name, Executable: path, Option: service.KeyValue{"UserService": true, "SystemdScript": u.text},
		}}
		for _, folder := range packageFolders {
			made.others = append(made.others, folder+file)
		}
		all = append(all, made)
	}
	return all, nil
}

// forget takes a unit whose files are gone out of systemd's memory, also one that has failed.
func (u unit) forget() {
	_ = exec.Command("systemctl", "--user", "daemon-reload").Run()                          // the next look at the units tells if systemd is ill
	_ = exec.Command("systemctl", "--user", "reset-failed", u.config.Name+".service").Run() // most have not failed
}
