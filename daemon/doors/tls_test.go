// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

const insertion = 7

var (
	tlsPKI                  = testpki.New()
	tlsCertificate, tlsKey  = tlsPKI.Issue(testpki.LeafOptions{})
	otherCertificate, other = tlsPKI.Issue(testpki.LeafOptions{})
)

// otherInsertion is that of a second card, which fakeKeys have where a test says so.
const otherInsertion = 5

// fakeKeys are cards whose citizen answers with unlock.
type fakeKeys struct {
	unlock func(ctx context.Context) error // nil: the PIN is right at once
	more   map[uint64]*x509.Certificate    // beside the card that is always there

	mu       sync.Mutex
	unlocked map[ipc.Program]uint64
	asked    int
}

func (k *fakeKeys) Tokens(context.Context) map[uint64]*x509.Certificate {
	all := map[uint64]*x509.Certificate{insertion: tlsCertificate}
	maps.Copy(all, k.more)
	return all
}

func (k *fakeKeys) Unlocked(p ipc.Program, n uint64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.unlocked[p] == n
}

func (k *fakeKeys) Unlock(ctx context.Context, p ipc.Program, n uint64) error {
	if k.unlock != nil {
		if err := k.unlock(ctx); err != nil {
			return err
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.unlocked == nil {
		k.unlocked = map[ipc.Program]uint64{}
	}
	k.unlocked[p] = n
	k.asked++
	return nil
}

func (k *fakeKeys) Lock(p ipc.Program) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.unlocked, p)
}

func (k *fakeKeys) Sign(_ context.Context, p ipc.Program, n uint64, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if !k.Unlocked(p, n) {
		return nil, errors.New("locked")
	}
	if n == otherInsertion {
		return other.Sign(rand.Reader, digest, opts)
	}
	return tlsKey.Sign(rand.Reader, digest, opts)
}

// tlsDoor serves a door on a socket, and gives a function that sends it one request and reads all that comes back.
func tlsDoor(t *testing.T, d *TLS) (ask func(raw []byte) []byte) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	if d.slowest == 0 {
		d.slowest = time.Nanosecond
	}
	return func(raw []byte) []byte {
		conn, err := net.Dial("unix", l.Addr().String())
		if err != nil {
			return nil
		}
		defer conn.Close()
		_, _ = conn.Write(raw)
		answer, _ := io.ReadAll(conn)
		return answer
	}
}

func rawRequest(operation, mode byte, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(3+len(body)))
	return append(append(b, tlsVersion, operation, mode), body...)
}

func generationBody(n uint64, more ...byte) []byte {
	return append(binary.BigEndian.AppendUint64(nil, n), more...)
}

// signBody asks for a signature of the only card.
func signBody(mechanism, hash, mgf, salt uint32, data []byte) []byte {
	return signBodyOf(insertion, 1, mechanism, hash, mgf, salt, data)
}

func signBodyOf(generation uint64, key byte, mechanism, hash, mgf, salt uint32, data []byte) []byte {
	b := generationBody(generation, key)
	for _, w := range []uint32{mechanism, hash, mgf, salt} {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return append(b, data...)
}

func tlsAnswer(t *testing.T, b []byte) (returnValue, []byte) {
	t.Helper()
	if len(b) < 8 || int(binary.BigEndian.Uint32(b)) != len(b)-4 {
		t.Fatalf("an answer of %d bytes: %x", len(b), b)
	}
	return returnValue(binary.BigEndian.Uint32(b[4:])), b[8:]
}

func TestARequestThatMakesNoSenseIsHungUpOn(t *testing.T) {
	ask := tlsDoor(t, &TLS{Keys: &fakeKeys{}})
	for name, raw := range map[string][]byte{
		"no version":        {0, 0, 0, 0},
		"too short":         {0, 0, 0, 2, 1, 1},
		"4 GiB":             {255, 255, 255, 255, 1, 1, 0},
		"one byte too long": binary.BigEndian.AppendUint32(nil, tlsMaxRequest+1),
		"another version":   append([]byte{0, 0, 0, 3}, 2, tlsState, 0),
	} {
		if got := ask(raw); len(got) != 0 {
			t.Errorf("%s: %x", name, got)
		}
	}
}

// unread fails the test of who goes on to read after a length that cannot be.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("what follows was read")
	return 0, io.EOF
}

