// SPDX-License-Identifier: BSD-3-Clause

package revocation_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/revocation"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// extension makes one of RFC 5280, arc id-ce, from the DER of its value.
func extension(number int, critical bool, der ...byte) pkix.Extension {
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, number}, Critical: critical, Value: der}
}

// distributionPoint is an issuingDistributionPoint that names one address, with further bytes of flags.
func distributionPoint(address string, flags ...byte) pkix.Extension {
	name := append([]byte{0x86, byte(len(address))}, address...)
	full := append([]byte{0xA0, byte(len(name))}, name...)
	point := append([]byte{0xA0, byte(len(full))}, full...)
	body := append(point, flags...)
	return extension(28, true, append([]byte{0x30, byte(len(body))}, body...)...)
}

func list(extensions ...pkix.Extension) testpki.CRLOptions {
	return testpki.CRLOptions{Extensions: extensions}
}

func entryWith(x pkix.Extension) testpki.CRLOptions {
	return testpki.CRLOptions{Entries: []x509.RevocationListEntry{{
		SerialNumber: big.NewInt(4711), RevocationTime: time.Now(), ExtraExtensions: []pkix.Extension{x}}}}
}

func TestAListThatMayNotBeReliedOnIsNotBelieved(t *testing.T) {
	for name, o := range map[string]testpki.CRLOptions{
		"of another authority":                       {SignedBy: testpki.OtherCA},
		"in the name of the authority":               {SignedBy: testpki.Forger},
		"expired":                                    {ThisUpdate: time.Now().AddDate(0, 0, -8), NextUpdate: time.Now().Add(-6 * time.Minute)},
		"made in the future":                         {ThisUpdate: time.Now().Add(6 * time.Minute)},
		"too old, though not expired":                {ThisUpdate: time.Now().AddDate(0, 0, -11), NextUpdate: time.Now().AddDate(1, 0, 0)},
		"signed with SHA-1":                          {Edit: func(l *x509.RevocationList) { l.SignatureAlgorithm = x509.SHA1WithRSA }},
		"a delta list":                               list(extension(27, true, 2, 1, 1)),
		"a delta list that does not call it so":      list(extension(27, false, 2, 1, 1)),
		"an indirect list":                           list(extension(28, true, 0x30, 3, 0x84, 1, 0xFF)),
		"for certificates of authorities only":       list(extension(28, true, 0x30, 3, 0x82, 1, 0xFF)),
		"for attribute certificates only":            list(extension(28, true, 0x30, 3, 0x85, 1, 0xFF)),
		"for some reasons only":                      list(extension(28, true, 0x30, 4, 0x83, 2, 6, 0x40)),
		"for another distribution point":             list(distributionPoint("http://crl.prova.example/another.crl")),
		"for a distribution point without address":   list(extension(28, true, 0x30, 6, 0xA0, 4, 0xA0, 2, 0xA4, 0)),
		"a distribution point that cannot be read":   list(extension(28, true, 0x30, 3, 0x84)),
		"a critical extension that nobody knows":     list(extension(99, true, 5, 0)),
		"an entry of another issuer":                 entryWith(extension(29, true, 0x30, 0)),
		"an entry of another issuer, not critical":   entryWith(extension(29, false, 0x30, 0)),
		"an entry with a critical extension unknown": entryWith(extension(99, true, 5, 0)),
		"an entry whose serial number is too long":   {Entries: []x509.RevocationListEntry{{SerialNumber: new(big.Int).Lsh(big.NewInt(1), 160), RevocationTime: time.Now()}}},
	} {
		t.Run(name, func(t *testing.T) {
			cert := issue(t, "-", serveBytes(t, pki.CRLWith(o)).URL)
			err := checker(nil).Check(t.Context(), cert, pki.CA())
			if want(t, err, revocation.ErrUnavailable); err != nil && strings.Contains(err.Error(), "answers") {
				t.Errorf("not for that: %v", err)
			}
		})
	}
}

