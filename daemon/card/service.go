// SPDX-License-Identifier: EUPL-1.2

package card

import (
	"github.com/ponte-cns/ponte/daemon/pcsc"
	"github.com/ponte-cns/ponte/protocol"
)

// ServiceError is PCSC_UNAVAILABLE, and why.
type ServiceError struct {
	Reason pcsc.Reason
	failed *protocol.Error
}

func (e *ServiceError) Error() string { return e.failed.Error() }

// Unwrap gives the error with its code.
func (e *ServiceError) Unwrap() error { return e.failed }

// unavailable is for errors that are pcsc.ErrUnavailable.
func unavailable(err error) error {
	return &ServiceError{pcsc.ReasonOf(err), protocol.Fail(protocol.PCSCUnavailable, err.Error())}
}
