// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// channel is one page, for as long as its document lives.
type channel struct {
	b      *Bridge
	origin protocol.Origin
	own    bool // the channel of one of the citizen's own programs, which has no origin
	ctx    context.Context
	end    context.CancelFunc
	send   func([]byte)

	mu      sync.Mutex
	pace    pace
	open    map[protocol.ID]context.CancelFunc
	looked  bool               // that the page looks at the card was taken down
	unwatch context.CancelFunc // nil when the page does not watch
	signing *signing           // nil: no document is to be signed, and none that was is still to be fetched
}

// Open starts a channel for a page of origin o. Messages go to the page through send, from several goroutines, until
// close has been called. receive takes one message of the page and returns at once.
func (b *Bridge) Open(o protocol.Origin, send func(message []byte)) (receive func(message []byte), close func()) {
	ctx, end := context.WithCancel(context.Background())
	c := &channel{b: b, origin: o, ctx: ctx, end: end, send: send, open: map[protocol.ID]context.CancelFunc{}}
	return c.receive, c.close
}

// OpenOwn is Open for one of the citizen's own programs. It can ask for signatures, and nothing else: the dialogs then name
// Ponte and no site.
func (b *Bridge) OpenOwn(send func(message []byte)) (receive func(message []byte), close func()) {
	ctx, end := context.WithCancel(context.Background())
	c := &channel{b: b, own: true, ctx: ctx, end: end, send: send, open: map[protocol.ID]context.CancelFunc{}}
	return c.receive, c.close
}

// close cancels everything that the page has asked. Dialogs go away, the card is free.
func (c *channel) close() { c.end() }

// receive answers a request, or starts to.
func (c *channel) receive(message []byte) {
	req, err := protocol.ParseRequest(message)
	if err == nil {
		err = c.mayCall(req.Method)
	}
	if err != nil {
		c.answer(req.ID, "", nil, err)
		return
	}
	switch req.Method {
	case protocol.MethodCancel: // must work when the channel is full
		result, err := c.cancelRequest(req)
		c.answer(req.ID, "", result, err)
	case protocol.MethodSignSend: // in their order
		c.takeChunk(req)
	case protocol.MethodSignDocument: // what it is sent may follow at once
		c.startSigning(req)
	default:
		ctx, err := c.start(req.ID, req.Method != protocol.MethodSignReceive || !c.handsOut())
		if err != nil {
			c.answer(req.ID, "", nil, err)
			return
		}
		go func() {
			lang, result, err := c.run(ctx, req)
			c.finish(req.ID)
			c.answer(req.ID, lang, result, err)
			if req.Method == protocol.MethodSignReceive && err == nil {
				c.handedOut()
			}
		}()
	}
}

// mayCall says why nothing is done for who calls.
func (c *channel) mayCall(method string) error {
	if c.own {
		return nil
	}
	err := c.b.admissible(c.origin)
	if err != nil && slices.Contains(asksTheCitizen, method) {
		return c.b.turnAway(c.origin, method, err)
	}
	return err
}

// asksTheCitizen are the methods with dialogs.
var asksTheCitizen = []string{
	protocol.MethodLogin, protocol.MethodIdentity, protocol.MethodCertificate, protocol.MethodSignHash, protocol.MethodSignDocument,
}

// start takes a place among the open requests of the channel. counted is whether the limit of requests in 10 s holds for it.
func (c *channel) start(id protocol.ID, counted bool) (context.Context, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch _, twice := c.open[id]; {
	case counted && !c.pace.allow(c.b.Now()):
		return nil, protocol.Fail(protocol.RateLimited, "too many requests in 10 s")
	case len(c.open) >= protocol.MaxOpenRequests:
		return nil, protocol.Fail(protocol.BridgeBusy, "too many open requests")
	case twice:
		return nil, protocol.Fail(protocol.InvalidArgument, "a request with this id is open")
	}
	ctx, cancel := context.WithCancel(c.ctx)
	c.open[id] = cancel
	return ctx, nil
}

func (c *channel) finish(id protocol.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open[id]()
	delete(c.open, id)
}

