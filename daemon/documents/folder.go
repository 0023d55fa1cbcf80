// SPDX-License-Identifier: EUPL-1.2

package documents

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"
)

// silence is how long the program may take for one answer: reading the largest document takes a few seconds, and an
// authority may take 15 s for a time stamp.
const silence = time.Minute

// Folder holds the documents of one request, in a program of its own. It may be used by several goroutines; one question
// is answered at a time.
type Folder struct {
	child *child
	turn  chan struct{} // who holds it speaks with the program
	limit time.Duration

	mu    sync.Mutex
	held  []holding
	total int64
}

// holding is a document in the folder.
type holding struct {
	size, come int64
	signed     int64 // 0: not signed
}

// Start starts the program. When ctx ends, it ends too.
func Start(ctx context.Context, program string) (*Folder, error) {
	return start(ctx, silence, program, Worker)
}

func start(ctx context.Context, limit time.Duration, program string, args ...string) (*Folder, error) {
	c, err := launch(ctx, program, args...)
	if err != nil {
		return nil, err
	}
	return &Folder{child: c, turn: make(chan struct{}, 1), limit: limit}, nil
}

// Close ends the program and waits until it is gone. Nothing of the documents is left. It may be called more than once, and
// while a question waits for its answer.
func (f *Folder) Close() error {
	f.child.end(ErrClosed)
	<-f.child.gone
	return nil
}

