// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/ponte-cns/ponte/daemon/browsers"
	"github.com/ponte-cns/ponte/daemon/policy"
)

// Fix mends what a check says is Fixable, after looking again: what is not broken is not touched. It writes the manifest
// of a browser, takes our own module out of a browser, starts the agent, or sets a file aside that cannot be read; it deletes
// nothing else.
func (m *Machine) Fix(ctx context.Context, id string) error {
	kind, which, _ := strings.Cut(id, "/")
	steps := m.steps()
	i := slices.IndexFunc(steps, func(s step) bool {
		return s.id == map[string]string{"host": "browser", "agent": "agent", "settings": "settings", "sites": "settings", "tls": "tls"}[kind]
	})
	if i < 0 {
		return fmt.Errorf("%s: %w", id, ErrNotFixable)
	}
	var known facts
	now := m.within(ctx, steps[i], &known)
	if !slices.ContainsFunc(now, func(c Check) bool { return c.ID == id && c.Fixable }) {
		return fmt.Errorf("%s: %w", id, ErrNotFixable)
	}
	switch kind {
	case "host":
		for _, b := range browsers.Installed(m.Browsers) {
			if b.ID == which {
				return b.Register(m.Nativehost)
			}
		}
	case "agent":
		return m.StartAgent(ctx)
	case "settings":
		return setAside(m.Places.Config)
	case "tls":
		return m.turnOff(ctx, which)
	case "sites":
		// Under the lock of who writes it, and with what can be read: a site that was blocked stays so where that is possible.
		_, err := policy.OpenSites(m.Places.Sites, policy.Settings{}).Repair()
		return err
	}
	return fmt.Errorf("%s: %w", id, ErrNotFixable)
}

// maxAside bounds how many broken files are kept beside each other.
const maxAside = 100

// setAside renames a file so that Ponte begins anew with its defaults, and the old one can still be read. A link and
// not a rename: it cannot replace an older one that was set aside in the same moment.
func setAside(path string) error {
	for n := 1; n <= maxAside; n++ {
		aside := fmt.Sprintf("%s.broken-%d", path, n)
		err := os.Link(path, aside)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("setting a file aside: %w", err)
		}
		return os.Remove(path)
	}
	return fmt.Errorf("setting %s aside: there are %d already", path, maxAside)
}
