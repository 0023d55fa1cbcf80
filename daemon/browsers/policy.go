// SPDX-License-Identifier: EUPL-1.2

package browsers

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ponte-cns/ponte/protocol"
)

// Rule is what a managed policy of a browser means for Ponte. The names of the policies are those of the makers'
// documentation; what each does was tried with Debian's Chromium and Firefox ESR.
type Rule string

// What a policy means for Ponte.
const (
	ExtensionForced  Rule = "extension-forced"  // the administrator installs the extension
	ExtensionBlocked Rule = "extension-blocked" // it cannot be installed
	HostBlocked      Rule = "host-blocked"      // the browser may not start ponte-nativehost
	UserHostsOff     Rule = "user-hosts-off"    // only the administrator can register it
	LoopbackAllowed  Rule = "loopback-allowed"  // some sites may use the WebSocket without being asked about
	LoopbackBlocked  Rule = "loopback-blocked"  // some sites may not use the WebSocket
	PolicyUnreadable Rule = "policy-unreadable" // a file that is not valid
)

// Policy is a rule and the file that makes it.
type Policy struct {
	Rule Rule
	File string
}

// maxPolicies bounds how many files of a directory are read.
const maxPolicies = 50

// Policies reads the managed policies of the browser that concern Ponte.
func (i Installation) Policies() []Policy {
	var all []Policy
	for _, path := range i.policyFiles() {
		content := map[string]json.RawMessage{}
		err := readJSON(path, &content)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && i.Family == Firefox {
			var inner struct {
				Policies map[string]json.RawMessage `json:"policies"`
			}
			err = readJSON(path, &inner)
			content = inner.Policies
		}
		if err != nil {
			all = append(all, Policy{PolicyUnreadable, path})
			continue
		}
		for _, rule := range rules(i.Family, content) {
			all = append(all, Policy{rule, path})
		}
	}
	return all
}

func (i Installation) policyFiles() []string {
	var files []string
	for _, path := range i.policies {
		if strings.HasSuffix(path, ".json") {
			files = append(files, path)
			continue
		}
		names, err := os.ReadDir(path)
		if err != nil {
			continue
		}
		for _, n := range names[:min(len(names), maxPolicies)] {
			if strings.HasSuffix(n.Name(), ".json") && !n.IsDir() {
				files = append(files, filepath.Join(path, n.Name()))
			}
		}
	}
	return files
}

// rules reads one file. Both families call the policies of extensions the same.
func rules(family Family, p map[string]json.RawMessage) []Rule {
	id := protocol.ExtensionIDChromium
	if family == Firefox {
		id = protocol.ExtensionIDFirefox
	}
	found := extensionRules(id, p)
	if family == Firefox {
		return found
	}
	if lists(p, "NativeMessagingBlocklist", protocol.HostName) && !lists(p, "NativeMessagingAllowlist", protocol.HostName) {
		found = append(found, HostBlocked)
	}
	if string(p["NativeMessagingUserLevelHosts"]) == "false" {
		found = append(found, UserHostsOff)
	}
	if len(list(p, "LoopbackNetworkBlockedForUrls"))+len(list(p, "LocalNetworkAccessBlockedForUrls")) > 0 {
		found = append(found, LoopbackBlocked)
	}
	if len(list(p, "LoopbackNetworkAllowedForUrls"))+len(list(p, "LocalNetworkAccessAllowedForUrls")) > 0 ||
		string(p["LocalNetworkAccessRestrictionsTemporaryOptOut"]) == "true" {
		found = append(found, LoopbackAllowed)
	}
	return found
}

// extensionSettings is one entry of the policy ExtensionSettings.
type extensionSettings struct {
	Mode    string   `json:"installation_mode"`
	Blocked []string `json:"blocked_permissions"`
	Allowed []string `json:"allowed_permissions"`
}

func extensionRules(id string, p map[string]json.RawMessage) []Rule {
	var settings map[string]extensionSettings
	_ = json.Unmarshal(p["ExtensionSettings"], &settings) // a mistake in it is not ours to judge
	own, named := settings[id]
	if !named || own.Mode == "" {
		own.Mode = settings["*"].Mode
	}
	forced := slices.ContainsFunc(list(p, "ExtensionInstallForcelist"), func(s string) bool {
		first, _, _ := strings.Cut(s, ";")
		return first == id
	})
	blocked := lists(p, "ExtensionInstallBlocklist", id) && !slices.Contains(list(p, "ExtensionInstallAllowlist"), id)
	switch own.Mode {
	case "force_installed", "normal_installed":
		forced = true
	case "allowed":
		blocked = blocked && !named
	case "blocked", "removed":
		blocked = true
	}
	needs := "nativeMessaging"
	denied := slices.Contains(own.Blocked, needs) || (slices.Contains(settings["*"].Blocked, needs) && !slices.Contains(own.Allowed, needs))
	var found []Rule
	switch {
	case denied, blocked && !forced:
		found = append(found, ExtensionBlocked)
	case forced:
		found = append(found, ExtensionForced)
	}
	return found
}

// list reads a policy that is a list of texts.
func list(p map[string]json.RawMessage, name string) []string {
	var l []string
	_ = json.Unmarshal(p[name], &l)
	return l
}

// lists says that a policy names one thing, or all.
func lists(p map[string]json.RawMessage, name, thing string) bool {
	l := list(p, name)
	return slices.Contains(l, thing) || slices.Contains(l, "*")
}
