// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// fakeHive is a registry in memory: values by their key.
type fakeHive map[string]map[string]any

func (h fakeHive) values(key string, max int) (map[string]any, error) {
	found, ok := h[key]
	switch {
	case !ok:
		return nil, fs.ErrNotExist
	case len(found) > max:
		return nil, errors.New("too many values")
	}
	return found, nil
}

// liveFrom is OpenLive for a policy that is rendered.
func liveFrom(t *testing.T, render func() ([]byte, error)) (*Live, error) {
	t.Helper()
	l := &Live{user: layer{file: absent}, managed: layer{file: "HKLM", render: render}}
	l.managed.refresh(l.managed.checkManaged)
	if l.managed.err != nil {
		return nil, l.managed.err
	}
	l.user.refresh(func(b []byte) error { return checkUser(absent, b) })
	l.now = l.compose()
	return l, nil
}

func under(name string) string { return registryRoot + `\` + name }

func TestARegistryWithAWrongValueIsRefusedByTheNameOfTheValue(t *testing.T) {
	many := map[string]any{}
	for i := range maxValues + 1 {
		many[fmt.Sprint(i)] = "x"
	}
	for want, h := range map[string]fakeHive{
		"log_level":        {registryRoot: {"log_level": uint64(3)}},
		"developer_mode":   {registryRoot: {"developer_mode": uint64(2)}},
		"update_notice":    {registryRoot: {"update_notice": "off"}},
		"language":         {registryRoot: {"language": "fr"}},
		"type":             {registryRoot: {"language": nil}},
		"1, 2, 3":          {registryRoot: {}, under("allowed_sites"): {"one": "https://a.example"}},
		"REG_SZ":           {registryRoot: {}, under("allowed_sites"): {"1": uint64(7)}},
		"allowed_sites":    {registryRoot: {}, under("allowed_sites"): {"1": "portal.example"}},
		"no number":        {registryRoot: {}, under("websocket_ports"): {"1": "x"}},
		"too many values":  {registryRoot: many},
		"status, login":    {registryRoot: {}, under("site_scopes"): {"https://a.example": "everything"}},
		"longer than":      {registryRoot: {"language": strings.Repeat("x", maxFile)}},
		"native_messaging": {registryRoot: {"native_messaging": "on\"\nwebsocket = \"off"}},
	} {
		_, err := liveFrom(t, func() ([]byte, error) { return fromRegistry(h) })
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), ", line ") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestARegistrySetsWhatAFileSets(t *testing.T) {
	h := fakeHive{
		registryRoot:             {"": "x", "language": "de", "developer_mode": uint64(0), "update_notice": uint64(0), "other_sites": "refuse", "key_of_tomorrow": uint64(1)},
		under("allowed_sites"):   {"1": "https://a.example", "2": "https://b.example", "10": "https://c.example"},
		under("websocket_ports"): {"1": "24882"},
		under("site_scopes"):     {"https://a.example": "status  login"},
	}
	l, err := liveFrom(t, func() ([]byte, error) { return fromRegistry(h) })
	if err != nil {
		t.Fatal(err)
	}
	s := l.Settings()
	if s.Language != "de" || s.DeveloperMode() || s.UpdateNoticeOn() || !s.Managed("developer_mode") || !s.OnlyListedSites() || len(s.AllowedSites) != 3 ||
		s.AllowedSites[2].String() != "https://c.example" || !slices.Equal(s.WebSocketPorts(), []int{24882}) ||
		!s.Permits(origin(t, "https://a.example"), "login") || s.Permits(origin(t, "https://a.example"), "sign") {
		t.Errorf("%+v", s)
	}
	if u := l.Unknown(); len(u) != 1 || u[0].Line != 0 || !strings.Contains(u[0].Message, "key_of_tomorrow") {
		t.Errorf("%+v", u)
	}
	msi := fakeHive{registryRoot: {"allowed_sites": "https://a.example, https://b.example", "websocket_ports": []string{"24881"}}}
	if b, err := fromRegistry(msi); err != nil || string(b) != "\"allowed_sites\" = [\"https://a.example\", \"https://b.example\"]\n\"websocket_ports\" = [24881]\n" {
		t.Errorf("%q, %v", b, err)
	}
	if b, err := fromRegistry(fakeHive{}); b != nil || err != nil {
		t.Errorf("no policy: %q, %v", b, err)
	}
}

func TestARegistryThatBecomesWrongLeavesInForceWhatItSaid(t *testing.T) {
	h := fakeHive{registryRoot: {"language": "de"}}
	told := 0
	l, err := liveFrom(t, func() ([]byte, error) { return fromRegistry(h) })
	if err != nil {
		t.Fatal(err)
	}
	l.OnChange(func(Settings) { told++ })
	h[registryRoot]["language"] = uint64(1)
	if s := l.Settings(); s.Language != "de" || l.Err() == nil {
		t.Errorf("%+v, %v", s, l.Err())
	}
	h[registryRoot]["language"] = "en"
	if s := l.Settings(); s.Language != "en" || l.Err() != nil {
		t.Errorf("%+v, %v", s, l.Err())
	}
	if l.Settings(); told != 2 {
		t.Errorf("told of %d changes", told)
	}
}

const plistHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">`

func TestManagedPreferencesThatAreNoPolicyAreRefused(t *testing.T) {
	for _, text := range []string{
		"", "bplist00", plistHead + "<array/></plist>", plistHead + "<dict><key>language</key><date>2026-01-01T00:00:00Z</date></dict></plist>",
		plistHead + "<dict><key>language</key><string>it", plistHead + "<dict><key>a</key>" + strings.Repeat("<array>", 50),
		plistHead + "<dict><key>websocket_ports</key><array><integer>24880</integer><string>x</string></array></dict></plist>",
		plistHead + "<dict><key>websocket_ports</key><array><integer>9999999999999999999</integer></array></dict></plist>",
		plistHead + "<dict><key>language</key><integer>1</integer></dict></plist>",
		plistHead + "<dict><key>site_scopes</key><dict><key>https://a.example</key><array><integer>1</integer></array></dict></dict></plist>",
		`<!DOCTYPE plist [<!ENTITY a "it">]><plist><dict><key>language</key><string>&a;</string></dict></plist>`,
		plistHead + "<dict><key>x</key><string>" + strings.Repeat("x", maxFile) + "</string></dict></plist>",
	} {
		if _, err := liveFrom(t, func() ([]byte, error) { return fromPreferences([]byte(text)) }); err == nil {
			t.Errorf("%.150s was taken", text)
		}
	}
}

func TestManagedPreferencesSetWhatAFileSets(t *testing.T) {
	l, err := liveFrom(t, func() ([]byte, error) {
		return fromPreferences([]byte(plistHead + `<dict>
			<key>language</key><string>de</string>
			<key>developer_mode</key><false/>
			<key>update_notice</key><false/>
			<key>blocked_sites</key><array><string>https://b.example</string></array>
			<key>websocket_ports</key><array><integer>24881</integer></array>
			<key>site_scopes</key><dict><key>https://a.example</key><array><string>login</string></array></dict>
		</dict></plist>`))
	})
	if err != nil {
		t.Fatal(err)
	}
	s := l.Settings()
	if s.Language != "de" || !s.Managed("developer_mode") || s.UpdateNoticeOn() || len(s.BlockedSites) != 1 || !slices.Equal(s.WebSocketPorts(), []int{24881}) ||
		s.Permits(origin(t, "https://a.example"), "status") {
		t.Errorf("%+v", s)
	}
}

func FuzzManagedPreferences(f *testing.F) {
	f.Add([]byte(plistHead + "<dict><key>language</key><string>it</string></dict></plist>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := fromPreferences(b)
		if err == nil && len(text) > maxFile {
			t.Errorf("%d bytes of policy", len(text))
		}
	})
}
