// SPDX-License-Identifier: BSD-3-Clause

package revocation_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/ponte-cns/ponte/portal/revocation"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestAnAnswerOfWhoMayNotGiveItIsNotBelieved(t *testing.T) {
	for _, signer := range []testpki.OCSPSigner{
		testpki.SignerNoEKU, testpki.SignerCitizen, testpki.SignerExpired, testpki.SignerStranger, testpki.SignerOtherCA, testpki.SignerUntrusted, testpki.SignerNoSign, testpki.SignerOtherName,
	} {
		t.Run(string(signer), func(t *testing.T) {
			cert := issue(t, server.OCSPURL(signer), "-")
			err := checker(nil).Check(t.Context(), cert, pki.CA())
			want(t, err, revocation.ErrUnavailable)
			if !strings.Contains(err.Error(), "responder") && !strings.Contains(err.Error(), "signature") {
				t.Errorf("not for that: %v", err)
			}
		})
	}
}

func TestWhatTheResponderOfOpenSSLSays(t *testing.T) {
	for _, signer := range []testpki.OCSPSigner{testpki.SignerCA, testpki.SignerDelegate} {
		url := server.OCSPURL(signer)
		revoked, suspended, good := issue(t, url, "-"), issue(t, url, "-"), issue(t, url, "-")
		unknown, _ := pki.Issue(testpki.LeafOptions{OCSPURL: url, CRLURL: "-"})
		pki.Revoke(revoked)
		pki.Suspend(suspended)
		for _, soft := range []bool{false, true} {
			c := checker(func(o *revocation.Options) { o.SoftFail = soft })
			want(t, c.Check(t.Context(), revoked, pki.CA()), revocation.ErrRevoked)
			want(t, c.Check(t.Context(), suspended, pki.CA()), revocation.ErrSuspended)
			want(t, c.Check(t.Context(), unknown, pki.CA()), revocation.ErrUnknown)
			want(t, c.Check(t.Context(), good, pki.CA()), nil)
		}
	}
}

func TestAnAnswerThatHasExpiredIsNotBelieved(t *testing.T) {
	cert := issue(t, server.OCSPURL(testpki.SignerDelegate), "-") // openssl's answers are good for an hour
	for name, c := range map[string]struct {
		shift time.Duration
		want  error
	}{
		"an hour and six minutes later": {66 * time.Minute, revocation.ErrUnavailable},
		"six minutes before it is made": {-6 * time.Minute, revocation.ErrUnavailable},
		"within the skew of clocks":     {62 * time.Minute, nil},
		"a little before it is made":    {-3 * time.Minute, nil},
	} {
		t.Run(name, func(t *testing.T) {
			later := checker(func(o *revocation.Options) { o.Now = func() time.Time { return time.Now().Add(c.shift) } })
			want(t, later.Check(t.Context(), cert, pki.CA()), c.want)
		})
	}
}

// answer is made beforehand, without a nonce.
func answer(t testing.TB, cert, issuer *x509.Certificate, change func(*ocsp.Response)) []byte {
	t.Helper()
	r := ocsp.Response{Status: ocsp.Good, SerialNumber: cert.SerialNumber, ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour)}
	if change != nil {
		change(&r)
	}
	der, err := ocsp.CreateResponse(issuer, pki.CA(), r, pki.CASigner())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestAnAnswerMadeBeforehandIsBelievedOnlyWhereThatIsConfigured(t *testing.T) {
	other, _ := pki.Issue(testpki.LeafOptions{})
	sameSerial := func(t *testing.T, cert *x509.Certificate) []byte { return answer(t, cert, pki.OtherCA(), nil) }
	for name, c := range map[string]struct {
		answer func(*testing.T, *x509.Certificate) []byte
		want   error
	}{
		"good":                           {func(t *testing.T, c *x509.Certificate) []byte { return answer(t, c, pki.CA(), nil) }, nil},
		"of another certificate":         {func(t *testing.T, _ *x509.Certificate) []byte { return answer(t, other, pki.CA(), nil) }, revocation.ErrUnavailable},
		"of another issuer's":            {sameSerial, revocation.ErrUnavailable},
		"too old, though not expired":    {bent(func(r *ocsp.Response) { r.ThisUpdate = time.Now().AddDate(0, 0, -11) }), revocation.ErrUnavailable},
		"without a next update":          {bent(func(r *ocsp.Response) { r.NextUpdate = time.Time{} }), nil},
		"revoked":                        {bent(func(r *ocsp.Response) { r.Status, r.RevocationReason, r.RevokedAt = ocsp.Revoked, 1, time.Now() }), revocation.ErrRevoked},
		"revoked without a reason":       {bent(func(r *ocsp.Response) { r.Status, r.RevokedAt = ocsp.Revoked, time.Now() }), revocation.ErrRevoked},
		"suspended":                      {bent(func(r *ocsp.Response) { r.Status, r.RevocationReason, r.RevokedAt = ocsp.Revoked, 6, time.Now() }), revocation.ErrSuspended},
		"a critical extension":           {bent(criticalExtension), revocation.ErrUnavailable},
		"the responder is out of office": {func(*testing.T, *x509.Certificate) []byte { return ocsp.TryLaterErrorResponse }, revocation.ErrUnavailable},
		"garbage":                        {func(*testing.T, *x509.Certificate) []byte { return []byte("garbage") }, revocation.ErrUnavailable},
		"nothing":                        {func(*testing.T, *x509.Certificate) []byte { return nil }, revocation.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			var b []byte
			s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b) })
			cert := issue(t, s.URL, "-")
			b = c.answer(t, cert)
			want(t, checker(func(o *revocation.Options) { o.AcceptNoNonce = true }).Check(t.Context(), cert, pki.CA()), c.want)
			want(t, checker(nil).Check(t.Context(), cert, pki.CA()), revocation.ErrUnavailable)
		})
	}
}

