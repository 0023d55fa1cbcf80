// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/kardianos/service"
	"golang.org/x/sys/windows"
)

// serviceName is in the list of services and in the event log. The MSI has it too.
const serviceName = "Ponte"

// language is Windows'; the settings of the account that runs the service are nobody's.
func language() string { return "" }

// units is the one service, which starts the programs in every session.
func units() ([]unit, error) {
	path, err := beside("ponte-service.exe")
	if err != nil {
		return nil, err
	}
	return []unit{{config: &service.Config{
		Name:        serviceName,
		DisplayName: "Ponte",
		Description: "Starts Ponte (the health card in the browser) in the session of each user. It has no network port.",
		Executable:  path,
		Arguments:   []string{"service", "run"},
		Option:      service.KeyValue{"OnFailure": "restart", "OnFailureDelayDuration": "10s", "OnFailureResetPeriod": 3600},
	}}}, nil
}

// check refuses a folder in which somebody without privileges could put another program: the service runs as the system.
func (u unit) check() error {
	safe, err := windows.KnownFolderPath(windows.FOLDERID_ProgramFiles, 0)
	if err != nil {
		return fmt.Errorf("finding the folder of programs: %w", err)
	}
	if !strings.HasPrefix(strings.ToLower(u.config.Executable), strings.ToLower(safe+string(filepath.Separator))) {
		return fmt.Errorf("%s: the service runs as the system, so its programs must be below %s", u.config.Executable, safe)
	}
	return nil
}

// forget has nothing to do.
func (unit) forget() {}