func TestWhatTheListSays(t *testing.T) {
	revoked, suspended, good := issue(t, "-", server.CRLURL()), issue(t, "-", server.CRLURL()), issue(t, "-", server.CRLURL())
	pki.Revoke(revoked)
	pki.Suspend(suspended)
	for _, soft := range []bool{false, true} {
		c := checker(func(o *revocation.Options) { o.SoftFail = soft })
		want(t, c.Check(t.Context(), revoked, pki.CA()), revocation.ErrRevoked)
		want(t, c.Check(t.Context(), suspended, pki.CA()), revocation.ErrSuspended)
		want(t, c.Check(t.Context(), good, pki.CA()), nil)
	}
}

func TestACertificateThatIsTwiceInTheListIsRevoked(t *testing.T) {
	var crl []byte
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(crl) })
	cert := issue(t, "-", s.URL)
	entry := func(reason int) x509.RevocationListEntry {
		return x509.RevocationListEntry{SerialNumber: cert.SerialNumber, RevocationTime: time.Now(), ReasonCode: reason}
	}
	for _, reasons := range [][]int{{6, 1}, {1, 6}, {6, 8}, {6, 6, 0}} {
		var o testpki.CRLOptions
		for _, r := range reasons {
			o.Entries = append(o.Entries, entry(r))
		}
		crl = pki.CRLWith(o)
		want(t, checker(nil).Check(t.Context(), cert, pki.CA()), revocation.ErrRevoked)
	}
}

func TestAListForThePointThatTheCertificateNamesIsBelieved(t *testing.T) {
	var crl []byte
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(crl) })
	cert := issue(t, "-", s.URL)
	crl = pki.CRLWith(list(distributionPoint(s.URL, 0x81, 1, 0xFF))) // onlyContainsUserCerts
	want(t, checker(nil).Check(t.Context(), cert, pki.CA()), nil)
	other, _ := pki.Issue(testpki.LeafOptions{OCSPURL: "-", CRLURL: s.URL + "/other"})
	want(t, checker(nil).Check(t.Context(), other, pki.CA()), revocation.ErrUnavailable)
}

func TestAListIsAskedWhereOCSPGivesNoAnswer(t *testing.T) {
	down := serve(t, http.NotFound)
	lost := issue(t, down.URL, server.CRLURL())
	good := issue(t, server.OCSPURL(testpki.SignerNoEKU), server.CRLURL())
	pki.Suspend(lost)
	want(t, checker(nil).Check(t.Context(), lost, pki.CA()), revocation.ErrSuspended)
	want(t, checker(nil).Check(t.Context(), good, pki.CA()), nil)
	if down.asked.Load() == 0 {
		t.Error("OCSP was not asked")
	}
}

func TestAListIsFetchedOnceForAllWhoNeedIt(t *testing.T) {
	crl, arrived, release := pki.CRL(), make(chan struct{}, 100), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		_, _ = w.Write(crl)
	})
	c := checker(nil)
	var all sync.WaitGroup
	for range 20 {
		cert := issue(t, "-", s.URL)
		all.Go(func() { want(t, c.Check(t.Context(), cert, pki.CA()), nil) })
	}
	<-arrived
	close(release)
	all.Wait()
	if n := s.asked.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
}

func TestAListIsFetchedAgainWhenItIsDue(t *testing.T) {
	now := time.Now()
	crl := pki.CRLWith(testpki.CRLOptions{Number: 5, NextUpdate: now.Add(2 * time.Hour)})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(crl) })
	c := checker(func(o *revocation.Options) { o.Now, o.CacheFor = func() time.Time { return now }, -1 })
	cert := issue(t, "-", s.URL)
	for _, step := range []struct {
		after time.Duration
		asked int64
		want  error
	}{{0, 1, nil}, {time.Hour, 1, nil}, {3 * time.Hour, 2, revocation.ErrUnavailable}, {3 * time.Hour, 3, revocation.ErrUnavailable}} {
		now = time.Now().Add(step.after)
		want(t, c.Check(t.Context(), cert, pki.CA()), step.want)
		if s.asked.Load() != step.asked {
			t.Errorf("after %v: asked %d times, not %d", step.after, s.asked.Load(), step.asked)
		}
	}
}

