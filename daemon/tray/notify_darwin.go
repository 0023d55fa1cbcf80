// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"log/slog"
	"os/exec"
	"time"
)

// newNotifier tells by osascript, which is part of macOS.
func newNotifier(*slog.Logger) notifier { return scriptNotifier{} }

type scriptNotifier struct{}

// programTime is how long a program of the system may take.
const programTime = 5 * time.Second

// notify gives the texts as arguments: nothing of them is read as a script.
func (scriptNotifier) notify(n notice) error {
	ctx, cancel := context.WithTimeout(context.Background(), programTime)
	defer cancel()
	return exec.CommandContext(ctx, "/usr/bin/osascript", "-e", "on run argv",
		"-e", "display notification (item 2 of argv) with title (item 1 of argv)", "-e", "end run", n.title, n.body).Run()
}

// locked reads what the window server says of the session. Where it says nothing the screen is open.
func (scriptNotifier) locked() bool {
	ctx, cancel := context.WithTimeout(context.Background(), programTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, "/usr/sbin/ioreg", "-n", "Root", "-d1").Output()
	return err == nil && bytes.Contains(out, []byte(`"CGSSessionScreenIsLocked"=Yes`))
}

// watchLock: no program loads libponte-pkcs11 on this system yet (docs/tls.md), so there is no card to lock.
func (scriptNotifier) watchLock(context.Context, func()) {}
