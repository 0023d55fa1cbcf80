// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/card/cardtest"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/internal/leaktest"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestMain(m *testing.M) {
	asWorker()
	os.Exit(leaktest.Run(m))
}

var pki = testpki.New()

const (
	nonce    = "0123456789012345678901234567890123456789abcd"
	rightPIN = testcard.DefaultPIN
	wrongPIN = "00000000"
)

var portal, otherPortal = origin("https://portal.example"), origin("https://other.example")

func origin(s string) protocol.Origin {
	o, err := protocol.ParseOrigin(s)
	if err != nil {
		panic(err)
	}
	return o
}

// human stands in front of the dialogs: it answers each with the next of its actions and keeps what was shown.
type human struct {
	mu      sync.Mutex
	actions []action
	shown   []any // PINQuestion or Question
	told    []bridge.Notice
	memory  [][]byte

	progress    []bridge.Progress
	cancelAfter int
}

// action answers one dialog. A string is a PIN typed; Yes and No answer a question; an error is returned; a func runs, and
// its result answers; without one the dialog then waits for its context.
type action any

func (h *human) next(q any) action {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.shown = append(h.shown, q)
	if len(h.actions) == 0 {
		return fmt.Errorf("nobody expected the dialog %+v", q)
	}
	a := h.actions[0]
	h.actions = h.actions[1:]
	return a
}

func (h *human) AskPIN(ctx context.Context, q bridge.PINQuestion) (*pin.PIN, error) {
	switch a := h.next(q).(type) {
	case string:
		return h.types(a), nil
	case func() string:
		return h.types(a()), nil
	case func(context.Context) string:
		return h.types(a(ctx)), nil
	case error:
		return nil, a
	case func():
		a()
	default:
		return nil, fmt.Errorf("%v is no answer to the PIN dialog %+v", a, q)
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// AwaitReader is answered as a question is, but for nil: then the person types on the reader.
func (h *human) AwaitReader(ctx context.Context, q bridge.PINQuestion, shown func()) error {
	switch a := h.next(q).(type) {
	case nil:
		shown()
	case error:
		return a
	case func():
		shown()
		a()
	case pressesCancel:
		shown()
		a()
		return bridge.ErrDialogCancelled
	default:
		return fmt.Errorf("%v is no answer to %+v", a, q)
	}
	<-ctx.Done()
	return ctx.Err()
}

// types makes a PIN, and keeps the memory that it lives in.
func (h *human) types(digits string) *pin.PIN {
	h.mu.Lock()
	defer h.mu.Unlock()
	b := []byte(digits)
	h.memory = append(h.memory, b)
	return pin.New(b)
}

// remembered gives what is left in memory of the PINs that were typed.
func (h *human) remembered() (left []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.memory {
		if strings.Trim(string(b), "\x00") != "" {
			left = append(left, string(b))
		}
	}
	return left
}

func (h *human) Confirm(ctx context.Context, q bridge.Question) (bridge.Answer, error) {
	return h.answer(ctx, q)
}

func (h *human) Disclose(ctx context.Context, q bridge.Disclosure) (bridge.Answer, error) {
	return h.answer(ctx, q)
}

func (h *human) Tell(_ context.Context, n bridge.Notice) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, n)
	return nil
}

func (h *human) ConfirmSigning(ctx context.Context, q bridge.SigningQuestion) (bridge.Choice, error) {
	switch a := h.next(q).(type) {
	case bridge.Choice:
		return a, nil
	case error:
		return bridge.ChooseView, a
	case func() bridge.Choice:
		return a(), nil
	case func():
		a()
	default:
		return bridge.ChooseView, fmt.Errorf("%v is no answer to the question %+v", a, q)
	}
	<-ctx.Done()
	return bridge.ChooseView, ctx.Err()
}

// ShowProgress ends with ErrDialogCancelled once cancelAfter documents are signed; 0: never.
func (h *human) ShowProgress(ctx context.Context, p bridge.Progress, done <-chan int) error {
	h.mu.Lock()
	h.progress = append(h.progress, p)
	after := h.cancelAfter
	h.mu.Unlock()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case n := <-done:
			if after > 0 && n >= after {
				return bridge.ErrDialogCancelled
			}
		}
	}
}

func (h *human) answer(ctx context.Context, q any) (bridge.Answer, error) {
	switch a := h.next(q).(type) {
	case bridge.Answer:
		return a, nil
	case error:
		return bridge.No, a
	case func() bridge.Answer:
		return a(), nil
	case func():
		a()
	default:
		return bridge.No, fmt.Errorf("%v is no answer to the question %+v", a, q)
	}
	<-ctx.Done()
	return bridge.No, ctx.Err()
}

