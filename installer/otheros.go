// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"os"
	"path/filepath"
)

// windows builds the programs for Windows as a zip archive.
func (r *release) windows(ctx context.Context) error {
	folder, err := r.programs(ctx, "windows", "amd64")
	if err != nil {
		return err
	}
	archive, err := zipped(folder, r.time(), nil)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, "ponte-"+r.version+"-windows-amd64.zip"), archive, 0o644)
}

func (r *release) macos(context.Context) error { return nil }
