// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// windows builds the programs for Windows, and lets windows/ sign and pack them into the MSI, where its tools are.
func (r *release) windows(ctx context.Context) error {
	folder, err := r.programs(ctx, "windows", "amd64")
	if err != nil {
		return err
	}
	name := filepath.Join(r.out, "ponte-"+r.version+"-windows-amd64")
	if _, err := exec.LookPath("wixl"); err != nil {
		r.say("no MSI: there is no wixl; the programs for Windows are in an archive, not signed")
		archive, err := zipped(folder, r.time(), nil)
		if err != nil {
			return err
		}
		return os.WriteFile(name+".zip", archive, 0o644)
	}
	_, err = r.command(ctx, nil, "go", "run", "./installer/windows", "-programs", folder, "-version", r.version,
		"-epoch", strconv.FormatInt(r.epoch, 10), "-out", name+".msi")
	return err
}
