// SPDX-License-Identifier: BSD-3-Clause

package cms

import (
	"bytes"
	"encoding/asn1"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// Attribute of RFC 5652, 5.3: a type and a SET of values, each in DER.
type Attribute struct {
	Type   asn1.ObjectIdentifier
	Values [][]byte
}

// MarshalAttributes encodes attributes as a SET OF in DER, which is what is signed (RFC 5652, 5.4).
func MarshalAttributes(attributes []Attribute) ([]byte, error) {
	var encoded [][]byte
	for _, a := range attributes {
		id, err := asn1.Marshal(a.Type)
		if err != nil {
			return nil, err
		}
		var b cryptobyte.Builder
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(id)
			addSet(b, der.SET, a.Values)
		})
		e, err := b.Bytes()
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, e)
	}
	slices.SortFunc(encoded, bytes.Compare)
	var b cryptobyte.Builder
	addSet(&b, der.SET, encoded)
	return b.Bytes()
}
