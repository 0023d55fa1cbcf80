// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"context"
	"encoding/hex"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// tlsChild is another process at the TLS socket: it sends one request and repeats the answer.
func tlsChild(socket string) bool {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return true
	}
	_ = conn.SetDeadline(time.Now().Add(long))
	request, _ := hex.DecodeString(os.Getenv("PONTE_TEST_SAY"))
	_, _ = conn.Write(request)
	_, _ = io.Copy(os.Stdout, conn)
	return true
}

// tlsProcesses serves a door on a socket that every user can reach, and gives a function that makes processes which send it a
// request.
func tlsProcesses(t *testing.T, keys Keys) func(request []byte) *exec.Cmd {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "doors-tls")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	program, err := os.ReadFile(os.Args[0])
	must(t, err)
	copied, socket := filepath.Join(dir, "program"), filepath.Join(dir, "s")
	must(t, os.WriteFile(copied, program, 0o755))
	l, err := net.Listen("unix", socket)
	must(t, err)
	must(t, os.Chmod(socket, 0o666))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- (&TLS{Keys: keys, slowest: time.Nanosecond}).Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return func(request []byte) *exec.Cmd {
		cmd := exec.Command(copied)
		cmd.Dir = "/"
		cmd.Env = []string{"PONTE_TEST_TLS_SOCKET=" + socket, "PONTE_TEST_SAY=" + hex.EncodeToString(request)}
		return cmd
	}
}

// Who is not root cannot make a process of another user; TestT17_AProgramOfAnotherUserGetsNoAnswerOnTheTLSSocket does without.
func TestT17_AProcessOfAnotherUserLearnsNothingOnTheTLSSocket(t *testing.T) {
	process := tlsProcesses(t, &fakeKeys{})
	if os.Getuid() == 0 {
		stranger := process(rawRequest(tlsState, signMode, nil))
		stranger.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := stranger.Output()
		must(t, err)
		if len(out) != 0 {
			t.Errorf("another user is told %x", out)
		}
	}
	out, err := process(rawRequest(tlsState, signMode, nil)).Output()
	must(t, err)
	if rv, state := tlsAnswer(t, out); rv != ckrOK || len(state) != 57 {
		t.Errorf("our own user is told %x", out)
	}
}

func TestAProcessThatIsKilledDuringTheDialogEndsItAndOthersAreServed(t *testing.T) {
	open, gone := make(chan struct{}), make(chan struct{})
	process := tlsProcesses(t, &fakeKeys{unlock: func(ctx context.Context) error {
		close(open)
		<-ctx.Done()
		close(gone)
		return ctx.Err()
	}})
	asking := process(rawRequest(tlsLogin, 0, generationBody(insertion)))
	must(t, asking.Start())
	t.Cleanup(func() { _ = asking.Process.Kill() })
	wait := func(what string, c chan struct{}) {
		select {
		case <-c:
		case <-time.After(time.Minute):
			t.Fatalf("never: %s", what)
		}
	}
	wait("the dialog opens", open)
	must(t, asking.Process.Kill())
	_ = asking.Wait()
	wait("the dialog ends", gone)
	out, err := process(rawRequest(tlsState, signMode, nil)).Output()
	must(t, err)
	if rv, _ := tlsAnswer(t, out); rv != ckrOK {
		t.Errorf("another process is told %#x", rv)
	}
}
