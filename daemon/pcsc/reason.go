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

// unavailableError is ErrUnavailable with its reason.
type unavailableError struct {
	reason Reason
	err    error
}

func (e *unavailableError) Error() string { return e.err.Error() }

// Unwrap gives the error without the reason.
func (e *unavailableError) Unwrap() error { return e.err }

// ReasonOf tells the reason of an error that is ErrUnavailable.
func ReasonOf(err error) Reason {
	var e *unavailableError
	if errors.As(err, &e) {
		return e.reason
	}
	return NotKnown
}
