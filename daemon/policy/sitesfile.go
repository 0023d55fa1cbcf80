// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// maxSitesFile bounds the file of sites, in bytes.
const maxSitesFile = 1 << 20

// refresh reads the file when it is another one than last time. It says whether that has changed anything.
func (s *Sites) refresh() (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(s.file)
	if err != nil {
		info = nil
	}
	if s.read && s.damage == nil && sameFile(info, s.seen) {
		return false
	}
	first := !s.read
	s.read, s.seen = true, info
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		var sites []remembered
		if sites, err = s.parse(); err == nil {
			same := s.known && slices.Equal(sites, s.sites)
			s.sites, s.known, s.damage = sites, true, nil
			return !first && !same
		}
	}
	if s.damage == nil && s.Log != nil {
		s.Log.Error("the list of sites cannot be read: `ponte sites repair` begins it anew", "known", s.known, "err", err)
	}
	s.damage = fmt.Errorf("%w: %s: %w", ErrDamaged, s.file, err)
	return false
}

// parse reads the file. One that does not exist remembers nobody.
func (s *Sites) parse() ([]remembered, error) {
	b, err := s.content()
	if err != nil || b == nil {
		return nil, err
	}
	sites, err := decodeSites(b)
	if err != nil {
		return nil, err
	}
	return sites, nil
}

func (s *Sites) content() ([]byte, error) {
	f, err := open(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxSitesFile+1))
	if err == nil && len(b) > maxSitesFile {
		err = fmt.Errorf("longer than %d bytes", maxSitesFile)
	}
	return b, err
}

// decodeSites reads a list. With the error come the sites before the place where it is damaged.
func decodeSites(b []byte) ([]remembered, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil, errors.New("not a list of sites")
	}
	sites := []remembered{}
	for d.More() {
		var site remembered
		if err := d.Decode(&site); err != nil {
			return sites, err
		}
		if len(sites) >= maxSites { // each is compared with all before it
			return sites, fmt.Errorf("more than %d sites", maxSites)
		}
		if site.Origin == (protocol.Origin{}) || find(sites, site.Origin) != nil {
			return sites, errors.New("a site without an origin, or twice")
		}
		sites = append(sites, site)
	}
	if _, err := d.Token(); err != nil {
		return sites, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return sites, errors.New("something comes after the list")
	}
	return sites, nil
}

// save replaces the file. The caller has both locks.
func (s *Sites) save(sites []remembered) error {
	b, err := json.MarshalIndent(sites, "", "  ")
	if err != nil {
		return err
	}
	if err := replace(s.file, append(b, '\n')); err != nil {
		return err
	}
	info, err := os.Stat(s.file)
	if err != nil {
		return err
	}
	s.sites, s.known, s.damage, s.read, s.seen = sites, true, nil, true, info
	return nil
}

// Repair begins a damaged list anew with what is still known of it, and keeps the damaged file under another name, which
// it gives. Where nothing is damaged it does nothing. A site that was blocked may be a stranger then: the citizen has to
// ask for it.
func (s *Sites) Repair() (kept string, err error) {
	unlock, err := lock(s.file)
	if err != nil {
		return "", err
	}
	kept, err = s.repair()
	unlock()
	s.tellAfter(err == nil && kept != "")
	return kept, err
}

func (s *Sites) repair() (kept string, err error) {
	s.refresh()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.damage == nil {
		return "", nil
	}
	sites := s.sites
	if !s.known {
		if b, err := s.content(); err == nil {
			sites, _ = decodeSites(b) // those before the damage
		}
	}
	kept = fmt.Sprintf("%s.damaged-%s", s.file, time.Now().UTC().Format("20060102-150405.000"))
	if err := os.Rename(s.file, kept); err != nil {
		return "", fmt.Errorf("keeping the damaged list: %w", err)
	}
	if err := s.save(slices.Clone(sites)); err != nil {
		return kept, fmt.Errorf("beginning the list anew: %w", err)
	}
	return kept, nil
}
