// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/ponte-cns/ponte/daemon/browsers"
	"github.com/ponte-cns/ponte/protocol"
)

//go:embed ponte.wxs
var wxs string

//go:embed ponte.ico
var icon []byte

// upgradeCode is what all versions have in common. It never changes.
const upgradeCode = "7D6B2C6B-3A55-5E0F-9B0A-6C1A5E2F8D41"

// Properties that an administrator can give, and what they are when nobody ever gave them. docs/enterprise.md explains
// them. Each is remembered in the registry, and a value that is given wins over the one that is remembered.
var properties = []property{
	{Name: "INSTALLDIR"},
	{Name: "ALLOWEDORIGINS"},
	{Name: "LANGUAGE"},
	{Name: "AUTOSTART", Default: "1"},
	{Name: "INSTALLSERVICE", Default: "1"},
	{Name: "BROWSERPOLICIES", Default: "0"},
	{Name: "EXTENSIONURL"},
	{Name: "XPIURL"},
}

type property struct{ Name, Default string }

// wants are the values that are refused otherwise, before anything is changed.
var wants = []struct{ condition, message string }{
	{oneOf("LANGUAGE", "it", "en", "de", "none"), "LANGUAGE: it, en, de, none"},
	{oneOf("AUTOSTART", "0", "1"), "AUTOSTART: 0, 1"},
	{oneOf("INSTALLSERVICE", "0", "1"), "INSTALLSERVICE: 0, 1"},
	{oneOf("BROWSERPOLICIES", "0", "1"), "BROWSERPOLICIES: 0, 1"},
	// The service runs as the system, and elsewhere than in the folder of programs every user may put files beside it.
	{`NOT INSTALLDIR OR INSTALLDIR ~<< ProgramFiles64Folder`, `INSTALLDIR: C:\Program Files\...`},
	{`NOT ALLOWEDORIGINS OR ALLOWEDORIGINS = "none" OR ALLOWEDORIGINS << "https://"`, "ALLOWEDORIGINS: https://a.example,https://b.example; none"},
	{address("EXTENSIONURL"), "EXTENSIONURL: https://..., file:///..., none"},
	{address("XPIURL"), "XPIURL: https://..., file:///..., none"},
}

func address(name string) string {
	return fmt.Sprintf(`NOT %[1]s OR %[1]s = "none" OR %[1]s << "https://" OR %[1]s << "file:///"`, name)
}

func oneOf(name string, values ...string) string {
	terms := []string{"NOT " + name}
	for _, v := range values {
		terms = append(terms, fmt.Sprintf(`%s = "%s"`, name, v))
	}
	return strings.Join(terms, " OR ")
}

// contents is what ponte.wxs is filled with.
type contents struct {
	Source, Version, FullVersion, ProductCode, UpgradeCode, PackageCode string

	Properties []property
	Files      []file
	Components []component
	Features   []feature
}

type file struct{ ID, Name, GUID string }

// component is what is in the registry together, or not at all.
type component struct {
	ID, GUID, Condition string
	Values              []value
}

type value struct {
	Key, Name, Value string
	KeyPath          bool
}

type feature struct {
	ID, Title string
	Fixed     bool // cannot be left out
	Parts     []string
}

// chromiums are the keys of the browsers of the family below SOFTWARE, and below SOFTWARE\Policies.
var chromiums = []string{`Google\Chrome`, `Microsoft\Edge`, `Chromium`}

const firefoxPolicies = `SOFTWARE\Policies\Mozilla\Firefox`

// entry names a value in a list of policies. The browsers read any number, and an administrator's own begin with 1.
const entry = "24880"

const (
	chromiumManifest = "it.ponte.host.chromium.json"
	firefoxManifest  = "it.ponte.host.firefox.json"
)

// given says that a property has a value that is not taken back.
func given(name string) string { return fmt.Sprintf(`%s AND %s <> "none"`, name, name) }

