// SPDX-License-Identifier: EUPL-1.2

package pcsc

import "errors"

// Reason is why the smart card service does not answer.
type Reason string

// The reasons. NotKnown also stands for a service that is just being started or stopped.
const (
	NotKnown Reason = ""
	Absent   Reason = "absent"  // it is not installed
	Stopped  Reason = "stopped" // it is installed and does not run
	Denied   Reason = "denied"  // it runs, and does not let us in (polkit, permissions of its socket)
)

// UnavailableError is ErrUnavailable with its reason.
type UnavailableError struct {
	Reason Reason
	Err    error // is ErrUnavailable
}

func (e *UnavailableError) Error() string { return e.Err.Error() }

// Unwrap gives the error without the reason.
func (e *UnavailableError) Unwrap() error { return e.Err }

// ReasonOf tells the reason of an error that is ErrUnavailable.
func ReasonOf(err error) Reason {
	var e *UnavailableError
	if errors.As(err, &e) {
		return e.Reason
	}
	return NotKnown
}
