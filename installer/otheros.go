// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
)

// windows builds the programs for Windows, as a zip archive and as an MSI.
func (r *release) windows(ctx context.Context) error {
	folder, err := r.programs(ctx, "windows", "amd64")
	if err != nil {
		return err
	}
	archive, err := zipped(folder, r.time(), nil)
	if err != nil {
		return err
	}
	name := filepath.Join(r.out, "ponte-"+r.version+"-windows-amd64")
	if err := os.WriteFile(name+".zip", archive, 0o644); err != nil {
		return err
	}
	_, err = r.command(ctx, nil, "go", "run", "./installer/windows", "-programs", folder, "-version", r.version,
		"-epoch", strconv.FormatInt(r.epoch, 10), "-out", name+".msi")
	return err
}

func (r *release) macos(context.Context) error { return nil }
