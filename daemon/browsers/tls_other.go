// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package browsers

import (
	"context"
	"errors"
)

// Errors of RegisterTLS and UnregisterTLS.
var (
	ErrNoModutil = errors.New("the programs of NSS are missing")
	ErrOpen      = errors.New("the browser is open")
)

// ListTLS tells of no database: TLS client authentication is for Linux so far.
func ListTLS() ([]Browser, error) { return nil, errors.ErrUnsupported }

// RegisterTLS is for Linux so far.
func RegisterTLS(context.Context, string) ([]Browser, error) { return nil, errors.ErrUnsupported }

// UnregisterTLS is for Linux so far.
func UnregisterTLS(context.Context) ([]Browser, error) { return nil, errors.ErrUnsupported }

// Module is one that a browser loads.
type Module struct{ Name, Library, Policy string }

// Database is one place where browsers find which modules to load.
type Database struct {
	ID, Name, Dir string
	Own, Rivals   []Module
	Problem       error
}

// Databases tells of none.
func Databases(Env) []Database { return nil }

// Gone is for Linux so far.
func (Database) Gone() bool { return false }

// CanUnregister is for Linux so far.
func (Database) CanUnregister() bool { return false }

// Unregister is for Linux so far.
func (Database) Unregister(context.Context, Env) error { return errors.ErrUnsupported }
