// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/ponte-cns/ponte/daemon/activity"
	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pkcs11"
	"github.com/ponte-cns/ponte/daemon/policy"
	"github.com/ponte-cns/ponte/daemon/prompt"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// agent is the house with its rooms joined. `ponte run` opens its doors; other commands use one without doors when no
// agent is running.
type agent struct {
	settings *policy.Live
	places   policy.Places
	log      *slog.Logger
	level    *slog.LevelVar
	sites    *policy.Sites
	activity *activity.Log
	readers  *card.Readers
	modules  *pkcs11.Finder
	watcher  watcher
	bridge   *bridge.Bridge
	news     *news
	panel    panelProgram
	stop     context.CancelFunc // of `ponte run`; nil without doors
}

// newAgent reads settings and policy and joins the rooms. It starts nothing. logTo gets what the settings let through.
func newAgent(logTo io.Writer) (*agent, error) {
	places, err := policy.UserPlaces()
	if err != nil {
		return nil, fmt.Errorf("finding this user's directories: %w", err)
	}
	settings, err := policy.OpenLive(places.Config, places.Managed)
	if err != nil {
		return nil, err
	}
	a := &agent{settings: settings, places: places, level: &slog.LevelVar{}, news: newNews()}
	a.log = slog.New(slog.NewTextHandler(logTo, &slog.HandlerOptions{Level: a.level}))
	a.obey(settings.Settings())
	settings.OnChange(a.obey)
	a.sites = policy.OpenSites(places.Sites, settings)
	a.sites.Changed, a.sites.Log = a.sitesChanged, a.log
	a.activity = &activity.Log{Dir: places.State, Err: a.log, Changed: a.news.tell}
	a.readers = card.New(transact, func() { a.watcher.Wake() })
	a.readers.UsePads(settings.PINPads, a.language)
	if a.modules, err = a.newFinder(); err != nil {
		return nil, err
	}
	a.readers.UseModules(a.modules)
	if a.watcher, err = newWatcher(a.readers.Update); err != nil {
		return nil, err
	}
	a.bridge = bridge.New(bridge.Options{
		Version: version, Cards: a.readers, Sites: siteMemory{a.sites}, Settings: settings, Permits: settings.Permits, Journal: newRestingJournal(a.activity),
		Dialogs: prompt.New(prompt.Options{Setting: a.dialogSettings}),
		Hint:    a.hint, Language: a.language, Log: a.log, Changed: a.news.tell,
		Documents: cabinet{a.log}, View: a.showDocuments,
	})
	return a, nil
}

// watcher reports readers and cards as they come and go; see pcsc.Watcher.
type watcher interface {
	Run(ctx context.Context)
	Wake()
}

// words are those of the citizen's language now.
func (a *agent) words() *words.Words { return words.For(a.settings.Settings().Language) }

// language is the citizen's own: it, en or de.
func (a *agent) language() string { return a.words().Lang() }

// dialogSettings are those of package prompt, read at each dialog.
func (a *agent) dialogSettings() (program, lang string) {
	return a.settings.Settings().PinentryProgram, a.language()
}

// obey takes over settings that are not asked for each time, and says when a file has a mistake.
func (a *agent) obey(s policy.Settings) {
	a.level.Set(slog.LevelInfo)
	if s.LogLevel != "" {
		_ = a.level.UnmarshalText([]byte(s.LogLevel)) // checked by policy
	}
	if err := a.settings.LastErr(); err != nil {
		a.log.Error("settings have a mistake: what held before is in force", "err", err)
	}
	for _, told := range a.settings.LastUnknown() {
		a.log.Warn("the policy says something that this version does not know", "file", told.File, "line", told.Line, "what", told.Message)
	}
	a.sitesChanged() // the administrator may have allowed or blocked some
}

// sitesChanged lets what a site may no longer do end at once.
func (a *agent) sitesChanged() {
	if a.bridge != nil {
		a.bridge.Recheck()
	}
	a.news.tell()
}

// hint is the sentence for a code in a language; empty for the citizen's own.
func (a *agent) hint(lang string, c protocol.Code) string {
	if lang == "" {
		return a.words().Hint(c)
	}
	return words.For(lang).Hint(c)
}

// siteMemory gives package bridge what package policy remembers of sites.
type siteMemory struct{ *policy.Sites }

func (s siteMemory) Standing(o protocol.Origin) bridge.Standing {
	site, ok, err := s.Find(o)
	switch {
	case err != nil: // it may have been blocked; the log says what is wrong
		return bridge.Blocked
	case !ok:
		return bridge.Stranger
	case site.Allowed:
		return bridge.Allowed
	}
	return bridge.Blocked
}

func (s siteMemory) Allow(o protocol.Origin) error { return ignoreManaged(s.Welcome(o)) }
func (s siteMemory) Block(o protocol.Origin) error { return ignoreManaged(s.Set(o, false)) }

// ignoreManaged: a site that the administrator has set needs no remembering.
func ignoreManaged(err error) error {
	if errors.Is(err, policy.ErrManagedSite) {
		return nil
	}
	return err
}
