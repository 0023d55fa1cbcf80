// SPDX-License-Identifier: EUPL-1.2

package testcard

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"testing"
)

// digestInfo is that of SHA-256 (RFC 8017, 9.2).
func digestInfo(digest []byte) []byte {
	prefix, _ := hex.DecodeString("3031300d060960864801650304020105000420")
	return append(prefix, digest...)
}

// paddedBlock is a PKCS #1 v1.5 block, as the host makes it.
func paddedBlock(k int, info []byte) []byte {
	b := append([]byte{0, 1}, bytes.Repeat([]byte{0xFF}, k-3-len(info))...)
	return append(append(b, 0), info...)
}

func TestSignaturesVerify(t *testing.T) {
	digest := sha256.Sum256([]byte("Ponte"))
	info := digestInfo(digest[:])
	for name, c := range map[string]struct {
		options Options
		pso     string
	}{
		"RSA-2048 in an extended APDU":  {Options{}, fmt.Sprintf("00 2A 80 86 00 0101 00 %X 0000", paddedBlock(256, info))},
		"RSA-2048 with Le = 256":        {Options{}, fmt.Sprintf("00 2A 80 86 00 0101 00 %X 0100", paddedBlock(256, info))},
		"RSA-1024 with Le = 128":        {Options{Model: STIncard10}, fmt.Sprintf("00 2A 80 86 81 00 %X 80", paddedBlock(128, info))},
		"RSA-1024 with Le = 256":        {Options{Model: STIncard10}, fmt.Sprintf("00 2A 80 86 81 00 %X 00", paddedBlock(128, info))},
		"RSA-2048 on an Oberthur":       {Options{Model: Oberthur, Bits: 2048}, fmt.Sprintf("00 2A 80 86 00 0101 00 %X 0000", paddedBlock(256, info))},
		"padded by a card that signs":   {Options{Quirks: Quirks{SignOnly: true}}, fmt.Sprintf("00 2A 9E 9A 33 %X 00", info)},
		"behind GET RESPONSE, RSA-1024": {Options{Model: STIncard10, GetResponse: true}, fmt.Sprintf("00 2A 80 86 81 00 %X 80", paddedBlock(128, info))},
	} {
		t.Run(name, func(t *testing.T) {
			chip := card(t, c.options)
			key := setKey
			if c.options.Quirks.SignOnly {
				key = "00 22 F1 B6 03 83 01 01"
			}
			run(t, chip, []step{{selectMF, "9000"}, {verifyRight, "9000"}, {restore, "9000"}, {key, "9000"}})
			for range 2 { // one VERIFY serves several signatures
				signature, sw := send(t, chip, c.pso)
				if sw == "6180" {
					signature, sw = send(t, chip, "00 C0 00 00 80")
				}
				if sw != "9000" {
					t.Fatalf("status %s", sw)
				}
				public := chip.Certificate().PublicKey.(*rsa.PublicKey)
				if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestASignatureTooLongForLeIsAnnounced(t *testing.T) {
	chip := card(t, Options{Model: STIncard10})
	run(t, chip, []step{{verifyRight, "9000"}, {restore + "00", "9000"}, {setKey, "9000"},
		{fmt.Sprintf("00 2A 80 86 81 00 %X 40", paddedBlock(128, []byte("x"))), "6C80"}})
}

func TestAResultIsAsLongAsTheModulus(t *testing.T) {
	chip := card(t, Options{})
	run(t, chip, []step{{verifyRight, "9000"}, {restore, "9000"}, {setKey, "9000"}})
	got, sw := send(t, chip, pso2048Header+zeros(255)+"01"+"0000") // 1^d = 1
	if sw != "9000" || len(got) != 256 || got[255] != 1 || got[0] != 0 {
		t.Errorf("%x %s", got, sw)
	}
}

func TestSeveralGoroutinesMayUseACard(t *testing.T) {
	c := card(t, Options{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if _, err := c.Transmit([]byte{0, 0xA4, 0, 0x0C, 2, 0x3F, 0}); err != nil {
					t.Error(err)
				}
				c.Counters()
				c.TriesLeft()
				c.Reset()
			}
		})
	}
	all.Wait()
	if n := c.Counters().APDUs; n != 400 {
		t.Errorf("%d commands", n)
	}
}
