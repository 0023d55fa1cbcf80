// SPDX-License-Identifier: BSD-3-Clause

package cms

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"github.com/ponte-cns/ponte/portal/document"
)

// Limits of what is read. What is beyond is refused as document.FaultTooLarge.
const (
	MaxSize         = 256 << 20 // bytes of a message
	maxDepth        = 32        // of elements within elements, in BER
	maxElements     = 1 << 18   // in BER; each costs 32 bytes
	MaxAlgorithms   = 16
	MaxCertificates = 64
	MaxSigners      = 32
	maxCertificate  = 32 << 10 // bytes; real ones have 2 kB
	maxKey          = 8192     // bits of an RSA key: the time that it takes grows with the square
	maxAttributes   = 64       // of one signer, signed or not
	maxValues       = 16       // of one attribute
)

func malformed(format string, a ...any) *document.Refusal {
	return document.Refuse(document.FaultFormat, fmt.Sprintf(format, a...))
}

func tooMany(n int, what string) *document.Refusal {
	return document.Refuse(document.FaultTooLarge, fmt.Sprintf("more than %d %s", n, what))
}

// unwrap takes a message out of its base64 or PEM, as Italian portals and mail programs give them; one that is binary it
// leaves alone.
func unwrap(data []byte) ([]byte, error) {
	if len(data) > MaxSize {
		return nil, tooMany(MaxSize, "bytes")
	}
	const sequence = 0x30 // which is the letter 0, and the base64 of it begins with M
	if len(data) > 0 && data[0] == sequence {
		return data, nil
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF")))
	text, err := withoutArmour(text)
	if err != nil {
		return nil, err
	}
	if len(text) == 0 || text[0] != 'M' {
		return nil, malformed("neither a CMS message nor one in base64")
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Strict().Decode(out, text) // skips line ends
	if err != nil {
		return nil, malformed("base64: %v", err)
	}
	return out[:n], nil
}

// withoutArmour takes away the first and the last line of PEM (RFC 7468, 9), if they are there.
func withoutArmour(text []byte) ([]byte, error) {
	rest, armoured := bytes.CutPrefix(text, []byte("-----BEGIN "))
	if !armoured {
		return text, nil
	}
	label, rest, found := bytes.Cut(rest, []byte("-----"))
	if !found || string(label) != "PKCS7" && string(label) != "CMS" && string(label) != "PKCS #7 SIGNED DATA" {
		return nil, malformed("PEM of something else")
	}
	body, whole := bytes.CutSuffix(rest, []byte("-----END "+string(label)+"-----"))
	if !whole {
		return nil, malformed("PEM without its last line, or with something after it")
	}
	return bytes.TrimSpace(body), nil
}
