// SPDX-License-Identifier: BSD-3-Clause

package trustlist_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/trustlist"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// bench is a store in a directory of its own that reads what the test publishes.
type bench struct {
	t       *testing.T
	options trustlist.StoreOptions
	source  string
	changes []trustlist.Change
	errors  []error
}

func newBench(t *testing.T) *bench {
	dir := t.TempDir()
	b := &bench{t: t, source: filepath.Join(dir, "published.xml")}
	b.options = trustlist.StoreOptions{
		Options: options(), Path: filepath.Join(dir, "state", "list.xml"), File: b.source,
		OnChange: func(c trustlist.Change) { b.changes = append(b.changes, c) },
		OnError:  func(err error) { b.errors = append(b.errors, err) },
	}
	return b
}

func (b *bench) open() *trustlist.Store {
	b.t.Helper()
	s, err := trustlist.OpenStore(b.options)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bench) publish(o testpki.ListOptions) { write(b.t, b.source, pki.SignedTrustedList(o)) }

func (b *bench) refresh(s *trustlist.Store) {
	b.t.Helper()
	if _, err := s.Refresh(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func trusts(s *trustlist.Store, cert *x509.Certificate) bool {
	pool, want := s.TrustAnchors(), x509.NewCertPool()
	want.AddCert(cert)
	return pool != nil && pool.Equal(want)
}

func TestAStoreRefusesWhatIsNotBetterAndKeepsTheLastGoodList(t *testing.T) {
	b := newBench(t)
	b.publish(testpki.ListOptions{Sequence: 7})
	s := b.open()
	b.refresh(s)
	good, err := os.ReadFile(b.options.Path)
	if err != nil {
		t.Fatal(err)
	}
	tampered := bytes.Replace(good, []byte("Prova S.p.A."), []byte("Altra S.p.A."), 1)
	for name, c := range map[string]struct {
		list []byte
		want error
	}{
		"an older one":                       {pki.SignedTrustedList(testpki.ListOptions{Sequence: 6}), trustlist.ErrOlder},
		"one of the same number, but before": {pki.SignedTrustedList(testpki.ListOptions{Sequence: 7, Issued: time.Now().AddDate(0, 0, -3)}), trustlist.ErrOlder},
		"an expired one":                     {pki.SignedTrustedList(testpki.ListOptions{Sequence: 8, NextUpdate: time.Now().Add(-time.Hour)}), trustlist.ErrExpired},
		"one of somebody else":               {pki.SignedTrustedList(testpki.ListOptions{Sequence: 8, SignedBy: testpki.OtherOperator}), trustlist.ErrSignature},
		"a tampered one":                     {tampered, trustlist.ErrSignature},
		"an unsigned one":                    {pki.TrustedList(), trustlist.ErrUnsigned},
		"half of one":                        {good[:len(good)/2], trustlist.ErrFormat},
		"nothing":                            {nil, trustlist.ErrFormat},
		"one that is too large":              {make([]byte, trustlist.MaxSize+1), trustlist.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			write(t, b.source, c.list)
			_, err := s.Refresh(t.Context())
			wantError(t, err, c.want)
			if !trusts(s, pki.CA()) || s.List().Sequence != 7 {
				t.Error("the good list is gone from memory")
			}
			if kept, err := os.ReadFile(b.options.Path); err != nil || !bytes.Equal(kept, good) {
				t.Errorf("the good list is gone from the disk: %v", err)
			}
		})
	}
	if len(b.changes) != 1 {
		t.Errorf("told of %d changes", len(b.changes))
	}
}

func TestAListOnDiskIsCheckedAgainWhenItIsLoaded(t *testing.T) {
	for name, c := range map[string]struct {
		list []byte
		want error
	}{
		"a forged one":   {pki.SignedTrustedList(testpki.ListOptions{SignedBy: testpki.OtherOperator}), trustlist.ErrSignature},
		"an expired one": {pki.SignedTrustedList(testpki.ListOptions{NextUpdate: time.Now().Add(-time.Hour)}), trustlist.ErrExpired},
		"garbage":        {[]byte("garbage"), trustlist.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.options.Path = write(t, "list.xml", c.list)
			s := b.open()
			if s.TrustAnchors() != nil || s.List() != nil {
				t.Error("it is trusted")
			}
			if len(b.errors) != 1 || !errors.Is(b.errors[0], c.want) {
				t.Errorf("told of %v", b.errors)
			}
		})
	}
}

