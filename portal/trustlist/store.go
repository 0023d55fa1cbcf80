// SPDX-License-Identifier: BSD-3-Clause

package trustlist

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// StoreOptions describe a Store. Signers, Path and one of URL and File are needed.
type StoreOptions struct {
	Options
	Path string // the file in which the last good list is kept; several processes may share it
	URL  string // where the list comes from, see Fetch
	File string // or the file that somebody else downloads; read instead of URL

	Interval  time.Duration     // between refreshes, give or take a tenth. Zero: DefaultInterval
	Transport http.RoundTripper // nil: the usual one
	// OnChange is called, by Refresh, after another list has taken the place of the one before. Nil: nobody is told.
	OnChange func(Change)
	// OnError is called by Run when a refresh fails. The store goes on with the list it has. Nil: nobody is told.
	OnError func(error)
}

// DefaultInterval is the time between two refreshes.
const DefaultInterval = 24 * time.Hour

// Change is what a new list brings.
type Change struct {
	Previous, Sequence int64 // of the two lists; Previous is 0 when there was none
	Added, Removed     []Authority
}

// Store keeps the last good list, in memory and on disk. It may be used by several goroutines; it is a TrustSource of
// package portal, which it does not import.
type Store struct {
	options StoreOptions
	state   atomic.Pointer[state] // never nil

	mu sync.Mutex // one refresh at a time
}

// state does not change once it is stored.
type state struct {
	list *List // nil: none was ever read. It may have expired.
	pool *x509.CertPool
}

// OpenStore reads the list on disk, if there is one, and checks it as if it had just been fetched. A list that is not
// good any more is not an error: until Refresh brings another, the store trusts nobody. One whose signature was good but
// that has expired still counts as the one that no older list may replace. The error of reading a file that is there
// but cannot be used is given to OnError.
func OpenStore(o StoreOptions) (*Store, error) {
	o.Options = o.Options.withDefaults()
	switch {
	case o.Path == "":
		return nil, errors.New("a store of trusted lists needs a file")
	case (o.URL == "") == (o.File == ""):
		return nil, errors.New("a store of trusted lists needs either an address or a file to read from")
	case len(o.Signers) == 0:
		return nil, errors.New("no certificate of a signer: every trusted list would be refused")
	}
	if o.Interval <= 0 {
		o.Interval = DefaultInterval
	}
	s := &Store{options: o}
	s.state.Store(&state{})
	if err := s.adopt(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.tell(fmt.Errorf("the trusted list on disk: %w", err))
	}
	return s, nil
}

// List is the current one, or nil if there is none that may be used.
func (s *Store) List() *List {
	l := s.state.Load().list
	if l == nil || l.current(s.options.Now()) != nil {
		return nil
	}
	return l
}

// TrustAnchors are the certificates of the authorities of the current list; nil if there is none that may be used, also
// once it has expired. It takes no lock. The pool does not change.
func (s *Store) TrustAnchors() *x509.CertPool {
	now := s.state.Load()
	if now.list == nil || now.list.current(s.options.Now()) != nil {
		return nil
	}
	return now.pool
}

// Refresh fetches the list and, if it is good and not older, puts it in the place of the one before, on disk and then
// in memory. When it fails, everything stays as it was, unless another process has put a newer one on disk meanwhile.
func (s *Store) Refresh(ctx context.Context) (Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.state.Load().list
	onDisk := s.adopt() // another process may have a newer one
	err := s.renew(ctx, onDisk == nil)
	after := s.state.Load().list
	if before == after {
		if err != nil {
			return Change{}, err
		}
		return Change{Previous: after.Sequence, Sequence: after.Sequence}, nil
	}
	change := compare(before, after)
	if s.options.OnChange != nil {
		s.options.OnChange(change)
	}
	return change, err
}

// renew fetches the list. kept says that the one in memory is on disk as well.
func (s *Store) renew(ctx context.Context, kept bool) error {
	b, err := s.fetch(ctx)
	if err != nil {
		return err
	}
	fresh, held := s.state.Load().list, s.state.Load().list
	if held == nil || held.sum != sha256.Sum256(b) {
		if fresh, err = read(b, s.options.Options); err != nil {
			return err
		}
		kept = false
	}
	if err := fresh.current(s.options.Now()); err != nil {
		return err
	}
	if err := notOlder(fresh, held); err != nil {
		return err
	}
	if !kept {
		if err := writeWhole(s.options.Path, b); err != nil {
			return fmt.Errorf("keeping the trusted list: %w", err)
		}
	}
	if fresh != held {
		s.put(fresh)
	}
	return nil
}

func (s *Store) fetch(ctx context.Context) ([]byte, error) {
	if s.options.File != "" {
		return ReadFile(s.options.File)
	}
	return Fetch(ctx, s.options.URL, s.options.Transport)
}

// adopt takes the list on disk if its signature is good and it is not older than the one in memory.
func (s *Store) adopt() error {
	b, err := ReadFile(s.options.Path)
	if err != nil {
		return err
	}
	held := s.state.Load().list
	if held != nil && held.sum == sha256.Sum256(b) {
		return nil
	}
	kept, err := read(b, s.options.Options)
	if err != nil {
		return err
	}
	if err := notOlder(kept, held); err != nil {
		return err
	}
	s.put(kept)
	return kept.current(s.options.Now())
}

func (s *Store) put(l *List) {
	pool := x509.NewCertPool()
	for _, a := range l.Authorities {
		pool.AddCert(a.Certificate)
	}
	s.state.Store(&state{list: l, pool: pool})
}

func (s *Store) tell(err error) {
	if s.options.OnError != nil {
		s.options.OnError(err)
	}
}

// notOlder compares sequence numbers and, when they are the same, dates of issue.
func notOlder(fresh, held *List) error {
	if held == nil {
		return nil
	}
	if fresh.Sequence < held.Sequence || fresh.Sequence == held.Sequence && fresh.Issued.Before(held.Issued) {
		return fmt.Errorf("%w: number %d of %s, where number %d of %s is held", ErrOlder,
			fresh.Sequence, fresh.Issued.Format(time.DateOnly), held.Sequence, held.Issued.Format(time.DateOnly))
	}
	return nil
}

func compare(before, after *List) Change {
	c := Change{Sequence: after.Sequence}
	had := map[[sha256.Size]byte]bool{}
	if before != nil {
		c.Previous = before.Sequence
		for _, a := range before.Authorities {
			had[sha256.Sum256(a.Certificate.Raw)] = true
		}
	}
	has := map[[sha256.Size]byte]bool{}
	for _, a := range after.Authorities {
		sum := sha256.Sum256(a.Certificate.Raw)
		if has[sum] = true; !had[sum] {
			c.Added = append(c.Added, a)
		}
	}
	if before != nil {
		for _, a := range before.Authorities {
			if !has[sha256.Sum256(a.Certificate.Raw)] {
				c.Removed = append(c.Removed, a)
			}
		}
	}
	return c
}

// writeWhole writes a file that appears whole or not at all. Everybody may read it: the list is public.
func writeWhole(name string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".trustlist-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(b)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
