// SPDX-License-Identifier: EUPL-1.2

// Package module loads one PKCS#11 module and carries out the requests of the agent with it, in a process of its own: a
// vendor's code may crash, hang, write where it should not and lie about lengths. It decides nothing, and it is no part of
// the agent.
package module

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/ponte-cns/ponte/daemon/pkcs11/modulefile"
	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

// farewell is how long a module may take to let go of its cards.
const farewell = 2 * time.Second

// Run serves the agent that is at the other end of standard input and output, until that closes its end. args are those of
// the process: the path of one module.
func Run(args []string, rules modulefile.Rules) error {
	if len(args) > 0 && args[0] == "pkcs11-worker" { // the command of ponte that hands over to this program
		args = args[1:]
	}
	if len(args) != 1 {
		return errors.New("use: ponte-pkcs11 MODULE; the agent starts it")
	}
	confine()
	in, out, err := takeStreams()
	if err != nil {
		return err
	}
	runtime.LockOSThread() // some modules keep what they know with the thread
	s := &server{in: in, out: out, pid: os.Getpid(), requests: make(chan request)}
	go s.read() // from now on: the agent may go away while the module is being loaded
	s.open(args[0], rules)
	for r := range s.requests {
		s.answer(r)
		clearAll(r.secrets)
	}
	time.AfterFunc(farewell, func() { os.Exit(0) })
	s.module.close()
	return nil
}

// server is the one conversation of this process.
type server struct {
	in       io.Reader
	out      io.Writer
	pid      int
	requests chan request
	module   *loaded
}

type request struct {
	wire.Request
	secrets [][]byte
}

// open loads the module and tells the agent how that went.
func (s *server) open(path string, rules modulefile.Rules) {
	var a wire.Answer
	var err error
	if s.module, err = load(path, rules); err != nil {
		a.Code, a.Detail = wire.CodeLoad, wire.Text(err.Error())
		if !errors.Is(err, errLoad) {
			a.Code = wire.CodeFile
		}
		s.say(a)
		os.Exit(1)
	}
	a.Module = s.module.info()
	s.say(a)
}

// read takes requests until the agent has gone, whatever the module does meanwhile.
func (s *server) read() {
	defer close(s.requests)
	for {
		req, secrets, err := wire.ReadRequest(s.in)
		if err != nil {
			clearAll(secrets)
			time.AfterFunc(farewell, func() { os.Exit(0) }) // also from a module that never returns
			return
		}
		s.requests <- request{req, secrets}
	}
}

func clearAll(secrets [][]byte) {
	for _, s := range secrets {
		clear(s)
	}
}

// say sends an answer. A module that forks may return twice: the copy of this process says nothing.
func (s *server) say(a wire.Answer) {
	if os.Getpid() != s.pid {
		os.Exit(0)
	}
	a.PID = s.pid
	if wire.WriteJSON(s.out, a, wire.MaxAnswer) != nil {
		os.Exit(1) // nobody listens, or the module has closed what is not its own
	}
}

func (s *server) answer(r request) {
	a := wire.Answer{Number: r.Number}
	err := s.carryOut(r, &a)
	if err != nil {
		a = wire.Answer{Number: r.Number, Code: codeOf(err), Detail: wire.Text(err.Error())}
	}
	s.say(a)
}

// carryOut does what was asked for.
func (s *server) carryOut(r request, a *wire.Answer) (err error) {
	m := s.module
	wanted := map[wire.Operation]int{wire.OpSetPIN: 2, wire.OpUnblock: 2}[r.Do]
	if r.Do == wire.OpLogin && !r.PINPad {
		wanted = 1
	}
	if len(r.secrets) != wanted {
		return fmt.Errorf("%d secrets with %s: %w", len(r.secrets), r.Do, errRequest)
	}
	switch r.Do {
	case wire.OpSlots:
		a.Slots, err = m.slots()
	case wire.OpToken:
		a.Token, err = m.token(r.Slot)
	case wire.OpCertificates:
		a.Certificates, err = m.certificates(r.Slot)
	case wire.OpLogin:
		err = m.login(r.Slot, r.secrets)
	case wire.OpSign:
		a.Signature, err = m.sign(r.Request)
	case wire.OpLogout:
		m.logout(r.Slot)
	case wire.OpSetPIN:
		err = m.setPIN(r.Slot, r.secrets[0], r.secrets[1])
	case wire.OpUnblock:
		err = m.unblock(r.Slot, r.secrets[0], r.secrets[1])
	default:
		err = errRequest
	}
	return err
}

// Errors of this package. Those of the module are named by codeOf.
var (
	errRequest = errors.New("not a request")
	errLoad    = errors.New("the module cannot be loaded")
	errNoKey   = errors.New("no private key belongs to the certificate")
	errLength  = errors.New("the module gives an absurd length")
)
