// SPDX-License-Identifier: BSD-3-Clause

package document

import (
	"crypto"
	"crypto/x509"
	"errors"
	"slices"
	"time"
)

// Format is how a signature is written.
type Format string

// The formats (Commission Implementing Decision (EU) 2015/1506).
const (
	CAdES Format = "CAdES" // ETSI EN 319 122-1: .p7m, .p7s
	PAdES Format = "PAdES" // ETSI EN 319 142-1: inside a PDF
	XAdES Format = "XAdES" // ETSI EN 319 132-1: XML
)

// Level is the baseline level that a signature reaches.
type Level string

// The levels that are told apart. What is above B-T is reported as B-T.
const (
	LevelNone Level = ""    // something that the baseline asks for is not there; it may be good nevertheless
	LevelB    Level = "B-B" // clause 6 of the three standards
	LevelT    Level = "B-T" // with a time stamp over the signature that could be verified
)

// Cover says how much of the document a signature vouches for.
type Cover string

// The covers.
const (
	CoverNone     Cover = ""         // nothing, or that could not be found out
	CoverWhole    Cover = "whole"    // the document, as it is
	CoverRevision Cover = "revision" // an earlier state of it, to which something was added
	CoverPart     Cover = "part"     // a part
)

// Signature is what was found out about one signature of a document.
type Signature struct {
	Format Format
	Level  Level
	Kind   Kind // what it is worth; empty while no trusted authority is known to have issued the certificate
	Cover  Cover

	Certificate *x509.Certificate   // of the signer; nil if it is not there
	Chain       []*x509.Certificate // from Certificate to the trust anchor; nil if it is not trusted
	Digest      crypto.Hash         // of the document; 0 if it is not known here

	ClaimedTime time.Time // what the signer says; zero if nothing
	TimeStamps  []TimeStamp

	Name, Reason, Location string // as a PDF shows them. They prove nothing

	Notes  []string   // in English, for the log and developers: what is no fault
	Faults []*Refusal // empty: the signature is good
}

// TimeStamp is what was found out about one time stamp over a signature (RFC 3161).
type TimeStamp struct {
	Time        time.Time
	Policy      string              // of the time stamp authority, as a dotted number
	Certificate *x509.Certificate   // of the authority; nil if it is not there
	Chain       []*x509.Certificate // from Certificate to its trust anchor; nil if it is not trusted
	Faults      []*Refusal          // empty: it proves that the signature was there at Time
}

// Good says that nothing is wrong with the signature.
func (s *Signature) Good() bool { return len(s.Faults) == 0 }

// Has says that a fault is among those of the signature.
func (s *Signature) Has(f Fault) bool { return has(s.Faults, f) }

// Add adds a fault; one that is there already is not added again.
func (s *Signature) Add(r *Refusal) {
	if !s.Has(r.Fault) {
		s.Faults = append(s.Faults, r)
	}
}

// AddError adds an error as a fault: that of a Refusal in its chain, or otherwise.
func (s *Signature) AddError(err error, otherwise Fault) {
	if r, ok := errors.AsType[*Refusal](err); ok {
		s.Add(r)
		return
	}
	s.Add(RefuseFor(otherwise, err))
}

// ProvenTime is the earliest time of a good time stamp: the signature existed then.
func (s *Signature) ProvenTime() (time.Time, bool) {
	var earliest time.Time
	for _, t := range s.TimeStamps {
		if t.Good() && (earliest.IsZero() || t.Time.Before(earliest)) {
			earliest = t.Time
		}
	}
	return earliest, !earliest.IsZero()
}

// Good says that the time stamp proves its time.
func (t *TimeStamp) Good() bool { return len(t.Faults) == 0 }

// Has says that a fault is among those of the time stamp.
func (t *TimeStamp) Has(f Fault) bool { return has(t.Faults, f) }

func has(faults []*Refusal, f Fault) bool {
	return slices.ContainsFunc(faults, func(r *Refusal) bool { return r.Fault == f })
}