// registry is what is written there, and when.
func registry() (agent, tray, hosts, policies []component) {
	setup := component{ID: "Setup"}
	for _, p := range properties {
		setup.Values = append(setup.Values, value{Key: `SOFTWARE\Ponte\Setup`, Name: p.Name, Value: "[" + p.Name + "]"})
	}
	managed := `SOFTWARE\Policies\Ponte`
	agent = []component{
		setup,
		{ID: "ManagedSites", Condition: given("ALLOWEDORIGINS"), Values: []value{{Key: managed, Name: "allowed_sites", Value: "[ALLOWEDORIGINS]"}}},
		{ID: "ManagedLanguage", Condition: given("LANGUAGE"), Values: []value{{Key: managed, Name: "language", Value: "[LANGUAGE]"}}},
	}
	tray = []component{{
		ID: "RunKey", Condition: `AUTOSTART = "1" AND INSTALLSERVICE <> "1"`,
		Values: []value{{Key: `SOFTWARE\Microsoft\Windows\CurrentVersion\Run`, Name: "Ponte", Value: `"[INSTALLDIR]ponte-tray.exe"`}},
	}}
	host := component{ID: "Hosts"}
	allow := component{ID: "PolicyHosts", Condition: `BROWSERPOLICIES = "1"`}
	force := component{ID: "PolicyExtension", Condition: `BROWSERPOLICIES = "1" AND ` + given("EXTENSIONURL")}
	for _, key := range chromiums {
		host.Values = append(host.Values, value{Key: `SOFTWARE\` + key + `\NativeMessagingHosts\` + protocol.HostName, Value: `[INSTALLDIR]` + chromiumManifest})
		allow.Values = append(allow.Values, value{Key: `SOFTWARE\Policies\` + key + `\NativeMessagingAllowlist`, Name: entry, Value: protocol.HostName})
		force.Values = append(force.Values, value{Key: `SOFTWARE\Policies\` + key + `\ExtensionInstallForcelist`, Name: entry, Value: protocol.ExtensionIDChromium + ";[EXTENSIONURL]"})
	}
	host.Values = append(host.Values, value{Key: `SOFTWARE\Mozilla\NativeMessagingHosts\` + protocol.HostName, Value: `[INSTALLDIR]` + firefoxManifest})
	// Firefox takes a list from the registry only where its first entry is called 1, and that may be an administrator's:
	// these two are no lists.
	module := component{ID: "PolicyModule", Condition: `BROWSERPOLICIES = "1"`, Values: []value{
		{Key: firefoxPolicies + `\SecurityDevices\Add`, Name: "Ponte", Value: `[INSTALLDIR]ponte-pkcs11.dll`},
	}}
	extension := firefoxPolicies + `\ExtensionSettings\` + protocol.ExtensionIDFirefox
	addOn := component{ID: "PolicyAddOn", Condition: `BROWSERPOLICIES = "1" AND ` + given("XPIURL"), Values: []value{
		{Key: extension, Name: "installation_mode", Value: "force_installed"},
		{Key: extension, Name: "install_url", Value: "[XPIURL]"},
	}}
	return agent, tray, []component{host, module}, []component{allow, force, addOn}
}

// contents puts the programs and the other files into the working folder, and says what becomes of them.
func (s source) contents() (*contents, error) {
	number, err := s.number()
	if err != nil {
		return nil, err
	}
	c := &contents{
		Source: s.work, Version: number, FullVersion: s.version, Properties: properties, UpgradeCode: upgradeCode,
		ProductCode: guid("product", s.version), PackageCode: "{" + guid("package", fmt.Sprint(s.version, s.epoch)) + "}",
	}
	names, err := s.copyFiles()
	if err != nil {
		return nil, err
	}
	agent := feature{ID: "Agent", Title: "Ponte", Fixed: true}
	tray := feature{ID: "Tray", Title: "Icon"}
	hosts := feature{ID: "Browsers", Title: "Browsers"}
	policies := feature{ID: "Policies", Title: "Policies of the browsers"}
	for _, name := range names {
		c.Files = append(c.Files, file{ID: name, Name: name, GUID: guid("file", name)})
		of := &agent
		switch name {
		case "ponte-tray.exe":
			of = &tray
		case "ponte-pkcs11.dll", chromiumManifest, firefoxManifest:
			of = &hosts
		}
		of.Parts = append(of.Parts, name)
	}
	a, t, h, p := registry()
	for _, part := range []struct {
		of         *feature
		components []component
	}{{&agent, a}, {&tray, t}, {&hosts, h}, {&policies, p}} {
		for _, component := range part.components {
			component.GUID = guid("registry", component.ID)
			component.Values[0].KeyPath = true
			c.Components = append(c.Components, component)
			part.of.Parts = append(part.of.Parts, component.ID)
		}
	}
	c.Features = []feature{agent, tray, hosts, policies}
	return c, nil
}

// copyFiles puts everything that is installed, and the icon, into the working folder.
func (s source) copyFiles() ([]string, error) {
	names, err := s.programNames()
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("the list of programs names none for Windows")
	}
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(s.programs, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(s.work, name), b, 0o755)
		}
		if err != nil {
			return nil, fmt.Errorf("a program for Windows is missing: %w", err)
		}
	}
	for name, family := range map[string]browsers.Family{chromiumManifest: browsers.Chromium, firefoxManifest: browsers.Firefox} {
		b, err := browsers.ManifestFor(family, "ponte-nativehost.exe") // beside the manifest, wherever that is
		if err == nil {
			err = os.WriteFile(filepath.Join(s.work, name), b, 0o644)
		}
		if err != nil {
			return nil, err
		}
	}
	names = append(names, chromiumManifest, firefoxManifest)
	for _, name := range names {
		if err := s.stamp(filepath.Join(s.work, name)); err != nil {
			return nil, err
		}
	}
	return names, os.WriteFile(filepath.Join(s.work, "ponte.ico"), icon, 0o644)
}

// programNames reads programs.txt, whose fourth column is about Windows.
func (s source) programNames() ([]string, error) {
	b, err := os.ReadFile(s.list)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 4 || strings.HasPrefix(f[0], "#") || f[3] == "-" {
			continue
		}
		if filepath.Ext(f[0]) == "" {
			f[0] += ".exe"
		}
		names = append(names, f[0])
	}
	return names, nil
}

func (c *contents) write(path string) error {
	t, err := template.New("ponte.wxs").Parse(wxs)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := t.Execute(&b, c); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// guid makes an identity that is always the same for the same thing: a UUID of version 8 (RFC 9562).
func guid(kind, name string) string {
	sum := sha256.Sum256([]byte("it.ponte " + kind + " " + name))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	h := strings.ToUpper(hex.EncodeToString(sum[:16]))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
