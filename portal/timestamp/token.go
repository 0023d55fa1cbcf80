// SPDX-License-Identifier: BSD-3-Clause

package timestamp

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/document"
)

// MaxToken is the largest token that is read, in bytes. Real ones have 2 to 8 kB.
const MaxToken = 64 << 10

// info is the TSTInfo of RFC 3161, 2.4.2.
type info struct {
	policy asn1.ObjectIdentifier
	hash   crypto.Hash
	digest []byte
	time   time.Time
	nonce  *big.Int // nil if there is none
}

func wrong(format string, a ...any) *document.Refusal {
	return document.Refuse(document.FaultTimeStamp, fmt.Sprintf(format, a...))
}

// Verify says what a token proves of some bytes: as a rule the value of a signature. Without trust, and for one of a
// trust without time authorities, no authority is trusted.
func Verify(ctx context.Context, token, stamped []byte, trust *document.Trust) document.TimeStamp {
	result, t, certs := read(token)
	if t == nil {
		return result
	}
	h := t.hash.New()
	h.Write(stamped)
	if !bytes.Equal(h.Sum(nil), t.digest) {
		result.Faults = append(result.Faults, wrong("a time stamp of something else"))
	}
	if !result.Good() {
		return result
	}
	if trust == nil {
		result.Faults = append(result.Faults, document.Refuse(document.FaultTimeAuthority, "no authority is trusted"))
		return result
	}
	trust.JudgeTime(ctx, &result, certs)
	return result
}

// read reads a token and checks all but what it is of, and who trusts it. The info is nil when there is nothing to check.
func read(token []byte) (document.TimeStamp, *info, []*x509.Certificate) {
	var result document.TimeStamp
	refuse := func(err error) (document.TimeStamp, *info, []*x509.Certificate) {
		result.Faults = append(result.Faults, document.RefuseFor(document.FaultTimeStamp, err))
		return result, nil, nil
	}
	if len(token) > MaxToken {
		return refuse(fmt.Errorf("a token of %d bytes", len(token)))
	}
	m, err := cms.Parse(token)
	if err != nil {
		return refuse(err)
	}
	if len(m.Parsed) != 1 || !m.Attached { // RFC 3161, 2.4.2: only the authority signs
		return refuse(fmt.Errorf("a token with %d signers", len(m.Parsed)))
	}
	t, err := readInfo(m.Content)
	if err != nil {
		return refuse(err)
	}
	result.Time, result.Policy = t.time, t.policy.String()
	certs := m.ParseCertificates()
	digests := map[crypto.Hash][]byte{}
	if hash, err := m.Parsed[0].Hash(); err == nil {
		h := hash.New()
		h.Write(m.Content)
		digests[hash] = h.Sum(nil)
	}
	found := m.Parsed[0].Check(m, certs, digests, cms.Rules{ContentType: cms.OIDTSTInfo, AcceptSHA1Name: true})
	result.Certificate = found.Certificate
	for _, f := range found.Faults {
		result.Faults = append(result.Faults, document.RefuseFor(document.FaultTimeStamp, f))
	}
	if result.Certificate != nil {
		if err := checkPurpose(result.Certificate); err != nil {
			result.Faults = append(result.Faults, document.RefuseFor(document.FaultTimeStamp, err))
		}
	}
	return result, t, certs
}

var oidExtKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}

// checkPurpose wants a certificate for time stamps and for nothing else, marked critical (RFC 3161, 2.3).
func checkPurpose(cert *x509.Certificate) error {
	if len(cert.ExtKeyUsage) != 1 || cert.ExtKeyUsage[0] != x509.ExtKeyUsageTimeStamping || len(cert.UnknownExtKeyUsage) > 0 {
		return wrong("the certificate is not for time stamps only")
	}
	for _, e := range cert.Extensions {
		if e.Id.Equal(oidExtKeyUsage) && !e.Critical {
			return wrong("the certificate does not say critically that it is for time stamps")
		}
	}
	return nil
}

