// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/ponte-cns/ponte/protocol"
)

// ExtensionState is what a browser's profiles say of Ponte's extension. One that a developer has loaded from a folder may
// not be written down anywhere.
type ExtensionState string

// What the profiles say.
const (
	ExtensionOn      ExtensionState = "on"
	ExtensionOff     ExtensionState = "off"     // there, but switched off: by the citizen or by the browser
	ExtensionAbsent  ExtensionState = "absent"  // in no profile
	ExtensionUnknown ExtensionState = "unknown" // there is no profile to read
)

// maxProfiles bounds how many profiles are read.
const maxProfiles = 20

// Extension looks for Ponte's extension in the browser's profiles: the best that any of them says.
func (i Installation) Extension() ExtensionState {
	look := chromiumExtension
	if i.Family == Firefox {
		look = firefoxExtension
	}
	best := ExtensionUnknown
	rank := map[ExtensionState]int{ExtensionUnknown: 0, ExtensionAbsent: 1, ExtensionOff: 2, ExtensionOn: 3}
	for _, dir := range i.profileDirs() {
		if s := look(dir); rank[s] > rank[best] {
			best = s
		}
	}
	return best
}

// profileDirs are the directories of single profiles.
func (i Installation) profileDirs() []string {
	var dirs []string
	for _, parent := range i.profiles {
		entries, err := os.ReadDir(parent)
		if err != nil {
			continue
		}
		for _, e := range entries {
			ours := i.Family == Firefox || e.Name() == "Default" || strings.HasPrefix(e.Name(), "Profile ")
			if e.IsDir() && ours && len(dirs) < maxProfiles {
				dirs = append(dirs, filepath.Join(parent, e.Name()))
			}
		}
	}
	return dirs
}

// firefoxExtension reads the list that the add-on manager keeps.
func firefoxExtension(profile string) ExtensionState {
	var list struct {
		Addons []struct {
			ID     string `json:"id"`
			Active bool   `json:"active"`
		} `json:"addons"`
	}
	if readJSON(filepath.Join(profile, "extensions.json"), &list) != nil {
		return ExtensionUnknown
	}
	for _, a := range list.Addons {
		if a.ID == protocol.ExtensionIDFirefox {
			if a.Active {
				return ExtensionOn
			}
			return ExtensionOff
		}
	}
	return ExtensionAbsent
}

// chromiumExtension reads the settings of a profile. Where they are signed (Windows, macOS, branded Chrome) extensions are
// in the second file; nothing here trusts or changes the signature.
func chromiumExtension(profile string) ExtensionState {
	state := ExtensionUnknown
	for _, name := range []string{"Secure Preferences", "Preferences"} {
		var p struct {
			Extensions struct {
				Settings map[string]json.RawMessage `json:"settings"`
			} `json:"extensions"`
		}
		if readJSON(filepath.Join(profile, name), &p) != nil {
			continue
		}
		entry, ok := p.Extensions.Settings[protocol.ExtensionIDChromium]
		if ok {
			return chromiumEntry(entry)
		}
		state = ExtensionAbsent
	}
	return state
}

// chromiumEntry reads one extension's settings: the reasons for which it is off are a number in older versions, a list in
// newer ones.
func chromiumEntry(raw json.RawMessage) ExtensionState {
	var e struct {
		State   *int            `json:"state"`
		Reasons json.RawMessage `json:"disable_reasons"`
	}
	if json.Unmarshal(raw, &e) != nil {
		return ExtensionUnknown
	}
	reasons := strings.TrimSpace(string(e.Reasons))
	if (e.State != nil && *e.State != 1) || (reasons != "" && reasons != "0" && reasons != "[]" && reasons != "null") {
		return ExtensionOff
	}
	return ExtensionOn
}

// LoopbackRefused counts the sites to which the user has answered no when a Chromium asked whether they may reach programs
// of this computer. Which sites they are is nobody's business.
func (i Installation) LoopbackRefused() int {
	if i.Family != Chromium {
		return 0
	}
	const refused = 2 // CONTENT_SETTING_BLOCK
	sites := map[string]bool{}
	for _, dir := range i.profileDirs() {
		var p struct {
			Profile struct {
				ContentSettings struct {
					Exceptions struct {
						Loopback map[string]struct {
							Setting int `json:"setting"`
						} `json:"loopback_network"`
					} `json:"exceptions"`
				} `json:"content_settings"`
			} `json:"profile"`
		}
		if readJSON(filepath.Join(dir, "Preferences"), &p) != nil {
			continue
		}
		for site, s := range p.Profile.ContentSettings.Exceptions.Loopback {
			if s.Setting == refused {
				sites[site] = true
			}
		}
	}
	return len(sites)
}
