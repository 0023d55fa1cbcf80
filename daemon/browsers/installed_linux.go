// SPDX-License-Identifier: EUPL-1.2

package browsers

// kinds are the browsers of Linux. Those of Debian were tried; the paths of the others are those that their makers and
// packagers document. The program of a browser stands in its own directory: /usr/bin/firefox of Ubuntu is a script that
// starts the snap.
var kinds = []kind{
	{
		id: "firefox", name: "Firefox", family: Firefox,
		programs: []string{
			"/usr/lib/firefox-esr/firefox-esr", "/usr/lib/firefox/firefox", "/usr/lib64/firefox/firefox", "/opt/firefox/firefox",
		},
		snap: "firefox", flatpak: "org.mozilla.firefox",
		profiles: map[Packaging][]string{
			System:  {".mozilla/firefox", "{config}/mozilla/firefox"},
			Snap:    {"snap/firefox/common/.mozilla/firefox"},
			Flatpak: {".var/app/org.mozilla.firefox/.mozilla/firefox", ".var/app/org.mozilla.firefox/config/mozilla/firefox"},
		},
		hosts: map[Packaging]string{
			System: ".mozilla/native-messaging-hosts",
			Snap:   ".mozilla/native-messaging-hosts", // the desktop's portal reads it for the snap
		},
		system:   []string{"/usr/lib/mozilla/native-messaging-hosts", "/usr/lib64/mozilla/native-messaging-hosts"},
		policies: []string{"/etc/firefox/policies/policies.json"},
	},
	chromiumKind("chromium", "Chromium", "chromium", "/etc/chromium", chromiumExtra{
		programs: []string{"/usr/lib/chromium/chromium", "/usr/lib64/chromium-browser/chromium-browser", "/usr/lib64/chromium/chromium"},
		snap:     "chromium", snapProfile: "snap/chromium/common/chromium", flatpak: "org.chromium.Chromium",
		policies: []string{"/etc/chromium-browser/policies/managed"},
	}),
	chromiumKind("chrome", "Google Chrome", "google-chrome", "/etc/opt/chrome", chromiumExtra{
		programs: []string{"/opt/google/chrome/chrome"}, flatpak: "com.google.Chrome",
	}),
	chromiumKind("edge", "Microsoft Edge", "microsoft-edge", "/etc/opt/edge", chromiumExtra{
		programs: []string{"/opt/microsoft/msedge/msedge"}, flatpak: "com.microsoft.Edge",
	}),
	chromiumKind("brave", "Brave", "BraveSoftware/Brave-Browser", "/etc/brave", chromiumExtra{
		programs: []string{"/opt/brave.com/brave/brave"}, snap: "brave",
		snapProfile: "snap/brave/current/.config/BraveSoftware/Brave-Browser", flatpak: "com.brave.Browser",
	}),
	chromiumKind("vivaldi", "Vivaldi", "vivaldi", "/etc/vivaldi", chromiumExtra{
		programs: []string{"/opt/vivaldi/vivaldi-bin", "/opt/vivaldi/vivaldi"}, flatpak: "com.vivaldi.Vivaldi",
	}),
	{
		id: "librewolf", name: "LibreWolf", family: Firefox,
		programs: []string{"/usr/lib/librewolf/librewolf", "/usr/share/librewolf/librewolf", "/opt/librewolf/librewolf"},
		flatpak:  "io.gitlab.librewolf-community",
		profiles: map[Packaging][]string{
			System:  {".librewolf"},
			Flatpak: {".var/app/io.gitlab.librewolf-community/.librewolf"},
		},
		hosts: map[Packaging]string{System: ".librewolf/native-messaging-hosts"},
	},
}

// chromiumExtra is in what one Chromium differs from the next.
type chromiumExtra struct {
	programs          []string
	snap, snapProfile string
	flatpak           string
	policies          []string
}

func chromiumKind(id, name, config, etc string, x chromiumExtra) kind {
	flatpak := ".var/app/" + x.flatpak + "/config/" + config
	return kind{
		id: id, name: name, family: Chromium, programs: x.programs, snap: x.snap, flatpak: x.flatpak,
		profiles: map[Packaging][]string{System: {"{config}/" + config}, Snap: {x.snapProfile}, Flatpak: {flatpak}},
		hosts: map[Packaging]string{
			System: "{config}/" + config + "/NativeMessagingHosts", Snap: x.snapProfile + "/NativeMessagingHosts",
			Flatpak: flatpak + "/NativeMessagingHosts",
		},
		system:   []string{etc + "/native-messaging-hosts"},
		policies: append([]string{etc + "/policies/managed"}, x.policies...),
	}
}

// registryKey: there is no registry.
func registryKey(kind) string { return "" }
