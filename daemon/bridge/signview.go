// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"context"
	"crypto/rand"
	"sync"

	"github.com/ponte-cns/ponte/protocol"
)

// views are the documents that the citizen may look at now, by keys that nobody can guess: those of the request about which
// a dialog is open.
type views struct {
	mu   sync.Mutex
	keys map[string]*batch
}

// Viewed is a piece of a document that the citizen looks at.
type Viewed struct {
	Name      string
	Kind      string // see AskedDocument
	Size      int64
	Documents int // of the request
	Data      []byte
	End       bool // it is the last piece

	// These come with the first piece.
	Names            []string // of all documents of the request
	Notes            []DocumentNote
	Reason, Location string // see SigningQuestion
	BoxPage          int
}

func (v *views) open(b *batch) (key string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.keys == nil {
		v.keys = map[string]*batch{}
	}
	key = rand.Text()
	v.keys[key] = b
	return key
}

func (v *views) close(key string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.keys, key)
}

func (v *views) find(key string) *batch {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.keys[key]
}

// ViewDocument gives a piece of a document about which a dialog is open, as it was received.
func (b *Bridge) ViewDocument(ctx context.Context, key string, document int, offset int64) (Viewed, error) {
	batch := b.views.find(key)
	if batch == nil {
		return Viewed{}, protocol.Fail(protocol.InvalidArgument, "key: the documents are not asked about any more")
	}
	all := batch.params.Documents
	if document < 0 || document >= len(all) {
		return Viewed{}, protocol.Fail(protocol.InvalidArgument, "document: no such document")
	}
	d := all[document]
	data, err := readPiece(ctx, batch.folder, document, false, d.Size, offset)
	if err != nil {
		return Viewed{}, err
	}
	v := Viewed{Name: d.Name, Kind: batch.found[document].Kind, Size: d.Size, Documents: len(all), Data: data, End: offset+int64(len(data)) == d.Size}
	if offset > 0 {
		return v, nil
	}
	for _, d := range all {
		v.Names = append(v.Names, d.Name)
	}
	v.Notes, v.Reason, v.Location = batch.found[document].Notes, batch.params.Reason, batch.params.Location
	if batch.params.Visible != nil {
		v.BoxPage = batch.params.Visible.Page
	}
	return v, nil
}
