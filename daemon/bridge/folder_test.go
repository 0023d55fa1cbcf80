// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// cabinet stands for the program that holds documents: it keeps their bytes, and a signature goes behind them.
type cabinet struct {
	mu      sync.Mutex
	open    int
	started int
	fails   error                                     // of Start
	inspect func(d bridge.Document) bridge.Inspection // nil: a PDF without anything special
	broken  map[string]error                          // by the name of a step, "append", "prepare", "assemble", "read"
	late    func(step string)                         // called before each step
}

func (c *cabinet) Start(ctx context.Context) (bridge.Folder, error) {
	if c.late != nil {
		c.late("start")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fails != nil {
		return nil, c.fails
	}
	c.open++
	c.started++
	return &folder{cabinet: c, ctx: ctx}, nil
}

// left says how many folders are open.
func (c *cabinet) left() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

type folder struct {
	cabinet *cabinet
	ctx     context.Context

	mu     sync.Mutex
	closed bool
	held   []bridge.Document
	bytes  [][]byte
	signed [][]byte
}

func (f *folder) step(name string) error {
	if late := f.cabinet.late; late != nil {
		late(name)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.ctx.Err() != nil {
		return errors.New("the folder is closed")
	}
	return f.cabinet.broken[name]
}

func (f *folder) Add(_ context.Context, d bridge.Document, _ bridge.SigningOptions) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held, f.bytes, f.signed = append(f.held, d), append(f.bytes, nil), append(f.signed, nil)
	return nil
}

func (f *folder) Append(_ context.Context, i int, data []byte) error {
	if err := f.step("append"); err != nil {
		return err
	}
	f.bytes[i] = append(f.bytes[i], data...)
	return nil
}

func (f *folder) Inspect(_ context.Context, i int) (bridge.Inspection, error) {
	if err := f.step("inspect"); err != nil {
		return bridge.Inspection{}, err
	}
	found := bridge.Inspection{Kind: "pdf", Pages: 1}
	if f.cabinet.inspect != nil {
		found = f.cabinet.inspect(f.held[i])
	}
	found.SHA256 = sha256.Sum256(f.bytes[i])
	return found, nil
}

func (f *folder) Prepare(_ context.Context, i int, _ *x509.Certificate, _ time.Time) ([]byte, error) {
	if err := f.step("prepare"); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(f.bytes[i])
	return digest[:], nil
}

func (f *folder) Assemble(_ context.Context, i int, signature []byte) (bridge.Signed, error) {
	if err := f.step("assemble"); err != nil {
		return bridge.Signed{}, err
	}
	f.signed[i] = append(bytes.Clone(f.bytes[i]), signature...)
	return bridge.Signed{Name: f.held[i].Name + ".p7m", Type: "x", Size: int64(len(f.signed[i])), SHA256: sha256.Sum256(f.signed[i]), Level: "B-B"}, nil
}

func (f *folder) Read(_ context.Context, i int, signed bool, offset int64, n int) ([]byte, error) {
	if err := f.step("read"); err != nil {
		return nil, err
	}
	b := f.bytes[i]
	if signed {
		b = f.signed[i]
	}
	return b[offset:min(int64(len(b)), offset+int64(n))], nil
}

func (f *folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		f.cabinet.mu.Lock()
		f.cabinet.open--
		f.cabinet.mu.Unlock()
	}
	return nil
}

// office is a house in which documents can be signed.
func office(t *testing.T, chips []*testcard.Card, actions ...action) (*house, *cabinet) {
	t.Helper()
	h, c := newHouse(t, chips, actions...), &cabinet{}
	h.Documents = c
	t.Cleanup(func() {
		eventually(t, "no documents are left", func() bool { return c.left() == 0 })
	})
	return h, c
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// papers are documents of a page.
type papers []string

func (d papers) params() string {
	var all []protocol.DocumentParams
	for i, text := range d {
		all = append(all, protocol.DocumentParams{Name: fmt.Sprintf("modulo %d.pdf", i+1), Type: "application/pdf", Size: int64(len(text))})
	}
	b, _ := json.Marshal(protocol.SignDocumentParams{Documents: all})
	return string(b)
}

// request is the id of every sign.document in these tests.
const request = 7

func send(document int, offset int, data string) string {
	return fmt.Sprintf(`{"request":%d,"document":%d,"offset":%d,"data":%q}`, request, document, offset, base64.StdEncoding.EncodeToString([]byte(data)))
}

// upload begins a sign.document and sends everything.
func (p *page) upload(d papers) {
	p.t.Helper()
	p.send(request, protocol.MethodSignDocument, d.params())
	id := 100
	for i, text := range d {
		for offset := 0; offset < len(text); offset += protocol.MaxSendBytes {
			id++
			piece := text[offset:min(len(text), offset+protocol.MaxSendBytes)]
			p.send(id, protocol.MethodSignSend, send(i, offset, piece))
			if a := p.until(id); a.Error != nil {
				p.t.Fatalf("document %d at %d: %+v", i, offset, a.Error)
			}
		}
	}
}

// until gives the answer of a request; others, and notifications, are kept in seen.
func (p *page) until(id int) answer {
	p.t.Helper()
	for {
		a := p.next()
		if string(a.ID) == fmt.Sprint(id) {
			return a
		}
		p.seen = append(p.seen, a)
	}
}

// heard is as until, also when the answer has come already.
func (p *page) heard(id int) answer {
	p.t.Helper()
	for _, a := range p.seen {
		if string(a.ID) == fmt.Sprint(id) {
			return a
		}
	}
	return p.until(id)
}

// signs uploads and waits for the end.
func (p *page) signs(d papers) (protocol.SignDocumentResult, protocol.Code) {
	p.t.Helper()
	p.upload(d)
	return p.signed()
}

func (p *page) signed() (r protocol.SignDocumentResult, code protocol.Code) {
	p.t.Helper()
	a := p.until(request)
	if a.Error == nil {
		if err := json.Unmarshal(a.Result, &r); err != nil {
			p.t.Fatal(err)
		}
	}
	return r, a.code()
}

func (p *page) fetch(document int, offset int64) (protocol.SignReceiveResult, protocol.Code) {
	p.t.Helper()
	var r protocol.SignReceiveResult
	a := p.until(p.ask(protocol.MethodSignReceive, fmt.Sprintf(`{"request":%d,"document":%d,"offset":%d}`, request, document, offset)))
	if a.Error == nil {
		_ = json.Unmarshal(a.Result, &r)
	}
	return r, a.code()
}

// ask sends a request with an id of its own.
func (p *page) ask(method, params string) int {
	p.id++
	p.send(10_000+p.id, method, params)
	return 10_000 + p.id
}

// codes are those of the documents of an answer, by their order.
func codes(r protocol.SignDocumentResult) string {
	var all []string
	for _, d := range r.Documents {
		if d.Error != nil {
			all = append(all, string(d.Error.Code))
		} else {
			all = append(all, "signed")
		}
	}
	return strings.Join(all, " ")
}
