// SPDX-License-Identifier: BSD-3-Clause

package cades_test

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"testing"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// indefinite is a constructed element without length.
func indefinite(tag byte, parts ...[]byte) []byte {
	out := []byte{tag, 0x80}
	for _, p := range parts {
		out = append(out, p...)
	}
	return append(out, 0, 0)
}

// loose writes a forgery as the streaming encoders do: nothing has a length but what is signed, and the document comes in
// parts of a few bytes.
func loose(t *testing.T, f *forgery) []byte { return looseParts(t, f, 7) }

func looseParts(t *testing.T, f *forgery, size int) []byte {
	t.Helper()
	var parts [][]byte
	for part := range slices.Chunk(f.content, size) {
		parts = append(parts, encoded(part))
	}
	octets := indefinite(0x24, parts...)
	return indefinite(0x30, encoded(cms.OIDSignedData), indefinite(0xA0, indefinite(0x30,
		encoded(1), tlv(0x31, f.digest), indefinite(0x30, encoded(f.contentType), indefinite(0xA0, octets)),
		indefinite(0xA0, f.certs[0].Raw), indefinite(0x31, f.signerInfo(t)))))
}

func TestBERAndTextsAreReadAsWhatTheyStandFor(t *testing.T) {
	f := forged(card(testpki.LeafOptions{}))
	der := f.message(t)
	in64 := base64.StdEncoding.EncodeToString
	lines := func(s, end string) []byte {
		var out []byte
		for line := range slices.Chunk([]byte(s), 64) {
			out = append(append(out, line...), end...)
		}
		return out
	}
	longLength := append([]byte{0x30, 0x85, 0x00, byte(len(der[4:]) >> 24), byte(len(der[4:]) >> 16), byte(len(der[4:]) >> 8), byte(len(der[4:]))}, der[4:]...)
	for name, message := range map[string][]byte{
		"DER":                         der,
		"indefinite lengths":          loose(t, f),
		"a length longer than needed": longLength,
		"base64 on one line":          []byte(in64(der)),
		"base64 on lines":             lines(in64(der), "\n"),
		"base64 on lines of Windows":  append([]byte("\xEF\xBB\xBF"), lines(in64(der), "\r\n")...),
		"base64 of BER":               lines(in64(loose(t, f)), "\n"),
		"PEM":                         pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: der}),
		"PEM of CMS":                  pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: loose(t, f)}),
	} {
		t.Run(name, func(t *testing.T) {
			documenttest.WantGood(t, documenttest.Only(t, verify(t, message, cades.Input{})))
			if !bytes.Equal(read(t, message).Content(), text) {
				t.Error("another document")
			}
		})
	}
}

