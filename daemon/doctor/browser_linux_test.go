// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

func TestABrowserThatDoesNotFindPonteCanBeMended(t *testing.T) {
	p := healthy(t)
	p.want("browser/firefox", Info, "153.7.0")
	p.want("host/firefox", OK)
	manifest := "/home/" + secretUser + "/.mozilla/native-messaging-hosts/it.ponte.host.json"
	p.put(manifest, `{"name":"it.ponte.host"}`)
	p.want("host/firefox", Fail, "~/.mozilla")
	p.remove(manifest)
	p.want("host/firefox", Fail, "non è registrato")
	if c := p.one("host/firefox"); !c.Fixable || c.Title != "Firefox · Collegamento con Ponte" {
		t.Errorf("%+v", c)
	}
	must(t, p.firefox().Register(p.Nativehost))
	must(t, os.Remove(p.Nativehost))
	p.want("host/firefox", Fail, "ponte-nativehost")
}

func TestAnExtensionThatIsOffOrMissingIsTold(t *testing.T) {
	p := healthy(t)
	list := "/home/" + secretUser + "/.mozilla/firefox/abc.default/extensions.json"
	p.want("extension/firefox", OK)
	p.put(list, `{"addons":[{"id":"`+protocol.ExtensionIDFirefox+`","active":false}]}`)
	p.want("extension/firefox", Warn, "disattivata")
	p.put(list, `{"addons":[]}`)
	p.want("extension/firefox", Warn, "Non c'è", "sviluppatore")
	p.remove(list)
	p.want("extension/firefox", Info, "Non si può sapere")
}

func TestABoxedBrowserIsToldWhatItCanDo(t *testing.T) {
	p := healthy(t)
	p.put("/snap/firefox/current/meta/snap.yaml", "version: 156.0\n")
	p.want("box/firefox-snap", Warn, "snap")
	p.want("host/firefox-snap", OK) // the same file as that of the other Firefox
	p.commands["busctl"] = "u 1\n"
	p.want("box/firefox-snap", OK)
	p.put("/snap/chromium/current/meta/snap.yaml", "version: 156.0\n")
	p.want("box/chromium-snap", Warn, "snap", "deb")
	p.none("host/chromium-snap")
	p.put("/var/lib/flatpak/app/org.mozilla.firefox/current/active/metadata", "")
	p.want("box/firefox-flatpak", Warn, "flatpak")
	p.none("box/firefox")
}

func TestRulesThatStandInTheWayAreForTheAdministrator(t *testing.T) {
	p := healthy(t)
	p.program("/usr/lib/chromium/chromium")
	file := p.put("/etc/chromium/policies/managed/school.json",
		`{"NativeMessagingBlocklist":["*"],"ExtensionInstallBlocklist":["*"],"NativeMessagingUserLevelHosts":false,"LoopbackNetworkBlockedForUrls":["https://x.example"]}`)
	p.put("/etc/chromium/policies/managed/zz.json", "{")
	p.want("rules/chromium/host-blocked", Fail, file)
	p.want("rules/chromium/extension-blocked", Fail, file)
	p.want("rules/chromium/policy-unreadable", Warn)
	p.want("loopback/chromium", Warn)
	must(t, p.chromium().Register(p.Nativehost))
	p.want("host/chromium", Fail, "ignorare")
}

func TestAChromiumIsAskedForItsVersionOnlyWhenNobodyHasStartedIt(t *testing.T) {
	p := healthy(t)
	p.program("/usr/lib/chromium/chromium")
	p.want("browser/chromium", Info, "non è nota")
	p.want("loopback/chromium", Info)
	p.commands[filepath.Join(p.Root, "usr/lib/chromium/chromium")] = "Chromium 146.0.1 built on Debian\n"
	p.want("browser/chromium", Info, "146.0.1")
	p.none("loopback/chromium") // it does not ask yet
	p.put("/home/"+secretUser+"/.config/chromium/Last Version", "156.0.8078.79")
	p.want("browser/chromium", Info, "156.0.8078.79")
	p.want("loopback/chromium", Info, "permesso")
	refused := `"https://health.example:443,*":{"setting":2}`
	preferences := func(exceptions string) {
		p.put("/home/"+secretUser+"/.config/chromium/Default/Preferences", `{"profile":{"content_settings":{"exceptions":{"loopback_network":{`+exceptions+`}}}}}`)
	}
	preferences(refused)
	p.want("loopback/chromium", Warn, "un sito")
	preferences(refused + `,"https://tax.example:443,*":{"setting":2}`)
	p.want("loopback/chromium", Warn, "2 siti")
	if c := p.one("loopback/chromium"); strings.Contains(c.Detail+c.Fix, "example") {
		t.Errorf("the sites are told: %+v", c)
	}
	p.put("/etc/chromium/policies/managed/school.json",
		`{"LoopbackNetworkAllowedForUrls":["https://x.example"],"ExtensionInstallForcelist":["`+protocol.ExtensionIDChromium+`"]}`)
	p.want("loopback/chromium", OK)
	p.want("rules/chromium/extension-forced", Info)
}
