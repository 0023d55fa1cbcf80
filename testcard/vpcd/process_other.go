// SPDX-License-Identifier: EUPL-1.2

//go:build !linux

package vpcd

import (
	"errors"
	"io"
)

// process is not available: a private pcscd needs the mount namespaces of Linux.
type process struct{ ended chan struct{} }

func startProcess(_, _ string, _ io.Writer) (*process, error) {
	return nil, errors.New("a private pcscd needs the mount namespaces of Linux")
}

func (*process) terminate()      {}
func (*process) kill()           {}
func (*process) printed() string { return "nothing" }
