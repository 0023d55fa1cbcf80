// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/documents"
	"github.com/ponte-cns/ponte/protocol"
)

// cabinet gives package bridge the documents of package documents: those of one request are in one ponte-document.
type cabinet struct{ log *slog.Logger }

// Start starts the program that holds documents.
func (c cabinet) Start(ctx context.Context) (bridge.Folder, error) {
	path, err := sibling("ponte-document")
	if err != nil {
		return nil, err
	}
	f, err := documents.Start(ctx, path)
	if err != nil {
		c.log.Error("ponte-document does not start", "err", err)
		return nil, protocol.Fail(protocol.Internal, "")
	}
	return folder{f, c.log}, nil
}

type folder struct {
	*documents.Folder
	log *slog.Logger
}

// Add announces a document.
func (f folder) Add(ctx context.Context, d bridge.Document, o bridge.SigningOptions) error {
	options := documents.Options{
		Format: o.Format, Shape: o.Shape, Level: o.Level, Reason: o.Reason, Location: o.Location, Lang: o.Lang, TimeAuthority: o.TimeAuthority,
	}
	if v := o.Visible; v != nil {
		options.Visible = &documents.Box{Page: v.Page, X: v.X, Y: v.Y, Width: v.Width, Height: v.Height}
	}
	_, err := f.Folder.Add(ctx, documents.Document(d), options)
	return f.translate(err)
}

// Append adds bytes.
func (f folder) Append(ctx context.Context, document int, data []byte) error {
	return f.translate(f.Folder.Append(ctx, document, data))
}

// Inspect looks at a document.
func (f folder) Inspect(ctx context.Context, document int) (bridge.Inspection, error) {
	found, err := f.Folder.Inspect(ctx, document)
	if err != nil {
		return bridge.Inspection{}, f.translate(err)
	}
	i := bridge.Inspection{SHA256: found.SHA256, Kind: found.Type, Pages: found.Pages, Signatures: found.Signatures}
	for _, n := range found.Notes {
		i.Notes = append(i.Notes, bridge.DocumentNote(n))
	}
	if found.Refusal != "" {
		i.Refusal = refused(documents.Refuse(found.Refusal, ""))
	}
	return i, nil
}

// Prepare gives what the card signs.
func (f folder) Prepare(ctx context.Context, document int, cert *x509.Certificate, now time.Time) ([]byte, error) {
	digest, err := f.Folder.Prepare(ctx, document, cert, now)
	return digest, f.translate(err)
}

// Assemble joins document and signature.
func (f folder) Assemble(ctx context.Context, document int, signature []byte) (bridge.Signed, error) {
	signed, err := f.Folder.Assemble(ctx, document, signature)
	return bridge.Signed(signed), f.translate(err)
}

// Read gives bytes.
func (f folder) Read(ctx context.Context, document int, signed bool, offset int64, n int) ([]byte, error) {
	data, err := f.Folder.Read(ctx, document, signed, offset, n)
	return data, f.translate(err)
}

// translate gives an error of package documents the code that the page is told. What has become of the program is for the
// log only.
func (f folder) translate(err error) error {
	var r *documents.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &r):
		return refused(r)
	case errors.Is(err, documents.ErrLost), errors.Is(err, documents.ErrSilent):
		f.log.Error("ponte-document has failed", "err", err)
		return fmt.Errorf("holding documents: %w", err)
	case errors.Is(err, documents.ErrClosed):
		return context.Canceled
	}
	return err
}

// refused is the code of a refusal: it is up to the document, or to what was asked for it.
func refused(r *documents.Refusal) error {
	switch r.Code {
	case documents.RefusedFormat, documents.RefusedText, documents.RefusedPage, documents.RefusedBox, documents.RefusedTooMany, documents.RefusedName:
		return protocol.Because(protocol.InvalidArgument, protocol.Reason(r.Code), r.Detail)
	case documents.RefusedCertificate:
		return protocol.Because(protocol.SigningNotAllowed, protocol.ReasonKeyUsage, r.Detail)
	case documents.RefusedTimeStamp:
		return protocol.Fail(protocol.TimeStampFailed, r.Detail)
	case documents.RefusedSignature, documents.RefusedOrder, documents.RefusedIncomplete:
		return protocol.Fail(protocol.Internal, r.Detail)
	}
	return protocol.Because(protocol.DocumentRefused, protocol.Reason(r.Code), r.Detail)
}
