// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// Live is the settings as they are now: a file that somebody has changed is read again when the next one asks. A mistake
// in a file leaves in force what it said before.
type Live struct {
	mu       sync.Mutex
	user     layer
	managed  layer
	now      Settings
	watchers []func(Settings)
}

// layer is one file of settings.
type layer struct {
	file    string
	render  func() ([]byte, error) // what it says, where it is no file (sources.go); else nil
	seen    fs.FileInfo            // nil: it was not there
	text    []byte                 // what render gave, and
	failure error                  // its error
	read    bool                   // seen, or text, says something
	good    []byte                 // what it said when it last had no mistake
	valid   bool                   // good says something
	unknown []Told                 // keys that mean nothing to this version
	err     error                  // what is wrong with it now
}

// OpenLive reads the citizen's settings and the administrator's. A mistake in the citizen's file is told by Err; a policy
// that cannot be read is returned with ErrManaged.
func OpenLive(config, managed string) (*Live, error) {
	l := &Live{user: layer{file: config}, managed: layer{file: managed, render: renderer(managed)}}
	l.managed.refresh(l.managed.checkManaged)
	if l.managed.err != nil {
		return nil, fmt.Errorf("%w: %w", ErrManaged, l.managed.err)
	}
	l.user.refresh(func(b []byte) error { return checkUser(config, b) })
	l.now = l.compose()
	return l, nil
}

// Settings are those that are in force now.
func (l *Live) Settings() Settings {
	l.mu.Lock()
	admin := l.managed.refresh(l.managed.checkManaged)
	user := l.user.refresh(func(b []byte) error { return checkUser(l.user.file, b) })
	if admin || user {
		l.now = l.compose()
	}
	now, watchers := l.now, l.watchers
	l.mu.Unlock()
	if admin || user {
		for _, tell := range watchers {
			tell(now)
		}
	}
	return now
}

// OnChange calls tell when settings have changed, by whomever. It is called by who asks first, without a lock.
func (l *Live) OnChange(tell func(Settings)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers = append(l.watchers, tell)
}

// Err says what is wrong in a file: a *Mistake, when the file can be read at all. The administrator's comes first.
func (l *Live) Err() error {
	l.Settings()
	return l.LastErr()
}

// LastErr is Err without a look at the files, for who is just being told of a change: a file that changes all the time
// would be told of without end.
func (l *Live) LastErr() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.managed.err != nil {
		return fmt.Errorf("%w: %w", ErrManaged, l.managed.err)
	}
	return l.user.err
}

// DeveloperMode is that of the settings now.
func (l *Live) DeveloperMode() bool { return l.Settings().DeveloperMode() }

// AskForUnknownSites is that of the settings now.
func (l *Live) AskForUnknownSites() bool { return l.Settings().AskForUnknownSites() }

// compose puts the administrator's settings over the citizen's. Both were checked.
func (l *Live) compose() Settings {
	var s Settings
	if _, _, err := decode(l.user.file, l.user.good, &s); err != nil || l.user.err != nil && !l.user.valid {
		s = Settings{UnknownSites: "refuse", cautious: true} // what the citizen has shut must not open by a slip of the pen
	}
	managed, _, err := decode(l.managed.file, l.managed.good, &s)
	if err != nil {
		panic("a policy that was checked: " + err.Error())
	}
	s.managed = map[string]bool{}
	for _, key := range managed {
		s.managed[key[0]] = true
	}
	return s
}

// refresh reads the file when it is another one than last time, and says whether it was.
func (l *layer) refresh(check func([]byte) error) bool {
	if l.render != nil {
		return l.renew(check)
	}
	info, err := os.Stat(l.file)
	if err != nil {
		info = nil
	}
	if l.read && sameFile(info, l.seen) {
		return false
	}
	b, err := readFile(l.file)
	if err == nil {
		err = check(b)
	}
	l.read, l.seen, l.err = true, info, err
	if err == nil {
		l.good, l.valid = b, true
	}
	return true
}

// sameFile says that a file was neither changed nor replaced.
func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// checkManaged checks the administrator's settings. A key of a later version is no mistake, or nobody could set it before
// the last computer has that version: it is only told.
func (l *layer) checkManaged(b []byte) error {
	_, unknown, err := decode(l.file, b, &Settings{})
	if err != nil {
		return err
	}
	l.unknown = nil
	for _, key := range unknown {
		l.unknown = append(l.unknown, Told{l.file, lineOf(b, key.String()), fmt.Sprintf("unknown key %q", key)})
	}
	return nil
}

// checkUser checks the citizen's file, which may not set what is the administrator's.
func checkUser(file string, b []byte) error {
	found, unknown, err := decode(file, b, &Settings{})
	if len(unknown) > 0 {
		return &Mistake{file, lineOf(b, unknown[0].String()), fmt.Errorf("unknown key %q", unknown[0])}
	}
	for _, key := range found {
		if _, ok := keys[key[0]]; !ok && key[0] != modulesKey && err == nil {
			err = &Mistake{file, lineOf(b, key.String()), fmt.Errorf("%s belongs in the administrator's policy", key)}
		}
	}
	return err
}
