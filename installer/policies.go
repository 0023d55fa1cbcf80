// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"

	"github.com/ponte-cns/ponte/protocol"
)

// policies is the second package: the browsers of all users get the extension, and may use it.
var policies = packaged{
	name:    "ponte-browser-policies",
	summary: "policies that give every browser the Ponte extension",
	text: "Installs the extension of Ponte in the Chromium, Chrome, Edge, Brave and\n" +
		"Firefox of all users by policy, and lets it reach Ponte. For administrators:\n" +
		"the files in /etc are theirs to change, and updates keep what they say.",
}

const extensionDir = shareDir + "/extension"

// chromiumPolicies are the folders of the browsers made of Chromium.
var chromiumPolicies = []string{"/etc/chromium", "/etc/opt/chrome", "/etc/opt/edge", "/etc/brave"}

func (r *release) policiesPackage(ctx context.Context) error {
	e, _, err := r.packExtension(ctx)
	if err != nil {
		return err
	}
	for _, f := range formats {
		t := tree{}
		if err := browserPolicies(t, e); err != nil {
			return err
		}
		if err := r.documents(ctx, t, policies, ""); err != nil {
			return err
		}
		if f.name == "rpm" {
			delete(t, "/usr/share/lintian/overrides/"+policies.name)
			delete(t, "/usr/share/doc/"+policies.name+"/changelog.Debian.gz")
			t.ownFolders()
		}
		if err := r.pack(ctx, f, policies, "all", t); err != nil {
			return err
		}
	}
	return nil
}

// browserPolicies puts the extension and the policies that name it. Without a CRX those of Chromium install nothing.
func browserPolicies(t tree, e packedExtension) error {
	t.folder(extensionDir)
	chromium := map[string]any{
		"NativeMessagingAllowlist":      []string{protocol.HostName},
		"LoopbackNetworkAllowedForUrls": []string{}, // the portals for which no browser shall ask; the administrator's choice
		// What the extension is told (docs/enterprise.md): the place for it, with nothing set.
		"3rdparty": map[string]any{"extensions": map[string]any{e.id: struct{}{}}},
	}
	if e.crx != nil {
		t.put(extensionDir+"/ponte.crx", e.crx)
		t.put(extensionDir+"/update.xml", updateXML(e))
		chromium["ExtensionSettings"] = map[string]any{
			e.id: map[string]string{"installation_mode": "force_installed", "update_url": "file://" + extensionDir + "/update.xml"},
		}
	}
	b, err := indented(chromium)
	if err != nil {
		return err
	}
	for _, dir := range chromiumPolicies {
		t.config(dir+"/policies/managed/ponte.json", b)
	}
	t.put(extensionDir+"/ponte.xpi", e.xpi)
	b, err = indented(map[string]any{"policies": map[string]any{
		"ExtensionSettings": map[string]any{
			protocol.ExtensionIDFirefox: map[string]string{"installation_mode": "force_installed", "install_url": "file://" + extensionDir + "/ponte.xpi"},
		},
		"SecurityDevices": map[string]any{"Add": map[string]string{"Ponte": programDir + "/" + moduleFile}},
		"3rdparty":        map[string]any{"Extensions": map[string]any{protocol.ExtensionIDFirefox: struct{}{}}},
	}})
	t.config("/etc/firefox/policies/policies.json", b)
	return err
}

// updateXML is an update manifest that Chromium reads from the disk.
func updateXML(e packedExtension) []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<gupdate xmlns="http://www.google.com/update2/response" protocol="2.0">
  <app appid="%s">
    <updatecheck codebase="file://%s/ponte.crx" version="%s"/>
  </app>
</gupdate>
`, e.id, extensionDir, e.version)
}
