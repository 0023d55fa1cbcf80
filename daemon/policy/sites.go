// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// Site is what is remembered of a site.
type Site struct {
	Origin  protocol.Origin `json:"origin"`
	Allowed bool            `json:"allowed"`        // else blocked
	Since   time.Time       `json:"since,omitzero"` // to the day is enough: this is no log
	Managed bool            `json:"managed"`        // set by the administrator
}

// maxSites bounds the file of sites; those set longest ago go first.
const maxSites = 1000

// Sites remembers sites in a file. The agent and the command line may use the same file at once: it is read again when it
// has changed, and replaced as a whole.
type Sites struct {
	file    string
	managed []Site

	mu    sync.Mutex
	seen  time.Time
	size  int64
	sites []Site
}

// OpenSites remembers sites in a file that need not exist, under what the administrator has set.
func OpenSites(file string, s Settings) *Sites {
	sites := &Sites{file: file}
	for _, o := range s.BlockedSites {
		sites.managed = append(sites.managed, Site{Origin: o, Managed: true})
	}
	for _, o := range s.AllowedSites {
		if sites.find(sites.managed, o) == nil { // blocked wins
			sites.managed = append(sites.managed, Site{Origin: o, Allowed: true, Managed: true})
		}
	}
	return sites
}

// ErrManagedSite: what the administrator has set cannot be changed by the citizen.
var ErrManagedSite = errors.New("this site was set by the administrator")

// Find tells what is remembered of a site; ok is false when nothing is.
func (s *Sites) Find(o protocol.Origin) (site Site, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.find(s.managed, o); found != nil {
		return *found, true
	}
	if err := s.load(); err != nil {
		return Site{}, false
	}
	if found := s.find(s.sites, o); found != nil {
		return *found, true
	}
	return Site{}, false
}

// List gives every site, in the order of their names.
func (s *Sites) List() ([]Site, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.load(); err != nil {
		return nil, err
	}
	list := slices.Clone(s.managed)
	for _, site := range s.sites {
		if s.find(s.managed, site.Origin) == nil {
			list = append(list, site)
		}
	}
	slices.SortFunc(list, func(a, b Site) int { return cmp.Compare(a.Origin.String(), b.Origin.String()) })
	return list, nil
}

// Set allows or blocks a site. Setting what is set already changes nothing.
func (s *Sites) Set(o protocol.Origin, allowed bool) error {
	return s.change(o, func(sites []Site) []Site {
		if found := s.find(sites, o); found != nil && found.Allowed == allowed {
			return sites
		}
		sites = slices.DeleteFunc(sites, func(x Site) bool { return x.Origin == o })
		sites = append(sites, Site{Origin: o, Allowed: allowed, Since: time.Now().UTC().Truncate(24 * time.Hour)})
		return sites[max(0, len(sites)-maxSites):]
	})
}

// Forget makes a site unknown again. It says whether anything was remembered.
func (s *Sites) Forget(o protocol.Origin) (bool, error) {
	known := false
	err := s.change(o, func(sites []Site) []Site {
		known = s.find(sites, o) != nil
		return slices.DeleteFunc(sites, func(x Site) bool { return x.Origin == o })
	})
	return known, err
}

func (s *Sites) change(o protocol.Origin, edit func([]Site) []Site) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.find(s.managed, o) != nil {
		return fmt.Errorf("%s: %w", o, ErrManagedSite)
	}
	if err := s.load(); err != nil {
		return err
	}
	before := slices.Clone(s.sites)
	after := edit(slices.Clone(s.sites))
	if slices.Equal(before, after) {
		return nil
	}
	if err := s.save(after); err != nil {
		return fmt.Errorf("remembering a site: %w", err)
	}
	s.sites = after
	return nil
}

func (*Sites) find(sites []Site, o protocol.Origin) *Site {
	i := slices.IndexFunc(sites, func(x Site) bool { return x.Origin == o })
	if i < 0 {
		return nil
	}
	return &sites[i]
}

// load reads the file when it is another one than last time.
func (s *Sites) load() error {
	info, err := os.Stat(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		s.sites, s.seen, s.size = nil, time.Time{}, 0
		return nil
	}
	if err != nil {
		return err
	}
	if info.ModTime().Equal(s.seen) && info.Size() == s.size {
		return nil
	}
	if info.Size() > 1<<20 {
		return fmt.Errorf("%s: longer than 1 MiB", s.file)
	}
	b, err := os.ReadFile(s.file)
	if err != nil {
		return err
	}
	var sites []Site
	if err := json.Unmarshal(b, &sites); err != nil {
		return fmt.Errorf("%s: %w", s.file, err)
	}
	s.sites, s.seen, s.size = sites, info.ModTime(), info.Size()
	return nil
}

// save replaces the file as a whole, readable by its owner only.
func (s *Sites) save(sites []Site) error {
	b, err := json.MarshalIndent(sites, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.file), 0o700); err != nil {
		return err
	}
	t, err := os.CreateTemp(filepath.Dir(s.file), ".sites-*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(t.Name()) }()
	_, err = t.Write(append(b, '\n'))
	if err := errors.Join(err, t.Sync(), t.Close()); err != nil {
		return err
	}
	return os.Rename(t.Name(), s.file)
}
