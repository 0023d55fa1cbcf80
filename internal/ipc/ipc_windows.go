// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"
)

// Listen makes the pipe called name and waits for peers of our own user on it. When it exists already the error is
// ErrRunning: the first instance of a pipe decides who may connect, so we never join one that is there.
func Listen(name string) (net.Listener, error) {
	sid, err := ownUID()
	if err != nil {
		return nil, err
	}
	l, err := winio.ListenPipe(pipePath(sid, name), &winio.PipeConfig{
		// Protected: full access for this user and for SYSTEM, nothing inherited, nobody else.
		SecurityDescriptor: fmt.Sprintf("O:%sD:P(A;;GA;;;%s)(A;;GA;;;SY)", sid, sid),
		InputBufferSize:    64 << 10,
		OutputBufferSize:   64 << 10,
	})
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_PIPE_BUSY) || errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		return nil, ErrRunning
	}
	if err != nil {
		return nil, err
	}
	return &listener{Listener: l, check: CheckPeer, release: func() {}}, nil
}

// Dial connects to the pipe called name. The error is ErrAbsent when no agent listens there, and ErrForeign when the pipe
// was made by another user.
func Dial(ctx context.Context, name string) (net.Conn, error) {
	sid, err := ownUID()
	if err != nil {
		return nil, err
	}
	conn, err := winio.DialPipeContext(ctx, pipePath(sid, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrAbsent
	}
	if err != nil {
		return nil, err
	}
	own, err := serverUID(conn)
	if err == nil && own != sid {
		err = ErrForeign
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func pipePath(sid, name string) string { return `\\.\pipe\ponte-` + sid + "-" + name }

// PeerOf asks the system which process is the client of the pipe, and whose that process is.
func PeerOf(conn net.Conn) (Peer, error) {
	h, err := pipeHandle(conn)
	if err != nil {
		return Peer{}, err
	}
	var pid uint32
	if err := windows.GetNamedPipeClientProcessId(h, &pid); err != nil {
		return Peer{}, fmt.Errorf("asking for the client of the pipe: %w", err)
	}
	uid, err := processUID(pid)
	if err != nil {
		return Peer{}, err
	}
	return Peer{UID: uid, PID: int(pid)}, nil
}

// serverUID says whose process made the pipe that a client is connected to.
func serverUID(conn net.Conn) (string, error) {
	h, err := pipeHandle(conn)
	if err != nil {
		return "", err
	}
	var pid uint32
	if err := windows.GetNamedPipeServerProcessId(h, &pid); err != nil {
		return "", fmt.Errorf("asking for the server of the pipe: %w", err)
	}
	return processUID(pid)
}

func pipeHandle(conn net.Conn) (windows.Handle, error) {
	f, ok := conn.(interface{ Fd() uintptr })
	if !ok {
		return 0, errors.New("not a pipe")
	}
	return windows.Handle(f.Fd()), nil
}

func processUID(pid uint32) (string, error) {
	p, err := openProcess(int(pid))
	if err != nil {
		return "", err
	}
	defer func() { _ = windows.CloseHandle(p) }()
	var t windows.Token
	if err := windows.OpenProcessToken(p, windows.TOKEN_QUERY, &t); err != nil {
		return "", fmt.Errorf("opening the token of process %d: %w", pid, err)
	}
	defer func() { _ = t.Close() }()
	return tokenUID(t)
}

func ownUID() (string, error) { return tokenUID(windows.GetCurrentProcessToken()) }

func tokenUID(t windows.Token) (string, error) {
	u, err := t.GetTokenUser()
	if err != nil {
		return "", fmt.Errorf("asking whose a token is: %w", err)
	}
	return u.User.Sid.String(), nil
}
