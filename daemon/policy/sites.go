// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// Site is what is remembered of a site.
type Site struct {
	Origin  protocol.Origin `json:"origin"`
	Allowed bool            `json:"allowed"`        // else blocked
	Scopes  []string        `json:"scopes"`         // what an allowed site may do without being asked again
	Since   time.Time       `json:"since,omitzero"` // to the day is enough: this is no log
	Managed bool            `json:"managed"`        // set by the administrator
}

// ScopeStatus is the scope that an allowed site has (PROTOCOL.md, section 4). A login needs the PIN each time, data of the
// holder a consent each time: no scope stands for them.
const ScopeStatus = "status"

// maxSites bounds the file of sites; those set longest ago go first.
const maxSites = 1000

// Sites remembers sites in a file. The agent and the command line may use the same file at once: it is read again when it
// has changed, and replaced as a whole under a lock. A file that cannot be read makes no site a stranger: what it said
// before holds, and when that is not known nobody may ask.
type Sites struct {
	// Changed is called, without a lock, when something may have changed; nil: nobody is told.
	Changed func()
	Log     *slog.Logger // where to say that the list is damaged; may be nil

	file     string
	settings Source

	mu     sync.Mutex
	seen   fs.FileInfo
	read   bool // seen says something
	sites  []remembered
	known  bool  // sites says something
	damage error // why the file of now cannot be used
}

// remembered is a site in the file.
type remembered struct {
	Origin  protocol.Origin `json:"origin"`
	Allowed bool            `json:"allowed"`
	Since   time.Time       `json:"since,omitzero"`
}

// OpenSites remembers sites in a file that need not exist, under what the administrator has set now.
func OpenSites(file string, settings Source) *Sites {
	return &Sites{file: file, settings: settings}
}

// Errors of Sites.
var (
	ErrManagedSite = errors.New("this site was set by the administrator")
	ErrDamaged     = errors.New("the list of sites is damaged")
)

// managed tells what the administrator has set of a site. Blocked wins.
func (s *Sites) managed(o protocol.Origin) (site Site, ok bool) {
	settings := s.settings.Settings()
	switch {
	case slices.Contains(settings.BlockedSites, o):
		return Site{Origin: o, Scopes: []string{}, Managed: true}, true
	case slices.Contains(settings.AllowedSites, o):
		site := Site{Origin: o, Allowed: true, Scopes: []string{}, Managed: true}
		if settings.Permits(o, ScopeStatus) {
			site.Scopes = append(site.Scopes, ScopeStatus)
		}
		return site, true
	case settings.OnlyListedSites():
		return Site{Origin: o, Scopes: []string{}, Managed: true}, true
	}
	return Site{}, false
}

func (r remembered) site() Site {
	site := Site{Origin: r.Origin, Allowed: r.Allowed, Scopes: []string{}, Since: r.Since}
	if r.Allowed {
		site.Scopes = []string{ScopeStatus}
	}
	return site
}

// Find tells what is remembered of a site; ok is false when nothing is. With ErrDamaged that cannot be said: the site may
// have been blocked.
func (s *Sites) Find(o protocol.Origin) (site Site, ok bool, err error) {
	if site, ok := s.managed(o); ok {
		return site, true, nil
	}
	defer s.tellAfter(s.refresh())
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known {
		return Site{}, false, s.damage
	}
	if found := find(s.sites, o); found != nil {
		return found.site(), true, nil
	}
	return Site{}, false, nil
}

// List gives every site, in the order of their names.
func (s *Sites) List() ([]Site, error) {
	defer s.tellAfter(s.refresh())
	settings := s.settings.Settings()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.damage != nil {
		return nil, s.damage
	}
	list := []Site{}
	for _, o := range slices.Concat(settings.BlockedSites, settings.AllowedSites) {
		if site, _ := s.managed(o); !slices.ContainsFunc(list, func(x Site) bool { return x.Origin == o }) {
			list = append(list, site)
		}
	}
	for _, r := range s.sites {
		if _, set := s.managed(r.Origin); !set {
			list = append(list, r.site())
		}
	}
	slices.SortFunc(list, func(a, b Site) int { return cmp.Compare(a.Origin.String(), b.Origin.String()) })
	return list, nil
}

// Set allows or blocks a site. Setting what is set already changes nothing.
func (s *Sites) Set(o protocol.Origin, allowed bool) error {
	return s.change(o, func(sites []remembered) ([]remembered, bool) {
		if found := find(sites, o); found != nil && found.Allowed == allowed {
			return sites, false
		}
		sites = slices.DeleteFunc(sites, func(x remembered) bool { return x.Origin == o })
		return with(sites, o, allowed), true
	})
}

// with adds a site as the one that was set last.
func with(sites []remembered, o protocol.Origin, allowed bool) []remembered {
	sites = append(sites, remembered{Origin: o, Allowed: allowed, Since: time.Now().UTC().Truncate(24 * time.Hour)})
	return sites[max(0, len(sites)-maxSites):]
}

// Welcome remembers that a site may ask, unless something else was said of it meanwhile.
func (s *Sites) Welcome(o protocol.Origin) error {
	return s.change(o, func(sites []remembered) ([]remembered, bool) {
		if find(sites, o) != nil {
			return sites, false
		}
		return with(sites, o, true), true
	})
}

// Forget makes a site unknown again. It says whether anything was remembered.
func (s *Sites) Forget(o protocol.Origin) (bool, error) {
	known := false
	err := s.change(o, func(sites []remembered) ([]remembered, bool) {
		known = find(sites, o) != nil
		return slices.DeleteFunc(sites, func(x remembered) bool { return x.Origin == o }), known
	})
	return known, err
}

// change edits the list as it is now in the file, whoever has written it.
func (s *Sites) change(o protocol.Origin, edit func([]remembered) ([]remembered, bool)) error {
	if _, set := s.managed(o); set {
		return fmt.Errorf("%s: %w", o, ErrManagedSite)
	}
	unlock, err := lock(s.file)
	if err != nil {
		return err
	}
	changed, err := s.edit(edit)
	unlock()
	s.tellAfter(changed)
	return err
}

func (s *Sites) edit(edit func([]remembered) ([]remembered, bool)) (changed bool, err error) {
	changed = s.refresh()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.damage != nil {
		return changed, s.damage
	}
	after, edited := edit(slices.Clone(s.sites))
	if !edited {
		return changed, nil
	}
	if err := s.save(after); err != nil {
		return changed, fmt.Errorf("remembering a site: %w", err)
	}
	return true, nil
}

// tellAfter tells whom it concerns.
func (s *Sites) tellAfter(changed bool) {
	if changed && s.Changed != nil {
		s.Changed()
	}
}

func find(sites []remembered, o protocol.Origin) *remembered {
	i := slices.IndexFunc(sites, func(x remembered) bool { return x.Origin == o })
	if i < 0 {
		return nil
	}
	return &sites[i]
}
