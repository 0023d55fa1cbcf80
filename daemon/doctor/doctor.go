// SPDX-License-Identifier: EUPL-1.2

// Package doctor finds out why Ponte does not work on a computer, and says in plain words what to do. It looks at files,
// processes and readers, from the machine up to the card; it changes nothing unless Fix is asked, sends no PIN, reaches no
// network, and every check ends within a limit. It is not the place for personal data: what it says names no holder, no
// fiscal code, no certificate, no serial number, no user and no computer, so that it can be shown to who helps.
//
// The readers are looked at by the caller (Machine.Readers): this package speaks no PC/SC.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/daemon/words"
)

// Status is how one thing stands.
type Status string

// How one thing stands.
const (
	OK   Status = "ok"
	Info Status = "info" // neither good nor bad; a helper may want to know
	Warn Status = "warn" // works, or works for most
	Fail Status = "fail" // a login cannot succeed before this is mended
)

// Check is what was found about one thing, in the citizen's language.
type Check struct {
	ID      string `json:"id"` // a kind of Kinds, and after a slash which of several: host/firefox
	Status  Status `json:"status"`
	Group   string `json:"group"` // computer, ponte, browser or card
	Title   string `json:"title"`
	Detail  string `json:"detail"`
	Fix     string `json:"fix,omitempty"` // what a person can do
	Fixable bool   `json:"fixable"`       // Fix can do it
}

// Kind is the part of the ID that says what was checked.
func (c Check) Kind() string {
	kind, _, _ := strings.Cut(c.ID, "/")
	return kind
}

// kind is one thing that is checked.
type kind struct {
	id    string
	group string
	title words.Text
}

// kinds are in the order in which they are told.
var kinds = []kind{
	{"system", "computer", words.DoctorTitleSystem},
	{"clock", "computer", words.DoctorTitleClock},
	{"settings", "computer", words.DoctorTitleSettings},
	{"policy", "computer", words.DoctorTitlePolicy},
	{"sites", "computer", words.DoctorTitleSites},
	{"storage", "computer", words.DoctorTitleStorage},
	{"modules", "computer", words.DoctorTitleModules},
	{"drivers", "computer", words.DoctorTitleDrivers},
	{"antivirus", "computer", words.DoctorTitleAntivirus},
	{"agent", "ponte", words.DoctorTitleAgent},
	{"sockets", "ponte", words.DoctorTitleSockets},
	{"websocket", "ponte", words.DoctorTitleWebsocket},
	{"dialog", "ponte", words.DoctorTitleDialog},
	{"nativehost", "ponte", words.DoctorTitleNativehost},
	{"browser", "browser", words.DoctorTitleBrowser},
	{"host", "browser", words.DoctorTitleHost},
	{"extension", "browser", words.DoctorTitleExtension},
	{"box", "browser", words.DoctorTitleBox},
	{"rules", "browser", words.DoctorTitleRules},
	{"loopback", "browser", words.DoctorTitleLoopback},
	{"tls", "browser", words.DoctorTitleTLS},
	{"service", "card", words.DoctorTitleService},
	{"access", "card", words.DoctorTitleAccess},
	{"reader", "card", words.DoctorTitleReader},
	{"apdu", "card", words.DoctorTitleAPDU},
	{"busy", "card", words.DoctorTitleBusy},
	{"card", "card", words.DoctorTitleCard},
	{"certificate", "card", words.DoctorTitleCertificate},
	{"pin", "card", words.DoctorTitlePIN},
}

// Kinds lists everything that is checked.
func Kinds() []string {
	ids := make([]string, len(kinds))
	for i, k := range kinds {
		ids[i] = k.id
	}
	return ids
}

func kindOf(id string) kind {
	name, _, _ := strings.Cut(id, "/")
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.id == name })
	if i < 0 {
		panic("doctor: no kind of check is called " + id)
	}
	return kinds[i]
}

// GroupTitle names a group in the citizen's language.
func GroupTitle(w *words.Words, group string) string {
	return w.T(map[string]words.Text{
		"computer": words.DoctorGroupComputer, "ponte": words.DoctorGroupPonte,
		"browser": words.DoctorGroupBrowser, "card": words.DoctorGroupCard,
	}[group], nil)
}

