// SPDX-License-Identifier: EUPL-1.2

package browsers

// kinds are the browsers of macOS, where their makers install them. Managed preferences are not files that everybody may
// read: policies are not looked at here.
var kinds = []kind{
	{
		id: "firefox", name: "Firefox", family: Firefox,
		programs: []string{"/Applications/Firefox.app/Contents/MacOS/firefox"},
		profiles: map[Packaging][]string{System: {"{config}/Firefox/Profiles"}},
		hosts:    map[Packaging]string{System: "{config}/Mozilla/NativeMessagingHosts"},
		system:   []string{"/Library/Application Support/Mozilla/NativeMessagingHosts"},
		policies: []string{"/Applications/Firefox.app/Contents/Resources/distribution/policies.json"},
	},
	chromiumKind("chromium", "Chromium", "Chromium", "/Library/Application Support/Chromium", "Chromium"),
	chromiumKind("chrome", "Google Chrome", "Google/Chrome", "/Library/Google/Chrome", "Google Chrome"),
	chromiumKind("edge", "Microsoft Edge", "Microsoft Edge", "/Library/Microsoft/Edge", "Microsoft Edge"),
	chromiumKind("brave", "Brave", "BraveSoftware/Brave-Browser", "/Library/Application Support/BraveSoftware/Brave-Browser", "Brave Browser"),
	chromiumKind("vivaldi", "Vivaldi", "Vivaldi", "/Library/Application Support/Vivaldi", "Vivaldi"),
}

func chromiumKind(id, name, config, system, app string) kind {
	return kind{
		id: id, name: name, family: Chromium,
		programs: []string{"/Applications/" + app + ".app/Contents/MacOS/" + app},
		profiles: map[Packaging][]string{System: {"{config}/" + config}},
		hosts:    map[Packaging]string{System: "{config}/" + config + "/NativeMessagingHosts"},
		system:   []string{system + "/NativeMessagingHosts"},
	}
}

// registryKey: there is no registry.
func registryKey(kind) string { return "" }
