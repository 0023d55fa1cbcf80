// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// open opens a file to read it. Anything but a file is refused, and opening does not wait: a pipe that nobody writes to
// would hold up whoever asks for a setting, which is everybody.
func open(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a file", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// lockPatience is how long a program waits for another that writes the same file.
const lockPatience = 5 * time.Second

// lock keeps other programs of ours from writing a file until unlock. It locks a file beside it, because the file itself
// is replaced; the system lets go of it when a program dies.
func lock(file string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(lockPatience); ; time.Sleep(10 * time.Millisecond) {
		err := tryLock(f)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, errLocked) || time.Now().After(end) {
			return nil, errors.Join(fmt.Errorf("locking %s: %w", file, err), f.Close())
		}
	}
}

var errLocked = errors.New("another program is writing it")

// replace writes a file as a whole, readable by its owner only: whoever reads it meets the old one or the new one.
func replace(file string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	t, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(t.Name()) }()
	_, err = t.Write(b)
	if err := errors.Join(err, t.Sync(), t.Close()); err != nil {
		return err
	}
	return os.Rename(t.Name(), file)
}
