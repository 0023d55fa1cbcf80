// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"crypto"
	"encoding/hex"
	"errors"
	"time"

	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
)

// batch is the documents of one sign.document while the citizen is asked and the card signs.
type batch struct {
	*signing
	found   []Inspection
	failed  []error // by document; nil: nothing is wrong so far
	digests [][]byte
	signed  []Signed
}

// run takes the bytes, asks the citizen and lets the card sign. Once it has begun with that, the answer tells what became of
// each document.
func (s *signing) run(ctx context.Context) (result any, err error) {
	defer s.c.contain(protocol.MethodSignDocument, &err)
	n := len(s.params.Documents)
	b := &batch{signing: s, found: make([]Inspection, n), failed: make([]error, n), digests: make([][]byte, n), signed: make([]Signed, n)}
	r := &request{b: s.c.b, origin: s.c.origin, lang: s.params.Lang}
	gone := func() error { return nil }
	if s.c.own {
		r.purpose = ForSigning
	} else {
		welcomed, site, stop := r.b.whileWelcome(ctx, r.origin)
		defer stop()
		ctx, gone = welcomed, site.check
	}
	if err := b.gather(ctx, r); err != nil {
		if err = asked(err); gone() != nil {
			err = gone()
		}
		return nil, r.b.turnAway(r.origin, protocol.MethodSignDocument, err)
	}
	err = r.b.asking(ctx, r, protocol.MethodSignDocument, s.giveBack, b.ask)
	var partly *partlyError
	if err != nil && !errors.As(err, &partly) {
		return nil, err
	}
	if ctx.Err() != nil { // cancelled while the last of it was done
		return nil, context.Cause(ctx)
	}
	return b.answer()
}

// partlyError is the first reason why some documents of a batch are not signed, while others are.
type partlyError struct{ error }

// Unwrap gives the reason.
func (e *partlyError) Unwrap() error { return e.error }

// gather takes all documents and looks at them. Until they are there nobody is asked anything, so that they cannot be
// others than those that the citizen sees.
func (b *batch) gather(ctx context.Context, r *request) error {
	if err := r.welcome(); err != nil { // blocked since it asked
		return err
	}
	if !r.b.Settings.SignaturesOn() {
		return errSwitchedOff
	}
	if _, err := r.slots(ctx); err != nil { // rather now than after all has been sent
		return err
	}
	folder, err := r.b.Documents.Start(b.life)
	if err != nil {
		return err
	}
	if !b.hold(folder) {
		_ = folder.Close()
		return context.Canceled
	}
	p := b.params
	for _, d := range p.Documents {
		o := SigningOptions{Format: p.Format, Shape: p.Shape, Level: p.Level, Visible: p.Visible, Reason: p.Reason, Location: p.Location, Lang: p.Lang}
		if o.Lang == "" {
			o.Lang = r.b.Language()
		}
		if o.Level == "B-T" {
			o.TimeAuthority = r.b.Settings.TimeAuthority()
		}
		if err := folder.Add(ctx, Document(d), o); err != nil {
			return err
		}
	}
	if err := b.takeAll(ctx); err != nil {
		return err
	}
	for i := range b.found {
		if b.found[i], err = folder.Inspect(ctx, i); err != nil {
			b.found[i].Refusal = err
			if !refusal(err) {
				return err
			}
		}
		b.failed[i] = b.found[i].Refusal
	}
	if r.purpose == ForSite && r.b.cooldown.resting(siteOf(r.origin), r.b.Now()) { // since another request of the site
		return protocol.Fail(protocol.RateLimited, "")
	}
	return b.allFailed()
}

// refusal says that an error is of one document, and the folder goes on.
func refusal(err error) bool {
	var e *protocol.Error
	return errors.As(err, &e) && e.Code != protocol.Internal
}

// allFailed is the first reason when no document is left that can be signed.
func (b *batch) allFailed() error {
	for _, err := range b.failed {
		if err == nil {
			return nil
		}
	}
	return b.failed[0]
}

func (s *signing) hold(f Folder) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stage == forgotten {
		return false
	}
	s.folder = f
	return true
}

