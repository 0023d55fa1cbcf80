// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// build builds the programs into bin as the Makefile does, so that nothing is done when they are there and fresh. It must
// run in the repository.
func build(ctx context.Context) (bin string, err error) {
	for _, b := range []struct{ program, source, env string }{
		{"ponte", "./daemon", "CGO_ENABLED=1"},
		{"ponte-nativehost", "./nativehost", "CGO_ENABLED=0"},
		{"ponte-testcard", "./testcard/cmd/ponte-testcard", "CGO_ENABLED=1"},
	} {
		c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join("bin", b.program), b.source)
		c.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false", b.env)
		if out, err := c.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building %s: %w\n%s", b.program, err, out)
		}
	}
	return filepath.Abs("bin")
}
