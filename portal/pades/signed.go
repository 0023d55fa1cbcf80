// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/timestamp"
)

// Signed is a signature that is complete, and waits to be written. Stamp changes it.
type Signed struct {
	prepared *Prepared
	cms      *cades.Signed
}

// Stamp adds a time stamp over the signature, which makes it B-T (EN 319 142-1, 6.3). Options.StampRoom must have kept
// room for it: a time stamp that is longer is refused here, not when the file is written.
func (s *Signed) Stamp(ctx context.Context, authority timestamp.Stamper) error {
	if err := s.cms.Stamp(ctx, authority); err != nil {
		return err
	}
	_, err := s.contents()
	return err
}

// contents is the hexadecimal string that fills the gap.
func (s *Signed) contents() ([]byte, error) {
	der, err := s.cms.Detached()
	if err != nil {
		return nil, fmt.Errorf("encoding the signature: %w", err)
	}
	gap := s.prepared.gap[1] - s.prepared.gap[0]
	if room := gap/2 - 1; len(der) > room {
		return nil, document.Refuse(document.FaultTooLarge, fmt.Sprintf("the signature has %d bytes, and there is room for %d", len(der), room))
	}
	out := make([]byte, 1, gap)
	out[0] = '<'
	out = hex.AppendEncode(out, der)
	out = append(out, bytes.Repeat([]byte{'0'}, gap-1-len(out))...)
	return append(out, '>'), nil
}

// WriteTo writes the signed PDF: the file as it was, and what is added to it. It fails when the file is not the one that
// was prepared; what was written is then worthless.
func (s *Signed) WriteTo(w io.Writer) (int64, error) {
	contents, err := s.contents()
	if err != nil {
		return 0, err
	}
	p, h := s.prepared, sha256.New()
	both := io.MultiWriter(h, w)
	total := int64(0)
	for _, part := range []struct {
		to    io.Writer
		bytes []byte
	}{{both, p.file}, {both, p.update[:p.gap[0]]}, {w, contents}, {both, p.update[p.gap[1]:]}} {
		n, err := part.to.Write(part.bytes)
		total += int64(n)
		if err != nil {
			return total, fmt.Errorf("writing the signed PDF: %w", err)
		}
	}
	if [sha256.Size]byte(h.Sum(nil)) != p.digest {
		return total, document.Refuse(document.FaultDocumentChanged, "the document is not the one that was prepared")
	}
	return total, nil
}
