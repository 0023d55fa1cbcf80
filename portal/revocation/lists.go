// SPDX-License-Identifier: BSD-3-Clause

package revocation

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"
)

// maxLists is how many lists are kept. One of 20 MB takes some 15 MB in memory; most have a few kB.
const maxLists = 256

// refreshAfter is when a list is fetched again although its nextUpdate is to come.
const refreshAfter = 24 * time.Hour

// lists are the revocation lists in memory. Who needs one that another is fetching waits for it.
type lists struct {
	web     *web
	options Options
	parsing chan struct{} // holds a token for each list that is being read: it takes many times its size for a moment

	mu     sync.Mutex
	held   map[listKey]*held
	flying map[listKey]*flight
}

// listKey is an address and who is to have signed what is there.
type listKey struct {
	address string
	issuer  [sha256.Size]byte
}

type held struct {
	*list
	fetched time.Time
}

// flight is a list on its way; list and err may be read when done is closed.
type flight struct {
	done chan struct{}
	list *list
	err  error
}

func newLists(w *web, o Options) *lists {
	return &lists{web: w, options: o, parsing: make(chan struct{}, 2), held: map[listKey]*held{}, flying: map[listKey]*flight{}}
}

// check gives the outcome and, if it is good, until when it holds.
func (ls *lists) check(ctx context.Context, address string, cert, issuer *x509.Certificate) (time.Time, error) {
	l, err := ls.find(ctx, address, issuer)
	if err != nil {
		return time.Time{}, err
	}
	if err := l.outcome(cert); err != nil {
		return time.Time{}, err
	}
	return l.nextUpdate, nil
}

// find gives the list at the address, from memory or from the net.
func (ls *lists) find(ctx context.Context, address string, issuer *x509.Certificate) (*list, error) {
	key := listKey{address, sha256.Sum256(append(append([]byte(nil), issuer.RawSubject...), issuer.RawSubjectPublicKeyInfo...))}
	ls.mu.Lock()
	h := ls.held[key]
	if h != nil && ls.inTime(h.list) != nil {
		delete(ls.held, key)
		h = nil
	}
	if h != nil && ls.options.Now().Sub(h.fetched) < refreshAfter {
		ls.mu.Unlock()
		return h.list, nil
	}
	f := ls.flying[key]
	if f == nil {
		f = &flight{done: make(chan struct{})}
		ls.flying[key] = f
		go ls.fetch(key, issuer, f) // ends within listTimeout, also when nobody waits any more: the next one needs it
	}
	ls.mu.Unlock()
	select {
	case <-f.done:
	case <-ctx.Done():
		f = &flight{err: fmt.Errorf("fetching the list: %w", ctx.Err())}
	}
	if f.err != nil && h != nil {
		return h.list, nil // it is good still
	}
	return f.list, f.err
}

func (ls *lists) fetch(key listKey, issuer *x509.Certificate, f *flight) {
	ctx, cancel := context.WithTimeout(context.Background(), listTimeout)
	defer cancel()
	l, err := ls.download(ctx, key.address, issuer)
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if h := ls.held[key]; err == nil && h != nil && h.number != nil && (l.number == nil || l.number.Cmp(h.number) < 0) {
		l, err = nil, errors.New("the list is older than the one before")
	}
	if err == nil {
		ls.makeRoom()
		ls.held[key] = &held{l, ls.options.Now()}
	}
	f.list, f.err = l, err
	delete(ls.flying, key)
	close(f.done)
}

func (ls *lists) download(ctx context.Context, address string, issuer *x509.Certificate) (*list, error) {
	der, err := ls.web.get(ctx, address, maxList)
	if err != nil {
		return nil, err
	}
	ls.parsing <- struct{}{}
	defer func() { <-ls.parsing }()
	l, err := readList(der, issuer)
	if err != nil {
		return nil, err
	}
	return l, ls.inTime(l)
}

func (ls *lists) inTime(l *list) error {
	if err := inTime(l.thisUpdate, l.nextUpdate, ls.options.Now(), ls.options.MaxAge); err != nil {
		return fmt.Errorf("a list %w", err)
	}
	return nil
}

// makeRoom forgets the list that was fetched longest ago, if there are too many.
func (ls *lists) makeRoom() {
	if len(ls.held) < maxLists {
		return
	}
	var oldest listKey
	var when time.Time
	for k, h := range ls.held {
		if when.IsZero() || h.fetched.Before(when) {
			oldest, when = k, h.fetched
		}
	}
	delete(ls.held, oldest)
}
