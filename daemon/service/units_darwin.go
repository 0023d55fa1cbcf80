// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"

	"github.com/kardianos/service"
)

// launchAgent is for launchd: in sessions with a screen only, and again after a crash, not after an end that was asked for.
const launchAgent = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>{{Name | html}}</string>
	<key>ProgramArguments</key>
	<array>
		<string>{{Path | html}}</string>
{{range Arguments}}		<string>{{. | html}}</string>
{{end}}	</array>
	<key>LimitLoadToSessionType</key>
	<string>Aqua</string>
	<key>ProcessType</key>
	<string>Interactive</string>
	<key>RunAtLoad</key>
	<true/>
	<key>KeepAlive</key>
	<dict>
		<key>SuccessfulExit</key>
		<false/>
	</dict>
</dict>
</plist>
`

// units are the programs that launchd starts when the user logs in: the tray only where it was built.
func units() ([]unit, error) {
	var all []unit
	for _, u := range []struct {
		name, program string
		arguments     []string
	}{{"it.ponte.agent", "ponte", []string{"run"}}, {"it.ponte.tray", "ponte-tray", nil}} {
		path, err := beside(u.program)
		if errors.Is(err, errAbsent) && u.program == "ponte-tray" {
			continue
		}
		if err != nil {
			return nil, err
		}
		file, err := inHome("Library", "LaunchAgents", u.name+".plist")
		if err != nil {
			return nil, err
		}
		all = append(all, unit{
			files:  []string{file},
			others: []string{"/Library/LaunchAgents/" + u.name + ".plist"},
			config: &service.Config{
				Name: u.name, Executable: path, Arguments: u.arguments,
				Option: service.KeyValue{"UserService": true, "LaunchdConfig": launchAgent},
			},
		})
	}
	return all, nil
}

// forget has nothing to do: launchd forgets what was unloaded.
func (unit) forget() {}
