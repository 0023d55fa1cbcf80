// SPDX-License-Identifier: EUPL-1.2

//go:build !cgo

package module

import (
	"errors"
	"fmt"

	"github.com/ponte-cns/ponte/daemon/pkcs11/modulefile"
	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

// loaded stands for a module in a program that was built without cgo, and loads none.
type loaded struct{}

func load(path string, rules modulefile.Rules) (*loaded, error) {
	file, err := rules.Open(path)
	if err != nil {
		return nil, err
	}
	return nil, errors.Join(fmt.Errorf("%w: this ponte-pkcs11 was built without cgo", errLoad), file.Close())
}

func codeOf(error) wire.Code { return wire.CodeUnsupported }

func (*loaded) close()                                        {}
func (*loaded) info() *wire.Module                            { return nil }
func (*loaded) slots() ([]wire.Slot, error)                   { return nil, errLoad }
func (*loaded) token(uint) (*wire.Token, error)               { return nil, errLoad }
func (*loaded) certificates(uint) ([]wire.Certificate, error) { return nil, errLoad }
func (*loaded) login(uint, [][]byte) error                    { return errLoad }
func (*loaded) sign(wire.Request) ([]byte, error) {
	return nil, errors.Join(errLoad, errNoKey, errLength)
}
func (*loaded) logout(uint)                       {}
func (*loaded) setPIN(_ uint, _, _ []byte) error  { return errLoad }
func (*loaded) unblock(_ uint, _, _ []byte) error { return errLoad }
