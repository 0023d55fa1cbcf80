// SPDX-License-Identifier: BSD-3-Clause

package pades

import (
	"cmp"
	"context"
	"crypto"
	_ "crypto/sha256" // the hashes that a signature may name
	_ "crypto/sha512"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades/pdf"
)

// Verify verifies every signature of a PDF, in the order in which they were made. A file that cannot be read, or that
// nobody has signed, is a *document.Refusal; what is wrong with a signature is in its Faults. Signature.Notes hold what
// else a reader of the document should know, as JavaScript in it.
func Verify(ctx context.Context, file []byte, trust *document.Trust) ([]document.Signature, error) {
	doc, err := pdf.Open(file)
	if err != nil {
		return nil, refusal(err)
	}
	all, err := signatures(doc)
	if err != nil {
		return nil, refusal(err)
	}
	var found []*verified
	stamps := 0
	for _, s := range all {
		if isTimeStamp(s.dict) {
			stamps++
			continue
		}
		v := &verified{signed: s}
		if err := v.verify(ctx, doc, trust); err != nil {
			return nil, refusal(err)
		}
		twice := func(other *verified) bool { return v.cover.end > 0 && other.cover.gap == v.cover.gap }
		if !slices.ContainsFunc(found, twice) { // one signature that two fields show
			found = append(found, v)
		}
	}
	if len(found) == 0 {
		return nil, document.Refuse(document.FaultNoSignature, fmt.Sprintf("%d document time stamps and no signature", stamps))
	}
	slices.SortStableFunc(found, func(a, b *verified) int { return cmp.Compare(a.cover.end, b.cover.end) })
	if err := judgeUpdates(doc, found); err != nil {
		return nil, refusal(err)
	}
	notes, err := notes(doc)
	if err != nil {
		return nil, refusal(err)
	}
	if stamps > 0 {
		notes = append(notes, fmt.Sprintf("%d document time stamps, which are not verified here", stamps))
	}
	out := make([]document.Signature, len(found))
	for i, v := range found {
		v.result.Notes = append(v.result.Notes, notes...)
		out[i] = v.result
	}
	return out, nil
}

// isTimeStamp says that a dictionary is a document time stamp (ISO 32000-2, 12.8.5).
func isTimeStamp(sig pdf.Dict) bool {
	return sig["Type"] == pdf.Name("DocTimeStamp") || sig["SubFilter"] == pdf.Name("ETSI.RFC3161")
}

// verified is a signature while it is verified.
type verified struct {
	signed
	cover  byteRange
	old    *pdf.Document // the revision that it covers; nil if it covers none
	result document.Signature
}

// verify looks at the signature itself: what it covers, and its CMS. The error is one of the whole document.
func (v *verified) verify(ctx context.Context, doc *pdf.Document, trust *document.Trust) error {
	v.result = document.Signature{Format: document.PAdES}
	cover, err := readByteRange(doc, v.dict)
	if err != nil {
		v.describe()
		v.result.AddError(err, document.FaultPartialCover)
		return nil
	}
	v.cover = cover
	if err := v.verifyCMS(ctx, doc, trust); err != nil {
		return err
	}
	v.describe()
	if v.old, err = doc.Before(cover.end); err != nil {
		if errors.Is(err, pdf.ErrTooLarge) {
			return err
		}
		v.old, v.result.Cover = nil, document.CoverPart
		if errors.Is(err, pdf.ErrHistory) {
			v.result.Add(document.RefuseFor(document.FaultChangedAfter, err))
			return nil
		}
		v.result.Add(document.Refuse(document.FaultPartialCover, "the signature does not end where a revision of the file ends: "+err.Error()))
		return nil
	}
	v.result.Cover = document.CoverWhole
	if same, err := v.sameThen(); err != nil || !same {
		v.result.Add(document.Refuse(document.FaultReference, "the signature is not the same in the revision that it covers"))
	}
	return nil
}

// sameThen says that the revision that was signed has this signature in this field.
func (v *verified) sameThen() (bool, error) {
	then, err := v.old.Dict(v.field.ref)
	if err != nil {
		return false, err
	}
	value, there := then["V"]
	if !there || !pdf.Equal(value, v.field.value) { // /V is not inherited: that is for fields with text
		return false, nil
	}
	dict, err := v.old.Dict(value)
	if err != nil {
		return false, err
	}
	contents, ok := dict["Contents"].(pdf.String)
	return ok && contents.Start == v.cover.gap[0] && pdf.Equal(dict, v.dict), nil
}

// describe copies what the dictionary says of the signer. It proves nothing.
func (v *verified) describe() {
	for _, e := range []struct {
		key pdf.Name
		to  *string
	}{{"Name", &v.result.Name}, {"Reason", &v.result.Reason}, {"Location", &v.result.Location}} {
		if s, ok := v.dict[e.key].(pdf.String); ok {
			*e.to = shown(s)
		}
	}
	if s, ok := v.dict["M"].(pdf.String); ok {
		if claimed, err := parseDate(string(s.Value)); err == nil {
			v.result.ClaimedTime = claimed
		}
	}
}