// contain turns a panic into INTERNAL: it ends the request and nothing else.
func (c *channel) contain(method string, err *error) {
	if p := recover(); p != nil {
		c.b.Log.Error("panic in a request", "method", method, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		*err = protocol.Fail(protocol.Internal, "")
	}
}

// run carries a request out and survives its panics.
func (c *channel) run(ctx context.Context, req protocol.Request) (lang string, result any, err error) {
	defer c.contain(req.Method, &err)
	if err := c.permitted(req.Method); err != nil {
		return "", nil, err
	}
	switch req.Method {
	case protocol.MethodCertificate:
		return c.certificate(ctx, req)
	case protocol.MethodSignHash:
		return c.signHash(ctx, req)
	case protocol.MethodSignReceive:
		result, err = c.handOut(ctx, req)
		return "", result, err
	case protocol.MethodSignEnd:
		result, err = c.endSigning(req)
		return "", result, err
	}
	if c.own {
		return "", nil, protocol.NoMethod(req.Method)
	}
	switch req.Method {
	case protocol.MethodHello:
		result, err = c.hello(req)
	case protocol.MethodStatus:
		result, err = c.status(ctx, req)
	case protocol.MethodWatch:
		result, err = c.watch(ctx, req)
	case protocol.MethodUnwatch:
		result, err = c.stopWatching(req)
	case protocol.MethodLogin:
		return c.login(ctx, req)
	case protocol.MethodIdentity:
		return c.identity(ctx, req)
	default:
		err = protocol.NoMethod(req.Method)
	}
	return "", result, err
}

// answer sends the response, with the hint in the language of the request.
func (c *channel) answer(id protocol.ID, lang string, result any, err error) {
	if c.ctx.Err() != nil {
		return
	}
	var known *protocol.Error
	var request *protocol.RequestError
	switch {
	case err == nil, errors.As(err, &known), errors.As(err, &request):
	case errors.Is(err, context.Canceled):
		err = protocol.Fail(protocol.UserCancelled, "")
	case errors.Is(err, context.DeadlineExceeded):
		err = protocol.Fail(protocol.UserTimeout, "")
	default:
		c.b.Log.Error("request failed", "err", err)
	}
	c.send(protocol.Reply(id, result, err, c.hint(lang, err)))
}

// hint gives the sentences for an error.
func (c *channel) hint(lang string, err error) func(protocol.Code) string {
	return func(code protocol.Code) string {
		if c.own && words.Advised(code) {
			return words.Sentences(c.b.advise(lang, situationOf(err)), true)
		}
		return c.b.hint(c.origin, lang, code, err)
	}
}

func (c *channel) hello(req protocol.Request) (any, error) {
	var p protocol.HelloParams
	if err := req.Bind(&p); err != nil {
		return nil, err
	}
	if p.Protocol != protocol.Version {
		return nil, protocol.Fail(protocol.VersionMismatch, fmt.Sprintf("this agent speaks protocol %d", protocol.Version))
	}
	if len([]rune(p.Client.Name)) > protocol.MaxClientNameChars || len([]rune(p.Client.Version)) > protocol.MaxClientNameChars {
		return nil, protocol.Fail(protocol.InvalidArgument, "client: name and version have at most 64 characters")
	}
	return protocol.HelloResult{Protocol: protocol.Version, Bridge: c.b.Version, Features: c.b.features()}, nil
}

// features are the methods that this agent has, those of signatures only where they are not switched off.
func (b *Bridge) features() []string {
	all := []string{
		protocol.MethodHello, protocol.MethodStatus, protocol.MethodWatch, protocol.MethodUnwatch, protocol.MethodLogin, protocol.MethodIdentity,
		protocol.MethodCancel,
	}
	if !b.Settings.SignaturesOn() {
		return all
	}
	all = append(all, protocol.MethodCertificate, protocol.MethodSignHash)
	if b.Documents != nil {
		all = append(all, protocol.MethodSignDocument, protocol.MethodSignSend, protocol.MethodSignReceive, protocol.MethodSignEnd)
	}
	return all
}

// mayStatus is the scope status.
func (c *channel) mayStatus() error {
	if err := c.permitted(protocol.MethodStatus); err != nil {
		return err
	}
	if c.b.Sites.Standing(c.origin) != Allowed {
		return protocol.Fail(protocol.ConsentDenied, "status is granted with the first login")
	}
	return nil
}

func (c *channel) status(ctx context.Context, req protocol.Request) (any, error) {
	if err := req.Bind(&struct{}{}); err != nil {
		return nil, err
	}
	if err := c.mayStatus(); err != nil {
		return nil, err
	}
	c.look(protocol.MethodStatus)
	return c.b.status(ctx), nil
}

// look takes down, once for each document, that a page looks at the card.
func (c *channel) look(method string) {
	c.mu.Lock()
	first := !c.looked
	c.looked = true
	c.mu.Unlock()
	if first {
		c.b.Journal.Record(c.origin, method, "", 0)
	}
}

// watch answers with the present status and tells of each change from then on.
func (c *channel) watch(ctx context.Context, req protocol.Request) (any, error) {
	if err := req.Bind(&struct{}{}); err != nil {
		return nil, err
	}
	if err := c.mayStatus(); err != nil {
		return nil, err
	}
	c.look(protocol.MethodWatch)
	changed, rechecked := c.b.Cards.Changed(), c.b.Rechecked()
	cards := c.b.usable(ctx)
	now := c.b.status(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unwatch == nil {
		var watching context.Context
		watching, c.unwatch = context.WithCancel(c.ctx)
		go c.tell(watching, changed, rechecked, cards, now)
	}
	return now, nil
}

func (c *channel) stopWatching(req protocol.Request) (any, error) {
	if err := req.Bind(&struct{}{}); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unwatch != nil {
		c.unwatch()
		c.unwatch = nil
	}
	return struct{}{}, nil
}

// tell sends card.changed whenever the status is another one. A card that goes is told without asking any card, and also
// when another one is there: any of them may be the one that has logged in.
func (c *channel) tell(ctx context.Context, changed, rechecked <-chan struct{}, cards []card.Slot, last protocol.Status) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-rechecked:
		}
		changed, rechecked = c.b.Cards.Changed(), c.b.Rechecked()
		if c.mayStatus() != nil || c.b.admissible(c.origin) != nil { // forgotten or blocked since
			c.stopTelling(ctx)
			return
		}
		before := cards
		cards = c.b.usable(ctx)
		if len(cards) > 0 && slices.ContainsFunc(before, func(s card.Slot) bool { return !slices.Contains(cards, s) }) {
			last = c.notify(ctx, protocol.Status{State: protocol.StateNoCard}, last)
		}
		last = c.notify(ctx, c.b.status(ctx), last)
	}
}

