// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/ponte-cns/ponte/daemon/documents"
)

// result is a signed document as it is written. Where it repeats the document it points to it, so that a large one is held
// once; and where it begins with the whole of it, as a PDF does, its SHA-256 goes on from that of the document.
type result struct {
	document []byte
	known    hash.Hash // of the document
	at       int       // so much of the document has been repeated

	parts    [][]byte
	pointing bool // the last part points to the document, and ends at at
	size     int64
	sum      hash.Hash
	late     []byte // bytes of the document at the start that sum has not seen yet
}

func newResult(document []byte, known hash.Hash) *result {
	return &result{document: document, known: known, sum: sha256.New()}
}

// worthPointing is from what length on a part that repeats the document is not copied.
const worthPointing = 1 << 10

// Write makes it an io.Writer.
func (r *result) Write(p []byte) (int, error) {
	if r.size+int64(len(p)) > documents.MaxSigned {
		return 0, documents.Refuse(documents.RefusedTooLarge, fmt.Sprintf("more than %d MiB when it is signed", documents.MaxSigned>>20))
	}
	rest := r.document[r.at:]
	if len(p) >= worthPointing && len(p) <= len(rest) && bytes.Equal(p, rest[:len(p)]) {
		r.repeat(len(p))
		return len(p), nil
	}
	r.catchUp()
	r.sum.Write(p)
	r.parts, r.pointing = append(r.parts, bytes.Clone(p)), false
	r.size += int64(len(p))
	return len(p), nil
}

// repeat adds the next n bytes of the document.
func (r *result) repeat(n int) {
	from := r.at
	r.at += n
	r.size += int64(n)
	if last := len(r.parts) - 1; r.pointing {
		r.parts[last] = r.document[from-len(r.parts[last]) : r.at]
	} else {
		r.parts, r.pointing = append(r.parts, r.document[from:r.at]), true
	}
	if r.size == int64(r.at) { // nothing else has been written
		r.late = r.document[:r.at]
		return
	}
	r.sum.Write(r.document[from:r.at])
}

// catchUp brings the sum to where the parts are.
func (r *result) catchUp() {
	if r.late == nil {
		return
	}
	if c, ok := r.known.(hash.Cloner); ok && len(r.late) == len(r.document) {
		if whole, err := c.Clone(); err == nil {
			r.sum, r.late = whole, nil
			return
		}
	}
	r.sum.Write(r.late)
	r.late = nil
}

func (r *result) digest() (sum [sha256.Size]byte) {
	r.catchUp()
	r.sum.Sum(sum[:0])
	return sum
}

// read gives n bytes from an offset on.
func (r *result) read(offset int64, n int) ([]byte, error) {
	if offset+int64(n) > r.size {
		return nil, documents.Refuse(documents.RefusedOrder, "nothing is there to read")
	}
	out := make([]byte, 0, n)
	for _, part := range r.parts {
		if offset >= int64(len(part)) {
			offset -= int64(len(part))
			continue
		}
		out = append(out, part[offset:min(int64(len(part)), offset+int64(n-len(out)))]...)
		offset = 0
		if len(out) == n {
			break
		}
	}
	return out, nil
}