func TestALengthThatCannotBeIsRefusedBeforeAnythingIsReadOrAllocated(t *testing.T) {
	for _, n := range []uint32{0, tlsHead - 1, tlsMaxRequest + 1, 1<<32 - 1} {
		head := bytes.NewReader(binary.BigEndian.AppendUint32(nil, n))
		if _, err := readTLSRequest(io.MultiReader(head, unread{t})); !errors.Is(err, errTLSRequest) {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func TestADoorThatTheSettingsHaveShutAnswersNothing(t *testing.T) {
	var open atomic.Bool
	ask := tlsDoor(t, &TLS{Keys: &fakeKeys{}, On: open.Load})
	if got := ask(rawRequest(tlsState, 0, nil)); len(got) != 0 {
		t.Errorf("%x", got)
	}
	open.Store(true) // and acts at once
	if rv, _ := tlsAnswer(t, ask(rawRequest(tlsState, 0, nil))); rv != ckrOK {
		t.Errorf("%#x", rv)
	}
}

func TestAnOperationWithoutAGenerationOrThatNobodyKnowsFails(t *testing.T) {
	keys := &fakeKeys{}
	ask := tlsDoor(t, &TLS{Keys: keys})
	for _, raw := range [][]byte{
		rawRequest(tlsObjects, 0, nil), rawRequest(tlsLogin, 0, []byte{1, 2, 3}), rawRequest(tlsSign, 's', nil), rawRequest(tlsSign, 's', generationBody(insertion)),
		rawRequest(99, 0, nil), rawRequest(0, 0, nil),
	} {
		if rv, _ := tlsAnswer(t, ask(raw)); rv != ckrFunctionFailed {
			t.Errorf("%x: %#x", raw, rv)
		}
	}
	if keys.asked != 0 {
		t.Error("the citizen was asked")
	}
}

func TestT17_AProgramOfAnotherUserGetsNoAnswerOnTheTLSSocket(t *testing.T) {
	ask := tlsDoor(t, &TLS{Keys: &fakeKeys{}, checkPeer: func(net.Conn) error { return ipc.ErrForeign }})
	if got := ask(rawRequest(tlsState, 0, nil)); len(got) != 0 {
		t.Errorf("%x", got)
	}
}

func TestAProgramThatCannotBeNamedGetsNoAnswer(t *testing.T) {
	ask := tlsDoor(t, &TLS{Keys: &fakeKeys{}, programOf: func(net.Conn) (ipc.Program, error) { return ipc.Program{}, errors.New("no") }})
	if got := ask(rawRequest(tlsState, 0, nil)); len(got) != 0 {
		t.Errorf("%x", got)
	}
}

func TestWhatIsNoDigestOfAKnownHashIsNotSigned(t *testing.T) {
	keys := &fakeKeys{}
	ask := tlsDoor(t, &TLS{Keys: keys})
	digest := sha256.Sum256(nil)
	info := append(bytes.Clone(hashes[0].digestInfo), digest[:]...)
	for name, c := range map[string]struct {
		body []byte
		want returnValue
	}{
		"a raw block":               {signBody(ckmRSAPKCS, 0, 0, 0, bytes.Repeat([]byte{1}, 200)), ckrDataInvalid},
		"a bare digest":             {signBody(ckmRSAPKCS, 0, 0, 0, digest[:]), ckrDataInvalid},
		"MD5 and SHA-1 of TLS 1.1":  {signBody(ckmRSAPKCS, 0, 0, 0, make([]byte, 36)), ckrDataInvalid},
		"SHA-1 (pkcs11-tool)":       {signBody(ckmRSAPKCS, 0, 0, 0, append([]byte("\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"), make([]byte, 20)...)), ckrDataInvalid},
		"a digest with more":        {signBody(ckmRSAPKCS, 0, 0, 0, append(bytes.Clone(info), 0)), ckrDataInvalid},
		"a digest cut short":        {signBody(ckmRSAPKCS, 0, 0, 0, info[:len(info)-1]), ckrDataInvalid},
		"PSS with SHA-1":            {signBody(ckmRSAPKCSPSS, 0x220, 1, 20, make([]byte, 20)), ckrMechanismParamInvalid},
		"PSS with another mask":     {signBody(ckmRSAPKCSPSS, 0x250, 3, 32, digest[:]), ckrMechanismParamInvalid},
		"PSS without salt":          {signBody(ckmRSAPKCSPSS, 0x250, 2, 0, digest[:]), ckrMechanismParamInvalid},
		"PSS of more than a digest": {signBody(ckmRSAPKCSPSS, 0x250, 2, 32, make([]byte, 33)), ckrDataLenRange},
		"raw RSA":                   {signBody(3, 0, 0, 0, make([]byte, 256)), ckrMechanismInvalid},
	} {
		if rv, _ := tlsAnswer(t, ask(rawRequest(tlsSign, signMode, c.body))); rv != c.want {
			t.Errorf("%s: %#x, want %#x", name, rv, c.want)
		}
	}
	if keys.asked != 0 {
		t.Error("a PIN was asked for something that is not signed")
	}
}

func TestNobodySignsWithoutALoginWhereAProgramLogsIn(t *testing.T) {
	keys := &fakeKeys{}
	ask := tlsDoor(t, &TLS{Keys: keys})
	digest := sha256.Sum256(nil)
	sign := rawRequest(tlsSign, 0, signBody(ckmRSAPKCSPSS, 0x250, 2, 32, digest[:]))
	if rv, _ := tlsAnswer(t, ask(sign)); rv != ckrUserNotLoggedIn || keys.asked != 0 {
		t.Errorf("%#x, %d dialogs", rv, keys.asked)
	}
	if rv, _ := tlsAnswer(t, ask(rawRequest(tlsLogin, 0, generationBody(insertion)))); rv != ckrOK {
		t.Fatalf("%#x", rv)
	}
	rv, signature := tlsAnswer(t, ask(sign))
	if rv != ckrOK || rsa.VerifyPSS(&tlsKey.PublicKey, crypto.SHA256, digest[:], signature, nil) != nil {
		t.Errorf("%#x", rv)
	}
	if rv, _ := tlsAnswer(t, ask(rawRequest(tlsLogout, 0, generationBody(insertion)))); rv != ckrOK {
		t.Fatalf("%#x", rv)
	}
	if rv, _ := tlsAnswer(t, ask(sign)); rv != ckrUserNotLoggedIn {
		t.Errorf("after the logout: %#x", rv)
	}
}

func TestOnlyFirefoxIsHandedASignatureInPlaceOfAnError(t *testing.T) {
	d := &TLS{Keys: &fakeKeys{}}
	for path, want := range map[string]byte{
		"/usr/lib/firefox-esr/firefox-esr": flagSignSucceeds, "/opt/Firefox/firefox-bin": flagSignSucceeds, "/usr/share/librewolf/librewolf": flagSignSucceeds,
		"/usr/lib/chromium/chromium": 0, "/usr/lib/thunderbird/thunderbird": 0, "/usr/lib/libreoffice/program/soffice.bin": 0, "/opt/firefox/helper": 0,
	} {
		if state := d.state(t.Context(), ipc.Program{PID: 1, Path: path}, signMode); state[8] != want {
			t.Errorf("%s: flags %d", path, state[8])
		}
		if state := d.state(t.Context(), ipc.Program{PID: 1, Path: path}, 0); state[8] != flagLoginRequired {
			t.Errorf("%s, which logs in: flags %d", path, state[8])
		}
	}
}

func TestInTheModeOfBrowsersThePINIsAskedByTheSignature(t *testing.T) {
	keys := &fakeKeys{}
	ask := tlsDoor(t, &TLS{Keys: keys})
	digest := sha256.Sum256(nil)
	info := append(bytes.Clone(hashes[0].digestInfo), digest[:]...)
	if _, state := tlsAnswer(t, ask(rawRequest(tlsState, signMode, nil))); state[8] != 0 {
		t.Errorf("flags %d: Chromium would ask for a PIN itself", state[8])
	}
	rv, signature := tlsAnswer(t, ask(rawRequest(tlsSign, signMode, signBody(ckmRSAPKCS, 0, 0, 0, info))))
	if rv != ckrOK || keys.asked != 1 || rsa.VerifyPKCS1v15(&tlsKey.PublicKey, crypto.SHA256, digest[:], signature) != nil {
		t.Errorf("%#x, %d dialogs", rv, keys.asked)
	}
}

func TestThePrivateKeyIsShownToWhoHasLoggedInOnly(t *testing.T) {
	ask := tlsDoor(t, &TLS{Keys: &fakeKeys{}})
	count := func(mode byte) byte {
		rv, objects := tlsAnswer(t, ask(rawRequest(tlsObjects, mode, generationBody(insertion))))
		if rv != ckrOK {
			t.Fatalf("%#x", rv)
		}
		return objects[0]
	}
	if n := count(0); n != 3 { // certificate, public key, profile
		t.Errorf("%d objects before the login", n)
	}
	ask(rawRequest(tlsLogin, 0, generationBody(insertion)))
	if n := count(0); n != 4 {
		t.Errorf("%d objects after the login", n)
	}
	if n := count(signMode); n != 3 { // no profile
		t.Errorf("%d objects for Chromium", n)
	}
	if rv, _ := tlsAnswer(t, ask(rawRequest(tlsObjects, 0, generationBody(insertion+1)))); rv != ckrSessionHandleInvalid {
		t.Errorf("a session of another insertion: %#x", rv)
	}
}

// Firefox answers CKR_PIN_INCORRECT by another login at once, until the card is blocked.
func TestNoErrorBecomesAWrongPIN(t *testing.T) {
	const ckrPINIncorrect = 0xA0
	for _, code := range []protocol.Code{
		protocol.UserCancelled, protocol.UserTimeout, protocol.PINBlocked, protocol.RateLimited, protocol.BridgeBusy, protocol.CardRemoved,
		protocol.CardBusy, protocol.Internal, protocol.CertificateExpired,
	} {
		if rv := returnValueOf(protocol.Fail(code, "")); rv == ckrPINIncorrect || rv == ckrOK {
			t.Errorf("%s: %#x", code, rv)
		}
	}
	if rv := returnValueOf(protocol.Fail(protocol.UserCancelled, "")); rv != ckrFunctionCanceled {
		t.Errorf("cancelled: %#x", rv)
	}
	if rv := returnValueOf(errors.New("anything")); rv != ckrDeviceError {
		t.Errorf("%#x", rv)
	}
}

func TestALoginTakesHalfASecondAtLeast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &TLS{Keys: &fakeKeys{}}
		start := time.Now()
		if rv, _ := d.answer(t.Context(), ipc.Program{}, tlsRequest{tlsLogin, 0, generationBody(insertion)}); rv != ckrOK {
			t.Errorf("%#x", rv)
		}
		if took := time.Since(start); took < 500*time.Millisecond {
			t.Errorf("%v: Firefox would show its window for ever", took)
		}
	})
}