// defaultLimit is what one step may take. Reading two cards of which one is held by another program takes 4 s.
const defaultLimit = 10 * time.Second

// step looks at some things at once. It runs on a goroutine that is left behind when it takes too long, so it gets a copy
// of the facts, and what it has learned comes back in what it returns.
type step struct {
	id  string // of the check that says that it took too long
	run func(ctx context.Context, f facts) findings
}

// facts are what later steps need of earlier ones.
type facts struct {
	agent     Agent
	agentErr  error
	processes []Process
	readers   []Reader
	readerErr error
	looked    bool // readers and readerErr are known
}

// findings are what a step gives.
type findings struct {
	checks []Check
	learn  func(*facts) // nil: nothing
}

// Run looks at everything and gives each check to tell as it is finished. It always ends, also when something hangs.
func (m *Machine) Run(ctx context.Context, tell func(Check)) []Check {
	var all []Check
	var known facts
	for _, s := range m.steps() {
		for _, c := range m.within(ctx, s, &known) {
			all = append(all, c)
			if tell != nil {
				tell(c)
			}
		}
	}
	return all
}

// within runs one step, and leaves it behind when it takes longer than the limit.
func (m *Machine) within(ctx context.Context, s step, known *facts) []Check {
	limit := m.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan findings, 1)
	before := *known
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- findings{checks: []Check{m.check(s.id, Warn, words.DoctorBroken, words.Data{"Reason": fmt.Sprint(r)})}}
			}
		}()
		done <- s.run(ctx, before)
	}()
	select {
	case f := <-done:
		if f.learn != nil {
			f.learn(known)
		}
		return f.checks
	case <-ctx.Done():
		return []Check{m.advised(m.check(s.id, Warn, words.DoctorTooSlow, nil), words.DoctorFixTooSlow, nil)}
	}
}

// steps are in the order in which a person should mend things: the machine first, the card last.
func (m *Machine) steps() []step {
	return []step{
		{"system", m.system},
		{"clock", m.clock},
		{"settings", m.settings},
		{"storage", m.storage},
		{"modules", m.modules},
		{"antivirus", m.antivirus},
		{"agent", m.agent},
		{"sockets", m.sockets},
		{"websocket", m.websocket},
		{"dialog", m.dialog},
		{"nativehost", m.nativehost},
		{"browser", m.browsers},
		{"tls", m.tls},
		{"service", m.service},
		{"reader", m.readers},
		{"card", m.cards},
	}
}

// check makes a finding. Whatever fills a placeholder is redacted: our own texts hold nothing that needs it.
func (m *Machine) check(id string, s Status, detail words.Text, data words.Data) Check {
	k := kindOf(id)
	return Check{ID: id, Status: s, Group: k.group, Title: m.Words.T(k.title, nil), Detail: m.say(detail, data)}
}

// named puts a name before the title, where there are several of a kind.
func (c Check) named(name string) Check {
	c.Title = name + " · " + c.Title
	return c
}

// advised adds what a person can do.
func (m *Machine) advised(c Check, fix words.Text, data words.Data) Check {
	c.Fix = m.say(fix, data)
	return c
}

// mendable says that Fix can do it.
func mendable(c Check) Check {
	c.Fixable = true
	return c
}

func (m *Machine) say(text words.Text, data words.Data) string {
	clean := words.Data{}
	for name, v := range data {
		if s, ok := v.(string); ok {
			v = m.redact(s)
		}
		clean[name] = v
	}
	return m.Words.T(text, clean)
}

// Worst is the status of the worst check.
func Worst(checks []Check) Status {
	rank := []Status{Info, OK, Warn, Fail}
	worst := Info
	for _, c := range checks {
		if slices.Index(rank, c.Status) > slices.Index(rank, worst) {
			worst = c.Status
		}
	}
	return worst
}

// ErrNotFixable: there is nothing that the doctor can do about it.
var ErrNotFixable = errors.New("this cannot be mended by the doctor")
