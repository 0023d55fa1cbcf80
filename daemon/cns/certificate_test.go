// SPDX-License-Identifier: EUPL-1.2

package cns_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ponte-cns/ponte/daemon/cns"
	"github.com/ponte-cns/ponte/daemon/iso7816"
	"github.com/ponte-cns/ponte/testcard"
)

// badFiles are those that hold no certificate, with the header that the layout wants.
func badFiles(layout testcard.Layout, der []byte) map[string][]byte {
	files := map[string][]byte{
		"zeros":                       make([]byte, 2048),
		"an empty file":               {},
		"one byte":                    {0x30},
		"64 KiB of zeros":             make([]byte, 65536),
		"64 KiB of FF":                bytes.Repeat([]byte{0xFF}, 65536),
		"DER that ends too soon":      der[:len(der)-1],
		"DER of 300 bytes of so many": der[:300],
		"a length of 64 KiB":          append([]byte{0x30, 0x82, 0xFF, 0xFF}, make([]byte, 65532)...),
		"a length without two bytes":  {0x30, 0x81, 0x80, 0x00},
	}
	if layout != testcard.LayoutInfoCamere {
		return files
	}
	for name, file := range files {
		files[name] = append([]byte{1, byte(len(file) >> 8), byte(len(file)), 0, 0}, file...)
	}
	files["no header"] = der
	files["a header shorter than its certificate"] = append([]byte{1, 0, 200, 0, 0}, der...)
	return files
}

func TestAFileThatHoldsNoCertificateIsLeftInEveryLayout(t *testing.T) {
	der := newCard(t, testcard.Options{}).Certificate().Raw
	for _, layout := range driven {
		for name, file := range badFiles(layout, der) {
			chip := newCard(t, testcard.Options{Layout: layout, CertificateFile: file})
			card := cns.New(chip)
			if layout == testcard.LayoutST2022NFC {
				if err := card.Identify(); err != nil {
					t.Fatal(err)
				}
			}
			got, err := card.Certificate()
			if !errors.Is(err, cns.ErrNoCertificate) {
				t.Errorf("%s: %s: %d bytes, %v", layout, name, len(got), err)
			}
			if n := chip.Counters(); n.BytesOut > 4096 {
				t.Errorf("%s: %s: %d bytes were read", layout, name, n.BytesOut)
			}
		}
	}
}

func TestDERThatIsNoCertificateIsTheCallersToJudge(t *testing.T) {
	file := append([]byte{0x30, 0x82, 0x01, 0x00}, make([]byte, 256)...)
	card := cns.New(newCard(t, testcard.Options{CertificateFile: file}))
	if got, err := card.Certificate(); err != nil || !bytes.Equal(got, file) || card.Kind != (cns.Kind{}) {
		t.Errorf("%d bytes, %v, kind %q", len(got), err, card.Kind)
	}
}

// An IDEMIA card may have something in the classic place (cns-card.md A10: "no valid certificate").
func TestDERThatIsNoCertificateHidesNoOtherLayout(t *testing.T) {
	chip := newCard(t, testcard.Options{Layout: testcard.LayoutIdemia2021})
	card := cns.New(&garbageFirst{Transmitter: chip})
	if got, err := card.Certificate(); err != nil || !bytes.Equal(got, chip.Certificate().Raw) || card.Kind.String() != "IDEMIA 2021" {
		t.Errorf("%d bytes, %v, kind %q", len(got), err, card.Kind)
	}
}

// garbageFirst answers the first READ BINARY with DER that is no certificate.
type garbageFirst struct {
	cns.Transmitter
	done bool
}

func (g *garbageFirst) Transmit(b []byte) ([]byte, error) {
	if b[1] == iso7816.InsReadBinary && !g.done {
		g.done = true
		return append([]byte{0x30, 0x82, 0x00, 0x04, 0x30, 0x03, 0x02, 0x01}, 0x90, 0x00), nil
	}
	return g.Transmitter.Transmit(b)
}

func TestTheFirstOfTwoCertificatesIsRead(t *testing.T) {
	der := newCard(t, testcard.Options{}).Certificate().Raw
	second := append(bytes.Clone(der), der...)
	for _, layout := range driven {
		file := second
		if layout == testcard.LayoutInfoCamere {
			file = append([]byte{1, byte(len(second) >> 8), byte(len(second)), 0, 0}, second...)
		}
		chip := newCard(t, testcard.Options{Layout: layout, CertificateFile: file, Quirks: testcard.Quirks{NoSize: true}})
		if got := know(t, chip, cns.New(chip)); !bytes.Equal(got, der) {
			t.Errorf("%s: %d bytes instead of %d", layout, len(got), len(der))
		}
	}
}
