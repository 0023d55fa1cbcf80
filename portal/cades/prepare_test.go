// SPDX-License-Identifier: BSD-3-Clause

package cades_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestOptionsThatDoNotFitAreRefused(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve := *giada.cert
	curve.PublicKey = key.Public()
	for name, change := range map[string]func(*cades.Options){
		"no certificate":                  func(o *cades.Options) { o.Certificate = nil },
		"the certificate of an authority": func(o *cades.Options) { o.Certificate = pki.CA() },
		"a key of an elliptic curve":      func(o *cades.Options) { o.Certificate = &curve },
		"no signing time":                 func(o *cades.Options) { o.SigningTime = time.Time{} },
		"a signing time of 1900":          func(o *cades.Options) { o.SigningTime = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC) },
		"a signing time of 10000":         func(o *cades.Options) { o.SigningTime = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"a chain of nine":                 func(o *cades.Options) { o.Chain = make([]*x509.Certificate, 9) },
		"nothing in the chain":            func(o *cades.Options) { o.Chain = make([]*x509.Certificate, 1) },
		"a long MIME type":                func(o *cades.Options) { o.MimeType = strings.Repeat("x/", 100) },
		"no MIME type":                    func(o *cades.Options) { o.MimeType = "text\x00plain" },
		"a PDF with a signing time":       func(o *cades.Options) { o.Profile = cades.PAdES },
		"a PDF with a MIME type": func(o *cades.Options) {
			o.Profile, o.SigningTime, o.MimeType = cades.PAdES, time.Time{}, "application/pdf"
		},
		"another profile": func(o *cades.Options) { o.Profile = 7 },
	} {
		o := giada.options()
		change(&o)
		if _, err := cades.Prepare(bytes.NewReader(text), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := cades.Size(o, 0); err == nil {
			t.Errorf("%s: it has a size", name)
		}
	}
}

func TestADocumentThatCannotBeReadOrIsTooLargeIsRefused(t *testing.T) {
	giada, broken := card(testpki.LeafOptions{}), errors.New("the disk is broken")
	if _, err := cades.Prepare(iotest.ErrReader(broken), giada.options()); !errors.Is(err, broken) {
		t.Errorf("a broken disk: %v", err)
	}
	if _, err := cades.Prepare(zeros{}, giada.options()); !isRefusal(err, document.FaultTooLarge) {
		t.Errorf("a document without end: %v", err)
	}
}

// zeros is a document without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

func TestAValueThatTheCardDidNotMakeIsRefused(t *testing.T) {
	giada, other := card(testpki.LeafOptions{}), card(testpki.LeafOptions{FreshKey: true})
	p, err := cades.Prepare(bytes.NewReader(text), giada.options())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	short := giada.value(t, p.Digest())
	for name, value := range map[string][]byte{
		"nothing": nil, "of another key": other.value(t, p.Digest()), "of the document itself": giada.value(t, sum[:]), "cut": short[:255], "longer": append(short, 0),
	} {
		if _, err := p.Assemble(value); !isRefusal(err, document.FaultSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADocumentThatChangedBeforeItIsWrittenIsRefused(t *testing.T) {
	s := card(testpki.LeafOptions{}).signed(t, text, nil)
	changed := bytes.Clone(text)
	changed[3] ^= 1
	for name, content := range map[string][]byte{"changed": changed, "shorter": text[:10], "empty": nil, "longer": append(bytes.Clone(text), 'x')} {
		if err := s.WriteAttached(io.Discard, bytes.NewReader(content)); !isRefusal(err, document.FaultDocumentChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	full := errors.New("the disk is full")
	for _, after := range []int{0, 30, 5000} {
		large := bytes.Repeat(text, 1000)
		s := card(testpki.LeafOptions{}).signed(t, large, nil)
		if err := s.WriteAttached(&fullDisk{after, full}, bytes.NewReader(large)); !errors.Is(err, full) {
			t.Errorf("a disk that is full after %d bytes: %v", after, err)
		}
	}
}

type fullDisk struct {
	room int
	err  error
}

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.room -= len(b); d.room < 0 {
		return 0, d.err
	}
	return len(b), nil
}

func TestWhatFitsNotTogetherIsNotWritten(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	p, err := cades.PrepareDigest(sha256.Sum256(text), giada.options())
	if err != nil {
		t.Fatal(err)
	}
	apart := giada.assembled(t, p)
	if err := apart.WriteAttached(io.Discard, bytes.NewReader(text)); err == nil {
		t.Error("a document of which only the digest is known is written")
	}
	documenttest.WantGood(t, documenttest.Only(t, verify(t, detached(t, apart), cades.Input{Content: bytes.NewReader(text)})))

	p, err = cades.PrepareBeside(read(t, attached(t, giada.signed(t, text, nil), text)), card(testpki.LeafOptions{FreshKey: true}).options())
	if err != nil {
		t.Fatal(err)
	}
	beside := card(testpki.LeafOptions{}) // of the wrong key
	if _, err := p.Assemble(beside.value(t, p.Digest())); !isRefusal(err, document.FaultSignature) {
		t.Errorf("another card: %v", err)
	}
}

func TestTheRoomForASignatureIsWhatItTakes(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	for name, change := range map[string]func(*cades.Options){
		"for a PDF":        func(o *cades.Options) { o.Profile, o.SigningTime = cades.PAdES, time.Time{} },
		"with a chain":     func(o *cades.Options) { o.Chain = []*x509.Certificate{pki.CA()} },
		"with a MIME type": func(o *cades.Options) { o.MimeType = "application/pdf" },
	} {
		o := giada.options()
		change(&o)
		size, err := cades.Size(o, 0)
		if err != nil {
			t.Fatal(err)
		}
		s := giada.signed(t, text, change)
		if n := len(detached(t, s)); n != size {
			t.Errorf("%s: %d bytes, not %d", name, n, size)
		}
		if size, err = cades.Size(o, cades.StampRoom); err != nil {
			t.Fatal(err)
		}
		if err := s.Stamp(t.Context(), authority(t, testpki.TSAOptions{})); err != nil {
			t.Fatal(err)
		}
		if n := len(detached(t, s)); n > size {
			t.Errorf("%s, with a time stamp: %d bytes, more than %d", name, n, size)
		}
	}
}

func TestAnAuthorityThatGivesNoTimeStampLeavesTheSignatureAsItWas(t *testing.T) {
	s := card(testpki.LeafOptions{}).signed(t, text, nil)
	before := detached(t, s)
	if err := s.Stamp(t.Context(), authority(t, testpki.TSAOptions{Status: 2})); err == nil {
		t.Error("a time stamp that was not given is accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Stamp(ctx, authority(t, testpki.TSAOptions{})); !errors.Is(err, context.Canceled) {
		t.Errorf("a citizen who went away: %v", err)
	}
	if !bytes.Equal(detached(t, s), before) {
		t.Error("the signature has changed")
	}
}

func TestASignatureIsAddedBesideTheOthersWhoseBytesStay(t *testing.T) {
	giada, other, third := card(testpki.LeafOptions{}), card(testpki.LeafOptions{FreshKey: true}), card(testpki.LeafOptions{FreshKey: true, Serial: nil})
	first := attached(t, giada.signed(t, text, nil), text)
	streamed := loose(t, forged(giada))
	for name, message := range map[string][]byte{"DER": first, "BER with lengths where it matters": streamed} {
		t.Run(name, func(t *testing.T) {
			for i, s := range []signer{other, third} {
				before, err := cms.Parse(message)
				if err != nil {
					t.Fatal(err)
				}
				p, err := cades.PrepareBeside(read(t, message), s.options())
				if err != nil {
					t.Fatal(err)
				}
				assembled := s.assembled(t, p)
				if _, err := assembled.Detached(); err == nil {
					t.Error("it is written without the document of the others")
				}
				if err := assembled.WriteAttached(io.Discard, bytes.NewReader(text)); err == nil {
					t.Error("two documents are accepted")
				}
				var out bytes.Buffer
				if err := assembled.WriteAttached(&out, nil); err != nil {
					t.Fatal(err)
				}
				message = out.Bytes()
				for _, part := range append(before.Signers, before.Certificates...) {
					if !bytes.Contains(message, part) {
						t.Error("bytes of another signer are lost")
					}
				}
				found := verify(t, message, cades.Input{})
				if len(found) != i+2 {
					t.Fatalf("%d signatures", len(found))
				}
				for _, f := range found {
					documenttest.WantGood(t, f)
				}
				if !bytes.Equal(read(t, message).Content(), text) {
					t.Error("another document")
				}
			}
		})
	}
}

func TestNoSignatureIsAddedWhereTheOthersCouldNotBeKept(t *testing.T) {
	giada, other := card(testpki.LeafOptions{}), card(testpki.LeafOptions{FreshKey: true})
	archived := func(id asn1.ObjectIdentifier) []byte {
		f := forged(giada)
		f.unsigned = [][]byte{attribute(id, encoded([]byte("token")))}
		return f.message(t)
	}
	receipt := forged(giada)
	receipt.contentType = oidTSTInfo
	for name, c := range map[string]struct {
		message []byte
		options cades.Options
		want    document.Fault
	}{
		"detached":                     {detached(t, giada.signed(t, text, nil)), other.options(), document.FaultNotAllowed},
		"an archive time stamp":        {archived(cms.OIDArchiveTimeStamp), other.options(), document.FaultNotAllowed},
		"one of version 2":             {archived(cms.OIDArchiveTimeStampV2), other.options(), document.FaultNotAllowed},
		"data of long-term validation": {archived(cms.OIDLongTermValidation), other.options(), document.FaultNotAllowed},
		"no document":                  {receipt.message(t), other.options(), document.FaultNotAllowed},
		"the same card again":          {attached(t, giada.signed(t, text, nil), text), giada.options(), document.FaultNotAllowed},
		"a PDF":                        {attached(t, giada.signed(t, text, nil), text), cades.Options{Profile: cades.PAdES, Certificate: other.cert}, document.FaultNotAllowed},
		"32 signers":                   {crowded(t, giada, 32), other.options(), document.FaultTooLarge},
	} {
		if _, err := cades.PrepareBeside(read(t, c.message), c.options); !isRefusal(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	none := other.options()
	none.Certificate = nil
	if _, err := cades.PrepareBeside(read(t, attached(t, giada.signed(t, text, nil), text)), none); err == nil {
		t.Error("no certificate: accepted")
	}
}

func crowded(t *testing.T, s signer, n int) []byte {
	all := []*forgery{forged(s)}
	for len(all) < n {
		f := forged(s)
		f.certs = nil
		all = append(all, f)
	}
	return joined(t, all...)
}