// shown is a text of the document, no longer than it may be shown and without control characters.
func shown(s pdf.String) string {
	const most = 1000
	var out []rune
	for _, r := range s.Text() {
		if len(out) == most {
			break
		}
		if checkText(string(r), 1) != nil {
			r = '\uFFFD'
		}
		out = append(out, r)
	}
	return string(out)
}

// subFilters are the forms of a signature that are CMS over the byte range (ISO 32000-2, table 260).
var subFilters = map[pdf.Object]bool{pdf.Name("ETSI.CAdES.detached"): true, pdf.Name("adbe.pkcs7.detached"): true}

// verifyCMS has package cades verify what is in /Contents. The error is that of the context.
func (v *verified) verifyCMS(ctx context.Context, doc *pdf.Document, trust *document.Trust) error {
	switch filter := v.dict["SubFilter"]; {
	case filter == pdf.Name("adbe.pkcs7.sha1"), filter == pdf.Name("adbe.x509.rsa_sha1"):
		v.result.Add(document.Refuse(document.FaultWeakAlgorithm, "a signature over SHA-1, by its /SubFilter"))
		return nil
	case !subFilters[filter]:
		v.result.Add(document.Refuse(document.FaultAlgorithm, "a /SubFilter that is not known"))
		return nil
	}
	message, err := readContents(v.cover.contents)
	if err != nil {
		v.result.AddError(err, document.FaultFormat)
		return nil
	}
	digests := map[crypto.Hash][]byte{}
	for _, h := range message.Hashes() {
		if h.Available() {
			digests[h] = v.cover.sum(doc.Bytes(), h)
		}
	}
	inside, err := message.Verify(ctx, trust, cades.Input{Profile: cades.PAdES, Digests: digests})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		v.result.AddError(err, document.FaultFormat)
		return nil
	}
	if len(inside) != 1 { // EN 319 142-1, 6.3: one SignerInfo
		v.result.Add(document.Refuse(document.FaultFormat, fmt.Sprintf("%d signers in one signature", len(inside))))
		return nil
	}
	v.result = inside[0]
	v.result.Format = document.PAdES
	if v.dict["SubFilter"] != pdf.Name("ETSI.CAdES.detached") {
		v.result.Level = document.LevelNone
		v.result.Notes = append(v.result.Notes, "an older form of signature (adbe.pkcs7.detached), not PAdES baseline")
	}
	if _, ok := v.dict["M"].(pdf.String); !ok && v.result.Level != document.LevelNone { // EN 319 142-1, 6.3
		v.result.Level = document.LevelNone
		v.result.Notes = append(v.result.Notes, "without the signing time (/M)")
	}
	return nil
}

// readContents reads the CMS with the zeros that fill its room.
func readContents(contents []byte) (*cades.Message, error) {
	n, err := elementLength(contents)
	if err != nil {
		return nil, document.Refuse(document.FaultFormat, "/Contents: "+err.Error())
	}
	for _, c := range contents[n:] {
		if c != 0 {
			return nil, document.Refuse(document.FaultFormat, "something after the signature in /Contents")
		}
	}
	return cades.Read(contents[:n])
}

// sum is the digest of what a byte range covers.
func (b byteRange) sum(file []byte, h crypto.Hash) []byte {
	w := h.New()
	io.Writer(w).Write(file[:b.gap[0]])
	io.Writer(w).Write(file[b.gap[1]:b.end])
	return w.Sum(nil)
}

// parseDate reads a date of PDF (7.9.4). What follows the day may be missing, also the zone: UTC then.
func parseDate(s string) (time.Time, error) {
	if len(s) > 2 && s[:2] == "D:" {
		s = s[2:]
	}
	var digits, zone string
	for i, c := range s {
		if c < '0' || c > '9' {
			digits, zone = s[:i], s[i:]
			break
		}
		digits = s[:i+1]
	}
	layout := "20060102150405"
	if len(digits) < 8 || len(digits) > len(layout) || len(digits)%2 != 0 {
		return time.Time{}, errors.New("no date")
	}
	t, err := time.Parse(layout[:len(digits)], digits)
	if err != nil || zone == "" || zone[0] == 'Z' {
		return t, err
	}
	var hours, minutes int
	if n, _ := fmt.Sscanf(zone[1:], "%02d'%02d", &hours, &minutes); n < 1 || hours > 23 || minutes > 59 || hours < 0 || minutes < 0 {
		return time.Time{}, errors.New("no zone")
	}
	offset := hours*3600 + minutes*60
	switch zone[0] {
	case '-':
		offset = -offset
	case '+':
	default:
		return time.Time{}, errors.New("no zone")
	}
	return time.ParseInLocation(layout[:len(digits)], digits, time.FixedZone("", offset))
}
