// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ponte-cns/ponte/daemon/pkcs11"
	"github.com/ponte-cns/ponte/protocol"
)

// Modules finds what drives the cards that are not driven by their own APDUs: see pkcs11.Finder.
type Modules interface {
	// Knows says that a module may drive a card; Chosen, that somebody has chosen one for it.
	Knows(atr []byte) bool
	Chosen(atr []byte) bool
	// Find looks for the module of the card in a reader, and tells what was tried.
	Find(ctx context.Context, reader string, atr []byte, readers []string) (*pkcs11.Found, []pkcs11.Trial, error)
	// Survey lists what Find would try, and Family names the cards of an answer to reset.
	Survey(atr []byte) []pkcs11.Trial
	Family(atr []byte) string
	// Loose lists tokens that are in no reader.
	Loose(ctx context.Context, readers []string) ([]pkcs11.Found, error)
}

// UseModules lets cards be driven by modules. Nobody else calls it; without it none is.
func (r *Readers) UseModules(m Modules) { r.modules = m }

// How long modules are given, and how often one that fails is started for the same card without anybody asking for more.
const (
	adoptTime   = 30 * time.Second
	adoptTrials = 3
	looseRest   = 3 * time.Second
)

// knowsModule says that a module may drive a card of which nothing else is known.
func (r *Readers) knowsModule(atr []byte) bool { return r.modules != nil && r.modules.Knows(atr) }

// chosen says that a module was chosen for the card of a slot.
func (r *Readers) chosen(s Slot) bool {
	if r.modules == nil {
		return false
	}
	r.mu.Lock()
	atr := r.atrs[s.Insertion]
	r.mu.Unlock()
	return len(atr) > 0 && r.modules.Chosen(atr)
}

// adopt looks for the module of a card, and keeps what it finds. No transaction is open meanwhile: the module has its own.
func (r *Readers) adopt(ctx context.Context, s Slot) (*contents, error) {
	r.mu.Lock()
	atr, names := r.atrs[s.Insertion], namesOf(r.slots)
	r.mu.Unlock()
	if r.modules == nil || len(atr) == 0 {
		return nil, pkcs11.ErrNone
	}
	ctx, cancel := context.WithTimeout(ctx, adoptTime)
	defer cancel()
	var c *contents
	err := r.ownBy(ctx, s, nil, alone, func(l *link) error {
		if c = r.cached(s); c != nil && c.found != nil {
			return nil // somebody else has looked while this one waited
		}
		l.stall.Stop()
		found, _, err := r.modules.Find(l.ctx, s.Reader, atr, names)
		if err != nil {
			return err
		}
		if c, err = read(&byModule{found: found, l: l}); err == nil {
			c.found = found
			r.remember(s, c)
		}
		return err
	})
	if err != nil {
		if errors.Is(err, pkcs11.ErrNone) {
			r.notSought(s)
		}
		return nil, err
	}
	return c, nil
}

// wantsModule says that a card is driven by nothing yet, and that no module was looked for.
func (r *Readers) wantsModule(c *contents) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return c.undriven && c.found == nil
}

// notSought: no module drives the card, and none is looked for again as long as it is in.
func (r *Readers) notSought(s Slot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c, ok := r.contents[s.Insertion]; ok {
		c.undriven = false
	}
}

// alone is a transaction with nobody.
func alone(work func(Link) error) error { return work(&moduleLink{}) }

func namesOf(slots []Slot) []string {
	var names []string
	for _, s := range slots {
		names = append(names, s.Reader)
	}
	return names
}

// looseSlot is a token of a module that is in no reader of PC/SC.
type looseSlot struct {
	slot  Slot
	found *pkcs11.Found
}

// firstLoose is where the numbers of their insertions begin: PC/SC never gets there.
const firstLoose = 1 << 48

