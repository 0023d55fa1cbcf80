// SPDX-License-Identifier: BSD-3-Clause

package cades_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// A server prepares a document, a card signs the digest, the server writes the .p7m and reads it again.
func Example() {
	certificate, key := pki.Issue(testpki.LeafOptions{}) // of a card
	file := strings.NewReader("Il sottoscritto chiede...")

	prepared, err := cades.Prepare(file, cades.Options{Certificate: certificate, SigningTime: time.Now(), MimeType: "text/plain"})
	if err != nil {
		fmt.Println(err)
		return
	}
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, prepared.Digest()) // what the card does, once the PIN was typed
	if err != nil {
		fmt.Println(err)
		return
	}
	signed, err := prepared.Assemble(signature)
	if err != nil {
		fmt.Println(err)
		return
	}
	file.Reset("Il sottoscritto chiede...")
	var p7m bytes.Buffer
	if err := signed.WriteAttached(&p7m, file); err != nil {
		fmt.Println(err)
		return
	}

	trust, err := document.NewTrust(document.Options{TrustAnchors: []*x509.Certificate{pki.CA()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	message, err := cades.Read(p7m.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := message.Verify(context.Background(), trust, cades.Input{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found[0].Good(), found[0].Format, found[0].Level, found[0].Kind, string(message.Content()))
	// Output: true CAdES B-B FEA Il sottoscritto chiede...
}
