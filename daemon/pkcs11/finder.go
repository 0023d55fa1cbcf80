// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/pkcs11/modulefile"
	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

// Choices are what the citizen and the administrator have decided about modules.
type Choices struct {
	Modules map[string]string // by answer to reset in hexadecimal, or AnyCard
	Allow   []string          // when there are any, no other is loaded
}

// AnyCard is the key of a module for cards that are not driven otherwise, and for tokens that are in no reader.
const AnyCard = "*"

// Finder knows which module drives which card.
type Finder struct {
	Host    *Host
	Choices func() Choices   // asked each time; nil: none were made
	Rules   modulefile.Rules // the zero Rules but for tests
	Memory  *Memory          // nil: what worked is not remembered
}

// Source is why a module is tried.
type Source string

// The sources, in their order. A module that was chosen for a card is the only one that is tried.
const (
	SourceChosen     Source = "chosen"
	SourceAnyCard    Source = "any-card"
	SourceRemembered Source = "remembered"
	SourceTable      Source = "table"
	SourceKit        Source = "p11-kit"
)

// Outcome is how trying a module has ended.
type Outcome string

// The outcomes.
const (
	Used          Outcome = "used"
	Absent        Outcome = "absent"         // no such file
	NotAllowed    Outcome = "not-allowed"    // by the administrator
	Untrusted     Outcome = "untrusted"      // see package modulefile
	Unloadable    Outcome = "unloadable"     // the system or the module itself refuses
	Failed        Outcome = "failed"         // it crashed, or did not answer
	NotTried      Outcome = "not-tried"      // it is there, and is not needed
	NoToken       Outcome = "no-token"       // it does not know the card
	NoCertificate Outcome = "no-certificate" // it knows the card and finds nothing to log in with
)

// Trial is one module that was tried for a card.
type Trial struct {
	Path    string  `json:"path"`
	Source  Source  `json:"source"`
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail,omitempty"`
}

// Found is a token that can log in.
type Found struct {
	Token
	Certificate *x509.Certificate
	Key         []byte // CKA_ID
	Reader      string // as the module calls the slot
	State       wire.Token
}

// ErrNone: no module drives the card.
var ErrNone = errors.New("no module drives this card")

func (f *Finder) choices() Choices {
	if f.Choices == nil {
		return Choices{}
	}
	return f.Choices()
}

// Chosen says that somebody has chosen a module for a card: that one drives it, and nothing else.
func (f *Finder) Chosen(atr []byte) bool {
	_, ok := f.choices().of(atr)
	return ok
}

func (c Choices) of(atr []byte) (string, bool) {
	for key, path := range c.Modules {
		if key != AnyCard && strings.EqualFold(key, spelled(atr)) {
			return path, true
		}
	}
	return "", false
}

// Knows says that a module may drive a card. It looks at no file.
func (f *Finder) Knows(atr []byte) bool {
	_, any := f.choices().Modules[AnyCard]
	return len(atr) > 0 && (any || familyOf(atr) != nil || f.Chosen(atr))
}

// Family names the cards that an answer to reset belongs to; empty for unknown ones.
func (f *Finder) Family(atr []byte) string {
	if family := familyOf(atr); family != nil {
		return family.name
	}
	return ""
}

// candidates lists what is tried for a card, each path once.
func (f *Finder) candidates(atr []byte) []Trial {
	var all []Trial
	add := func(source Source, paths ...string) {
		for _, path := range paths {
			if !slices.ContainsFunc(all, func(t Trial) bool { return t.Path == path }) {
				all = append(all, Trial{Path: path, Source: source})
			}
		}
	}
	c := f.choices()
	if path, ok := c.of(atr); ok {
		add(SourceChosen, path)
		return all
	}
	if path, ok := c.Modules[AnyCard]; ok {
		add(SourceAnyCard, path)
	}
	family := familyOf(atr)
	if family == nil {
		return all
	}
	chosen := len(all)
	for _, name := range family.modules {
		add(SourceTable, filesOf(name)...)
	}
	add(SourceKit, configured(kitFolders)...)
	// What worked comes first, where it would be tried anyway: the memory is a file that other programs can write.
	if i := slices.IndexFunc(all, func(t Trial) bool { return t.Path == f.Memory.recall(atr) }); i >= chosen {
		all = slices.Insert(slices.Delete(all, i, i+1), chosen, Trial{Path: f.Memory.recall(atr), Source: SourceRemembered})
	}
	return all
}

// Survey lists what would be tried for a card, and starts nothing.
func (f *Finder) Survey(atr []byte) []Trial {
	trials := f.candidates(atr)
	for i := range trials {
		if f.mayTry(&trials[i]) {
			trials[i].Outcome = NotTried
		}
	}
	return trials
}

// Find looks for the module that drives the card in a reader, and tells what was tried. readers are all that PC/SC has. The
// error is ErrNone, or ErrModule when one has failed that might have driven it.
func (f *Finder) Find(ctx context.Context, reader string, atr []byte, readers []string) (*Found, []Trial, error) {
	trials := f.candidates(atr)
	failed := error(nil)
	for i := range trials {
		t := &trials[i]
		found, err := f.try(ctx, t, func(slots []wire.Slot) []wire.Slot { return inReader(slots, reader, readers) })
		if err != nil && failed == nil {
			failed = err
		}
		if found != nil {
			f.Memory.remember(atr, t.Path)
			return found, trials[:i+1], nil
		}
		if ctx.Err() != nil {
			return nil, trials[:i+1], context.Cause(ctx)
		}
	}
	if failed != nil {
		return nil, trials, failed
	}
	return nil, trials, ErrNone
}

