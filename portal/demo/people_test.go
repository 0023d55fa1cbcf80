// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/testcard/holder"
)

const giada = portal.FiscalCode("RSSGPR84S63H501C")

var matteo = portal.FiscalCode(holder.Matteo().FiscalCode)

func opened(t *testing.T, file string) *people {
	t.Helper()
	p, err := openPeople(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func (p *people) mustRecord(t *testing.T, code portal.FiscalCode, what outcome) {
	t.Helper()
	if err := p.record(t.Context(), code, what); err != nil {
		t.Fatal(err)
	}
}

func (p *people) outcomes(t *testing.T, code portal.FiscalCode) string {
	t.Helper()
	all, err := p.accesses(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range all {
		names = append(names, string(a.Outcome))
	}
	return strings.Join(names, " ")
}

func TestNothingIsKeptOfThoseWhoHaveNotEnrolled(t *testing.T) {
	p := opened(t, "")
	p.mustRecord(t, giada, entered)
	if _, found, err := p.find(t.Context(), giada); found || err != nil {
		t.Errorf("%v %v", found, err)
	}
	if err := p.enrol(t.Context(), enrolled{FiscalCode: giada}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := p.outcomes(t, giada); got != "entered" {
		t.Errorf("%q", got)
	}
}

func TestAccessesAreOnesOwnAndTheLastComesFirst(t *testing.T) {
	p := opened(t, "")
	for _, code := range []portal.FiscalCode{giada, matteo} {
		if err := p.enrol(t.Context(), enrolled{FiscalCode: code}, time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	p.mustRecord(t, giada, left)
	p.mustRecord(t, giada, entered)
	p.mustRecord(t, giada, removed)
	if got := p.outcomes(t, giada); got != "removed entered left entered" {
		t.Errorf("%q", got)
	}
	if got := p.outcomes(t, matteo); got != "entered" {
		t.Errorf("%q", got)
	}
	if got := p.outcomes(t, "x' OR '1'='1"); got != "" {
		t.Errorf("%q", got)
	}
}

func TestAccessesAreForgottenAfterTwoYears(t *testing.T) {
	p, now := opened(t, ""), time.Now()
	p.now = func() time.Time { return now }
	if err := p.enrol(t.Context(), enrolled{FiscalCode: giada}, now); err != nil {
		t.Fatal(err)
	}
	now = now.AddDate(0, accessesKept, 0)
	p.mustRecord(t, giada, left)
	now = now.Add(time.Second)
	p.mustRecord(t, giada, removed)
	if got := p.outcomes(t, giada); got != "removed left" {
		t.Errorf("%q", got)
	}
}

func TestWhoHasEnrolledStaysAsTheyWere(t *testing.T) {
	p := opened(t, "")
	for _, date := range []string{"1984-11-23", "2000-01-01"} {
		if err := p.enrol(t.Context(), enrolled{FiscalCode: giada, BirthDate: date}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if who, found, err := p.find(t.Context(), giada); err != nil || !found || who.BirthDate != "1984-11-23" {
		t.Errorf("%+v %v %v", who, found, err)
	}
	if got := p.outcomes(t, giada); got != "entered" {
		t.Errorf("%q", got)
	}
}

func TestTheFileIsItsOwnersOnlyAndLastsFromOneRunToTheNext(t *testing.T) {
	file := filepath.Join(t.TempDir(), "con spazio?&_pragma=#.db")
	first := opened(t, file)
	if err := first.enrol(t.Context(), enrolled{FiscalCode: giada, Name: "NICCOLÒ"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files { // with those that SQLite puts beside it
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 || !strings.HasPrefix(f.Name(), filepath.Base(file)) {
			t.Errorf("%s: %v %v", f.Name(), info.Mode(), err)
		}
	}
	first.Close()
	if who, found, err := opened(t, file).find(t.Context(), giada); err != nil || !found || who.Name != "NICCOLÒ" {
		t.Errorf("%+v %v %v", who, found, err)
	}
}
