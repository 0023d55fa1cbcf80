// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/internal/leaktest"
)

// stranger is a user id that owns nothing (nobody).
const stranger = 65534

// TestMain also is the stranger: a process of another user that connects to the socket it is given.
func TestMain(m *testing.M) {
	if path := os.Getenv("PONTE_TEST_CONNECT"); path != "" {
		os.Exit(connectAsStranger(path))
	}
	os.Exit(leaktest.Run(m))
}

// connectAsStranger tells on stdout what became of a connection: "no connection", "hung up" or "served".
func connectAsStranger(path string) int {
	conn, err := net.Dial("unix", path)
	if err != nil {
		_, _ = os.Stdout.WriteString("no connection")
		return 0
	}
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if b, _ := io.ReadAll(conn); len(b) > 0 {
		_, _ = os.Stdout.WriteString("served")
		return 0
	}
	_, _ = os.Stdout.WriteString("hung up")
	return 0
}

// runtimeDir gives the test a runtime directory of its own, with a name short enough for a socket.
func runtimeDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ipc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("XDG_RUNTIME_DIR", dir)
	return dir
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := Listen(Portal)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestDirectoryOfTheSocketsIsRefused(t *testing.T) {
	cases := []struct {
		name string
		make func(t *testing.T, dir string)
	}{
		{"when it is a symbolic link", func(t *testing.T, dir string) {
			must(t, os.Mkdir(dir+"-real", 0o700))
			must(t, os.Symlink(dir+"-real", dir))
		}},
		{"when its group may enter", func(t *testing.T, dir string) {
			must(t, os.Mkdir(dir, 0o700))
			must(t, os.Chmod(dir, 0o710))
		}},
		{"when everybody may write", func(t *testing.T, dir string) {
			must(t, os.Mkdir(dir, 0o700))
			must(t, os.Chmod(dir, 0o777))
		}},
		{"when it is a file", func(t *testing.T, dir string) {
			must(t, os.WriteFile(dir, nil, 0o600))
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.make(t, filepath.Join(runtimeDir(t), "ponte"))
			l, err := Listen(Portal)
			if err == nil {
				_ = l.Close()
				t.Fatal("Listen went on")
			}
			if conn, err := Dial(context.Background(), Portal); err == nil || errors.Is(err, ErrAbsent) {
				if conn != nil {
					_ = conn.Close()
				}
				t.Errorf("Dial: %v, want a refusal", err)
			}
		})
	}
}

// A directory that somebody else made before us, in /tmp: only root can make one, everybody else has root's.
func TestDirectoryOfSomebodyElseIsRefused(t *testing.T) {
	dir := "/"
	if os.Getuid() == 0 {
		dir = filepath.Join(runtimeDir(t), "ponte")
		must(t, os.Mkdir(dir, 0o700))
		must(t, os.Chown(dir, stranger, stranger))
	}
	if err := makePrivate(dir); !errors.Is(err, ErrForeign) {
		t.Errorf("%v, want ErrForeign", err)
	}
}

func TestSocketDirectoryFallsBackWhenTheSessionHasNone(t *testing.T) {
	runtime := t.TempDir()
	file := filepath.Join(runtime, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for in, want := range map[string]string{
		"":                               "/tmp/ponte-7",
		"relative/dir":                   "/tmp/ponte-7",
		filepath.Join(runtime, "absent"): "/tmp/ponte-7",
		file:                             "/tmp/ponte-7",
		runtime:                          runtime + "/ponte",
	} {
		if got := socketDir(in, "/tmp", 7); got != want {
			t.Errorf("XDG_RUNTIME_DIR=%q: %s, want %s", in, got, want)
		}
	}
}

func TestDialSaysThatNoAgentRuns(t *testing.T) {
	dir := runtimeDir(t)
	if _, err := Dial(context.Background(), Portal); !errors.Is(err, ErrAbsent) {
		t.Errorf("no directory: %v, want ErrAbsent", err)
	}
	must(t, os.Mkdir(filepath.Join(dir, "ponte"), 0o700))
	if _, err := Dial(context.Background(), Portal); !errors.Is(err, ErrAbsent) {
		t.Errorf("no socket: %v, want ErrAbsent", err)
	}
	leaveSocketBehind(t, filepath.Join(dir, "ponte", "portal.sock"))
	if _, err := Dial(context.Background(), Portal); !errors.Is(err, ErrAbsent) {
		t.Errorf("a socket that nobody serves: %v, want ErrAbsent", err)
	}
}

func leaveSocketBehind(t *testing.T, path string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	must(t, err)
	l.SetUnlinkOnClose(false)
	must(t, l.Close())
}

func TestSecondAgentIsToldThatOneIsRunning(t *testing.T) {
	dir := runtimeDir(t)
	l := listen(t)
	if _, err := Listen(Portal); !errors.Is(err, ErrRunning) {
		t.Errorf("the second agent: %v, want ErrRunning", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "ponte", "portal.sock")); err != nil {
		t.Errorf("the second agent took the socket away: %v", err)
	}
	must(t, l.Close())
	again := listen(t)
	must(t, again.Close())
}

func TestAgentThatIsStillStartingCounts(t *testing.T) {
	dir := filepath.Join(runtimeDir(t), "ponte")
	must(t, os.Mkdir(dir, 0o700))
	unlock, err := lock(filepath.Join(dir, "portal.lock")) // it has not made its socket yet
	must(t, err)
	if l, err := Listen(Portal); !errors.Is(err, ErrRunning) {
		if err == nil {
			_ = l.Close()
		}
		t.Errorf("%v, want ErrRunning", err)
	}
	unlock()
	must(t, listen(t).Close())
}

func TestSocketOfAnAgentWithoutALockIsNotTaken(t *testing.T) {
	dir := filepath.Join(runtimeDir(t), "ponte")
	must(t, os.Mkdir(dir, 0o700))
	other, err := net.Listen("unix", filepath.Join(dir, "portal.sock"))
	must(t, err)
	defer func() { _ = other.Close() }()
	if _, err := Listen(Portal); !errors.Is(err, ErrRunning) {
		t.Errorf("%v, want ErrRunning", err)
	}
}

func TestStaleSocketIsReplacedAndNothingElseIs(t *testing.T) {
	dir := filepath.Join(runtimeDir(t), "ponte")
	must(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "portal.sock")

	must(t, os.WriteFile(path, []byte("a diary"), 0o600))
	if _, err := Listen(Portal); err == nil {
		t.Fatal("a file in the way was replaced")
	}
	if b, _ := os.ReadFile(path); string(b) != "a diary" {
		t.Fatal("a file in the way was changed")
	}
	must(t, os.Remove(path))

	leaveSocketBehind(t, path)
	l := listen(t)
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("mode of the socket %v, want 0600", info.Mode())
	}
	must(t, l.Close())
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there after Close: %v", err)
	}
}