// notify sends card.changed when now is another status than the last.
func (c *channel) notify(ctx context.Context, now, last protocol.Status) protocol.Status {
	if ctx.Err() == nil && !same(now, last) {
		c.send(protocol.Notify(protocol.NotifyChanged, now))
	}
	return now
}

// stopTelling lets the page watch again, once its site has the scope again. ctx has not ended while the watch is its own.
func (c *channel) stopTelling(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ctx.Err() == nil {
		c.unwatch()
		c.unwatch = nil
	}
}

func same(a, b protocol.Status) bool {
	return a.State == b.State && equal(a.Problem, b.Problem) && a.PIN.Blocked == b.PIN.Blocked &&
		equal(a.PIN.TriesLeft, b.PIN.TriesLeft) && equal(a.ExpiresInDays, b.ExpiresInDays)
}

func equal[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func (c *channel) cancelRequest(req protocol.Request) (any, error) {
	var p protocol.CancelParams
	if err := req.Bind(&p); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	cancel, ok := c.open[p.ID]
	switch {
	case ok:
		cancel()
	case c.signing != nil && c.signing.id == p.ID: // it was answered: what was signed is forgotten
		go c.signing.forget()
		ok = true
	}
	return protocol.CancelResult{Cancelled: ok}, nil
}

// loginTimeout is how long a login may take, by default or as the page asks.
func loginTimeout(ms int) (time.Duration, error) {
	switch {
	case ms == 0:
		ms = protocol.LoginTimeoutMs
	case ms < protocol.MinLoginTimeoutMs || ms > protocol.MaxLoginTimeoutMs:
		return 0, protocol.Fail(protocol.InvalidArgument,
			fmt.Sprintf("timeoutMs: %d to %d", protocol.MinLoginTimeoutMs, protocol.MaxLoginTimeoutMs))
	}
	return time.Duration(ms) * time.Millisecond, nil
}