func TestAListThatIsGoodStillServesWhileItsSourceIsAwayOrGoesBack(t *testing.T) {
	now := time.Now()
	crl := pki.CRLWith(testpki.CRLOptions{Number: 9})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(crl) })
	c := checker(func(o *revocation.Options) { o.Now, o.CacheFor = func() time.Time { return now }, -1 })
	lost := issue(t, "-", s.URL)
	before := crl
	pki.Suspend(lost)
	crl = pki.CRLWith(testpki.CRLOptions{Number: 10})
	want(t, c.Check(t.Context(), lost, pki.CA()), revocation.ErrSuspended)
	now = now.Add(25 * time.Hour)
	crl = before // what somebody replays
	want(t, c.Check(t.Context(), lost, pki.CA()), revocation.ErrSuspended)
	crl = nil
	want(t, c.Check(t.Context(), lost, pki.CA()), revocation.ErrSuspended)
	if s.asked.Load() != 3 {
		t.Errorf("asked %d times", s.asked.Load())
	}
}

func TestOneAddressOfTwoIssuersIsTwoLists(t *testing.T) {
	s := serveBytes(t, pki.CRL())
	ours := issue(t, "-", s.URL)
	theirs, _ := pki.Issue(testpki.LeafOptions{OCSPURL: "-", CRLURL: s.URL, SignedBy: testpki.OtherCA})
	c := checker(nil)
	want(t, c.Check(t.Context(), ours, pki.CA()), nil)
	want(t, c.Check(t.Context(), theirs, pki.OtherCA()), revocation.ErrUnavailable)
}

// TestAListOfNearly20MBIsRead measures what the largest list costs.
func TestAListOfNearly20MBIsRead(t *testing.T) {
	entries := make([]x509.RevocationListEntry, 400_000)
	for i := range entries {
		serial := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 126), big.NewInt(int64(i)))
		entries[i] = x509.RevocationListEntry{SerialNumber: serial, RevocationTime: time.Now(), ReasonCode: 1}
	}
	crl := pki.CRLWith(testpki.CRLOptions{Entries: entries})
	if len(crl) < 18<<20 || len(crl) > 20<<20 {
		t.Fatalf("%d bytes", len(crl))
	}
	s := serveBytes(t, crl)
	c := checker(nil)
	cert := issue(t, "-", s.URL)
	lost, _ := pki.Issue(testpki.LeafOptions{OCSPURL: "-", CRLURL: s.URL, Serial: entries[1234].SerialNumber})
	entries = nil
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	want(t, c.Check(t.Context(), cert, pki.CA()), nil)
	took := time.Since(start)
	want(t, c.Check(t.Context(), lost, pki.CA()), revocation.ErrRevoked)
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Logf("%d bytes: %v, %d MB allocated, %d MB kept", len(crl), took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20, (int64(after.HeapAlloc)-int64(before.HeapAlloc))>>20)
	runtime.KeepAlive(c)
	if s.asked.Load() != 1 {
		t.Errorf("fetched %d times", s.asked.Load())
	}
}

func TestAListInTheNameOfAnotherWithTheSameKeyIsNotBelieved(t *testing.T) {
	other := *pki.CA()
	other.RawSubject, other.Subject = nil, pkix.Name{CommonName: "Another CA"}
	crl, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour)}, &other, pki.CASigner())
	if err != nil {
		t.Fatal(err)
	}
	want(t, checker(nil).Check(t.Context(), issue(t, "-", serveBytes(t, crl).URL), pki.CA()), revocation.ErrUnavailable)
}
