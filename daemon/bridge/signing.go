// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

// maxSignings are the sign.document of all sites together that hold documents. As many again are for the citizen's own
// programs, so that no site can keep them out.
const maxSignings = 2

// patience is how long a sign.document waits for the page.
type patience struct {
	upload  time.Duration // for the next bytes
	whole   time.Duration // for all bytes: who sends them one by one must not keep a place for ever
	collect time.Duration // for the next sign.receive
}

var usualPatience = patience{upload: 30 * time.Second, whole: 15 * time.Minute, collect: 5 * time.Minute}

// signing is one sign.document of a channel, from its first byte until what was signed is forgotten.
type signing struct {
	c        *channel
	id       protocol.ID
	params   protocol.SignDocumentParams
	limit    time.Duration // for the citizen
	giveBack func()        // a glimpse
	place    chan struct{}
	leave    func() // gives the turn of the site back

	life   context.Context // of the folder
	end    context.CancelFunc
	stop   func() bool // lets the channel end without forgetting it
	chunks chan chunk

	mu       sync.Mutex
	stage    stage
	expected []int64 // bytes of each document that have come
	folder   Folder
	signed   []protocol.SignedDocument
	reading  bool // a sign.receive is being answered
	idle     *time.Timer
}

// stage is what a signing can take.
type stage int

const (
	takesBytes stage = iota
	takesNothing
	handsOut
	forgotten
)

// chunk is a sign.send that fits.
type chunk struct {
	id       protocol.ID
	document int
	data     []byte
	received int64 // with it
}

// startSigning is sign.document up to where it takes bytes; the rest goes on by itself.
func (c *channel) startSigning(req protocol.Request) {
	ctx, err := c.start(req.ID, true)
	if err != nil {
		c.answer(req.ID, "", nil, err)
		return
	}
	s, lang, err := c.newSigning(req)
	if err != nil {
		c.finish(req.ID)
		c.answer(req.ID, lang, nil, err)
		return
	}
	go func() {
		result, err := s.run(ctx)
		if err != nil {
			s.fail(err)
		}
		c.finish(req.ID)
		c.answer(req.ID, lang, result, err)
	}()
}

// newSigning judges a sign.document and gives it a place.
func (c *channel) newSigning(req protocol.Request) (s *signing, lang string, err error) {
	s = &signing{c: c, id: req.ID, chunks: make(chan chunk, protocol.MaxOpenRequests)}
	defer c.contain(req.Method, &err)
	if err := c.permitted(req.Method); err != nil {
		return nil, "", err
	}
	if c.b.Documents == nil {
		return nil, "", protocol.NoMethod(req.Method)
	}
	if err := req.Bind(&s.params); err != nil {
		return nil, "", err
	}
	if !knownLanguage(s.params.Lang) {
		return nil, "", protocol.Fail(protocol.InvalidArgument, "lang: it, en or de")
	}
	lang = s.params.Lang
	if err := s.params.Check(); err != nil {
		return nil, lang, err
	}
	if s.limit, err = signingTimeout(s.params.TimeoutMs); err != nil {
		return nil, lang, err
	}
	if s.params.Level == "B-T" && c.b.Settings.TimeAuthority() == "" {
		return nil, lang, protocol.Fail(protocol.InvalidArgument, "level: no time stamp authority is configured")
	}
	s.expected = make([]int64, len(s.params.Documents))
	s.giveBack, s.leave, s.place = func() {}, func() {}, c.b.places[1]
	if !c.own {
		s.place = c.b.places[0]
		if s.giveBack, err = c.b.mayAsk(c.origin, req.Method); err != nil {
			return nil, lang, err
		}
	}
	if err := s.takePlace(); err != nil {
		return nil, lang, c.b.turnAway(c.origin, req.Method, err)
	}
	return s, lang, nil
}

// takePlace makes s the signing of its channel, in the place of one whose documents nobody has fetched.
func (s *signing) takePlace() error {
	c := s.c
	c.mu.Lock()
	old := c.signing
	c.mu.Unlock()
	if old != nil {
		if !old.answered() {
			return protocol.Fail(protocol.BridgeBusy, "documents of this page are being signed")
		}
		old.forget()
	}
	if !c.own {
		var ok bool
		if s.leave, ok = c.b.unanswered.enter(siteOf(c.origin)); !ok {
			return protocol.Fail(protocol.BridgeBusy, "documents of another page of this site are being signed")
		}
	}
	select {
	case s.place <- struct{}{}:
	default:
		s.leave()
		return protocol.Fail(protocol.BridgeBusy, "too many documents of other pages")
	}
	s.life, s.end = context.WithCancel(c.ctx)
	c.mu.Lock()
	c.signing = s
	c.mu.Unlock()
	s.mu.Lock() // where the page has gone already, forget begins at once, and waits here
	defer s.mu.Unlock()
	s.stop = context.AfterFunc(c.ctx, s.forget)
	return nil
}

func (s *signing) answered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stage >= handsOut
}

// forget ends a signing, whatever it is doing: nothing is left of its documents.
func (s *signing) forget() { s.fail(context.Canceled) }

// fail is forget, for a reason: what is still under way hears it too. The page takes the first error that it is told for
// that of its request.
func (s *signing) fail(why error) {
	s.mu.Lock()
	if s.stage == forgotten {
		s.mu.Unlock()
		return
	}
	s.stage = forgotten
	folder := s.folder
	if s.idle != nil {
		s.idle.Stop()
	}
	s.mu.Unlock()
	s.leave()
	s.end()
	s.stop()
	s.c.mu.Lock()
	if s.c.signing == s {
		s.c.signing = nil
	}
	s.c.mu.Unlock()
	s.drain(why)
	if folder != nil {
		_ = folder.Close()
	}
	<-s.place
}