// Loose lists the tokens of the module for any card that are in none of the readers.
func (f *Finder) Loose(ctx context.Context, readers []string) ([]Found, error) {
	path, ok := f.choices().Modules[AnyCard]
	if !ok {
		return nil, nil
	}
	var loose []Found
	_, err := f.try(ctx, &Trial{Path: path}, func(slots []wire.Slot) []wire.Slot {
		for _, s := range slots {
			if s.Token == nil || slices.ContainsFunc(readers, func(r string) bool { return same(s.Description, r) }) {
				continue
			}
			if found, err := f.open(ctx, path, s); err == nil {
				loose = append(loose, *found)
			}
		}
		return nil
	})
	return loose, err
}

// try asks one module for a card. The error is ErrModule, or nothing.
func (f *Finder) try(ctx context.Context, t *Trial, choose func([]wire.Slot) []wire.Slot) (*Found, error) {
	if !f.mayTry(t) {
		if t.Outcome == Untrusted {
			f.Host.Module(t.Path).log(slog.LevelWarn, "a module is not loaded", "err", t.Detail)
		}
		return nil, nil
	}
	slots, err := f.Host.Module(t.Path).Slots(ctx)
	if err != nil {
		return nil, t.failed(err)
	}
	t.Outcome = NoToken
	for _, s := range choose(slots) {
		found, err := f.open(ctx, t.Path, s)
		if err == nil {
			t.Outcome = Used
			return found, nil
		}
		if errors.Is(err, errNoCertificate) {
			t.Outcome = NoCertificate
			continue
		}
		return nil, t.failed(err)
	}
	return nil, nil
}

// mayTry says that a module is there and may be loaded, or takes down why not.
func (f *Finder) mayTry(t *Trial) bool {
	if c := f.choices(); len(c.Allow) > 0 && !slices.Contains(c.Allow, t.Path) {
		t.Outcome = NotAllowed
		return false
	}
	_, err := f.Rules.Resolve(t.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.Outcome = Absent
	case err != nil:
		t.Outcome, t.Detail = Untrusted, err.Error()
	}
	return err == nil
}

// failed takes down why a module did not answer.
func (t *Trial) failed(err error) error {
	t.Outcome, t.Detail = Failed, err.Error()
	var e *Error
	if errors.As(err, &e) {
		if e.Code == wire.CodeLoad || e.Code == wire.CodeFile {
			t.Outcome = Unloadable
		}
		return nil
	}
	return err
}

var errNoCertificate = errors.New("no certificate to log in with")

// open reads the certificates of a token and takes the one to log in with.
func (f *Finder) open(ctx context.Context, path string, s wire.Slot) (*Found, error) {
	token := Token{f.Host.Module(path), s.ID}
	all, err := token.Certificates(ctx)
	if err != nil {
		return nil, err
	}
	c, key := forLogin(all, time.Now())
	if c == nil {
		return nil, errNoCertificate
	}
	state, err := token.State(ctx)
	if err != nil {
		return nil, err
	}
	return &Found{Token: token, Certificate: c, Key: key, Reader: s.Description, State: state}, nil
}

// forLogin chooses among the certificates of a token: one for client authentication, rather a valid one; else one that says
// nothing of what it is for but may sign.
func forLogin(all []wire.Certificate, now time.Time) (best *x509.Certificate, key []byte) {
	most := 0
	for _, candidate := range all {
		c, err := x509.ParseCertificate(candidate.DER)
		if err != nil || c.IsCA || c.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
			continue
		}
		rank := 1
		switch {
		case slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth):
			rank = 3
		case len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0:
			continue
		}
		if now.After(c.NotBefore) && now.Before(c.NotAfter) {
			rank++
		}
		if rank > most {
			best, key, most = c, candidate.ID, rank
		}
	}
	return best, key
}

// descriptionLength is that of a slot's description (PKCS#11 2.40, CK_SLOT_INFO).
const descriptionLength = 64

// same says that a module calls a reader by its name, which it may have had to cut.
func same(description, reader string) bool {
	cut := reader[:min(len(reader), descriptionLength)]
	return description != "" && strings.TrimSpace(description) == strings.TrimSpace(cut)
}

// inReader gives the slot of a reader. A module that calls no slot by the name of any reader is believed when it sees one
// token only and there is one reader.
func inReader(slots []wire.Slot, reader string, readers []string) []wire.Slot {
	var exact, present []wire.Slot
	named := false
	for _, s := range slots {
		named = named || slices.ContainsFunc(readers, func(r string) bool { return same(s.Description, r) })
		if s.Token == nil {
			continue
		}
		present = append(present, s)
		if same(s.Description, reader) {
			exact = append(exact, s)
		}
	}
	if len(exact) == 0 && !named && len(present) == 1 && len(readers) == 1 {
		return present
	}
	return exact
}
