// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

// worker is a ponte-pkcs11 that runs. One goroutine at a time uses it.
type worker struct {
	cmd    *exec.Cmd
	in     *os.File // its requests
	out    *os.File // its answers
	gone   chan struct{}
	silent atomic.Bool // it was killed for saying nothing

	mu     sync.Mutex
	reaped bool // its id may belong to somebody else
}

// errSilent: the module did not come back.
var errSilent = errors.New("it did not answer, and was ended")

// startWorker runs a program with a pipe on its standard input and output and with nothing else of ours. It dies with the
// agent: its requests end, and on Linux the kernel kills it.
func startWorker(command []string) (*worker, error) {
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, childIn.Close(), in.Close())
	}
	w := &worker{cmd: exec.Command(command[0], command[1:]...), in: in, out: out, gone: make(chan struct{})}
	w.cmd.Stdin, w.cmd.Stdout, w.cmd.Env = childIn, childOut, environment() // standard error goes nowhere: it could hold anything
	w.cmd.Dir = rootFolder
	w.cmd.SysProcAttr = attributes()
	started := make(chan error)
	go func() {
		// On Linux the end of the thread that started a program counts as the end of the agent (prctl(2), PR_SET_PDEATHSIG).
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := w.cmd.Start()
		_, _ = childIn.Close(), childOut.Close()
		started <- err
		if err == nil {
			w.wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, errors.Join(fmt.Errorf("starting ponte-pkcs11: %w", err), in.Close(), out.Close())
	}
	return w, nil
}

// lastWords is how long an answer may still be on its way from a worker that has ended. A process that the module has
// left behind may hold the pipe open for ever.
const lastWords = 200 * time.Millisecond

func (w *worker) wait() {
	confine(w.cmd.Process)
	awaitEnd(w.cmd.Process)
	killGroup(w.cmd.Process) // what the module has started: the worker is not reaped yet, so the group is still ours
	w.mu.Lock()
	w.reaped = true
	w.mu.Unlock()
	_ = w.cmd.Wait()
	_ = w.out.SetReadDeadline(time.Now().Add(lastWords))
	close(w.gone)
}

func (w *worker) pid() int { return w.cmd.Process.Pid }

func (w *worker) ended() bool {
	select {
	case <-w.gone:
		return true
	default:
		return false
	}
}

// kill ends the worker and what it has started, and whoever waits for its answer.
func (w *worker) kill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.reaped {
		killGroup(w.cmd.Process)
		_ = w.cmd.Process.Kill()
	}
	_ = w.out.SetReadDeadline(time.Unix(1, 0))
	_ = w.in.SetWriteDeadline(time.Unix(1, 0))
}

// close lets the worker end by itself, and kills it when it does not.
func (w *worker) close() {
	_ = w.in.Close()
	go func() {
		select {
		case <-w.gone:
		case <-time.After(3 * time.Second): // a second more than it gives the module
			w.kill()
			<-w.gone
		}
		_ = w.out.Close()
	}()
}

// exchange sends a request and waits for its answer.
func (w *worker) exchange(req wire.Request, secrets [][]byte, limit time.Duration) (wire.Answer, error) {
	stop := w.limit(limit)
	defer stop()
	if err := wire.WriteJSON(w.in, req, wire.MaxRequest); err != nil {
		return wire.Answer{}, err
	}
	for _, s := range secrets {
		if err := wire.WriteBytes(w.in, s, wire.MaxSecret); err != nil {
			return wire.Answer{}, err
		}
	}
	return w.read(req.Number)
}

// receive waits for the answer to a request that was sent before; 0 is the one that needs none.
func (w *worker) receive(number uint64, limit time.Duration) (wire.Answer, error) {
	stop := w.limit(limit)
	defer stop()
	return w.read(number)
}

func (w *worker) read(number uint64) (wire.Answer, error) {
	a, err := wire.ReadAnswer(w.out)
	if err == nil && (a.Number != number || a.PID != w.pid()) {
		err = errors.New("an answer that nobody asked for")
	}
	return a, err
}

// limit kills the worker when it says nothing for too long.
func (w *worker) limit(d time.Duration) (stop func()) {
	t := time.AfterFunc(d, func() {
		w.silent.Store(true)
		w.kill()
	})
	return func() { t.Stop() }
}

// why says how a worker has ended that gave err in the place of an answer. It has been killed before.
func (w *worker) why(err error) error {
	if w.silent.Load() {
		return errSilent
	}
	if errors.Is(err, wire.ErrFrame) {
		return err
	}
	<-w.gone
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, os.ErrClosed) || brokenPipe(err) {
		return errors.New(w.cmd.ProcessState.String())
	}
	return err
}
