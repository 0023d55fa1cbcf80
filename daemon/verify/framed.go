// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/portal"
)

// verify-framed is how another program of the house, the control page, has a document verified that is on no disk. Standard
// input is the signed file in pieces, each behind its length in four bytes (big endian), a piece of no bytes, and then, if
// there is one, the document of a signature apart in the same way.

// maxPiece bounds one piece, in bytes.
const maxPiece = 1 << 20

// errFrames: what came is not in pieces, or not all of it came.
var errFrames = errors.New("standard input ends in the middle, or is not in pieces")

// frames reads what is in pieces up to the piece of no bytes.
type frames struct {
	from io.Reader
	left uint32
	end  bool
	any  bool // something came
}

func (f *frames) Read(p []byte) (int, error) {
	for f.left == 0 {
		if f.end {
			return 0, io.EOF
		}
		var head [4]byte
		if _, err := io.ReadFull(f.from, head[:]); err != nil {
			return 0, fmt.Errorf("%w: %w", errFrames, err)
		}
		f.any = true
		f.left = binary.BigEndian.Uint32(head[:])
		if f.end = f.left == 0; f.left > maxPiece {
			return 0, errFrames
		}
	}
	n, err := f.from.Read(p[:min(len(p), int(f.left))])
	f.left -= uint32(n)
	if errors.Is(err, io.EOF) {
		err = nil
		if n == 0 {
			err = errFrames
		}
	}
	return n, err
}

// readFramed reads the signed file, and the document if there is one: nil where not.
func readFramed(from io.Reader) (file, content []byte, err error) {
	if file, err = readBounded(&frames{from: from}); err != nil {
		return nil, nil, err
	}
	second := &frames{from: from}
	content, err = readBounded(second)
	if err != nil && !second.any && errors.Is(err, io.EOF) {
		return file, nil, nil
	}
	if err == nil && content == nil {
		content = []byte{}
	}
	return file, content, err
}

func readBounded(from io.Reader) ([]byte, error) {
	var b bytes.Buffer
	if _, err := b.ReadFrom(io.LimitReader(from, portal.MaxDocument+1)); err != nil {
		return nil, err
	}
	if b.Len() > portal.MaxDocument {
		return nil, errTooLarge
	}
	return b.Bytes(), nil
}

// errTooLarge: more than is verified.
var errTooLarge = fmt.Errorf("more than %d MB", portal.MaxDocument>>20)

// framedVerification is what the other program reads.
type framedVerification struct {
	documentVerification
	Inside bool   `json:"inside,omitempty"` // a document was given, and the signed file holds its own: that one counts
	Cause  string `json:"cause,omitempty"`  // in English: why there is no report
}

func verifyFramedCommand(w *words.Words) *cobra.Command {
	f := documentFlags{revocation: "soft"}
	c := &cobra.Command{
		Use: "verify-framed", Hidden: true, Args: cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return cli.PrintJSON(c, f.verifyFramed(c.Context(), w, c.InOrStdin()))
		},
	}
	return c
}

func (f documentFlags) verifyFramed(ctx context.Context, w *words.Words, from io.Reader) (v framedVerification) {
	file, content, err := readFramed(from)
	if err != nil {
		v.Cause = err.Error()
		return v
	}
	sum := sha256.Sum256(file)
	v.SHA256 = hex.EncodeToString(sum[:])
	asked := &askedAuthorities{}
	trust, noList, err := f.makeTrust(w, asked)
	if err != nil {
		v.Cause = err.Error()
		return v
	}
	v.NoTrust = noList != nil
	o := portal.DocumentOptions{Trust: trust}
	if content != nil {
		o.Content = bytes.NewReader(content)
	}
	report, err := portal.VerifyDocument(ctx, file, o)
	if errors.Is(err, portal.ErrContentInside) {
		v.Inside, o.Content = true, nil
		report, err = portal.VerifyDocument(ctx, file, o)
	}
	summary, refused := portal.SummarizeRefusal(err, w.Lang())
	switch {
	case refused:
		v.DocumentSummary = summary
	case err != nil:
		v.Cause = err.Error()
	default:
		v.DocumentSummary, v.Revocation = report.Summary(w.Lang()), asked.outcome(f.revocation)
	}
	return v
}
