// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/sha256"
	"errors"
	"hash"

	"github.com/ponte-cns/ponte/daemon/documents"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/timestamp"
)

// folder holds the documents of one request.
type folder struct {
	held     []*paper
	declared []documents.Document
}

// paper is one document, and how far it has come.
type paper struct {
	documents.Document
	options documents.Options

	bytes []byte
	sum   hash.Hash // of the bytes

	kind      string // "" until it was looked at
	pending   *pending
	signed    *result
	inspected *documents.Inspection
}

// add takes a document on. The agent has checked all of this; whoever takes the place of the agent has not.
func (f *folder) add(index int, d *documents.Document, o *documents.Options) error {
	if d == nil || o == nil || index != len(f.held) {
		return documents.Refuse(documents.RefusedOrder, "not the next document")
	}
	if err := o.Check(); err != nil {
		return err
	}
	declared := append(f.declared, *d)
	if err := documents.Check(declared); err != nil {
		return err
	}
	f.declared = declared
	f.held = append(f.held, &paper{Document: *d, options: *o, sum: sha256.New()})
	return nil
}

func (f *folder) document(index int) (*paper, error) {
	if index < 0 || index >= len(f.held) {
		return nil, documents.Refuse(documents.RefusedOrder, "no such document")
	}
	return f.held[index], nil
}

// append takes bytes on. What was looked at does not change any more.
func (d *paper) append(data []byte) error {
	if len(data) == 0 || int64(len(data)) > d.Size-int64(len(d.bytes)) {
		return documents.Refuse(documents.RefusedTooLarge, "more bytes than were declared")
	}
	if d.bytes == nil {
		d.bytes = make([]byte, 0, d.Size) // at most documents.MaxTotal for all
	}
	d.bytes = append(d.bytes, data...)
	d.sum.Write(data)
	return nil
}

func (d *paper) whole() error {
	if int64(len(d.bytes)) != d.Size {
		return documents.Refuse(documents.RefusedIncomplete, "not all bytes have come")
	}
	return nil
}

func (d *paper) read(signed bool, offset int64, n int) ([]byte, error) {
	if n < 1 || n > documents.MaxPiece || offset < 0 || signed && d.signed == nil {
		return nil, documents.Refuse(documents.RefusedOrder, "nothing is there to read")
	}
	if signed {
		return d.signed.read(offset, n)
	}
	if offset+int64(n) > int64(len(d.bytes)) {
		return nil, documents.Refuse(documents.RefusedOrder, "nothing is there to read")
	}
	return d.bytes[offset : offset+int64(n)], nil
}

// codes are what the faults of documents are to the agent. Others are damage.
var codes = map[document.Fault]documents.Code{
	document.FaultEncrypted:  documents.RefusedEncrypted,
	document.FaultNotAllowed: documents.RefusedCertified,
	document.FaultTooLarge:   documents.RefusedTooLarge,
	document.FaultNoContent:  documents.RefusedUnsupported,
	document.FaultSignature:  documents.RefusedSignature,
	document.FaultWeakKey:    documents.RefusedCertificate,
	document.FaultAlgorithm:  documents.RefusedCertificate,
}

// refusalOf puts any error into a refusal. Details are cut short: a part of a document may be quoted in them.
func refusalOf(err error) *documents.Refusal {
	detail := clip(err.Error())
	if r, ok := errors.AsType[*documents.Refusal](err); ok {
		return documents.Refuse(r.Code, clip(r.Detail))
	}
	for _, c := range []struct {
		err  error
		code documents.Code
	}{
		{pades.ErrText, documents.RefusedText}, {pades.ErrNoPage, documents.RefusedPage}, {pades.ErrBoxOutside, documents.RefusedBox},
		{pades.ErrBoxSmall, documents.RefusedBox}, {timestamp.ErrUnavailable, documents.RefusedTimeStamp},
		{timestamp.ErrRejected, documents.RefusedTimeStamp}, {timestamp.ErrAnswer, documents.RefusedTimeStamp},
	} {
		if errors.Is(err, c.err) {
			return documents.Refuse(c.code, detail)
		}
	}
	if r, ok := errors.AsType[*document.Refusal](err); ok {
		if code, known := codes[r.Fault]; known {
			return documents.Refuse(code, detail)
		}
		return documents.Refuse(documents.RefusedDamaged, detail)
	}
	return documents.Refuse(documents.RefusedUnsupported, detail)
}

func clip(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	return s[:most]
}
