// SPDX-License-Identifier: BSD-3-Clause

package document_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/revocation"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// What a portal has for logins serves for signatures too.
var (
	_ document.Revocation = portal.Revocation(nil)
	_ document.Source     = portal.TrustSource(nil)
)

func TestNobodyIsTrustedWhoIsNoAuthority(t *testing.T) {
	citizen := issue(t, testpki.LeafOptions{}, nil)
	ca := []*x509.Certificate{pki.CA()}
	for name, o := range map[string]document.Options{
		"nobody":                     {},
		"a citizen":                  {TrustAnchors: []*x509.Certificate{citizen}},
		"nil":                        {TrustAnchors: []*x509.Certificate{nil}},
		"a citizen in between":       {TrustAnchors: ca, Intermediates: []*x509.Certificate{citizen}},
		"a citizen for time":         {TrustAnchors: ca, TimeAuthorities: []*x509.Certificate{citizen}},
		"a policy that is no number": {TrustAnchors: ca, Policies: []string{"CNS"}},
	} {
		if _, err := document.NewTrust(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// source is trusted for what is in it, which may be nothing.
type source struct{ pool *x509.CertPool }

func (s source) TrustAnchors() *x509.CertPool { return s.pool }

func TestEachCertificateIsJudged(t *testing.T) {
	curve := func(c elliptic.Curve) *x509.Certificate {
		key, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := *issue(t, testpki.LeafOptions{}, nil)
		template.SignatureAlgorithm = x509.SHA256WithRSA
		der, err := x509.CreateCertificate(rand.Reader, &template, pki.CA(), key.Public(), pki.CASigner())
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	leaf := func(o testpki.LeafOptions) *x509.Certificate { return issue(t, o, nil) }
	anchors := func(c *x509.Certificate) *x509.CertPool {
		pool := x509.NewCertPool()
		pool.AddCert(c)
		return pool
	}
	for name, c := range map[string]struct {
		cert   *x509.Certificate
		change func(*document.Options)
		want   []document.Fault
	}{
		"none":                                        {want: []document.Fault{document.FaultNoCertificate}},
		"of 1024 bits":                                {cert: leaf(testpki.LeafOptions{Bits: 1024}), want: []document.Fault{document.FaultWeakKey}},
		"of a curve of 224 bits":                      {cert: curve(elliptic.P224()), want: []document.Fault{document.FaultWeakKey}},
		"for encryption only":                         {cert: issue(t, testpki.LeafOptions{}, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), want: []document.Fault{document.FaultKeyUsage}},
		"of the authority itself":                     {cert: pki.CA(), want: []document.Fault{document.FaultKeyUsage, document.FaultUntrusted}},
		"of an authority that signs documents":        {cert: issue(t, testpki.LeafOptions{}, func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }), want: []document.Fault{document.FaultKeyUsage}},
		"expired":                                     {cert: leaf(testpki.LeafOptions{Validity: testpki.Expired}), want: []document.Fault{document.FaultExpired}},
		"not yet valid":                               {cert: leaf(testpki.LeafOptions{Validity: testpki.NotYetValid}), want: []document.Fault{document.FaultNotYetValid}},
		"of another authority":                        {cert: leaf(testpki.LeafOptions{SignedBy: testpki.OtherCA}), want: []document.Fault{document.FaultUntrusted}},
		"of a forger":                                 {cert: leaf(testpki.LeafOptions{SignedBy: testpki.Forger}), want: []document.Fault{document.FaultUntrusted}},
		"expired, and of a forger":                    {cert: leaf(testpki.LeafOptions{SignedBy: testpki.Forger, Validity: testpki.Expired}), want: []document.Fault{document.FaultExpired, document.FaultUntrusted}},
		"with nobody trusted just now":                {cert: leaf(testpki.LeafOptions{}), change: func(o *document.Options) { o.TrustAnchors, o.Source = nil, source{} }, want: []document.Fault{document.FaultUntrusted}},
		"of an authority that the list does not have": {cert: leaf(testpki.LeafOptions{}), change: func(o *document.Options) { o.TrustAnchors, o.Source = nil, source{anchors(pki.OtherCA())} }, want: []document.Fault{document.FaultUntrusted}},

		"in order":                     {cert: leaf(testpki.LeafOptions{})},
		"for signatures":               {cert: leaf(testpki.LeafOptions{NonRepudiation: true})},
		"of a curve of 256 bits":       {cert: curve(elliptic.P256())},
		"of 1024 bits, where accepted": {cert: leaf(testpki.LeafOptions{Bits: 1024}), change: func(o *document.Options) { o.AllowRSA1024 = true }},
		"of an authority of the list":  {cert: leaf(testpki.LeafOptions{}), change: func(o *document.Options) { o.TrustAnchors, o.Source = nil, source{anchors(pki.CA())} }},
		"of one beside the list":       {cert: leaf(testpki.LeafOptions{SignedBy: testpki.OtherCA}), change: func(o *document.Options) { o.Source = source{anchors(pki.OtherCA())} }},
	} {
		t.Run(name, func(t *testing.T) {
			never := &asked{}
			s := judged(t, trust(t, func(o *document.Options) {
				if o.Revocation = never; c.change != nil {
					c.change(o)
				}
			}), c.cert)
			documenttest.WantFaults(t, s, c.want...)
			if untrusted := s.Has(document.FaultUntrusted) || c.cert == nil; (s.Chain == nil) != untrusted || (s.Kind == document.KindNone) != untrusted {
				t.Errorf("kind %q, chain of %d", s.Kind, len(s.Chain))
			}
			if want := map[bool]int{true: 1}[s.Good()]; never.count != want {
				t.Errorf("revocation was asked for %d times", never.count)
			}
		})
	}
}

// An authority of the document is not computed with when its key is too large; crypto/x509 has no ceiling.
func TestAnAuthorityWithAHugeKeyIsLeftAside(t *testing.T) {
	ca := *pki.CA()
	ca.PublicKey = &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 1<<20, 1), E: 65537}
	s := document.Signature{Certificate: issue(t, testpki.LeafOptions{SignedBy: testpki.Forger}, nil)}
	trust(t, func(o *document.Options) { o.TrustAnchors = []*x509.Certificate{pki.OtherCA()} }).Judge(t.Context(), &s, []*x509.Certificate{&ca})
	documenttest.WantFaults(t, s, document.FaultUntrusted)

	huge := *issue(t, testpki.LeafOptions{}, nil)
	huge.PublicKey = ca.PublicKey
	documenttest.WantFaults(t, judged(t, trust(t, nil), &huge), document.FaultTooLarge)
}

func TestTheSystemsOwnAuthoritiesAreNeverUsed(t *testing.T) {
	t.Setenv("SSL_CERT_FILE", "/dev/null")
	s := judged(t, trust(t, func(o *document.Options) { o.TimeAuthorities = nil }), issue(t, testpki.LeafOptions{}, nil))
	documenttest.WantFaults(t, s)
	stamp := document.TimeStamp{Time: time.Now(), Certificate: pki.NewTSA(testpki.TSAOptions{}).Certificate()}
	trust(t, func(o *document.Options) { o.TimeAuthorities = nil }).JudgeTime(t.Context(), &stamp, nil)
	if !stamp.Has(document.FaultTimeAuthority) || !strings.Contains(stamp.Faults[0].Detail, "no list") {
		t.Errorf("%v", stamp.Faults)
	}
}

// An authority between the anchor and the signer may come with the document; a citizen's certificate is none.
func TestTheChainMayComeWithTheDocument(t *testing.T) {
	root, between, leaf := chainOfThree(t, true)
	judge := func(others []*x509.Certificate, change func(*document.Options)) document.Signature {
		s := document.Signature{Certificate: leaf}
		trust(t, func(o *document.Options) {
			if o.TrustAnchors = []*x509.Certificate{root}; change != nil {
				change(o)
			}
		}).Judge(t.Context(), &s, others)
		return s
	}
	documenttest.WantFaults(t, judge(nil, nil), document.FaultUntrusted)
	other, citizen, beneath := chainOfThree(t, false)
	s := document.Signature{Certificate: beneath}
	trust(t, func(o *document.Options) { o.TrustAnchors = []*x509.Certificate{other} }).Judge(t.Context(), &s, []*x509.Certificate{citizen})
	documenttest.WantFaults(t, s, document.FaultUntrusted)

	good := judge([]*x509.Certificate{between}, nil)
	documenttest.WantFaults(t, good)
	if len(good.Chain) != 3 {
		t.Errorf("a chain of %d", len(good.Chain))
	}
	counting := &asked{}
	documenttest.WantFaults(t, judge(nil, func(o *document.Options) { o.Intermediates, o.Revocation = []*x509.Certificate{between}, counting }))
	if counting.count != 2 {
		t.Errorf("revocation was asked for %d of 2 certificates", counting.count)
	}
}

// chainOfThree gives an anchor, who it has issued a certificate to, and a signer of the latter, which is an authority or
// just a citizen.
func chainOfThree(t *testing.T, authority bool) (root, between, leaf *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	issue := func(number int64, name string, ca bool, parent *x509.Certificate) *x509.Certificate {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(number), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			BasicConstraintsValid: true, IsCA: ca, KeyUsage: x509.KeyUsageDigitalSignature,
		}
		if ca {
			template.KeyUsage = x509.KeyUsageCertSign
		}
		if parent == nil {
			parent = template
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	root = issue(1, "Radice", true, nil)
	between = issue(2, "Tra", authority, root)
	return root, between, issue(3, "Firmatario", false, between)
}

func TestWhatWasTakenBackIsAFaultUnlessATimeStampIsOlder(t *testing.T) {
	server, err := pki.StartRevocation()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	crl := testpki.LeafOptions{CRLURL: server.CRLURL(), OCSPURL: "-"}
	revoked, suspended, good := issue(t, crl, nil), issue(t, crl, nil), issue(t, crl, nil)
	silent := issue(t, testpki.LeafOptions{CRLURL: "http://127.0.0.1:1/crl", OCSPURL: "-"}, nil)
	pki.Revoke(revoked) // a day ago
	pki.Suspend(suspended)
	checker := revocation.New(revocation.Options{AllowLoopback: true, Timeout: time.Minute, CacheFor: -1})
	judge := trust(t, func(o *document.Options) { o.Revocation = checker })
	hour, days := time.Now().Add(-time.Hour), time.Now().AddDate(0, 0, -3)
	for name, c := range map[string]struct {
		cert   *x509.Certificate
		stamps []time.Time
		want   []document.Fault
		notes  int
	}{
		"revoked":                             {cert: revoked, want: []document.Fault{document.FaultRevoked}},
		"revoked, with a time stamp after it": {cert: revoked, stamps: []time.Time{hour}, want: []document.Fault{document.FaultRevoked}},
		"suspended":                           {cert: suspended, want: []document.Fault{document.FaultSuspended}},
		"suspended, with a time stamp after":  {cert: suspended, stamps: []time.Time{hour}, want: []document.Fault{document.FaultSuspended}},
		"unknown":                             {cert: silent, want: []document.Fault{document.FaultRevocation}},
		"unknown, with a time stamp":          {cert: silent, stamps: []time.Time{days}, want: []document.Fault{document.FaultRevocation}},
		"good":                                {cert: good},
		"revoked after a time stamp":          {cert: revoked, stamps: []time.Time{days}, notes: 1},
		"suspended after a time stamp":        {cert: suspended, stamps: []time.Time{hour, days}, notes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := judged(t, judge, c.cert, c.stamps...)
			documenttest.WantFaults(t, s, c.want...)
			if len(s.Notes) != c.notes {
				t.Errorf("notes %q", s.Notes)
			}
		})
	}
}

// to is a TakenBack of another program.
type to struct{ since time.Time }

func (to) Error() string      { return "taken back" }
func (w to) Since() time.Time { return w.since }
func (to) Suspended() bool    { return false }

func TestWithoutATimeStampItDoesNotMatterSinceWhen(t *testing.T) {
	come := &asked{err: to{time.Now().Add(time.Hour)}}
	documenttest.WantFaults(t, judged(t, trust(t, func(o *document.Options) { o.Revocation = come }), issue(t, testpki.LeafOptions{}, nil)), document.FaultRevoked)
}

func TestACertificateSignedWithSHA1IsRefusedAsSuch(t *testing.T) {
	old := issue(t, testpki.LeafOptions{}, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA })
	s := judged(t, trust(t, nil), old)
	documenttest.WantFaults(t, s, document.FaultUntrusted)
	if !strings.Contains(s.Faults[0].Detail, "SHA-1") {
		t.Errorf("%v", s.Faults)
	}
}