// drain answers what was sent and is not taken any more.
func (s *signing) drain(why error) {
	var known *protocol.Error
	if why = asked(why); !errors.As(why, &known) {
		why = protocol.Fail(protocol.Internal, "") // the log gets it once, from the request
	}
	for {
		select {
		case k := <-s.chunks:
			s.c.finish(k.id)
			s.c.answer(k.id, s.params.Lang, nil, why)
		default:
			return
		}
	}
}

// signingOf gives the signing of a request of this channel.
func (c *channel) signingOf(id protocol.ID) (*signing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.signing == nil || c.signing.id != id {
		return nil, protocol.Fail(protocol.InvalidArgument, "request: no such sign.document")
	}
	return c.signing, nil
}

// takeChunk is sign.send: what fits is queued in its order, and answered when it was taken. What does not fit changes
// nothing, and counts as a request.
func (c *channel) takeChunk(req protocol.Request) {
	err := func() (err error) {
		defer c.contain(req.Method, &err)
		var p protocol.SignSendParams
		if err := req.Bind(&p); err != nil {
			return err
		}
		s, err := c.signingOf(p.Request)
		if err != nil {
			return err
		}
		data, err := p.Bytes()
		if err != nil {
			return err
		}
		return s.queue(req.ID, p, data)
	}()
	if err == nil {
		return
	}
	c.mu.Lock()
	if !c.pace.allow(c.b.Now()) {
		err = protocol.Fail(protocol.RateLimited, "too many requests in 10 s")
	}
	c.mu.Unlock()
	c.answer(req.ID, "", nil, err)
}

func (s *signing) queue(id protocol.ID, p protocol.SignSendParams, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stage != takesBytes {
		return protocol.Fail(protocol.InvalidArgument, "request: it takes no bytes any more")
	}
	if p.Document < 0 || p.Document >= len(s.expected) {
		return protocol.Fail(protocol.InvalidArgument, "document: no such document")
	}
	have := s.expected[p.Document]
	left := s.params.Documents[p.Document].Size - have
	n := int64(len(data))
	switch {
	case p.Offset != have:
		return protocol.Fail(protocol.InvalidArgument, fmt.Sprintf("offset: %d is next", have))
	case n > left:
		return protocol.Fail(protocol.InvalidArgument, "data: more than the size of the document")
	case n < left && n < protocol.MinSendBytes:
		return protocol.Fail(protocol.InvalidArgument, fmt.Sprintf("data: at least %d bytes, save for the last", protocol.MinSendBytes))
	}
	if _, err := s.c.start(id, false); err != nil {
		return err
	}
	s.expected[p.Document] += n
	s.chunks <- chunk{id, p.Document, data, have + n} // there is room: each of them is an open request
	return nil
}

// handsOut says that the channel has signed documents to be fetched, so that a sign.receive is not counted.
func (c *channel) handsOut() bool {
	c.mu.Lock()
	s := c.signing
	c.mu.Unlock()
	return s != nil && s.answered()
}

// handOut is sign.receive. One at a time, until its answer is on its way: who asks for many must not fill the memory.
func (c *channel) handOut(ctx context.Context, req protocol.Request) (any, error) {
	var p protocol.SignReceiveParams
	if err := req.Bind(&p); err != nil {
		return nil, err
	}
	s, err := c.signingOf(p.Request)
	if err != nil {
		return nil, err
	}
	folder, size, err := s.beginReading(p.Document)
	if err != nil {
		return nil, err
	}
	data, err := readPiece(ctx, folder, p.Document, true, size, p.Offset)
	if err != nil {
		s.endReading()
		return nil, err
	}
	return protocol.SignReceiveResult{Data: base64.StdEncoding.EncodeToString(data), End: p.Offset+int64(len(data)) == size}, nil
}

// handedOut lets the next sign.receive in, once an answer has gone.
func (c *channel) handedOut() {
	c.mu.Lock()
	s := c.signing
	c.mu.Unlock()
	if s != nil {
		s.endReading()
	}
}

func (s *signing) beginReading(document int) (f Folder, size int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stage != handsOut:
		return nil, 0, protocol.Fail(protocol.InvalidArgument, "request: nothing of it is signed")
	case document < 0 || document >= len(s.signed) || s.signed[document].Error != nil:
		return nil, 0, protocol.Fail(protocol.InvalidArgument, "document: not signed")
	case s.reading:
		return nil, 0, protocol.Fail(protocol.BridgeBusy, "one sign.receive at a time")
	}
	s.reading = true
	return s.folder, s.signed[document].Size, nil
}

func (s *signing) endReading() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading = false
	if s.stage == handsOut {
		s.idle.Reset(s.c.b.patience.collect)
	}
}

// readPiece reads what fits into one answer.
func readPiece(ctx context.Context, f Folder, document int, signed bool, size, offset int64) ([]byte, error) {
	if offset < 0 || offset >= size {
		return nil, protocol.Fail(protocol.InvalidArgument, "offset: behind the end")
	}
	want := min(size-offset, protocol.MaxReceiveBytes)
	data, err := f.Read(ctx, document, signed, offset, int(want))
	if err == nil && int64(len(data)) != want {
		err = fmt.Errorf("%d bytes of a document instead of %d", len(data), want)
	}
	return data, err
}

// endSigning is sign.end.
func (c *channel) endSigning(req protocol.Request) (any, error) {
	var p protocol.SignEndParams
	if err := req.Bind(&p); err != nil {
		return nil, err
	}
	s, err := c.signingOf(p.Request)
	if err != nil {
		return nil, err
	}
	if !s.answered() {
		return nil, protocol.Fail(protocol.InvalidArgument, "request: not answered; request.cancel cancels it")
	}
	s.forget()
	return struct{}{}, nil
}