// Add announces a document and says how it is to be signed. It gives its index.
func (f *Folder) Add(ctx context.Context, d Document, o Options) (int, error) {
	if err := d.check(); err != nil {
		return 0, err
	}
	if err := o.Check(); err != nil {
		return 0, err
	}
	if err := f.lock(ctx); err != nil {
		return 0, err
	}
	defer f.unlock()
	index := len(f.held)
	if index >= MaxDocuments || f.total+d.Size > MaxTotal {
		return 0, Refuse(RefusedTooMany, fmt.Sprintf("at most %d documents and %d MiB in all", MaxDocuments, MaxTotal>>20))
	}
	if _, _, err := f.ask(ctx, Question{Step: StepAdd, Index: index, Document: &d, Options: &o}, nil, 0); err != nil {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held, f.total = append(f.held, holding{size: d.Size}), f.total+d.Size
	return index, nil
}

// Append adds bytes to a document, in their order. It refuses more than were declared.
func (f *Folder) Append(ctx context.Context, index int, data []byte) error {
	if err := f.lock(ctx); err != nil {
		return err
	}
	defer f.unlock()
	h, err := f.document(index)
	if err != nil {
		return err
	}
	if int64(len(data)) > h.size-h.come {
		return Refuse(RefusedTooLarge, "more bytes than were declared")
	}
	for len(data) > 0 {
		piece := data[:min(len(data), MaxPiece)]
		if _, _, err := f.ask(ctx, Question{Step: StepAppend, Index: index, Data: len(piece)}, piece, 0); err != nil {
			return err
		}
		h.come += int64(len(piece))
		f.keep(index, h)
		data = data[len(piece):]
	}
	return nil
}

// Received says how many bytes of a document have come.
func (f *Folder) Received(index int) int64 {
	h, _ := f.document(index)
	return h.come
}

// Inspect looks at a document of which all bytes are there. Whether it can be signed is in the Inspection.
func (f *Folder) Inspect(ctx context.Context, index int) (Inspection, error) {
	a, _, err := f.step(ctx, Question{Step: StepInspect, Index: index}, 0, true, func(a Answer) error { return a.Inspection.check() })
	if err != nil {
		return Inspection{}, err
	}
	return *a.Inspection, nil
}

// Prepare gives the SHA-256 that the card signs, by RSASSA-PKCS1-v1_5. now is what the signature says of its time.
func (f *Folder) Prepare(ctx context.Context, index int, cert *x509.Certificate, now time.Time) ([]byte, error) {
	const maxCertificate = 16 << 10
	if cert == nil || len(cert.Raw) == 0 || len(cert.Raw) > maxCertificate {
		return nil, Refuse(RefusedCertificate, "no certificate")
	}
	a, _, err := f.step(ctx, Question{Step: StepPrepare, Index: index, Certificate: cert.Raw, Time: now}, 0, true, func(a Answer) error {
		if len(a.Digest) != sha256.Size {
			return fmt.Errorf("a digest of %d bytes: %w", len(a.Digest), errNonsense)
		}
		return nil
	})
	return a.Digest, err
}

// Assemble joins the document and the signature of its digest. For level B-T it asks the time stamp authority.
func (f *Folder) Assemble(ctx context.Context, index int, signature []byte) (Signed, error) {
	const maxSignature = 8192 / 8
	if len(signature) == 0 || len(signature) > maxSignature {
		return Signed{}, Refuse(RefusedSignature, "not the length of a signature")
	}
	a, _, err := f.step(ctx, Question{Step: StepAssemble, Index: index, Signature: signature}, 0, true, func(a Answer) error { return a.Signed.check() })
	if err != nil {
		return Signed{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held[index].signed = a.Signed.Size
	return *a.Signed, nil
}

// Read gives at most n bytes of a document, or of the signed one, from an offset on; none behind its end, and never more
// than MaxPiece.
func (f *Folder) Read(ctx context.Context, index int, signed bool, offset int64, n int) ([]byte, error) {
	h, err := f.document(index)
	if err != nil {
		return nil, err
	}
	size := h.come
	if signed {
		size = h.signed
	}
	if offset < 0 || n < 0 || signed && size == 0 {
		return nil, Refuse(RefusedOrder, "nothing is there to read")
	}
	n = int(max(0, min(int64(n), MaxPiece, size-offset)))
	if n == 0 {
		return nil, nil
	}
	_, data, err := f.step(ctx, Question{Step: StepRead, Index: index, Signed: signed, Offset: offset, Count: n}, n, false, func(a Answer) error {
		if a.Data != n {
			return fmt.Errorf("%d bytes instead of %d: %w", a.Data, n, errNonsense)
		}
		return nil
	})
	return data, err
}

// step asks one question about a document that is there, whole as it must be, and looks at the answer.
func (f *Folder) step(ctx context.Context, q Question, room int, whole bool, makesSense func(Answer) error) (Answer, []byte, error) {
	if err := f.lock(ctx); err != nil {
		return Answer{}, nil, err
	}
	defer f.unlock()
	h, err := f.document(q.Index)
	if err != nil {
		return Answer{}, nil, err
	}
	if whole && h.come < h.size {
		return Answer{}, nil, Refuse(RefusedIncomplete, fmt.Sprintf("%d bytes of %d have come", h.come, h.size))
	}
	a, data, err := f.ask(ctx, q, nil, room)
	if err == nil {
		if err = makesSense(a); err != nil {
			return Answer{}, nil, f.fail(err)
		}
	}
	return a, data, err
}

func (f *Folder) document(index int) (holding, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if index < 0 || index >= len(f.held) {
		return holding{}, Refuse(RefusedOrder, "no such document")
	}
	return f.held[index], nil
}

func (f *Folder) keep(index int, h holding) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held[index] = h
}

// lock waits for the turn.
func (f *Folder) lock(ctx context.Context) error {
	select {
	case f.turn <- struct{}{}:
		return nil
	case <-f.child.gone:
		return f.child.why()
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *Folder) unlock() { <-f.turn }

// ask sends a question and waits for its answer. When ctx ends meanwhile, or the limit is over, the program is killed: it
// may be in the middle of anything. Every other error but a Refusal ends it too.
func (f *Folder) ask(ctx context.Context, q Question, data []byte, room int) (Answer, []byte, error) {
	if err := f.child.why(); err != nil {
		return Answer{}, nil, err
	}
	stop := context.AfterFunc(ctx, func() { f.child.end(ctx.Err()) })
	defer stop()
	tooLong := time.AfterFunc(f.limit, func() { f.child.end(ErrSilent) })
	defer tooLong.Stop()
	if err := WriteMessage(f.child.in, q, data); err != nil {
		return Answer{}, nil, f.fail(err)
	}
	a, more, err := ReadAnswer(f.child.out, room)
	if err != nil {
		return Answer{}, nil, f.fail(err)
	}
	if a.Refusal != "" {
		return Answer{}, nil, Refuse(a.Refusal, a.Detail)
	}
	return a, more, nil
}

// fail ends the program and gives the reason for which it has ended: this one, or what came before.
func (f *Folder) fail(err error) error {
	if !errors.Is(err, errNonsense) {
		// The pipe is closed before the system says why: the reason is that of the end.
		select {
		case <-f.child.gone:
		case <-time.After(time.Second):
		}
	}
	f.child.end(fmt.Errorf("%w: %w", ErrLost, err))
	<-f.child.gone
	return f.child.why()
}
