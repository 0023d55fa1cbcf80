// SPDX-License-Identifier: EUPL-1.2

package browsers

import "github.com/ponte-cns/ponte/protocol"

// kinds are the browsers of Windows, where their makers install them for everybody. Policies live in the registry and are
// not looked at here.
var kinds = []kind{
	windowsKind("firefox", "Firefox", Firefox, `AppData/Roaming/Mozilla/Firefox/Profiles`,
		`C:\Program Files\Mozilla Firefox\firefox.exe`, `C:\Program Files (x86)\Mozilla Firefox\firefox.exe`),
	windowsKind("chromium", "Chromium", Chromium, `{config}/Chromium/User Data`, `C:\Program Files\Chromium\Application\chrome.exe`),
	windowsKind("chrome", "Google Chrome", Chromium, `{config}/Google/Chrome/User Data`,
		`C:\Program Files\Google\Chrome\Application\chrome.exe`, `C:\Program Files (x86)\Google\Chrome\Application\chrome.exe`),
	windowsKind("edge", "Microsoft Edge", Chromium, `{config}/Microsoft/Edge/User Data`,
		`C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe`, `C:\Program Files\Microsoft\Edge\Application\msedge.exe`),
}

func windowsKind(id, name string, family Family, profiles string, programs ...string) kind {
	return kind{
		id: id, name: name, family: family, programs: programs,
		profiles: map[Packaging][]string{System: {profiles}},
		hosts:    map[Packaging]string{System: `{config}/Ponte/NativeMessagingHosts/` + string(family)},
	}
}

// registryKey is where the browser finds the path of our manifest.
func registryKey(k kind) string {
	return `SOFTWARE\` + map[string]string{
		"firefox": "Mozilla", "chromium": "Chromium", "chrome": `Google\Chrome`, "edge": `Microsoft\Edge`,
	}[k.id] + `\NativeMessagingHosts\` + protocol.HostName
}