// withLoose adds the tokens that are in no reader. Modules tell of nothing by themselves, so they are asked when somebody
// asks, and not more than every few seconds.
func (r *Readers) withLoose(ctx context.Context, slots []Slot) []Slot {
	if r.modules == nil {
		return slots
	}
	r.mu.Lock()
	ended := r.looking
	if ended == nil && time.Since(r.looked) > looseRest {
		ended = make(chan struct{})
		r.looking = ended
		go r.lookLoose(namesOf(r.slots), ended)
	}
	r.mu.Unlock()
	if ended != nil {
		select {
		case <-ended:
		case <-time.After(settleTime):
		case <-ctx.Done():
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	slots = slices.Clone(slots)
	for _, l := range r.loose {
		slots = append(slots, l.slot)
	}
	return slots
}

// lookLoose asks for the tokens, and keeps the number of those that are still there.
func (r *Readers) lookLoose(readers []string, ended chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), adoptTime)
	defer cancel()
	found, err := r.modules.Loose(ctx, readers)
	r.mu.Lock()
	defer r.mu.Unlock()
	defer close(ended)
	r.looking, r.looked = nil, time.Now()
	if err != nil && errors.Is(err, context.DeadlineExceeded) {
		return
	}
	var now []looseSlot
	for i := range found {
		f := &found[i]
		old := slices.IndexFunc(r.loose, func(l looseSlot) bool { return sameToken(l.found, f) })
		if old >= 0 {
			now = append(now, r.loose[old])
			continue
		}
		r.insertions++
		s := Slot{Reader: looseName(f), State: protocol.StateReady, Insertion: firstLoose + r.insertions}
		if c, err := read(&byModule{found: f}); err == nil {
			c.found = f
			r.contents[s.Insertion] = c
			now = append(now, looseSlot{s, f})
		}
	}
	if slices.Equal(now, r.loose) {
		return
	}
	for _, l := range r.loose {
		if !slices.Contains(now, l) {
			delete(r.contents, l.slot.Insertion)
		}
	}
	r.loose = now
	close(r.changed)
	r.changed = make(chan struct{})
}

// looseName is what stands for the reader of a token that is in none.
func looseName(f *pkcs11.Found) string {
	if f.State.Label != "" {
		return f.State.Label
	}
	return f.Reader
}

// here says that the card of an insertion is where it was, in a reader or in none. r.mu is held.
func (r *Readers) here(insertion uint64) bool {
	return present(r.slots, insertion) || slices.ContainsFunc(r.loose, func(l looseSlot) bool { return l.slot.Insertion == insertion })
}

// Driving is what drives a card, and what was tried for it.
type Driving struct {
	ATR    []byte // empty for a token that is in no reader
	Family string
	Native bool   // its own APDUs do
	Module string // the path of the module that does
	Tried  []pkcs11.Trial
	Failed error // why the last attempt has ended without one
}

// Driving looks for what drives the card in a slot. Unless its own APDUs do, its modules are tried anew.
func (r *Readers) Driving(ctx context.Context, s Slot) Driving {
	if r.modules == nil {
		return Driving{}
	}
	r.mu.Lock()
	atr, names := r.atrs[s.Insertion], namesOf(r.slots)
	r.mu.Unlock()
	d := Driving{ATR: atr, Family: r.modules.Family(atr)}
	_, d.Failed = r.Look(ctx, s)
	c := r.cached(s)
	if c != nil && c.found != nil {
		d.Module = c.found.Module.Path()
	}
	switch {
	case len(atr) == 0:
		d.Tried = []pkcs11.Trial{{Path: d.Module, Source: pkcs11.SourceAnyCard, Outcome: pkcs11.Used}}
	case d.Module == "" && c != nil && c.certificate != nil:
		d.Native, d.Tried = true, r.modules.Survey(atr)
	default:
		d.Failed = r.ownBy(ctx, s, nil, alone, func(l *link) error {
			l.stall.Stop()
			_, tried, err := r.modules.Find(l.ctx, s.Reader, atr, names)
			d.Tried = tried
			return err
		})
		if errors.Is(d.Failed, pkcs11.ErrNone) {
			d.Failed = nil
		}
	}
	return d
}
