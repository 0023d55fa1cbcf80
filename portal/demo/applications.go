// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/ponte-cns/ponte/portal"
)

// applicationsEach is how many applications one person may have here: it is a demonstration.
const applicationsEach = 50

// An application is kept as the PDF that the portal has made, then as the one that the citizen has signed, with what the
// verification said on that day: a certificate that expires later does not undo it.
const applicationsSchema = `
CREATE TABLE IF NOT EXISTS applications (
	id           INTEGER PRIMARY KEY,
	fiscal_code  TEXT NOT NULL,
	kind         TEXT NOT NULL,
	made_at      INTEGER NOT NULL,
	document     BLOB NOT NULL,
	signed       BLOB,
	signed_at    INTEGER,
	report       BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS applications_of ON applications (fiscal_code, id);`

// application is one of them, without its documents.
type application struct {
	ID       int64
	Kind     applicationKind
	MadeAt   time.Time
	SignedAt time.Time // zero: not yet
}

// applicationKind is what is applied for.
type applicationKind string

// The kinds, as the form has them.
const (
	forIncome  applicationKind = "income"
	forIllness applicationKind = "illness"
	forOther   applicationKind = "other"
)

func (k applicationKind) known() bool { return k == forIncome || k == forIllness || k == forOther }

// Errors of applications.
var (
	errNoApplication = errors.New("there is no such application of this person")
	errTooMany       = errors.New("this person has too many applications")
	errSignedAlready = errors.New("the application is signed already")
)

// applications are kept in the database of people.
type applications struct {
	db  *sql.DB
	now func() time.Time
}

// add keeps a new one. write makes the document, which holds the number and the time.
func (a *applications) add(ctx context.Context, code portal.FiscalCode, kind applicationKind, write func(application) ([]byte, error)) (application, error) {
	tx, err := a.db.BeginTx(ctx, nil)
	if err != nil {
		return application{}, fmt.Errorf("adding an application: %w", err)
	}
	defer tx.Rollback() // nothing after Commit
	var count int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM applications WHERE fiscal_code = ?`, string(code)).Scan(&count); err != nil {
		return application{}, fmt.Errorf("counting applications: %w", err)
	}
	if count >= applicationsEach {
		return application{}, errTooMany
	}
	new := application{Kind: kind, MadeAt: a.now().Truncate(time.Second)}
	result, err := tx.ExecContext(ctx, `INSERT INTO applications (fiscal_code, kind, made_at, document) VALUES (?, ?, ?, x'')`,
		string(code), string(kind), new.MadeAt.Unix())
	if err != nil {
		return application{}, fmt.Errorf("adding an application: %w", err)
	}
	if new.ID, err = result.LastInsertId(); err != nil {
		return application{}, fmt.Errorf("adding an application: %w", err)
	}
	document, err := write(new)
	if err != nil {
		return application{}, fmt.Errorf("writing an application: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE applications SET document = ? WHERE id = ?`, document, new.ID); err != nil {
		return application{}, fmt.Errorf("adding an application: %w", err)
	}
	return new, tx.Commit()
}

// list gives a person's own, the last one first.
func (a *applications) list(ctx context.Context, code portal.FiscalCode) ([]application, error) {
	rows, err := a.db.QueryContext(ctx,
		`SELECT id, kind, made_at, coalesce(signed_at, 0) FROM applications WHERE fiscal_code = ? ORDER BY id DESC`, string(code))
	if err != nil {
		return nil, fmt.Errorf("reading applications: %w", err)
	}
	defer rows.Close()
	var all []application
	for rows.Next() {
		one, err := scanApplication(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

func scanApplication(scan func(...any) error, more ...any) (application, error) {
	var one application
	var made, signed int64
	if err := scan(append([]any{&one.ID, &one.Kind, &made, &signed}, more...)...); err != nil {
		return one, fmt.Errorf("reading an application: %w", err)
	}
	one.MadeAt = time.Unix(made, 0)
	if signed != 0 {
		one.SignedAt = time.Unix(signed, 0)
	}
	return one, nil
}

// applicationFiles are the documents of an application.
type applicationFiles struct {
	Document, Signed, Report []byte // the last two are nil before it is signed
}

// find gives an application to the person who made it, and to nobody else.
func (a *applications) find(ctx context.Context, code portal.FiscalCode, id int64) (application, applicationFiles, error) {
	var files applicationFiles
	row := a.db.QueryRowContext(ctx,
		`SELECT id, kind, made_at, coalesce(signed_at, 0), document, signed, report FROM applications WHERE id = ? AND fiscal_code = ?`, id, string(code))
	one, err := scanApplication(row.Scan, &files.Document, &files.Signed, &files.Report)
	if errors.Is(err, sql.ErrNoRows) {
		return one, files, errNoApplication
	}
	return one, files, err
}

// sign keeps what the citizen has signed, once.
func (a *applications) sign(ctx context.Context, id int64, signed, report []byte) error {
	result, err := a.db.ExecContext(ctx, `UPDATE applications SET signed = ?, report = ?, signed_at = ? WHERE id = ? AND signed IS NULL`,
		signed, report, a.now().Unix(), id)
	if err != nil {
		return fmt.Errorf("keeping a signed application: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errSignedAlready)
	}
	return nil
}
