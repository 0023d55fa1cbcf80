// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"errors"
	"net/netip"
	"testing"
)

// computer is what a Windows tells: a table that changes from one look to the next, and its processes.
type computer struct {
	tables    []tcpConnection // one for each look, the last for all later ones; pid 0: the connection is not there
	processes map[int]processOwner
	looks     int
	open      int // processes that are held
	t         *testing.T
}

const browser = 72

var (
	ourselves = processOwner{uid: "S-1-5-21-1-2-3-1001", session: 2, start: 500}
	ours      = processOwner{uid: ourselves.uid, session: ourselves.session, start: 400}
)

func (c *computer) check() error {
	owners := tcpOwners{
		find: func(local, remote netip.AddrPort) (tcpConnection, error) {
			if local.Port() != 40000 || remote.Port() != 24880 {
				c.t.Errorf("looked for %v to %v", local, remote)
			}
			found := c.tables[min(c.looks, len(c.tables)-1)]
			if c.looks++; found.pid == 0 {
				return tcpConnection{}, errNoSocket
			}
			return found, nil
		},
		open: func(pid int) (processOwner, func(), error) {
			o, there := c.processes[pid]
			if !there {
				return processOwner{}, nil, errors.New("access denied")
			}
			c.open++
			return o, func() { c.open-- }, nil
		},
		own: func() (processOwner, error) { return ourselves, nil },
	}
	err := owners.check(netip.MustParseAddrPort("127.0.0.1:40000"), netip.MustParseAddrPort("127.0.0.1:24880"))
	if c.open != 0 {
		c.t.Errorf("%d processes are still held", c.open)
	}
	return err
}

func TestOnWindowsOnlyAProcessOfOurUserAndSessionIsServed(t *testing.T) {
	there := []tcpConnection{{browser, 450}}
	with := func(change func(*processOwner)) map[int]processOwner {
		o := ours
		change(&o)
		return map[int]processOwner{browser: o}
	}
	anything := errors.New("any error")
	for _, c := range []struct {
		name      string
		tables    []tcpConnection
		processes map[int]processOwner
		want      error
	}{
		{"a program of another user", there, with(func(o *processOwner) { o.uid = "S-1-5-21-1-2-3-1002" }), ErrForeign},
		{"a program of the system", there, with(func(o *processOwner) { o.uid = "S-1-5-18" }), ErrForeign},
		{"our user in another session", there, with(func(o *processOwner) { o.session = 3 }), ErrForeign},
		{"a connection that the table does not have", []tcpConnection{{}}, with(func(*processOwner) {}), errNoSocket},
		{"a process that may not be asked", there, nil, anything},
		{"a connection that another process has a moment later", []tcpConnection{{browser, 450}, {99, 460}}, with(func(*processOwner) {}), errNoSocket},
		{"a connection that is gone a moment later", []tcpConnection{{browser, 450}, {}}, with(func(*processOwner) {}), errNoSocket},
		{"a process that has the number of the one that made the socket", there, with(func(o *processOwner) { o.start = 451 }), errYounger},
		{"our browser", there, with(func(*processOwner) {}), nil},
		{"our browser where the system does not tell since when", []tcpConnection{{browser, 0}}, with(func(*processOwner) {}), nil},
		{"our browser in a table that lags", []tcpConnection{{}, {}, {browser, 450}}, with(func(*processOwner) {}), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := (&computer{tables: c.tables, processes: c.processes, t: t}).check()
			if c.want == anything && err == nil || c.want != anything && !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
		})
	}
}

func TestATableThatNeverHasAConnectionIsNotReadForEver(t *testing.T) {
	c := &computer{tables: []tcpConnection{{}}, t: t}
	if err := c.check(); !errors.Is(err, errNoSocket) || c.looks != tcpTries {
		t.Errorf("%d looks, %v", c.looks, err)
	}
}

// wantOwner checks what a table of the system says of a connection; a want below 0 is nobody.
func wantOwner(t *testing.T, uid uint32, err error, want int) {
	t.Helper()
	switch {
	case want < 0 && !errors.Is(err, errNoSocket):
		t.Errorf("user %d, %v; want none", uid, err)
	case want >= 0 && (err != nil || int(uid) != want):
		t.Errorf("user %d, %v; want %d", uid, err, want)
	}
}
