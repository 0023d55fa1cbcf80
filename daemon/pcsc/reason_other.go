// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package pcsc

// noService tells why the service does not answer: on these systems it is part of the system, so it can only be stopped.
func noService() Reason { return Stopped }
