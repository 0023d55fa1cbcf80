// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
)

// triplets are the architectures of Linux that packages are made for, as C compilers and folders of libraries call them.
var triplets = map[string]string{"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}

// architectures are those that were asked for, else this computer's and those that can be built here too.
func (r *release) architectures(ctx context.Context) ([]string, error) {
	for _, arch := range r.arch {
		if triplets[arch] == "" {
			return nil, fmt.Errorf("there are no packages for Linux %s", arch)
		}
		if err := r.sysroot(ctx, arch); err != nil {
			return nil, fmt.Errorf("for Linux %s: %w", arch, err)
		}
	}
	if len(r.arch) > 0 {
		return r.arch, nil
	}
	list := []string{runtime.GOARCH}
	for _, arch := range slices.Sorted(maps.Keys(triplets)) {
		if arch == runtime.GOARCH {
			continue
		}
		if err := r.sysroot(ctx, arch); err != nil {
			r.say("no packages for Linux %s: %v", arch, err)
			continue
		}
		list = append(list, arch)
	}
	return list, ctx.Err()
}

// sysroot fetches the headers and libraries of another architecture into build/. Its error is the sentence of sysroot.sh.
func (r *release) sysroot(ctx context.Context, arch string) error {
	if arch == runtime.GOARCH {
		return nil
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, r.path("installer", "sysroot.sh"), arch, triplets[arch]+"-gcc")
	cmd.Stdout, cmd.Stderr = os.Stdout, &said
	if err := cmd.Run(); err != nil {
		if sentence := tail(said.Bytes()); len(sentence) > 0 {
			return errors.New(string(sentence))
		}
		return fmt.Errorf("sysroot.sh: %w", err)
	}
	return nil
}

// crossEnvironment lets cgo build for another architecture. No path of this computer may stand in the name of the compiler
// or in what pkg-config says: both are part of what Go calls the identity of a build, and so of the programs. The compiler
// is therefore found in PATH, and knows itself what the sign = before a folder stands for.
func (r *release) crossEnvironment(arch string) []string {
	if arch == runtime.GOARCH {
		return nil
	}
	place := r.path("build", "sysroot-"+arch)
	usr := filepath.Join(place, "root", "usr")
	return []string{
		"CC=" + triplets[arch] + "-gcc", "PATH=" + filepath.Join(place, "bin") + ":" + os.Getenv("PATH"),
		"PKG_CONFIG_LIBDIR=" + filepath.Join(usr, "lib", triplets[arch], "pkgconfig") + ":" + filepath.Join(usr, "share", "pkgconfig"), "PKG_CONFIG_PATH=", "PKG_CONFIG_SYSROOT_DIR==",
	}
}
