// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/ponte-cns/ponte/protocol"
)

// fakeSigner is the agent's side of one sign.document: it takes what is sent, asks nobody, and gives it back with a mark.
type fakeSigner struct {
	mu       sync.Mutex
	order    order
	got      [][]byte
	notify   func(string, json.RawMessage)
	answer   chan error // what the citizen says; nil signs
	complete chan struct{}
	closed   chan struct{}
	once     sync.Once
	largest  int   // bytes in one message
	refuse   error // of sign.send
	failed   map[int]protocol.Code
	asks     int
}

// signMark is what the fake signature adds.
const signMark = "\nsigned"

func newFakeSigner() *fakeSigner {
	return &fakeSigner{answer: make(chan error, 1), complete: make(chan struct{}), closed: make(chan struct{})}
}

func (a *fakeAgent) Open(_ context.Context, notify func(string, json.RawMessage)) (channel, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.signer == nil {
		return nil, errors.New("no signer")
	}
	a.signer.notify = notify
	return a.signer, nil
}

func (f *fakeSigner) Close() error {
	f.once.Do(func() { close(f.closed) })
	return nil
}

// remarshal gives a value as the agent reads it.
func remarshal(from, to any) {
	b, err := json.Marshal(from)
	if err == nil && len(b) > protocol.MaxRequest {
		err = errors.New("a message over the limit")
	}
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	if err != nil {
		panic(err)
	}
}

func (f *fakeSigner) Begin(method string, params any) (int, waiter, error) {
	if method != signDocument {
		return 0, nil, protocol.Fail(protocol.InvalidArgument, "no method "+method)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	remarshal(params, &f.order)
	f.got = make([][]byte, len(f.order.Documents))
	return 7, func(ctx context.Context, result any) error {
		select {
		case <-f.closed:
			return errors.New("closed")
		case <-ctx.Done():
			return ctx.Err()
		case err := <-f.answer:
			if err != nil {
				return err
			}
		}
		remarshal(map[string]any{"documents": f.signed()}, result)
		return nil
	}, nil
}

// signed is the answer.
func (f *fakeSigner) signed() []any {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []any
	for i, d := range f.order.Documents {
		if code, bad := f.failed[i]; bad {
			all = append(all, map[string]any{"name": d.Name, "error": map[string]any{"code": code, "hint": ""}})
			continue
		}
		b := append(f.got[i], signMark...)
		sum := sha256.Sum256(b)
		all = append(all, map[string]any{"name": d.Name + ".p7m", "type": "application/pkcs7-mime", "size": len(b), "sha256": hex.EncodeToString(sum[:])})
	}
	return all
}

func (f *fakeSigner) Call(_ context.Context, method string, params, result any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var p struct {
		Request  int    `json:"request"`
		Document int    `json:"document"`
		Offset   int    `json:"offset"`
		Data     []byte `json:"data"`
	}
	remarshal(params, &p)
	if p.Request != 7 {
		return protocol.Fail(protocol.InvalidArgument, "request")
	}
	switch method {
	case signSend:
		if f.refuse != nil {
			return f.refuse
		}
		if p.Offset != len(f.got[p.Document]) {
			return protocol.Fail(protocol.InvalidArgument, "offset")
		}
		f.got[p.Document] = append(f.got[p.Document], p.Data...)
		f.largest = max(f.largest, len(p.Data))
		f.check()
		return nil
	case signReceive:
		b := append(f.got[p.Document][:len(f.got[p.Document]):len(f.got[p.Document])], signMark...)
		end := min(len(b), p.Offset+1000)
		remarshal(map[string]any{"data": b[p.Offset:end], "end": end == len(b)}, result)
		return nil
	case signEnd:
		return nil
	}
	return io.ErrUnexpectedEOF
}

// check tells when everything has come.
func (f *fakeSigner) check() {
	for i, d := range f.order.Documents {
		if int64(len(f.got[i])) < d.Size {
			return
		}
	}
	if f.asks++; f.asks == 1 {
		close(f.complete)
	}
}
