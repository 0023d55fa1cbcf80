// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"bytes"
	"context"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/timestamp"
	"github.com/ponte-cns/ponte/portal/xades/canon"
)

// maxStamps is more than one signature has; each costs a verification, and may cost a question to an authority.
const maxStamps = 8

// unsigned reads the unsigned properties (EN 319 132-1): nobody vouches for them but whoever they come from.
func (v *verification) unsigned(ctx context.Context, s *signature, found *Signature, trust *document.Trust) {
	if s.qualifying == nil {
		return
	}
	for _, all := range s.qualifying.Children {
		if !all.Is(nsXAdES, "UnsignedProperties") {
			continue
		}
		for _, of := range all.Children {
			if !of.Is(nsXAdES, "UnsignedSignatureProperties") {
				continue
			}
			for _, n := range of.Children {
				switch {
				case n.Is(nsXAdES, "SignatureTimeStamp"):
					if err := v.stamp(ctx, s, n, found, trust); err != nil {
						found.AddError(err, document.FaultTimeStamp)
					}
				case n.Is(nsXAdES, "CounterSignature"):
					found.Notes = append(found.Notes, "a countersignature, which was not looked at")
				}
			}
		}
	}
}

// stamp verifies a SignatureTimeStamp, which is over the canonical form of SignatureValue. One that is damaged is a fault
// of the signature too; one of an authority that is not trusted proves nothing, and takes nothing away.
func (v *verification) stamp(ctx context.Context, s *signature, n *canon.Node, found *Signature, trust *document.Trust) error {
	damaged := func(err error) error { return document.RefuseFor(document.FaultTimeStamp, err) }
	all, err := elements(n)
	if err != nil {
		return damaged(err)
	}
	var form canon.Form // without a method it is Canonical XML 1.0
	var over bytes.Buffer
	for i, e := range all {
		switch {
		case i == 0 && e.Is(nsDSig, "CanonicalizationMethod"):
			if form, err = formOf(e); err != nil {
				return damaged(err)
			}
			continue
		case !e.Is(nsXAdES, "EncapsulatedTimeStamp"):
			return refuse(document.FaultTimeStamp, "a time stamp of a kind that is not known here")
		case len(found.TimeStamps) == maxStamps:
			return refuse(document.FaultTooLarge, "more than %d time stamps", maxStamps)
		}
		token, err := decoded(e, timestamp.MaxToken)
		if err != nil {
			return damaged(err)
		}
		if over.Reset(); form.Write(bounded{&over, &v.left}, s.valueNode, nil) != nil {
			return refuse(document.FaultTooLarge, "more than %d bytes to verify", maxHashed)
		}
		t := timestamp.Verify(ctx, token, over.Bytes(), trust)
		found.TimeStamps = append(found.TimeStamps, t)
		for _, f := range t.Faults {
			if f.Fault != document.FaultTimeAuthority {
				found.Add(f)
			}
		}
	}
	return nil
}