func TestAnExpiredListOnDiskStillKeepsOlderOnesOut(t *testing.T) {
	b := newBench(t)
	b.options.Path = write(t, "list.xml", pki.SignedTrustedList(testpki.ListOptions{Sequence: 9, NextUpdate: time.Now().Add(-time.Hour)}))
	s := b.open()
	b.publish(testpki.ListOptions{Sequence: 8})
	_, err := s.Refresh(t.Context())
	wantError(t, err, trustlist.ErrOlder)
	b.publish(testpki.ListOptions{Sequence: 10})
	b.refresh(s)
	if !trusts(s, pki.CA()) {
		t.Error("the new list is not trusted")
	}
}

func TestAListThatExpiresWhileThePortalRunsIsTrustedNoMore(t *testing.T) {
	b := newBench(t)
	now := time.Now()
	b.options.Now = func() time.Time { return now }
	b.publish(testpki.ListOptions{NextUpdate: now.Add(time.Hour)})
	s := b.open()
	b.refresh(s)
	now = now.Add(time.Hour + time.Second)
	if s.TrustAnchors() != nil || s.List() != nil {
		t.Error("still trusted")
	}
	if _, err := s.Refresh(t.Context()); !errors.Is(err, trustlist.ErrExpired) {
		t.Errorf("the same list again: %v", err)
	}
}

func TestAChangeTellsWhoWasAddedAndRemoved(t *testing.T) {
	b := newBench(t)
	old, kept, added := authority(t, "old", nil), authority(t, "kept", nil), authority(t, "added", nil)
	b.publish(testpki.ListOptions{Sequence: 1, Services: []testpki.ListService{idv("old", old), idv("kept", kept)}})
	s := b.open()
	b.refresh(s)
	b.refresh(s) // the same again
	b.publish(testpki.ListOptions{Sequence: 2, Services: []testpki.ListService{idv("kept", kept), idv("added", added)}})
	b.refresh(s)
	if len(b.changes) != 2 {
		t.Fatalf("told of %d changes", len(b.changes))
	}
	for i, want := range []string{"0>1 [old kept] []", "1>2 [added] [old]"} {
		c := b.changes[i]
		if got := fmt.Sprintf("%d>%d %v %v", c.Previous, c.Sequence, names(c.Added), names(c.Removed)); got != want {
			t.Errorf("change %s, not %s", got, want)
		}
	}
}

func TestTheListIsThereAfterARestart(t *testing.T) {
	b := newBench(t)
	b.publish(testpki.ListOptions{})
	b.refresh(b.open())
	if err := os.Remove(b.source); err != nil {
		t.Fatal(err)
	}
	s := b.open()
	if !trusts(s, pki.CA()) {
		t.Error("it is not trusted")
	}
	if _, err := s.Refresh(t.Context()); err == nil || !trusts(s, pki.CA()) {
		t.Errorf("a source that is away: %v", err)
	}
	info, err := os.Stat(b.options.Path)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(b.options.Path), ".*")); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestAListThatAnotherProcessFetchedIsTakenOver(t *testing.T) {
	b := newBench(t)
	b.publish(testpki.ListOptions{Sequence: 1})
	first, second := b.open(), b.open()
	b.refresh(first)
	b.publish(testpki.ListOptions{Sequence: 3})
	b.refresh(second)
	b.publish(testpki.ListOptions{Sequence: 2}) // what an attacker replays to the first, which knows number 1
	_, err := first.Refresh(t.Context())
	wantError(t, err, trustlist.ErrOlder)
	if first.List().Sequence != 3 {
		t.Errorf("it has number %d", first.List().Sequence)
	}
}