func TestAProgramThatEndsDuringTheDialogEndsIt(t *testing.T) {
	open, gone := make(chan struct{}), make(chan struct{})
	keys := &fakeKeys{unlock: func(ctx context.Context) error {
		close(open)
		<-ctx.Done()
		close(gone)
		return ctx.Err()
	}}
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- (&TLS{Keys: keys, slowest: time.Nanosecond}).Serve(ctx, l) }()
	conn, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = conn.Write(rawRequest(tlsLogin, 0, generationBody(insertion)))
	<-open
	_ = conn.Close()
	<-gone
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAThousandRequestsAtOnceAreAnsweredOrHungUpOn(t *testing.T) {
	ask := tlsDoor(t, &TLS{Keys: &fakeKeys{}})
	var all sync.WaitGroup
	for range 1000 {
		all.Go(func() {
			if got := ask(rawRequest(tlsState, 0, nil)); len(got) != 0 && len(got) != 8+57 {
				t.Errorf("%d bytes", len(got))
			}
		})
	}
	all.Wait()
	if rv, state := tlsAnswer(t, ask(rawRequest(tlsState, 0, nil))); rv != ckrOK || binary.BigEndian.Uint64(state) != insertion {
		t.Errorf("afterwards: %#x", rv)
	}
}

// A module may lead back to libponte-pkcs11, as p11-kit's proxy does where somebody has registered that.
func TestOurOwnLoaderOfModulesGetsNoAnswer(t *testing.T) {
	for _, path := range []string{"/usr/lib/ponte/ponte-pkcs11", "/opt/ponte-pkcs11.exe", "/opt/Ponte-PKCS11.exe"} {
		ask := tlsDoor(t, &TLS{Keys: &fakeKeys{}, programOf: func(net.Conn) (ipc.Program, error) { return ipc.Program{Path: path}, nil }})
		if got := ask(rawRequest(tlsState, 0, nil)); len(got) != 0 {
			t.Errorf("%s: %x", path, got)
		}
	}
}