func bent(change func(*ocsp.Response)) func(*testing.T, *x509.Certificate) []byte {
	return func(t *testing.T, cert *x509.Certificate) []byte { return answer(t, cert, pki.CA(), change) }
}

func criticalExtension(r *ocsp.Response) {
	r.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
}

func TestAnAnswerToAnotherRequestIsNotBelieved(t *testing.T) {
	var first []byte
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if first == nil && err == nil {
			first, err = server.Answer(r.Context(), testpki.SignerCA, body)
		}
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(first)
	})
	cert := issue(t, s.URL, "-")
	want(t, checker(nil).Check(t.Context(), cert, pki.CA()), nil)
	for _, accept := range []bool{false, true} { // a nonce that is not ours is worse than none
		c := checker(func(o *revocation.Options) { o.AcceptNoNonce = accept })
		want(t, c.Check(t.Context(), cert, pki.CA()), revocation.ErrUnavailable)
	}
}

func TestAnAnswerWithOneBitChangedIsNotBelieved(t *testing.T) {
	var b []byte
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b) })
	cert := issue(t, s.URL, "-")
	good := answer(t, cert, pki.CA(), nil)
	c := checker(func(o *revocation.Options) { o.AcceptNoNonce, o.CacheFor = true, -1 })
	b = good
	want(t, c.Check(t.Context(), cert, pki.CA()), nil)
	end := bytes.Index(good, pki.CA().RawTBSCertificate) // what follows says who signed it: another copy of it is as good
	for i := 0; i < end; i += 7 {
		b = bytes.Clone(good)
		b[i] ^= 4
		if err := c.Check(t.Context(), cert, pki.CA()); err == nil && !strings.Contains(string(good[max(0, i-30):i+30]), "Prova") {
			t.Errorf("byte %d of %d may be changed", i, end)
		}
	}
	for end := 0; end < len(good); end += 31 {
		b = good[:end]
		want(t, c.Check(t.Context(), cert, pki.CA()), revocation.ErrUnavailable)
	}
}

func TestAnAnswerSignedWithSHA1IsNotBelieved(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	cert := issue(t, s.URL, "-")
	sha1 := answer(t, cert, pki.CA(), func(r *ocsp.Response) { r.SignatureAlgorithm = x509.SHA1WithRSA })
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(sha1) })
	err := checker(func(o *revocation.Options) { o.AcceptNoNonce = true }).Check(t.Context(), cert, pki.CA())
	want(t, err, revocation.ErrUnavailable)
	if !strings.Contains(err.Error(), "algorithm") {
		t.Errorf("%v", err)
	}
}

func TestAGoodAnswerIsRememberedAndNoOther(t *testing.T) {
	now := time.Now()
	c := checker(func(o *revocation.Options) { o.Now, o.CacheFor = func() time.Time { return now }, 30*time.Minute })
	good, lost := issue(t, server.OCSPURL(testpki.SignerCA), "-"), issue(t, server.OCSPURL(testpki.SignerCA), "-")
	pki.Suspend(lost)
	for _, step := range []struct {
		cert  *x509.Certificate
		after time.Duration
		want  error
		asks  int64
	}{
		{good, 0, nil, 1},
		{good, 29 * time.Minute, nil, 0},
		{good, 31 * time.Minute, nil, 1},
		{lost, 0, revocation.ErrSuspended, 1},
		{lost, 0, revocation.ErrSuspended, 1},
	} {
		now = time.Now().Add(step.after)
		before := server.OCSPRequests.Load()
		want(t, c.Check(t.Context(), step.cert, pki.CA()), step.want)
		if asked := server.OCSPRequests.Load() - before; asked != step.asks {
			t.Errorf("asked %d times, not %d", asked, step.asks)
		}
	}
	short, _ := pki.Issue(testpki.LeafOptions{OCSPURL: "-", CRLURL: "-"})
	want(t, c.Check(t.Context(), short, pki.CA()), revocation.ErrUnavailable)
}

func TestAnAnswerIsNotRememberedLongerThanItHolds(t *testing.T) {
	now := time.Now()
	var b []byte
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(b) })
	cert := issue(t, s.URL, "-")
	b = answer(t, cert, pki.CA(), func(r *ocsp.Response) { r.NextUpdate = now.Add(10 * time.Minute) })
	c := checker(func(o *revocation.Options) {
		o.AcceptNoNonce, o.CacheFor, o.Now = true, 24*time.Hour, func() time.Time { return now }
	})
	want(t, c.Check(t.Context(), cert, pki.CA()), nil)
	now = now.Add(9 * time.Minute)
	want(t, c.Check(t.Context(), cert, pki.CA()), nil)
	now = now.Add(10 * time.Minute)
	want(t, c.Check(t.Context(), cert, pki.CA()), revocation.ErrUnavailable)
}

func TestTwoCertificatesOfOneSerialNumberAreTwo(t *testing.T) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		t.Fatal(err)
	}
	ours, _ := pki.Issue(testpki.LeafOptions{Serial: serial, OCSPURL: server.OCSPURL(testpki.SignerCA), CRLURL: "-"})
	server.Know(ours)
	theirs, _ := pki.Issue(testpki.LeafOptions{Serial: serial, OCSPURL: server.OCSPURL(testpki.SignerCA), CRLURL: "-", SignedBy: testpki.OtherCA})
	c := checker(nil)
	want(t, c.Check(t.Context(), ours, pki.CA()), nil)
	if err := c.Check(t.Context(), theirs, pki.OtherCA()); err == nil {
		t.Error("the answer for one counts for the other")
	}
}
