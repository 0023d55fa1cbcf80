// SPDX-License-Identifier: BSD-3-Clause

// Package pdf reads the objects of a PDF (ISO 32000-2, clause 7) and writes incremental updates, as far as signatures
// need it. It reads no content of pages, knows no passwords, and repairs nothing: a file whose cross-reference is wrong
// is refused, because two programs that repair it may see two documents.
//
// It works on a file in memory, of which it copies nothing but the objects that are asked for. A [Document] is the file
// as it was at one of its ends: [Document.Before] gives the view of an earlier revision, which knows nothing of what was
// written later.
//
// # Why not a library
//
// github.com/digitorus/pdf v0.1.2, which pdfsign uses, was read first. It allocates what a file says (an xref stream with
// a /Size of 2^40 ends the process), panics on most malformed input, follows cyclic references without end, inflates
// without a ceiling, ignores the xref streams of hybrid files and files that change from tables to streams, and resolves
// references before one can copy them, so that a rewritten page loses its indirect entries. pdfsign v0.9.0 itself rewrites
// the form with the signature fields alone (other fields are lost), wants a crypto.Signer, and holds the file three times.
//
// # Limits
//
// Each limit is a constant of this package; what passes one is refused as [ErrTooLarge]. Nothing is allocated because a
// number in the file says so.
package pdf

import "errors"

// The errors of this package, wrapped with what was being read.
var (
	ErrNotPDF    = errors.New("not a PDF")
	ErrMalformed = errors.New("malformed PDF")
	ErrEncrypted = errors.New("encrypted PDF")
	ErrTooLarge  = errors.New("beyond the limits for a PDF")
	ErrHistory   = errors.New("not an earlier revision of this file")
	ErrNoPage    = errors.New("no such page")
)

// Limits. A file within them is read with a cost in proportion to its size.
const (
	MaxSize      = 128 << 20 // bytes of a file
	maxObjects   = 2_000_000 // numbers of objects, as many as 100,000 pages need several times
	maxSections  = 1_000     // sections of the cross-reference: each saving of the file adds one
	maxDepth     = 60        // arrays and dictionaries inside each other
	maxItems     = 1_000_000 // numbers, names and so on in one object
	maxPacked    = 65_536    // objects in an object stream
	maxPages     = 500_000
	maxHops      = 30        // references that lead to references
	maxName      = 1_000     // bytes of a name; ISO 32000-1, annex C, had 127
	maxInflated  = 64 << 20  // bytes that one stream may inflate to
	maxInflation = 512 << 20 // bytes that all of them may inflate to, each time they are read
	parsedTimes  = 20        // by how much the parsed bytes may be more than those of the file
	maxNumber    = 30        // characters of a number
)
