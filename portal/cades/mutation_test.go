// SPDX-License-Identifier: BSD-3-Clause

package cades_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/cades"
	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestTheMessageThatIsForgedIsGood(t *testing.T) {
	s := documenttest.Only(t, verify(t, forged(card(testpki.LeafOptions{})).message(t), cades.Input{}))
	documenttest.WantGood(t, s)
	if s.Level != document.LevelB || s.Cover != document.CoverWhole {
		t.Errorf("%+v", s)
	}
}

func TestEachForgeryIsFoundOutForWhatItIs(t *testing.T) {
	giada, other := card(testpki.LeafOptions{}), card(testpki.LeafOptions{FreshKey: true})
	twin := card(testpki.LeafOptions{Serial: giada.cert.SerialNumber, Policy: testpki.PolicyLombardy}) // same key, name and serial number
	sum512, short, sum := sha512.Sum512(text), sha1.Sum(giada.cert.Raw), sha512.Sum512(giada.cert.Raw)
	digest512 := attribute(cms.OIDMessageDigest, encoded(sum512[:]))
	for name, c := range map[string]struct {
		change func(f *forgery)
		want   []document.Fault
	}{
		"another document":           {func(f *forgery) { f.content = []byte("altro") }, []document.Fault{document.FaultDocumentChanged}},
		"one bit of the value":       {func(f *forgery) { f.change = func(s []byte) { s[100] ^= 1 } }, []document.Fault{document.FaultSignature}},
		"the value of another":       {func(f *forgery) { f.key = other.key }, []document.Fault{document.FaultSignature}},
		"a certificate of others":    {func(f *forgery) { f.named, f.certs = other.cert, []*x509.Certificate{other.cert} }, []document.Fault{document.FaultSigningCert, document.FaultSignature}},
		"no certificate":             {func(f *forgery) { f.certs = nil }, []document.Fault{document.FaultNoCertificate}},
		"a twin's certificate":       {func(f *forgery) { f.certs = []*x509.Certificate{twin.cert} }, []document.Fault{document.FaultSigningCert}},
		"no attributes":              {func(f *forgery) { f.noSigned = true }, []document.Fault{document.FaultAttributeAbsent}},
		"an empty set of attributes": {func(f *forgery) { f.attributes = nil }, []document.Fault{document.FaultAttributeAbsent}},
		"out of order":               {func(f *forgery) { f.attributes[0], f.attributes[1] = f.attributes[1], f.attributes[0] }, []document.Fault{document.FaultAttribute}},

		"no content-type":         {func(f *forgery) { f.replace(cms.OIDContentType) }, []document.Fault{document.FaultAttributeAbsent}},
		"content-type of another": {func(f *forgery) { f.replace(cms.OIDContentType, attribute(cms.OIDContentType, encoded(oidTSTInfo))) }, []document.Fault{document.FaultAttribute}},
		"content-type twice":      {func(f *forgery) { f.attributes = append(f.attributes, contentTypeAttribute()); f.sorted() }, []document.Fault{document.FaultAttribute}},
		"content-type of two values": {func(f *forgery) {
			f.replace(cms.OIDContentType, attribute(cms.OIDContentType, encoded(cms.OIDData), encoded(oidTSTInfo)))
		}, []document.Fault{document.FaultAttribute}},
		"content-type without value": {func(f *forgery) { f.replace(cms.OIDContentType, attribute(cms.OIDContentType)) }, []document.Fault{document.FaultAttribute}},
		"a content of another type":  {func(f *forgery) { f.contentType = oidTSTInfo }, []document.Fault{document.FaultFormat, document.FaultAttribute}},
		"a content that is no document": {func(f *forgery) {
			f.contentType = oidTSTInfo
			f.replace(cms.OIDContentType, attribute(cms.OIDContentType, encoded(oidTSTInfo)))
		}, []document.Fault{document.FaultFormat}},

		"no message-digest":          {func(f *forgery) { f.replace(cms.OIDMessageDigest) }, []document.Fault{document.FaultAttributeAbsent}},
		"message-digest of another":  {func(f *forgery) { f.replace(cms.OIDMessageDigest, digestAttribute([]byte("altro"))) }, []document.Fault{document.FaultDocumentChanged}},
		"message-digest twice":       {func(f *forgery) { f.attributes = append(f.attributes, digestAttribute([]byte("altro"))); f.sorted() }, []document.Fault{document.FaultAttribute}},
		"message-digest of no bytes": {func(f *forgery) { f.replace(cms.OIDMessageDigest, attribute(cms.OIDMessageDigest, encoded([]byte{}))) }, []document.Fault{document.FaultDocumentChanged}},
		"message-digest of a number": {func(f *forgery) { f.replace(cms.OIDMessageDigest, attribute(cms.OIDMessageDigest, encoded(1))) }, []document.Fault{document.FaultAttribute}},

		"signing-time twice": {func(f *forgery) { f.attributes = append(f.attributes, timeAttribute()); f.sorted() }, []document.Fault{document.FaultAttribute}},
		"signing-time of two values": {func(f *forgery) {
			f.replace(cms.OIDSigningTime, attribute(cms.OIDSigningTime, encoded(time.Now().UTC()), encoded(time.Now().UTC())))
		}, []document.Fault{document.FaultAttribute}},
		"signing-certificate-v2 of two values": {func(f *forgery) {
			both := certAttribute(giada.cert)[2+13+2:] // after the headers and the type
			f.replace(cms.OIDSigningCertificateV2, attribute(cms.OIDSigningCertificateV2, both, both))
		}, []document.Fault{document.FaultAttribute}},
		"signing-time of a number":          {func(f *forgery) { f.replace(cms.OIDSigningTime, attribute(cms.OIDSigningTime, encoded(1))) }, []document.Fault{document.FaultAttribute}},
		"no signing-certificate-v2":         {func(f *forgery) { f.replace(cms.OIDSigningCertificateV2) }, []document.Fault{document.FaultAttributeAbsent}},
		"signing-certificate-v2 of another": {func(f *forgery) { f.replace(cms.OIDSigningCertificateV2, certAttribute(other.cert)) }, []document.Fault{document.FaultSigningCert}},
		"signing-certificate-v2 twice":      {func(f *forgery) { f.attributes = append(f.attributes, certAttribute(other.cert)); f.sorted() }, []document.Fault{document.FaultAttribute}},
		"signing-certificate-v2 empty": {func(f *forgery) {
			f.replace(cms.OIDSigningCertificateV2, attribute(cms.OIDSigningCertificateV2, tlv(0x30)))
		}, []document.Fault{document.FaultAttribute}},
		"signing-certificate-v2 of another number": {func(f *forgery) {
			f.replace(cms.OIDSigningCertificateV2, attribute(cms.OIDSigningCertificateV2, certIDs(sha512ID, encoded(sum[:]), tlv(0x30, tlv(0x30), encoded(4711)))))
		}, []document.Fault{document.FaultSigningCert}},
		"signing-certificate by SHA-1": {func(f *forgery) {
			f.replace(cms.OIDSigningCertificateV2, attribute(cms.OIDSigningCertificate, certIDs(encoded(short[:]))))
		}, []document.Fault{document.FaultWeakAlgorithm}},
		"signing-certificate-v2 by SHA-1": {func(f *forgery) {
			f.replace(cms.OIDSigningCertificateV2, attribute(cms.OIDSigningCertificateV2, certIDs(sha1ID, encoded(short[:]))))
		}, []document.Fault{document.FaultWeakAlgorithm}},
		"signing-certificate-v2 by a hash function nobody knows": {func(f *forgery) {
			f.replace(cms.OIDSigningCertificateV2, attribute(cms.OIDSigningCertificateV2, certIDs(sha3ID, encoded(short[:]))))
		}, []document.Fault{document.FaultAlgorithm}},

		"an attribute that nobody knows, twice": {func(f *forgery) {
			f.attributes = append(f.attributes, attribute(oidUnknownID, encoded(1)), attribute(oidUnknownID, encoded(2)))
			f.sorted()
		}, []document.Fault{document.FaultAttribute}},
		"SHA-1":                          {func(f *forgery) { f.digest, f.algorithm = sha1ID, rsaSHA1ID }, []document.Fault{document.FaultWeakAlgorithm}},
		"SHA-1 for the attributes only":  {func(f *forgery) { f.algorithm, f.hash = rsaSHA1ID, crypto.SHA1 }, []document.Fault{document.FaultWeakAlgorithm}},
		"MD5 for the attributes only":    {func(f *forgery) { f.algorithm = rsaMD5ID }, []document.Fault{document.FaultWeakAlgorithm}},
		"two hash functions":             {func(f *forgery) { f.algorithm, f.hash = rsaSHA512ID, crypto.SHA512 }, []document.Fault{document.FaultAlgorithm}},
		"a hash function nobody knows":   {func(f *forgery) { f.digest = sha3ID }, []document.Fault{document.FaultAlgorithm}},
		"an algorithm nobody knows":      {func(f *forgery) { f.algorithm = ed25519ID }, []document.Fault{document.FaultAlgorithm}},
		"an algorithm of another key":    {func(f *forgery) { f.algorithm = ecdsa256ID }, []document.Fault{document.FaultSignature}},
		"PSS without parameters":         {func(f *forgery) { f.algorithm = identifier(1, 2, 840, 113549, 1, 1, 10) }, []document.Fault{document.FaultAlgorithm}},
		"PSS with another hash function": {func(f *forgery) { f.algorithm = pss(sha512ID, sha256ID) }, []document.Fault{document.FaultAlgorithm}},
		"PSS with another mask":          {func(f *forgery) { f.algorithm = pss(sha256ID, sha512ID) }, []document.Fault{document.FaultAlgorithm}},
		"PSS that is none":               {func(f *forgery) { f.algorithm = pss(sha256ID, sha256ID) }, []document.Fault{document.FaultSignature}},
		"algorithms that are not those signed": {func(f *forgery) {
			f.attributes = append(f.attributes, attribute(cms.OIDAlgorithmProtection, tlv(0x30, sha512ID, append([]byte{0xA1}, rsaSHA256ID[1:]...))))
			f.sorted()
		}, []document.Fault{document.FaultAttribute}},

		// good ones
		"the twin's certificate beside": {func(f *forgery) { f.certs = append([]*x509.Certificate{twin.cert}, f.certs...) }, nil},
		"rsaEncryption":                 {func(f *forgery) { f.algorithm = rsaID }, nil},
		"SHA-512": {func(f *forgery) {
			f.digest, f.algorithm, f.hash = sha512ID, rsaSHA512ID, crypto.SHA512
			f.replace(cms.OIDMessageDigest, digest512)
		}, nil},
		"an attribute that nobody knows": {func(f *forgery) { f.attributes = append(f.attributes, attribute(oidUnknownID, encoded(1))); f.sorted() }, nil},
		"algorithms that are signed": {func(f *forgery) {
			f.attributes = append(f.attributes, attribute(cms.OIDAlgorithmProtection, tlv(0x30, sha256ID, append([]byte{0xA1}, rsaSHA256ID[1:]...))))
			f.sorted()
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := forged(giada)
			c.change(f)
			s := documenttest.Only(t, verify(t, f.message(t), cades.Input{}))
			documenttest.WantFaults(t, s, c.want...)
			if c.want == nil && !s.Certificate.Equal(giada.cert) {
				t.Error("it is said to be of another certificate")
			}
			if c.want != nil && (s.Level != document.LevelNone || s.Cover != document.CoverNone) {
				t.Errorf("level %q, cover %q", s.Level, s.Cover)
			}
		})
	}
}

