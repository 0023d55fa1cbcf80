// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

// signatures is what the control door opens for signatures.
type signatures struct {
	mu             sync.Mutex
	opened, closed int
	got            []string
	send           func([]byte)
}

func (s *signatures) open(send func([]byte)) (func([]byte), func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	s.send = send
	receive := func(message []byte) {
		req, _ := protocol.ParseRequest(message)
		s.mu.Lock()
		s.got = append(s.got, req.Method)
		s.mu.Unlock()
		send(protocol.Reply(req.ID, "of the channel", nil, nil))
	}
	return receive, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.closed++
	}
}

func TestSignaturesOfAProgramShareOneChannelInTheirOrderAndItEndsWithTheProgram(t *testing.T) {
	runtimeDir(t)
	l, err := ipc.Listen(ipc.Control)
	must(t, err)
	s := &signatures{}
	c := &Control{Open: s.open, Handle: func(_ context.Context, req protocol.Request) (any, error) { return "of the socket", nil }}
	background(t, func(ctx context.Context) error { return c.Serve(ctx, l) })
	p := dialSocket(t, ipc.Control)
	p.write(`{"jsonrpc":"2.0","id":1,"method":"agent.info"}`)
	if got := p.read(); !strings.Contains(got, "of the socket") || s.opened != 0 {
		t.Errorf("%s, %d channels", got, s.opened)
	}
	methods := []string{"sign.document", "sign.send", "sign.send", "sign.receive", "sign.end", "certificate.get", "sign.hash", "request.cancel"}
	for i, m := range methods {
		p.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q}`, i+2, m))
		if got := p.read(); !strings.Contains(got, "of the channel") {
			t.Errorf("%s: %s", m, got)
		}
	}
	if s.opened != 1 || !slices.Equal(s.got, methods) {
		t.Errorf("%d channels, %q", s.opened, s.got)
	}
	s.send(protocol.Notify(protocol.NotifySignProgress, struct{}{}))
	if got := p.read(); !strings.Contains(got, "sign.progress") {
		t.Error(got)
	}
	must(t, p.Close())
	eventually(t, "the channel ends", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.closed == 1
	})
}

func TestPartsOfDocumentsWaitForWhoDoesNotReadAndCostNoConnection(t *testing.T) {
	o := newOutbox(func() { t.Error("given up") })
	part := make([]byte, 700_000)
	sent := make(chan int, 100)
	var all sync.WaitGroup
	all.Go(func() {
		for i := range 20 {
			o.await(len(part))
			o.push(part)
			sent <- i
		}
		close(sent)
	})
	for range 2 {
		<-sent
	}
	o.push([]byte("a small message is let in at once"))
	total := 0
	all.Go(func() {
		o.run(func(message []byte) error {
			o.mu.Lock()
			held := o.bytes
			o.mu.Unlock()
			if total++; held > maxQueuedBytes {
				t.Errorf("%d bytes wait", held)
			}
			return nil
		})
	})
	for range sent {
	}
	o.close()
	all.Wait()
	if total != 21 {
		t.Errorf("%d messages", total)
	}
}

func TestNobodyWaitsForAPeerThatIsGone(t *testing.T) {
	o := newOutbox(func() {})
	for range 2 {
		o.push(make([]byte, 1_500_000))
	}
	done := make(chan struct{})
	go func() { o.await(700_000); close(done) }()
	o.close()
	<-done
}
