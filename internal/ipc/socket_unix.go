// SPDX-License-Identifier: EUPL-1.2

//go:build linux || darwin

package ipc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// maxPath is what a unix socket's address can hold on every system here (sun_path of macOS, with its final zero).
const maxPath = 103

// Listen makes the socket called name and waits for peers of our own user on it. When an agent of the same user has it
// already the error is ErrRunning; a socket file that a dead agent left behind is replaced.
func Listen(name string) (net.Listener, error) {
	dir, err := Dir()
	if err != nil {
		return nil, err
	}
	if err := makePrivate(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, name+".sock")
	if len(path) > maxPath {
		return nil, fmt.Errorf("the path of the socket is longer than %d bytes: %s", maxPath, path)
	}
	unlock, err := lock(filepath.Join(dir, name+".lock"))
	if err != nil {
		return nil, err
	}
	if err := removeStale(path); err != nil {
		unlock()
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		unlock()
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = l.Close()
		unlock()
		return nil, err
	}
	return &listener{Listener: l, check: CheckPeer, release: sync.OnceFunc(unlock)}, nil
}

// Dial connects to the socket called name. The error is ErrAbsent when no agent listens there, and ErrForeign when the
// socket or its directory is not our user's.
func Dial(ctx context.Context, name string) (net.Conn, error) {
	dir, err := Dir()
	if err != nil {
		return nil, err
	}
	if err := checkPrivate(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrAbsent
	} else if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, name+".sock")
	if len(path) > maxPath {
		return nil, fmt.Errorf("the path of the socket is longer than %d bytes: %s", maxPath, path)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, ErrAbsent
	}
	if err != nil {
		return nil, err
	}
	return checked(conn)
}

// makePrivate makes dir for our user alone, or checks that it is.
func makePrivate(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making the directory of the sockets: %w", err)
	}
	return checkPrivate(dir)
}

// checkPrivate refuses a directory where somebody else could have put a socket, or could reach ours.
func checkPrivate(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory", dir)
	case !ok || int(owner.Uid) != os.Getuid():
		return fmt.Errorf("%s: %w", dir, ErrForeign)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s is open to other users (mode %#o, should be 0700)", dir, info.Mode().Perm())
	}
	return nil
}

// lock holds the file at path while the agent lives, so that of two agents that start at once exactly one goes on. The
// system lets go of it when the process ends, however it ends.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the socket: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrRunning
		}
		return nil, fmt.Errorf("locking the socket: %w", err)
	}
	return func() { _ = f.Close() }, nil
}

// removeStale removes the socket at path when nobody answers on it. It never removes anything but a socket.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is in the way and is not a socket", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		_ = conn.Close()
		return ErrRunning
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("asking whether an agent is running: %w", err)
	}
	return os.Remove(path)
}

func ownUID() (string, error) { return strconv.Itoa(os.Getuid()), nil }

// onSocket runs f with the file descriptor of conn.
func onSocket(conn net.Conn, f func(fd int) error) error {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return errors.New("not a socket")
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}
