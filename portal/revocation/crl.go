// SPDX-License-Identifier: BSD-3-Clause

package revocation

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// Extensions of lists and their entries (RFC 5280, 5.2 and 5.3).
var (
	oidNumber            = asn1.ObjectIdentifier{2, 5, 29, 20}
	oidReason            = asn1.ObjectIdentifier{2, 5, 29, 21}
	oidInvalidity        = asn1.ObjectIdentifier{2, 5, 29, 24}
	oidDelta             = asn1.ObjectIdentifier{2, 5, 29, 27}
	oidDistributionPoint = asn1.ObjectIdentifier{2, 5, 29, 28}
	oidCertificateIssuer = asn1.ObjectIdentifier{2, 5, 29, 29}
	oidAuthorityKey      = asn1.ObjectIdentifier{2, 5, 29, 35}
)

// list is a revocation list that was checked, in the little that is needed of it: 24 bytes for each entry.
type list struct {
	thisUpdate, nextUpdate time.Time
	number                 *big.Int // nil if it has none
	scope                  []string // the distribution points that it covers; nil: all of the issuer
	entries                []entry  // in the order of compareSerials
}

type entry struct {
	serial serial
	reason uint8
	day    uint16 // of the revocation, since 1970
}

// serial is a serial number of at most 20 bytes (RFC 5280, 4.1.2.2), right-aligned.
type serial [20]byte

func newSerial(n *big.Int) (serial, error) {
	var s serial
	if n.Sign() < 0 || n.BitLen() > 8*len(s) {
		return s, errors.New("a serial number that is negative or too long")
	}
	n.FillBytes(s[:])
	return s, nil
}

func compareSerials(a, b serial) int { return bytes.Compare(a[:], b[:]) }

// readList checks everything but what depends on the certificate, and the dates.
func readList(der []byte, issuer *x509.Certificate) (*list, error) {
	parsed, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, fmt.Errorf("reading the list: %w", err)
	}
	if !bytes.Equal(parsed.RawIssuer, issuer.RawSubject) {
		return nil, errors.New("the list of another issuer")
	}
	if weak(parsed.SignatureAlgorithm) {
		return nil, errors.New("the list is signed with an algorithm that is not accepted")
	}
	if err := parsed.CheckSignatureFrom(issuer); err != nil {
		return nil, fmt.Errorf("the signature of the list: %w", err)
	}
	if parsed.NextUpdate.IsZero() {
		return nil, errors.New("the list does not say until when it is good")
	}
	l := &list{thisUpdate: parsed.ThisUpdate, nextUpdate: parsed.NextUpdate, number: parsed.Number}
	if err := l.readExtensions(parsed.Extensions); err != nil {
		return nil, err
	}
	return l, l.readEntries(parsed.RevokedCertificateEntries)
}

func (l *list) readExtensions(extensions []pkix.Extension) error {
	for _, e := range extensions {
		switch {
		case e.Id.Equal(oidDelta):
			return errors.New("a delta list")
		case e.Id.Equal(oidDistributionPoint):
			if err := l.readScope(e.Value); err != nil {
				return err
			}
		case e.Critical && !e.Id.Equal(oidNumber) && !e.Id.Equal(oidAuthorityKey):
			return fmt.Errorf("the list has a critical extension %v that is not understood", e.Id)
		}
	}
	return nil
}

// readScope reads the issuingDistributionPoint (RFC 5280, 5.2.5).
func (l *list) readScope(der []byte) error {
	var scope struct {
		Point struct {
			Full     []asn1.RawValue `asn1:"optional,tag:0"`
			Relative asn1.RawValue   `asn1:"optional,tag:1"`
		} `asn1:"optional,tag:0"`
		OnlyUsers      bool           `asn1:"optional,tag:1"`
		OnlyAuthority  bool           `asn1:"optional,tag:2"`
		SomeReasons    asn1.BitString `asn1:"optional,tag:3"`
		Indirect       bool           `asn1:"optional,tag:4"`
		OnlyAttributes bool           `asn1:"optional,tag:5"`
	}
	if rest, err := asn1.Unmarshal(der, &scope); err != nil || len(rest) > 0 {
		return errors.New("the list has an issuingDistributionPoint that cannot be read")
	}
	switch {
	case scope.Indirect:
		return errors.New("an indirect list")
	case scope.OnlyAuthority, scope.OnlyAttributes, scope.SomeReasons.BitLength > 0:
		return errors.New("a list for other certificates, or for some reasons only")
	case len(scope.Point.Relative.FullBytes) > 0:
		return errors.New("a list whose distribution point is a relative name")
	}
	const uniformResourceIdentifier = 6 // GeneralName, RFC 5280, 4.2.1.6
	for _, name := range scope.Point.Full {
		if name.Class == asn1.ClassContextSpecific && name.Tag == uniformResourceIdentifier {
			l.scope = append(l.scope, string(name.Bytes))
		}
	}
	if len(scope.Point.Full) > 0 && l.scope == nil {
		return errors.New("a list whose distribution point has no address")
	}
	return nil
}

func (l *list) readEntries(entries []x509.RevocationListEntry) error {
	l.entries = make([]entry, 0, len(entries))
	for _, e := range entries {
		for _, x := range e.Extensions {
			if x.Id.Equal(oidCertificateIssuer) || x.Critical && !x.Id.Equal(oidReason) && !x.Id.Equal(oidInvalidity) {
				return fmt.Errorf("an entry of the list has an extension %v that is not accepted", x.Id)
			}
		}
		s, err := newSerial(e.SerialNumber)
		if err != nil {
			return fmt.Errorf("an entry of the list has %w", err)
		}
		day := max(0, min(e.RevocationTime.Unix()/(24*60*60), 1<<16-1))
		l.entries = append(l.entries, entry{s, uint8(max(0, min(e.ReasonCode, 255))), uint16(day)})
	}
	slices.SortFunc(l.entries, func(a, b entry) int { return compareSerials(a.serial, b.serial) })
	return nil
}

// outcome says what the list tells of a certificate of its issuer. It is the caller who knows that the list is in time.
func (l *list) outcome(cert *x509.Certificate) error {
	covers := func(point string) bool { return slices.Contains(l.scope, point) }
	if l.scope != nil && !slices.ContainsFunc(cert.CRLDistributionPoints, covers) {
		return errors.New("a list for other certificates")
	}
	s, err := newSerial(cert.SerialNumber)
	if err != nil {
		return err
	}
	at, found := slices.BinarySearchFunc(l.entries, s, func(e entry, s serial) int { return compareSerials(e.serial, s) })
	if !found {
		return nil
	}
	worst := takenBack(int(l.entries[at].reason), l.entries[at].since())
	for _, e := range l.entries[at:] { // should it be there twice, revoked counts more than suspended
		if e.serial != s {
			break
		}
		if err := takenBack(int(e.reason), e.since()); errors.Is(err, ErrRevoked) {
			return err
		}
	}
	return worst
}

func (e entry) since() time.Time { return time.Unix(int64(e.day)*24*60*60, 0) }