func TestWithoutSigningTimeItIsGoodButNoBaseline(t *testing.T) {
	s := documenttest.Only(t, verify(t, forged(card(testpki.LeafOptions{})).replace(cms.OIDSigningTime).message(t), cades.Input{}))
	documenttest.WantGood(t, s)
	if s.Level != document.LevelNone || !s.ClaimedTime.IsZero() {
		t.Errorf("%+v", s)
	}
}

func TestATimeStillToComeIsNoted(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	o := func(o *cades.Options) { o.SigningTime = time.Now().Add(time.Hour) }
	s := documenttest.Only(t, verify(t, attached(t, giada.signed(t, text, o), text), cades.Input{}))
	documenttest.WantGood(t, s)
	if len(s.Notes) < 1 {
		t.Error("nothing is noted")
	}
}

func TestOneWrongSignerAmongTwoIsFoundAndTheOtherIsGood(t *testing.T) {
	giada, other := forged(card(testpki.LeafOptions{})), forged(card(testpki.LeafOptions{FreshKey: true}))
	other.change = func(s []byte) { s[0] ^= 1 }
	found := verify(t, joined(t, giada, other), cades.Input{})
	if len(found) != 2 {
		t.Fatalf("%d signatures", len(found))
	}
	documenttest.WantGood(t, found[0])
	documenttest.WantFaults(t, found[1], document.FaultSignature)
}