func TestAnOlderListThatAppearsOnDiskIsNotTakenOver(t *testing.T) {
	b := newBench(t)
	b.publish(testpki.ListOptions{Sequence: 3})
	s := b.open()
	b.refresh(s)
	write(t, b.options.Path, pki.SignedTrustedList(testpki.ListOptions{Sequence: 2}))
	b.refresh(s)
	if s.List().Sequence != 3 {
		t.Errorf("it has number %d", s.List().Sequence)
	}
	if l := b.open().List(); l == nil || l.Sequence != 3 {
		t.Errorf("the disk has %+v", l)
	}
}

func TestStoreOptionsThatCannotWorkAreRefused(t *testing.T) {
	for name, o := range map[string]trustlist.StoreOptions{
		"no path":       {Options: options(), File: "a"},
		"no source":     {Options: options(), Path: "a"},
		"both sources":  {Options: options(), Path: "a", File: "b", URL: trustlist.ItalianURL},
		"nobody to ask": {Path: "a", File: "b"},
	} {
		if _, err := trustlist.OpenStore(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestAStoreRefreshesInTheBackgroundUntilItIsStopped(t *testing.T) {
	b := newBench(t)
	b.options.Interval = time.Millisecond
	var mu sync.Mutex
	sequence, failures := int64(0), 0
	b.options.OnChange = func(c trustlist.Change) { mu.Lock(); defer mu.Unlock(); sequence = c.Sequence }
	b.options.OnError = func(error) { mu.Lock(); defer mu.Unlock(); failures++ }
	until := func(what string, is func() bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
			mu.Lock()
			done := is()
			mu.Unlock()
			if done {
				return
			}
			if time.Now().After(deadline) {
				t.Fatal("never: " + what)
			}
		}
	}
	s := b.open()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Run(ctx) }()
	until("told that there is no list", func() bool { return failures > 1 })
	replace := func(n int) {
		write(t, b.source+".new", pki.SignedTrustedList(testpki.ListOptions{Sequence: n}))
		if err := os.Rename(b.source+".new", b.source); err != nil {
			t.Fatal(err)
		}
	}
	replace(1)
	until("the first list", func() bool { return sequence == 1 })
	replace(2)
	until("the second list", func() bool { return sequence == 2 })
	stop()
	<-ended
}

// TestAPortalFollowsTheList is the whole way: a list, a store, a verifier.
func TestAPortalFollowsTheList(t *testing.T) {
	b := newBench(t)
	s := b.open()
	v, err := portal.NewVerifier(portal.Options{Trust: s})
	if err != nil {
		t.Fatal(err)
	}
	origin, err := protocol.ParseOrigin("https://fse.regione.example")
	if err != nil {
		t.Fatal(err)
	}
	const nonce = "0123456789012345678901234567890123456789abcd"
	refusedFor := func(want portal.Reason) {
		t.Helper()
		// The signature of the token is not made: who gets so far as to be refused for it is trusted.
		_, err := v.Verify(t.Context(), unsignedToken(t), origin, nonce)
		if !errors.Is(err, &portal.Refusal{Reason: want}) {
			t.Errorf("%v, not %s", err, want)
		}
	}
	refusedFor(portal.ReasonChain)
	b.publish(testpki.ListOptions{Sequence: 1})
	b.refresh(s)
	refusedFor(portal.ReasonSignature)
	b.publish(testpki.ListOptions{Sequence: 2, Services: []testpki.ListService{idv("another", authority(t, "another", nil))}})
	b.refresh(s)
	refusedFor(portal.ReasonChain)
}