func TestWhatIsNoMessageIsRefusedForWhatItIs(t *testing.T) {
	f := forged(card(testpki.LeafOptions{}))
	der := f.message(t)
	nested := func(n int) []byte {
		return append(bytes.Repeat([]byte{0x30, 0x80}, n), bytes.Repeat([]byte{0, 0}, n)...)
	}
	octets := func(content []byte) []byte {
		return indefinite(0x30, encoded(cms.OIDSignedData), indefinite(0xA0, indefinite(0x30,
			encoded(1), tlv(0x31), indefinite(0x30, encoded(cms.OIDData), indefinite(0xA0, content)), tlv(0x31))))
	}
	many := func(n int, e []byte) [][]byte {
		all := make([][]byte, n)
		for i := range all {
			all[i] = e
		}
		return all
	}
	signed := func(parts ...[]byte) []byte {
		return tlv(0x30, encoded(cms.OIDSignedData), tlv(0xA0, tlv(0x30, parts...)))
	}
	content, info := tlv(0x30, encoded(cms.OIDData)), f.signerInfo(t)
	crowd := forged(card(testpki.LeafOptions{}))
	crowd.attributes = many(65, attribute(oidUnknownID, encoded(1)))
	values := forged(card(testpki.LeafOptions{}))
	values.attributes = [][]byte{attribute(oidUnknownID, many(17, encoded(1))...)}
	for name, c := range map[string]struct {
		message []byte
		want    document.Fault
	}{
		"nothing":                     {nil, document.FaultFormat},
		"a text":                      {text, document.FaultFormat},
		"a PDF":                       {[]byte("%PDF-1.7\n"), document.FaultFormat},
		"an empty sequence":           {[]byte{0x30, 0}, document.FaultFormat},
		"base64 of a text":            {[]byte("TWFuZGFtaQ=="), document.FaultFormat},
		"base64 that is cut":          {[]byte(base64.StdEncoding.EncodeToString(der))[:101], document.FaultFormat},
		"base64 with something in it": {append([]byte(base64.StdEncoding.EncodeToString(der)), "<html>"...), document.FaultFormat},
		"PEM of a certificate":        {certPEM(f.certs[0]), document.FaultFormat},
		"PEM that is cut":             {pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: der})[:500], document.FaultFormat},
		"PEM and something after":     {append(pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: der}), 'x'), document.FaultFormat},
		"two messages":                {append(bytes.Clone(der), der...), document.FaultFormat},
		"BER and a byte":              {append(loose(t, f), 0), document.FaultFormat},
		"an encrypted message":        {tlv(0x30, encoded([]int{1, 2, 840, 113549, 1, 7, 3}), tlv(0xA0, tlv(0x30))), document.FaultFormat},
		"certificates and no signer":  {signed(encoded(1), tlv(0x31), content, tlv(0xA0, f.certs[0].Raw), tlv(0x31)), document.FaultNoSignature},
		"a version of the future":     {signed(encoded(9), tlv(0x31), content, tlv(0x31, info)), document.FaultFormat},

		"a length of the whole memory":      {[]byte{0x30, 0x88, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0}, document.FaultFormat},
		"a length that would be below zero": {append(append([]byte{0x30, 0x88}, bytes.Repeat([]byte{0xFF}, 8)...), loose(t, f)[2:]...), document.FaultFormat},
		"a length of 126 bytes":             {append([]byte{0x30, 0xFE}, make([]byte, 130)...), document.FaultFormat},
		"a part that is no part":            {octets(indefinite(0x24, encoded(1))), document.FaultFormat},
		"a document that never ends":        {bytes.TrimRight(octets(indefinite(0x24)), "\x00"), document.FaultFormat},
		"a primitive without length":        {[]byte{0x30, 0x80, 0x04, 0x80, 0, 0, 0, 0}, document.FaultFormat},
		"elements in elements":              {nested(1000), document.FaultTooLarge},
		"elements in elements, millions":    {nested(4 << 20), document.FaultTooLarge},
		"parts in parts":                    {octets(append(bytes.Repeat([]byte{0x24, 0x80}, 100), bytes.Repeat([]byte{0, 0}, 100)...)), document.FaultTooLarge},
		"a million parts of one byte":       {octets(indefinite(0x24, many(1<<20, []byte{4, 1, 'x'})...)), document.FaultTooLarge},
		"a million parts of no byte":        {octets(indefinite(0x24, many(1<<20, []byte{4, 0})...)), document.FaultTooLarge},

		"33 signers":                {signed(encoded(1), tlv(0x31), content, tlv(0x31, many(33, info)...)), document.FaultTooLarge},
		"65 certificates":           {signed(encoded(1), tlv(0x31), content, tlv(0xA0, many(65, f.certs[0].Raw)...), tlv(0x31, info)), document.FaultTooLarge},
		"17 digest algorithms":      {signed(encoded(1), tlv(0x31, many(17, sha256ID)...), content, tlv(0x31, info)), document.FaultTooLarge},
		"65 attributes":             {crowd.message(t), document.FaultTooLarge},
		"17 values of an attribute": {values.message(t), document.FaultTooLarge},
		"more than is read":         {make([]byte, cms.MaxSize+1), document.FaultTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := cades.Read(c.message); !isRefusal(err, c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	encrypted := tlv(0x30, []byte{6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 3}, tlv(0xA0, tlv(0x30)))
	if _, err := cades.Read(encrypted); !isRefusal(err, document.FaultEncrypted) {
		t.Errorf("an encrypted message: %v", err)
	}
}

func TestASignatureThatCameInBERIsVerifiedInDER(t *testing.T) {
	f := forged(card(testpki.LeafOptions{}))
	info := f.signerInfo(t)
	f2 := *f
	outer := indefinite(0x30, info[4:]) // the SignerInfo itself without length
	message := tlv(0x30, encoded(cms.OIDSignedData), tlv(0xA0, tlv(0x30, encoded(1), tlv(0x31, sha256ID),
		tlv(0x30, encoded(cms.OIDData), tlv(0xA0, encoded(text))), tlv(0xA0, f2.certs[0].Raw), tlv(0x31, outer))))
	m := read(t, message)
	documenttest.WantGood(t, documenttest.Only(t, verify(t, message, cades.Input{})))
	if _, err := cades.PrepareBeside(m, card(testpki.LeafOptions{FreshKey: true}).options()); !isRefusal(err, document.FaultNotAllowed) {
		t.Errorf("a signer who cannot be kept: %v", err)
	}
}
