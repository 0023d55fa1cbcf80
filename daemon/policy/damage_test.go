// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

const (
	blockedSite = `{"origin":"https://blocked.example","allowed":false}`
	allowedSite = `{"origin":"https://portal.example","allowed":true}`
)

func damaged(t *testing.T) map[string]string {
	return map[string]string{
		"cut off":          write(t, `[`+blockedSite+`,{`),
		"empty":            write(t, ""),
		"binary":           write(t, "\x00\xff\xfe"),
		"not a list":       write(t, `{"sites":[`+blockedSite+`]}`),
		"null":             write(t, "null"),
		"a site twice":     write(t, `[`+blockedSite+`,`+strings.Replace(blockedSite, "false", "true", 1)+`]`),
		"without a site":   write(t, `[`+blockedSite+`,{}]`),
		"a name too long":  write(t, `[{"origin":"https://`+strings.Repeat("a", 10_000)+`.example","allowed":true}]`),
		"right to left":    write(t, "[{\"origin\":\"https://\u202eportal.example\",\"allowed\":true}]"),
		"control letters":  write(t, `[{"origin":"https://por\u0007tal.example","allowed":true}]`),
		"more than a list": write(t, `[`+blockedSite+`]x`),
		"too long":         write(t, "["+strings.Repeat(" ", maxSitesFile)+"]"),
	}
}

func TestADamagedListThatWasNeverReadMakesNoSiteAStranger(t *testing.T) {
	for name, file := range damaged(t) {
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s := OpenSites(file, Settings{Rules: Rules{AllowedSites: []protocol.Origin{origin(t, "https://managed.example")}}})
		for _, site := range []string{"https://blocked.example", "https://never-seen.example"} {
			if _, ok, err := s.Find(origin(t, site)); ok || !errors.Is(err, ErrDamaged) {
				t.Errorf("%s: %s: %v, %v", name, site, ok, err)
			}
		}
		if site, ok, err := s.Find(origin(t, "https://managed.example")); !ok || err != nil || !site.Allowed {
			t.Errorf("%s: what the administrator has set is lost: %v", name, err)
		}
		if _, err := s.List(); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.Set(origin(t, "https://other.example"), true); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Forget(origin(t, "https://blocked.example")); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
			t.Errorf("%s: the damaged file was changed", name)
		}
	}
}

func TestAListThatIsDamagedLaterHoldsAsItWas(t *testing.T) {
	file := write(t, `[`+blockedSite+`,`+allowedSite+`]`)
	s := OpenSites(file, Settings{})
	if _, err := s.List(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(`[{"origin":"https://blo`), 0o600); err != nil {
		t.Fatal(err)
	}
	if site, ok, err := s.Find(origin(t, "https://blocked.example")); !ok || site.Allowed || err != nil {
		t.Errorf("a blocked site: %+v, %v, %v", site, ok, err)
	}
	if site, ok, err := s.Find(origin(t, "https://portal.example")); !ok || !site.Allowed || err != nil {
		t.Errorf("an allowed site: %+v, %v, %v", site, ok, err)
	}
	if _, err := s.List(); !errors.Is(err, ErrDamaged) {
		t.Errorf("nobody is told: %v", err)
	}
	kept, err := s.Repair()
	if b, _ := os.ReadFile(kept); err != nil || string(b) != `[{"origin":"https://blo` {
		t.Errorf("kept %q: %v", b, err)
	}
	if list, err := OpenSites(file, Settings{}).List(); err != nil || len(list) != 2 || list[0].Allowed || !list[1].Allowed {
		t.Errorf("after the repair: %+v, %v", list, err)
	}
}

func TestRepairKeepsTheDamagedFileAndWhatCanBeRead(t *testing.T) {
	file := write(t, `[`+blockedSite+`,`+allowedSite+`,{"origin":`)
	told := 0
	s := OpenSites(file, Settings{})
	s.Changed = func() { told++ }
	kept, err := s.Repair()
	if b, _ := os.ReadFile(kept); err != nil || !strings.HasSuffix(string(b), `{"origin":`) || filepath.Dir(kept) != filepath.Dir(file) {
		t.Errorf("kept %q: %v", b, err)
	}
	if list, err := s.List(); err != nil || len(list) != 2 || list[0].Origin.Host() != "blocked.example" {
		t.Errorf("%+v, %v", list, err)
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	if kept, err := s.Repair(); kept != "" || err != nil {
		t.Errorf("nothing is damaged, yet: %q, %v", kept, err)
	}
	for name, file := range damaged(t) {
		s := OpenSites(file, Settings{})
		if kept, err := s.Repair(); err != nil || kept == "" {
			t.Errorf("%s: %q, %v", name, kept, err)
		}
		if _, err := s.List(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzASitesFile(f *testing.F) {
	f.Add([]byte(`[` + blockedSite + `]`))
	f.Add([]byte("[{}]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		sites, _ := decodeSites(b)
		for _, site := range sites {
			if site.Origin == (protocol.Origin{}) {
				t.Errorf("%+v", sites)
			}
		}
	})
}

// A megabyte of short entries would be compared each with all others, at each request of a site.
func TestAListOfMoreSitesThanAreRememberedIsDamaged(t *testing.T) {
	var b strings.Builder
	b.WriteString("[")
	for n := range maxSites + 1 {
		fmt.Fprintf(&b, "{\"origin\":\"https://s%d.example\"},", n)
	}
	file := filepath.Join(t.TempDir(), "sites.json")
	list := strings.TrimSuffix(b.String(), ",") + "]"
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	s := OpenSites(file, Settings{})
	if _, err := s.List(); !errors.Is(err, ErrDamaged) {
		t.Errorf("%v", err)
	}
	if _, err := s.Repair(); err != nil {
		t.Fatal(err)
	}
	if kept, err := s.List(); err != nil || len(kept) != maxSites {
		t.Errorf("%d sites, %v", len(kept), err)
	}
}
