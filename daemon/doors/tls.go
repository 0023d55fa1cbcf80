// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// Keys is what the TLS door opens to: the cards as programs see them that know PKCS#11 only.
type Keys interface {
	// Tokens gives the certificates of the cards that are there, by the numbers of their insertions.
	Tokens(ctx context.Context) map[uint64]*x509.Certificate
	// Unlocked says that a program can sign with a card without a dialog.
	Unlocked(p ipc.Program, insertion uint64) bool
	// Unlock asks the citizen for the PIN of a card, unless the program can sign already.
	Unlock(ctx context.Context, p ipc.Program, insertion uint64) error
	// Lock ends what Unlock began.
	Lock(p ipc.Program)
	// Sign signs a digest with PKCS #1 v1.5, or with PSS when opts are *rsa.PSSOptions. It shows no dialog.
	Sign(ctx context.Context, p ipc.Program, insertion uint64, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

// TLS is the door of libponte-pkcs11, the module that browsers load for TLS client authentication. Each connection is one
// request: browsermodule/agent.h says what travels. It never carries a PIN.
type TLS struct {
	Keys Keys
	On   func() bool  // the setting tls_module, asked for each request: else there is no token; nil: on
	Log  *slog.Logger // may be nil

	checkPeer func(net.Conn) error                // ipc.CheckPeer when nil
	programOf func(net.Conn) (ipc.Program, error) // ipc.ProgramOf when nil
	slowest   time.Duration                       // loginDelay when 0
}

// Limits of browsermodule/agent.h.
const (
	tlsVersion    = 1
	tlsHead       = 3 // version, operation, mode
	tlsMaxRequest = tlsHead + 1024
	tlsReadTime   = 5 * time.Second // for a request, which is one write of the module
	tlsMaxOpen    = 256             // connections at once: each tab of a browser may wait for one dialog
)

// loginDelay is the shortest time that a login takes. Programs made of Firefox, where they log in, miss the end of a login
// that comes before their own window is drawn, and show that for ever (50 ms were enough when it was measured).
const loginDelay = 500 * time.Millisecond

// Operations.
const (
	tlsState   = 1
	tlsObjects = 2
	tlsLogin   = 3
	tlsLogout  = 4
	tlsSign    = 5
)

// signMode is that of browsers: the citizen is asked during the signature, and there is no login (browsermodule/module.c
// says why).
const signMode = 's'

// Flags of the state.
const (
	flagLoginRequired = 1
	flagLoggedIn      = 2
	flagSignSucceeds  = 4
)

// hangsWithoutSignature says that a program waits for ever when a signature for TLS 1.2 fails, as the tabs of Firefox do.
// The module hands a signature on to it that fits nothing, and it shows the refusal of the server. Nothing else that uses
// NSS may get one: it could be put under a document.
func hangsWithoutSignature(p ipc.Program) bool {
	name := strings.ToLower(p.Name())
	return slices.ContainsFunc([]string{"firefox", "librewolf"}, func(kin string) bool { return strings.HasPrefix(name, kin) })
}

// moduleWorker is our own program that loads modules.
const moduleWorker = "ponte-pkcs11"

// tlsRequest is one request of the module.
type tlsRequest struct {
	operation, mode byte
	body            []byte
}

// generation is which cards a request is about: see token. The body has at least 8 bytes.
func (r tlsRequest) generation() uint64 { return binary.BigEndian.Uint64(r.body) }

var errTLSRequest = errors.New("a request of the module that makes no sense")

// readTLSRequest reads the one request of a connection.
func readTLSRequest(r io.Reader) (tlsRequest, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return tlsRequest{}, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < tlsHead || n > tlsMaxRequest {
		return tlsRequest{}, fmt.Errorf("%d bytes: %w", n, errTLSRequest)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return tlsRequest{}, err
	}
	if b[0] != tlsVersion {
		return tlsRequest{}, fmt.Errorf("version %d: %w", b[0], errTLSRequest)
	}
	return tlsRequest{b[1], b[2], b[tlsHead:]}, nil
}

// Serve serves the connections of l, the TLS socket, until ctx ends.
func (d *TLS) Serve(ctx context.Context, l net.Listener) error {
	log := logger(d.Log)
	check, programOf := d.checkPeer, d.programOf
	if check == nil {
		check = ipc.CheckPeer
	}
	if programOf == nil {
		programOf = ipc.ProgramOf
	}
	return serve(ctx, l, tlsMaxOpen, log, func(ctx context.Context, conn net.Conn) {
		if err := check(conn); err != nil {
			log.Warn("program refused on the TLS socket", "error", err)
			return
		}
		if d.On != nil && !d.On() {
			return
		}
		p, err := programOf(conn)
		if err != nil { // nobody could be named in the dialog
			log.Warn("program refused on the TLS socket", "error", err)
			return
		}
		if strings.EqualFold(strings.TrimSuffix(p.Name(), ".exe"), moduleWorker) {
			return // a module that leads back here, as p11-kit's proxy may, must not ask us while we ask it
		}
		d.session(ctx, conn, p)
	})
}

// session answers the one request of a connection.
func (d *TLS) session(ctx context.Context, conn net.Conn, p ipc.Program) {
	if conn.SetReadDeadline(time.Now().Add(tlsReadTime)) != nil {
		return
	}
	r, err := readTLSRequest(conn)
	if err != nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	_ = conn.SetReadDeadline(time.Time{})
	go func() { // the module says no more: what ends the stream is that its program is gone
		defer cancel()
		_, _ = io.CopyN(io.Discard, conn, 1)
	}()
	rv, body := d.answer(ctx, p, r)
	out := binary.BigEndian.AppendUint32(nil, uint32(4+len(body)))
	out = binary.BigEndian.AppendUint32(out, uint32(rv))
	if conn.SetWriteDeadline(time.Now().Add(writeTimeout)) == nil {
		_, _ = conn.Write(append(out, body...))
	}
}

// answer gives the answer to one request.
func (d *TLS) answer(ctx context.Context, p ipc.Program, r tlsRequest) (returnValue, []byte) {
	switch r.operation {
	case tlsState:
		return ckrOK, d.state(ctx, p, r.mode)
	case tlsObjects:
		return d.objects(ctx, p, r)
	case tlsLogin:
		return d.login(ctx, p, r)
	case tlsLogout:
		d.Keys.Lock(p)
		return ckrOK, nil
	case tlsSign:
		return d.sign(ctx, p, r)
	}
	return ckrFunctionFailed, nil
}

// login unlocks the card. In the mode in which the citizen is asked during the signature it has nothing to do.
func (d *TLS) login(ctx context.Context, p ipc.Program, r tlsRequest) (returnValue, []byte) {
	if len(r.body) < 8 {
		return ckrFunctionFailed, nil
	}
	if r.mode == signMode {
		return ckrOK, nil
	}
	t := d.token(ctx, r.mode)
	if len(t.cards) == 0 || t.generation() != r.generation() {
		return ckrDeviceRemoved, nil
	}
	delay := d.slowest
	if delay == 0 {
		delay = loginDelay
	}
	slow := time.NewTimer(delay)
	defer slow.Stop()
	err := d.Keys.Unlock(ctx, p, t.cards[0].insertion)
	select {
	case <-slow.C:
	case <-ctx.Done():
	}
	return returnValueOf(err), nil
}

// sign signs. Where the mode says so it unlocks the card first.
func (d *TLS) sign(ctx context.Context, p ipc.Program, r tlsRequest) (returnValue, []byte) {
	if len(r.body) < 9 {
		return ckrFunctionFailed, nil
	}
	digest, opts, rv := parseSignature(r.body[9:])
	if rv != ckrOK {
		return rv, nil
	}
	t, key := d.token(ctx, r.mode), int(r.body[8])
	switch {
	case t.generation() != r.generation():
		return ckrDeviceRemoved, nil
	case key < 1 || key > len(t.cards):
		return ckrFunctionFailed, nil
	}
	insertion := t.cards[key-1].insertion
	if r.mode == signMode {
		if err := d.Keys.Unlock(ctx, p, insertion); err != nil {
			return returnValueOf(err), nil
		}
	} else if !d.Keys.Unlocked(p, insertion) {
		return ckrUserNotLoggedIn, nil
	}
	signature, err := d.Keys.Sign(ctx, p, insertion, digest, opts)
	if err != nil {
		logger(d.Log).Info("a signature for a program failed", "error", err)
		return returnValueOf(err), nil
	}
	return ckrOK, signature
}

// returnValueOf is what a program is told of an error. Never CKR_PIN_INCORRECT: Firefox would ask again at once, and
// again, until the card is blocked.
func returnValueOf(err error) returnValue {
	var e *protocol.Error
	switch {
	case err == nil:
		return ckrOK
	case !errors.As(err, &e):
		return ckrDeviceError
	}
	switch e.Code {
	case protocol.CardRemoved, protocol.NoCard, protocol.NoReader:
		return ckrDeviceRemoved
	case protocol.CardBusy, protocol.CardMute, protocol.PCSCUnavailable, protocol.Internal:
		return ckrDeviceError
	}
	return ckrFunctionCanceled
}