func (h *human) dialogs() []any {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.shown)
}

// memory is Sites, Settings and Journal in one.
type memory struct {
	mu        sync.Mutex
	standing  map[protocol.Origin]bridge.Standing
	developer bool
	refuse    bool
	journal   []string

	noSignatures bool
	policies     []string
	authority    string
	noNotice     bool

	looked atomic.Pointer[func()] // called when somebody asks for a standing
}

func (m *memory) Standing(o protocol.Origin) bridge.Standing {
	if f := m.looked.Load(); f != nil {
		(*f)()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.standing[o]
}

func (m *memory) set(o protocol.Origin, s bridge.Standing) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.standing[o] = s
	return nil
}

func (m *memory) Allow(o protocol.Origin) error { return m.set(o, bridge.Allowed) }
func (m *memory) Block(o protocol.Origin) error { return m.set(o, bridge.Blocked) }
func (m *memory) DeveloperMode() bool           { return m.developer }
func (m *memory) AskForUnknownSites() bool      { return !m.refuse }
func (m *memory) SignaturesOn() bool            { return !m.noSignatures }
func (m *memory) SignPolicies() []string        { return m.policies }
func (m *memory) TimeAuthority() string         { return m.authority }
func (m *memory) UpdateNoticeOn() bool          { return !m.noNotice }
func (m *memory) Record(o protocol.Origin, operation string, outcome protocol.Code, _ time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.journal = append(m.journal, fmt.Sprint(o, " ", operation, " ", outcome))
}

// house is a bridge with everything around it.
type house struct {
	*bridge.Bridge
	t      *testing.T
	desk   *cardtest.Desk
	human  *human
	memory *memory
	clock  *clock
	speak  string // the citizen's language
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newHouse(t *testing.T, chips []*testcard.Card, actions ...action) *house {
	t.Helper()
	h := &house{
		t: t, desk: cardtest.New(t, chips...), human: &human{actions: actions},
		memory: &memory{standing: map[protocol.Origin]bridge.Standing{}, policies: []string{"1.3.76.16.2.1"}}, clock: &clock{now: time.Now()}, speak: "it",
	}
	h.Bridge = bridge.New(bridge.Options{
		Version: "9.9.9", Cards: h.desk.Readers, Dialogs: h.human, Sites: h.memory, Settings: h.memory, Journal: h.memory,
		Hint: func(lang string, c protocol.Code) string { return lang + ":" + string(c) }, Language: func() string { return h.speak },
		Log: slog.New(slog.DiscardHandler), Now: h.clock.Now,
	})
	return h
}

func chip(t *testing.T, o testcard.Options) *testcard.Card {
	o.PKI = pki
	return cardtest.Card(t, o)
}

func one(t *testing.T, o testcard.Options) []*testcard.Card { return []*testcard.Card{chip(t, o)} }

// page is a channel as a portal's page sees it.
type page struct {
	t        *testing.T
	receive  func([]byte)
	close    func()
	messages chan []byte
	seen     []answer // that nobody waited for
	id       int      // of the last ask
}

func (h *house) page(o protocol.Origin) *page {
	h.t.Helper()
	p := &page{t: h.t, messages: make(chan []byte, 1000)}
	p.receive, p.close = h.Open(o, func(b []byte) { p.messages <- b })
	h.t.Cleanup(p.close)
	return p
}

func (p *page) send(id int, method, params string) {
	p.receive(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, id, method, params))
}

type answer struct {
	ID     protocol.ID
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *protocol.ErrorObject
}

// next waits for the next message.
func (p *page) next() answer {
	p.t.Helper()
	select {
	case b := <-p.messages:
		var a answer
		if err := json.Unmarshal(b, &a); err != nil {
			p.t.Fatalf("%s: %v", b, err)
		}
		return a
	case <-time.After(time.Minute):
		p.t.Fatal("no answer")
	}
	return answer{}
}

func (p *page) call(id int, method, params string) answer {
	p.t.Helper()
	p.send(id, method, params)
	return p.next()
}

func (a answer) code() protocol.Code {
	if a.Error == nil {
		return ""
	}
	return a.Error.Data.Code
}

func loginParams() string { return fmt.Sprintf(`{"challengeNonce":%q}`, nonce) }

// login asks for a login and gives the code of its answer.
func (p *page) login() protocol.Code {
	p.t.Helper()
	return p.call(1, "auth.login", loginParams()).code()
}
