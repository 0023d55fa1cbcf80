// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
)

const sumsFile = "SHA256SUMS"

// sums writes the sums of all files of the release, as sha256sum reads them, and signs them with PONTE_GPG_KEY, a file with
// a secret key. Without it, it says that nothing is signed.
func (r *release) sums(ctx context.Context) error {
	list, err := os.ReadDir(r.out)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, e := range list {
		content, err := os.ReadFile(filepath.Join(r.out, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(content), e.Name())
		r.say("%10d  %s", len(content), e.Name())
	}
	file := filepath.Join(r.out, sumsFile)
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		return err
	}
	key := os.Getenv("PONTE_GPG_KEY")
	if key == "" {
		r.say("not signed: PONTE_GPG_KEY names no file with a key")
		return nil
	}
	return r.signDetached(ctx, key, file)
}

// signDetached signs a file with a key that lives in a keyring of this release only.
func (r *release) signDetached(ctx context.Context, key, file string) error {
	home := filepath.Join(r.work, "gnupg")
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	gpg := []string{"--homedir", home, "--batch", "--no-tty", "--pinentry-mode", "loopback"}
	if pass := os.Getenv("NFPM_PASSPHRASE"); pass != "" {
		secret := filepath.Join(r.work, "passphrase") // not an argument: those can be read by others
		if err := os.WriteFile(secret, []byte(pass), 0o600); err != nil {
			return err
		}
		gpg = append(gpg, "--passphrase-file", secret)
	}
	defer func() {
		_, _ = r.command(context.WithoutCancel(ctx), nil, "gpgconf", "--homedir", home, "--kill", "all")
	}()
	if _, err := r.command(ctx, nil, "gpg", append(gpg, "--import", key)...); err != nil {
		return err
	}
	_, err := r.command(ctx, nil, "gpg", append(gpg, "--armor", "--detach-sign", "--output", file+".asc", file)...)
	return err
}