// Tags of TSTInfo.
const (
	tagAuthority  = der.Tag(0x80 | 0x20)     // tsa, [0] EXPLICIT
	tagExtensions = der.Tag(0x80 | 0x20 | 1) // [1] IMPLICIT
)

func readInfo(b []byte) (*info, error) {
	in := cryptobyte.String(b)
	var s, imprint, algorithm, digest, at, skipped cryptobyte.String
	var version int
	var hash asn1.ObjectIdentifier
	t := &info{}
	serial := new(big.Int)
	switch {
	case !in.ReadASN1(&s, der.SEQUENCE) || !in.Empty() || !s.ReadASN1Integer(&version) || version != 1 || !s.ReadASN1ObjectIdentifier(&t.policy):
		return nil, wrong("no TSTInfo of version 1")
	case !s.ReadASN1(&imprint, der.SEQUENCE) || !imprint.ReadASN1(&algorithm, der.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&hash) ||
		!imprint.ReadASN1(&digest, der.OCTET_STRING) || !imprint.Empty():
		return nil, wrong("no messageImprint")
	case !s.ReadASN1Integer(serial) || !s.ReadASN1(&at, der.GeneralizedTime):
		return nil, wrong("no serial number, or no time")
	}
	if t.hash, _ = cms.HashOf(hash); t.hash == 0 {
		return nil, wrong("a hash function that is not accepted: %v", hash)
	}
	if t.digest = digest; len(digest) != t.hash.Size() {
		return nil, wrong("a digest of %d bytes", len(digest))
	}
	var err error
	if t.time, err = parseTime(string(at)); err != nil {
		return nil, err
	}
	if !s.SkipOptionalASN1(der.SEQUENCE) || !s.SkipOptionalASN1(der.BOOLEAN) { // accuracy, ordering
		return nil, wrong("accuracy or ordering cannot be read")
	}
	if s.PeekASN1Tag(der.INTEGER) {
		if t.nonce = new(big.Int); !s.ReadASN1Integer(t.nonce) {
			return nil, wrong("a nonce that cannot be read")
		}
	}
	if !s.SkipOptionalASN1(tagAuthority) {
		return nil, wrong("the name of the authority cannot be read")
	}
	var there bool
	if !s.ReadOptionalASN1(&skipped, &there, tagExtensions) || !s.Empty() {
		return nil, wrong("something after the time that cannot be read")
	}
	return t, checkExtensions(skipped)
}

// checkExtensions refuses what a client must not overlook (RFC 3161, 2.4.2, by way of RFC 5280, 4.2).
func checkExtensions(s cryptobyte.String) error {
	for n := 0; !s.Empty(); n++ {
		var extension cryptobyte.String
		var id asn1.ObjectIdentifier
		if n == 16 || !s.ReadASN1(&extension, der.SEQUENCE) || !extension.ReadASN1ObjectIdentifier(&id) {
			return wrong("extensions that cannot be read")
		}
		if extension.PeekASN1Tag(der.BOOLEAN) {
			return wrong("a critical extension %v that is not understood", id)
		}
	}
	return nil
}

// parseTime reads YYYYMMDDhhmmss[.s...]Z (RFC 3161, 2.4.2).
func parseTime(s string) (time.Time, error) {
	digits, zulu := strings.CutSuffix(s, "Z")
	whole, fraction, fractional := strings.Cut(digits, ".")
	onlyDigits := func(s string) bool {
		return !slices.ContainsFunc([]byte(s), func(b byte) bool { return b < '0' || b > '9' })
	}
	if !zulu || len(whole) != 14 || !onlyDigits(whole) || !onlyDigits(fraction) || fractional == (fraction == "") || len(fraction) > 9 {
		return time.Time{}, wrong("a time %.40q", s)
	}
	t, err := time.Parse("20060102150405", whole+map[bool]string{true: "." + fraction}[fractional])
	if err != nil {
		return time.Time{}, wrong("a time %.40q", s)
	}
	return t, nil
}
