// SPDX-License-Identifier: EUPL-1.2

package doors

import "sync"

// Bounds of what waits for a peer that does not read.
const (
	maxQueued      = 1024    // messages
	maxQueuedBytes = 4 << 20 // bytes of messages
)

// outbox queues the messages of one connection, so that whoever sends never waits for the peer. When it is full the
// connection is given up. The zero outbox is not ready: use newOutbox.
type outbox struct {
	mu     sync.Mutex
	queue  [][]byte
	bytes  int
	closed bool
	wake   chan struct{} // holds a token while there is something to do
	giveUp func()        // ends the connection; called at most once, without the lock
}

func newOutbox(giveUp func()) *outbox {
	return &outbox{wake: make(chan struct{}, 1), giveUp: giveUp}
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
