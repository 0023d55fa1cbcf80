// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // in pure Go: the demo needs no C compiler

	"github.com/ponte-cns/ponte/portal"
)

// accessesKept is how long accesses are kept: what SPID asks of its service providers (DPCM 24 October 2014, art. 13,
// paragraph 2). No rule was found for the CNS.
const accessesKept = 24 // months

// accessesShown is how many of them a page shows.
const accessesShown = 50

// The name and the surname are those of the certificate, if it has them. What follows them was read from the card's memory
// by the citizen's own computer: nobody has signed it.
const schema = `
CREATE TABLE IF NOT EXISTS people (
	fiscal_code  TEXT PRIMARY KEY,
	name         TEXT NOT NULL,
	surname      TEXT NOT NULL,
	birth_date   TEXT NOT NULL,
	sex          TEXT NOT NULL,
	birth_place  TEXT NOT NULL,
	residence    TEXT NOT NULL,
	enrolled_at  INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS accesses (
	id           INTEGER PRIMARY KEY,
	fiscal_code  TEXT NOT NULL REFERENCES people (fiscal_code),
	at           INTEGER NOT NULL,
	outcome      TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS accesses_of ON accesses (fiscal_code, at);
CREATE INDEX IF NOT EXISTS accesses_at ON accesses (at);`

// people are those who have enrolled, and when they came and went.
type people struct {
	db  *sql.DB
	now func() time.Time
}

// enrolled is one of them. Empty is what neither certificate nor card tells.
type enrolled struct {
	FiscalCode                                 portal.FiscalCode
	Name, Surname                              string
	BirthDate, Sex, BirthPlace, ResidencePlace string // YYYY-MM-DD; M or F; cadastral codes
}

// outcome is what an access was.
type outcome string

const (
	entered outcome = "entered"
	left    outcome = "left"
	removed outcome = "removed" // left, because the card was taken out
)

type access struct {
	At      time.Time
	Outcome outcome
}

// openPeople opens the file or makes it, readable by its owner only; "" is a database in memory.
func openPeople(ctx context.Context, file string) (*people, error) {
	name := ":memory:"
	if file != "" {
		f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		f.Close()
		absolute, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		name = (&url.URL{Path: filepath.ToSlash(absolute)}).EscapedPath()
	}
	db, err := sql.Open("sqlite", "file:"+name+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // each connection to :memory: would have a database of its own
	if _, err := db.ExecContext(ctx, schema+applicationsSchema); err != nil {
		db.Close()
		return nil, fmt.Errorf("preparing the database: %w", err)
	}
	return &people{db: db, now: time.Now}, nil
}

func (p *people) Close() error { return p.db.Close() }

// find gives the person who has enrolled with this fiscal code.
func (p *people) find(ctx context.Context, code portal.FiscalCode) (who enrolled, found bool, err error) {
	err = p.db.QueryRowContext(ctx,
		`SELECT fiscal_code, name, surname, birth_date, sex, birth_place, residence FROM people WHERE fiscal_code = ?`, string(code),
	).Scan(&who.FiscalCode, &who.Name, &who.Surname, &who.BirthDate, &who.Sex, &who.BirthPlace, &who.ResidencePlace)
	if errors.Is(err, sql.ErrNoRows) {
		return enrolled{}, false, nil
	}
	if err != nil {
		return enrolled{}, false, fmt.Errorf("looking for a person: %w", err)
	}
	return who, true, nil
}

// enrol adds a person, with the access that led to it. Whoever has enrolled already stays as they were.
func (p *people) enrol(ctx context.Context, who enrolled, since time.Time) error {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("enrolling: %w", err)
	}
	defer tx.Rollback() // nothing after Commit
	result, err := tx.ExecContext(ctx, `INSERT INTO people VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		string(who.FiscalCode), who.Name, who.Surname, who.BirthDate, who.Sex, who.BirthPlace, who.ResidencePlace, p.now().Unix())
	if err != nil {
		return fmt.Errorf("enrolling: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO accesses (fiscal_code, at, outcome) VALUES (?, ?, ?)`,
		string(who.FiscalCode), since.Unix(), string(entered)); err != nil {
		return fmt.Errorf("enrolling: %w", err)
	}
	return tx.Commit()
}

// record keeps an access of somebody who has enrolled; of others nothing is kept. What is too old goes.
func (p *people) record(ctx context.Context, code portal.FiscalCode, what outcome) error {
	now := p.now()
	if _, err := p.db.ExecContext(ctx, `DELETE FROM accesses WHERE at < ?`, now.AddDate(0, -accessesKept, 0).Unix()); err != nil {
		return fmt.Errorf("forgetting old accesses: %w", err)
	}
	_, err := p.db.ExecContext(ctx,
		`INSERT INTO accesses (fiscal_code, at, outcome) SELECT fiscal_code, ?, ? FROM people WHERE fiscal_code = ?`,
		now.Unix(), string(what), string(code))
	if err != nil {
		return fmt.Errorf("recording an access: %w", err)
	}
	return nil
}

// accesses gives a person's own, the last one first.
func (p *people) accesses(ctx context.Context, code portal.FiscalCode) ([]access, error) {
	rows, err := p.db.QueryContext(ctx,
		`SELECT at, outcome FROM accesses WHERE fiscal_code = ? ORDER BY at DESC, id DESC LIMIT ?`, string(code), accessesShown)
	if err != nil {
		return nil, fmt.Errorf("reading accesses: %w", err)
	}
	defer rows.Close()
	var all []access
	for rows.Next() {
		var at int64
		var a access
		if err := rows.Scan(&at, &a.Outcome); err != nil {
			return nil, fmt.Errorf("reading accesses: %w", err)
		}
		a.At = time.Unix(at, 0)
		all = append(all, a)
	}
	return all, rows.Err()
}
