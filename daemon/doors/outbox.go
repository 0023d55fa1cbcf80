// SPDX-License-Identifier: EUPL-1.2

package doors

import "sync"

// Bounds of what waits for a peer that does not read.
const (
	maxQueued      = 1024    // messages
	maxQueuedBytes = 4 << 20 // bytes of messages
)

// outbox queues the messages of one connection, so that whoever sends never waits for the peer, save with await. When it
// is full the connection is given up. The zero outbox is not ready: use newOutbox.
type outbox struct {
	mu     sync.Mutex
	queue  [][]byte
	bytes  int
	closed bool
	wake   chan struct{} // holds a token while there is something to do
	room   *sync.Cond    // of mu: bytes has become less, or nothing is let in any more
	giveUp func()        // ends the connection; called at most once, without the lock
}

func newOutbox(giveUp func()) *outbox {
	o := &outbox{wake: make(chan struct{}, 1), giveUp: giveUp}
	o.room = sync.NewCond(&o.mu)
	return o
}

// bulky is the length from which on a message waits for room: part of a signed document. All others are let in at once.
const bulky = 64 << 10

// await lets a bulky message wait until the peer has read what is before it: who asks for document after document, and does
// not read, must not cost the connection of others, nor memory. It ends when the peer is given up, which is after
// writeTimeout at the latest.
func (o *outbox) await(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for n >= bulky && !o.closed && o.bytes > 0 && o.bytes+n > maxQueuedBytes/2 {
		o.room.Wait()
	}
}

// push queues a message. After close, or when the peer has been given up, it does nothing.
func (o *outbox) push(message []byte) {
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		return
	}
	if len(o.queue) >= maxQueued || o.bytes+len(message) > maxQueuedBytes {
		o.closed, o.queue, o.bytes = true, nil, 0
		o.room.Broadcast()
		o.mu.Unlock()
		o.signal()
		o.giveUp()
		return
	}
	o.queue = append(o.queue, message)
	o.bytes += len(message)
	o.mu.Unlock()
	o.signal()
}

// close lets nothing more in. What is queued is still written.
func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.room.Broadcast()
	o.mu.Unlock()
	o.signal()
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// take empties the queue. done says that nothing will come any more.
func (o *outbox) take() (messages [][]byte, done bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	messages, o.queue = o.queue, nil
	return messages, o.closed
}

// written makes room again.
func (o *outbox) written(n int) {
	o.mu.Lock()
	o.bytes = max(0, o.bytes-n)
	o.room.Broadcast()
	o.mu.Unlock()
}

// run writes the messages until the outbox is closed and empty, or write fails; then it gives the connection up. It is
// the only one that writes.
func (o *outbox) run(write func([]byte) error) {
	for range o.wake {
		messages, done := o.take()
		for _, m := range messages {
			if err := write(m); err != nil {
				o.close()
				o.giveUp()
				return
			}
			o.written(len(m))
		}
		if done {
			return
		}
	}
}