func TestASignatureOfAnEllipticCurveIsVerified(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	giada := card(testpki.LeafOptions{})
	template := *giada.cert
	template.PublicKey, template.PublicKeyAlgorithm, template.SignatureAlgorithm = nil, 0, x509.SHA256WithRSA
	der, err := x509.CreateCertificate(rand.Reader, &template, pki.CA(), key.Public(), pki.CASigner())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	f := forged(signer{cert, giada.key})
	f.algorithm = ecdsa256ID
	message := f.message(t)
	documenttest.WantFaults(t, documenttest.Only(t, verify(t, message, cades.Input{})), document.FaultSignature)

	set := crypto.SHA256.New()
	set.Write(tlv(0x31, f.attributes...))
	signature, err := ecdsa.SignASN1(rand.Reader, key, set.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	info := f.signerInfo(t)
	rsaValue := 4 + 256 // its tag, length and value end the SignerInfo
	body := info[4 : len(info)-rsaValue]
	good := tlv(0x30, body, encoded(signature))
	d := cms.SignedData{Version: 1, DigestAlgorithms: [][]byte{sha256ID}, ContentType: cms.OIDData, Attached: true, Content: text, Certificates: [][]byte{cert.Raw}, Signers: [][]byte{good}}
	message, err = d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	documenttest.WantGood(t, documenttest.Only(t, verify(t, message, cades.Input{})))
}

// A key of a million bits would keep a portal busy for minutes.
func TestAKeyThatIsTooLargeIsNotComputedWith(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	template := *giada.cert
	template.SignatureAlgorithm = x509.SHA256WithRSA
	large := new(big.Int).SetBit(big.NewInt(1), 8200, 1)
	der, err := x509.CreateCertificate(rand.Reader, &template, pki.CA(), &rsa.PublicKey{N: large, E: 65537}, pki.CASigner())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	documenttest.WantFaults(t, documenttest.Only(t, verify(t, forged(signer{cert, giada.key}).message(t), cades.Input{})), document.FaultTooLarge)

	template.ExtraExtensions = []pkix.Extension{{Id: oidUnknownID, Value: make([]byte, 32<<10)}}
	if der, err = x509.CreateCertificate(rand.Reader, &template, pki.CA(), giada.key.Public(), pki.CASigner()); err != nil {
		t.Fatal(err)
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	documenttest.WantFaults(t, documenttest.Only(t, verify(t, forged(signer{cert, giada.key}).message(t), cades.Input{})), document.FaultNoCertificate)
}

// Whatever byte is changed: it is not read, or a fault is found, or nothing of what is said depends on it.
func TestNoChangedByteChangesWhatIsSaid(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	s := giada.signed(t, text, nil)
	if err := s.Stamp(t.Context(), authority(t, testpki.TSAOptions{})); err != nil {
		t.Fatal(err)
	}
	good := attached(t, s, text)
	want := documenttest.Only(t, verify(t, good, cades.Input{}))
	documenttest.WantGood(t, want)
	trusted, kept := trust(t, nil), 0
	for i := range good {
		for _, bit := range []byte{0x01, 0x80} {
			broken := bytes.Clone(good)
			broken[i] ^= bit
			m, err := cades.Read(broken)
			if err != nil {
				continue
			}
			found, err := m.Verify(t.Context(), trusted, cades.Input{})
			if err != nil || len(found) != 1 || !found[0].Good() || found[0].Level != document.LevelT {
				continue
			}
			kept++
			f := found[0]
			if !bytes.Equal(m.Content(), text) || !f.Certificate.Equal(giada.cert) || !f.ClaimedTime.Equal(want.ClaimedTime) || !f.TimeStamps[0].Time.Equal(want.TimeStamps[0].Time) {
				t.Fatalf("byte %d: %+v", i, f)
			}
		}
	}
	if kept > 60 { // versions, and the set of digest algorithms, which nobody signs
		t.Errorf("%d changes are not found", kept)
	}
}

func TestAMessageThatIsCutAnywhereIsRefused(t *testing.T) {
	good := attached(t, card(testpki.LeafOptions{}).signed(t, text, nil), text)
	for n := range len(good) {
		if _, err := cades.Read(good[:n]); !isRefusal(err, document.FaultFormat) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	if _, err := cades.Read(append(bytes.Clone(good), 0)); !isRefusal(err, document.FaultFormat) {
		t.Errorf("a byte more: %v", err)
	}
}