func TestPathTooLongForASocketIsAClearError(t *testing.T) {
	dir := filepath.Join(runtimeDir(t), strings.Repeat("d", 100))
	must(t, os.Mkdir(dir, 0o700))
	t.Setenv("XDG_RUNTIME_DIR", dir)
	if _, err := Listen(Portal); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("%v", err)
	}
}

func TestPeerIsTheProcessAtTheOtherEnd(t *testing.T) {
	runtimeDir(t)
	l := listen(t)
	client, err := Dial(context.Background(), Portal)
	must(t, err)
	defer func() { _ = client.Close() }()
	server, err := l.Accept()
	must(t, err)
	defer func() { _ = server.Close() }()
	for _, conn := range []net.Conn{client, server} {
		p, err := PeerOf(conn)
		must(t, err)
		if want := (Peer{strconv.Itoa(os.Getuid()), os.Getpid()}); p != want {
			t.Errorf("%+v, want %+v", p, want)
		}
	}
	if err := CheckPeer(pipeEnd(t)); err == nil {
		t.Error("a connection that has no peer in the system was accepted")
	}
}

func pipeEnd(t *testing.T) net.Conn {
	a, b := net.Pipe()
	t.Cleanup(func() { _ = a.Close(); _ = b.Close() })
	return a
}

// T17: the directory and the mode of the socket keep other users out; were both wrong, Accept still hangs up on them.
func TestT17_ProcessOfAnotherUserIsHungUpOn(t *testing.T) {
	dir := runtimeDir(t)
	l := listen(t)
	if os.Getuid() != 0 { // only root can become another user: let this very process be taken for a stranger
		l.(*listener).check = func(net.Conn) error { return ErrForeign }
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("secret"))
			_ = conn.Close()
		}
	}()
	path := filepath.Join(dir, "ponte", "portal.sock")
	if got := runStranger(t, path); got != "no connection" {
		t.Errorf("with the modes that Listen sets: %s, want no connection", got)
	}
	must(t, os.Chmod(dir, 0o755))
	must(t, os.Chmod(filepath.Dir(path), 0o755))
	must(t, os.Chmod(path, 0o666))
	if got := runStranger(t, path); got != "hung up" {
		t.Errorf("with an open directory: %s, want hung up", got)
	}
	must(t, l.Close())
	<-served
}

// runStranger connects to path as another user and says what happened.
func runStranger(t *testing.T, path string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	if os.Getuid() == 0 {
		cmd.Path = publicCopy(t, os.Args[0])
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stranger, Gid: stranger}}
	} else if info, err := os.Stat(path); err == nil && info.Mode().Perm() == 0o600 {
		return "no connection"
	}
	cmd.Dir = "/"
	cmd.Env = []string{"PONTE_TEST_CONNECT=" + path}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the stranger could not run: %v", err)
	}
	return string(out)
}

// publicCopy copies a program to where every user can run it.
func publicCopy(t *testing.T, program string) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "ipc-stranger")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	b, err := os.ReadFile(program)
	must(t, err)
	copied := filepath.Join(dir, "stranger")
	must(t, os.WriteFile(copied, b, 0o755))
	return copied
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