func TestATimeAuthorityThatWasRevokedProvesNothing(t *testing.T) {
	cert := pki.NewTSA(testpki.TSAOptions{}).Certificate()
	for _, err := range []error{revocation.ErrRevoked, revocation.ErrUnavailable} {
		stamp := document.TimeStamp{Time: time.Now(), Certificate: cert}
		trust(t, func(o *document.Options) { o.Revocation = &asked{err: fmt.Errorf("on a day: %w", err)} }).JudgeTime(t.Context(), &stamp, nil)
		if !stamp.Has(document.FaultTimeAuthority) || !errors.Is(stamp.Faults[0], err) {
			t.Errorf("%v: %v", err, stamp.Faults)
		}
	}
	stamp := document.TimeStamp{Time: time.Now(), Certificate: cert}
	if trust(t, func(o *document.Options) { o.Revocation = &asked{} }).JudgeTime(t.Context(), &stamp, nil); !stamp.Good() || len(stamp.Chain) != 2 {
		t.Errorf("a good one: %v", stamp.Faults)
	}
}

func TestNotAskingAboutRevocationIsNoted(t *testing.T) {
	if s := judged(t, trust(t, nil), issue(t, testpki.LeafOptions{}, nil)); !slices.Contains(s.Notes, "revocation was not checked") {
		t.Errorf("%q", s.Notes)
	}
}

func TestASerialNumberDoesNotMakeACertificate(t *testing.T) { // two of the same number are two
	a := issue(t, testpki.LeafOptions{Serial: big.NewInt(4711)}, nil)
	b := issue(t, testpki.LeafOptions{Serial: big.NewInt(4711), Policy: testpki.PolicyNone}, nil)
	judge := trust(t, nil)
	if judged(t, judge, a).Kind == judged(t, judge, b).Kind {
		t.Error("both are worth the same")
	}
}
