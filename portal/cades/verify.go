// SPDX-License-Identifier: BSD-3-Clause

package cades

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/timestamp"
)

// Input is what a verification needs beside the message.
type Input struct {
	Profile Profile
	// Content is the document of a detached signature. It is read once, to its end. Nil: none, or Digests.
	Content io.Reader
	// Digests are those of the document of a detached signature, for each of Hashes, where somebody has computed them.
	Digests map[crypto.Hash][]byte
}

// Verify verifies each signature, in the order of the message. The error is only one of reading Content, or of the
// context, or of an Input that does not fit: what is wrong with a signature is among its faults.
func (m *Message) Verify(ctx context.Context, trust *document.Trust, in Input) ([]document.Signature, error) {
	digests, err := m.digests(in)
	if err != nil {
		return nil, err
	}
	certs := m.data.ParseCertificates()
	var all []document.Signature
	for _, s := range m.data.Parsed {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		one := m.verifyOne(ctx, s, certs, digests, trust, in.Profile)
		trust.Judge(ctx, &one, certs)
		all = append(all, one)
	}
	return all, nil
}

// digests computes those that the signatures need, in one pass.
func (m *Message) digests(in Input) (map[crypto.Hash][]byte, error) {
	given := in.Content != nil || in.Digests != nil
	switch {
	case m.data.Attached && given:
		return nil, errors.New("a document was given, but there is one inside")
	case m.data.Attached && in.Profile == PAdES: // EN 319 142-1, 5.3: what is signed are the bytes of the PDF
		return nil, document.Refuse(document.FaultReference, "the signature brings a content of its own along")
	case in.Content == nil && !m.data.Attached:
		return in.Digests, nil
	}
	hashes := map[crypto.Hash]hash.Hash{}
	var writers []io.Writer
	for _, h := range m.Hashes() {
		hashes[h] = h.New()
		writers = append(writers, hashes[h])
	}
	every := io.MultiWriter(writers...)
	if m.data.Attached {
		every.Write(m.data.Content) // hashes do not fail
	} else if n, err := io.Copy(every, io.LimitReader(in.Content, MaxContent+1)); err != nil {
		return nil, fmt.Errorf("reading the document: %w", err)
	} else if n > MaxContent {
		return nil, document.Refuse(document.FaultTooLarge, fmt.Sprintf("a document of more than %d bytes", MaxContent))
	}
	digests := map[crypto.Hash][]byte{}
	for h, state := range hashes {
		digests[h] = state.Sum(nil)
	}
	return digests, nil
}

func (m *Message) verifyOne(ctx context.Context, s *cms.Signer, certs []*x509.Certificate, digests map[crypto.Hash][]byte, trust *document.Trust, profile Profile) document.Signature {
	found := s.Check(m.data, certs, digests, cms.Rules{ContentType: cms.OIDData})
	result := document.Signature{Format: document.CAdES, Certificate: found.Certificate, ClaimedTime: found.SigningTime}
	if profile == PAdES {
		result.Format = document.PAdES
	}
	result.Digest, _ = s.Hash()
	for _, f := range found.Faults {
		result.Add(f)
	}
	if result.Good() { // before anybody looked at the time stamps and the certificate
		result.Cover = document.CoverWhole
	}
	for _, a := range s.Unsigned {
		switch {
		case a.Type.Equal(cms.OIDSignatureTimeStamp):
			addStamps(ctx, &result, a.Values, s.Signature, trust)
		case a.Type.Equal(cms.OIDCounterSignature):
			result.Notes = append(result.Notes, "a countersignature, which was not looked at")
		}
	}
	result.Level = level(&result, s, profile)
	return result
}

// maxStamps is more than one signature has; each costs a verification, and may cost a question to an authority.
const maxStamps = 8

// addStamps adds time stamps. One that is damaged is a fault of the signature too; one of an authority that is not
// trusted proves nothing, and takes nothing away.
func addStamps(ctx context.Context, s *document.Signature, tokens [][]byte, stamped []byte, trust *document.Trust) {
	for _, token := range tokens {
		if len(s.TimeStamps) == maxStamps {
			s.Add(document.Refuse(document.FaultTooLarge, fmt.Sprintf("more than %d time stamps", maxStamps)))
			return
		}
		t := timestamp.Verify(ctx, token, stamped, trust)
		s.TimeStamps = append(s.TimeStamps, t)
		for _, f := range t.Faults {
			if f.Fault != document.FaultTimeAuthority {
				s.Add(f)
			}
		}
	}
}

// level says what the baseline would call it (EN 319 122-1, 6.3; EN 319 142-1, 6.3).
func level(result *document.Signature, s *cms.Signer, profile Profile) document.Level {
	if !result.Good() {
		return document.LevelNone
	}
	if s.HasSigningTime() != (profile == CAdES) {
		result.Notes = append(result.Notes, map[Profile]string{CAdES: "without signing-time, which the baseline asks for", PAdES: "with signing-time, which the baseline forbids in a PDF"}[profile])
		return document.LevelNone
	}
	if _, proven := result.ProvenTime(); proven {
		return document.LevelT
	}
	return document.LevelB
}