// takeAll takes bytes until none is missing.
func (b *batch) takeAll(ctx context.Context) error {
	missing := int64(0)
	for _, d := range b.params.Documents {
		missing += d.Size
	}
	stall := time.NewTimer(b.c.b.patience.upload)
	defer stall.Stop()
	tooLong := time.NewTimer(b.c.b.patience.whole)
	defer tooLong.Stop()
	for whole := 0; missing > 0; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-stall.C:
			return protocol.Fail(protocol.UserTimeout, "the page sends no more of the documents")
		case <-tooLong.C:
			return protocol.Fail(protocol.UserTimeout, "the page takes too long to send the documents")
		case k := <-b.chunks:
			err := b.folder.Append(ctx, k.document, k.data)
			b.c.finish(k.id)
			b.c.answer(k.id, b.params.Lang, protocol.SignSendResult{Received: k.received}, err)
			if err != nil {
				return err
			}
			missing -= int64(len(k.data))
			stall.Reset(b.c.b.patience.upload)
			if k.received == b.params.Documents[k.document].Size {
				whole++
				b.tell(protocol.StageReceiving, k.document, whole)
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stage == forgotten {
		return context.Canceled
	}
	b.stage = takesNothing
	return nil
}

// tell is sign.progress.
func (b *batch) tell(stage protocol.SigningStage, document, done int) {
	if b.life.Err() == nil {
		b.c.send(protocol.Notify(protocol.NotifySignProgress, protocol.SignProgress{
			Request: b.id, Stage: stage, Document: document, Done: done, Total: len(b.params.Documents),
		}))
	}
}

// ask lets the citizen choose a card and consent, and the card sign. No dialog is open while it does, and no document is
// opened while it is unlocked.
func (b *batch) ask(ctx context.Context, r *request) error {
	dialogs, cancel := context.WithTimeout(ctx, b.limit)
	defer cancel()
	cards, err := r.signers(dialogs)
	if err != nil {
		return err
	}
	b.tell(protocol.StageAsking, 0, 0)
	chosen, err := r.choose(dialogs, cards)
	if err != nil {
		return err
	}
	reader := readerIfSeveral(cards, chosen)
	if err := b.consent(dialogs, r, chosen, reader); err != nil {
		return err
	}
	if err := b.prepare(ctx, chosen); err != nil {
		return err
	}
	var session *card.Session
	err = r.withPIN(dialogs, chosen, reader, func(ctx context.Context, typed *pin.PIN) error {
		err := r.welcome() // it may have been blocked while the dialog was open
		if err == nil {
			session, err = r.b.Cards.Unlock(ctx, chosen.slot, chosen.view.Certificate, typed)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := b.sign(ctx, r, chosen, session); err != nil {
		return err
	}
	return b.assemble(ctx)
}

// consent asks whether the documents may be signed, until the answer is yes or no. Who wants to see them gets the control
// page, and the question again.
func (b *batch) consent(ctx context.Context, r *request, chosen candidate, reader string) error {
	q := SigningQuestion{
		Lang: r.lang, Purpose: r.purpose, Origin: r.origin, Holder: chosen.view.Holder, Reader: reader,
		TimeStamp: b.params.Level == "B-T", CanView: r.b.View != nil, Reason: b.params.Reason, Location: b.params.Location,
	}
	if b.params.Visible != nil {
		q.BoxPage = b.params.Visible.Page
	}
	for i, d := range b.params.Documents {
		if b.failed[i] != nil {
			q.Refused++
			continue
		}
		f := b.found[i]
		q.Documents = append(q.Documents, AskedDocument{d.Name, d.Size, f.Kind, f.Pages, f.Signatures, f.Notes})
		r.document = d.Name
	}
	if r.documents = len(q.Documents); r.documents > 1 {
		r.document = ""
	}
	key := ""
	defer func() { r.b.views.close(key) }()
	for {
		choice, err := r.confirmSigning(ctx, chosen, q)
		if err != nil || choice == ChooseSign {
			return err
		}
		if key == "" {
			key = r.b.views.open(b)
		}
		err = r.b.View(ctx, key)
		if q.ViewFailed = err != nil; q.ViewFailed {
			r.b.Log.Warn("the documents cannot be shown", "err", err)
		}
	}
}

// prepare gives the digests that the card signs. One that cannot be made costs its document.
func (b *batch) prepare(ctx context.Context, chosen candidate) (err error) {
	for i := range b.params.Documents {
		if b.failed[i] != nil {
			continue
		}
		b.digests[i], err = b.folder.Prepare(ctx, i, chosen.view.Certificate, b.c.b.Now())
		if err == nil && len(b.digests[i]) != crypto.SHA256.Size() {
			err = errors.New("a digest of the wrong length")
		}
		if err != nil && !refusal(err) {
			return err
		}
		b.failed[i] = err
	}
	return b.allFailed()
}

// assemble puts the signatures into the documents, and says what is missing.
func (b *batch) assemble(ctx context.Context) (err error) {
	var first error
	for i := range b.params.Documents {
		if b.failed[i] == nil {
			if b.signed[i], err = b.folder.Assemble(ctx, i, b.digests[i]); err != nil && !refusal(err) {
				return err
			}
			b.failed[i] = err
		}
		if first == nil {
			first = b.failed[i]
		}
	}
	switch {
	case b.allFailed() != nil:
		return b.allFailed()
	case first != nil:
		return &partlyError{first}
	}
	return nil
}

// answer composes the result, and lets the signed documents be fetched.
func (b *batch) answer() (any, error) {
	all := make([]protocol.SignedDocument, len(b.signed))
	last := 0
	for i, d := range b.params.Documents {
		if err := b.failed[i]; err != nil {
			data := protocol.DataOf(err, b.c.hint(b.params.Lang, err))
			all[i] = protocol.SignedDocument{Name: d.Name, Error: &data}
			continue
		}
		s := b.signed[i]
		all[i] = protocol.SignedDocument{
			Name: s.Name, Type: s.Type, Size: s.Size, SHA256: hex.EncodeToString(s.SHA256[:]), Level: s.Level,
			Original: &protocol.OriginalDocument{SHA256: hex.EncodeToString(b.found[i].SHA256[:])},
		}
		last = i
	}
	b.tell(protocol.StageDone, last, b.count())
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stage == forgotten {
		return nil, context.Canceled
	}
	b.signing.signed, b.stage = all, handsOut
	b.leave()
	b.idle = time.AfterFunc(b.c.b.patience.collect, b.forget)
	return protocol.SignDocumentResult{Documents: all}, nil
}

// count is the number of documents that are signed.
func (b *batch) count() (n int) {
	for _, err := range b.failed {
		if err == nil {
			n++
		}
	}
	return n
}
