// SPDX-License-Identifier: BSD-3-Clause

package timestamp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/timestamp"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

var (
	pki     = testpki.New()
	stamped = []byte("the value of a signature")
	digest  = sha256.Sum256(stamped)
)

func trust(t testing.TB) *document.Trust {
	t.Helper()
	return documenttest.Trust(t, pki.CA(), nil)
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func client(t *testing.T, o timestamp.Options) *timestamp.Client {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	c, err := timestamp.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOptionsThatNameNoAuthorityAreRefused(t *testing.T) {
	for _, o := range []timestamp.Options{
		{}, {URL: "tsa.example"}, {URL: "ldap://tsa.example"}, {URL: "http://"}, {URL: "http://u:segreto@ tsa"},
		{URL: "http://tsa.example", Policy: "x"}, {URL: "http://tsa.example", Policy: "1"}, {URL: "http://tsa.example", Policy: "9.9.9"},
		{URL: "http://tsa.example", Policy: "1.2.-3"}, {URL: "http://tsa.example", Policy: strings.Repeat("1.", 40) + "1"},
	} {
		if _, err := timestamp.NewClient(o); err == nil {
			t.Errorf("%+v: accepted", o)
		} else if strings.Contains(err.Error(), "segreto") {
			t.Errorf("the password is told: %v", err)
		}
	}
}

func TestAnAnswerThatIsNotWhatWasAskedForIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		authority testpki.TSAOptions
		options   timestamp.Options
		want      error // nil: given
	}{
		"rejected":                 {authority: testpki.TSAOptions{Status: 2}, want: timestamp.ErrRejected},
		"nothing":                  {authority: testpki.TSAOptions{Answer: []byte{}}, want: timestamp.ErrAnswer},
		"a web page":               {authority: testpki.TSAOptions{Answer: []byte("<html>")}, want: timestamp.ErrAnswer},
		"granted without a token":  {authority: testpki.TSAOptions{Answer: []byte{0x30, 5, 0x30, 3, 2, 1, 0}}, want: timestamp.ErrAnswer},
		"a token that is none":     {authority: testpki.TSAOptions{Answer: []byte{0x30, 7, 0x30, 3, 2, 1, 0, 0x30, 0}}, want: timestamp.ErrAnswer},
		"more than is read":        {authority: testpki.TSAOptions{Answer: make([]byte, timestamp.MaxToken+1)}, want: timestamp.ErrAnswer},
		"more than is wanted":      {options: timestamp.Options{MaxSize: 500}, want: timestamp.ErrAnswer},
		"no nonce":                 {authority: testpki.TSAOptions{NoNonce: true}, want: timestamp.ErrAnswer},
		"another nonce":            {authority: testpki.TSAOptions{OtherNonce: true}, want: timestamp.ErrAnswer},
		"of something else":        {authority: testpki.TSAOptions{OtherDigest: true}, want: timestamp.ErrAnswer},
		"another policy":           {authority: testpki.TSAOptions{OtherPolicy: true}, options: timestamp.Options{Policy: testpki.TSAPolicy}, want: timestamp.ErrAnswer},
		"a wrong signature":        {authority: testpki.TSAOptions{BadSignature: true}, want: timestamp.ErrAnswer},
		"no certificate":           {authority: testpki.TSAOptions{NoCertificate: true}, want: timestamp.ErrAnswer},
		"naming another":           {authority: testpki.TSAOptions{NameOther: true}, want: timestamp.ErrAnswer},
		"of a citizen":             {authority: testpki.TSAOptions{NoUsage: true}, want: timestamp.ErrAnswer},
		"not for time stamps only": {authority: testpki.TSAOptions{MoreUsages: true}, want: timestamp.ErrAnswer},
		"not critically so":        {authority: testpki.TSAOptions{NotCritical: true}, want: timestamp.ErrAnswer},
		"a critical extension":     {authority: testpki.TSAOptions{CriticalExt: true}, want: timestamp.ErrAnswer},
		"a clock that is slow":     {authority: testpki.TSAOptions{At: time.Now().Add(-time.Hour)}, want: timestamp.ErrAnswer},
		"a clock that is fast":     {authority: testpki.TSAOptions{At: time.Now().Add(time.Hour)}, want: timestamp.ErrAnswer},
		"nobody trusts it":         {authority: testpki.TSAOptions{SignedBy: testpki.OtherCA}, options: timestamp.Options{Trust: trust(t)}, want: timestamp.ErrAnswer},

		"in order":               {options: timestamp.Options{Trust: trust(t), Policy: testpki.TSAPolicy}},
		"a clock within bounds":  {authority: testpki.TSAOptions{At: time.Now().Add(-time.Hour)}, options: timestamp.Options{Skew: 2 * time.Hour}},
		"named by SHA-1":         {authority: testpki.TSAOptions{NameBySHA1: true}, options: timestamp.Options{Trust: trust(t)}},
		"fractions of a second":  {authority: testpki.TSAOptions{Fraction: true}, options: timestamp.Options{Trust: trust(t)}},
		"trusted by nobody here": {authority: testpki.TSAOptions{SignedBy: testpki.OtherCA}},
	} {
		t.Run(name, func(t *testing.T) {
			c.options.URL = serve(t, pki.NewTSA(c.authority))
			token, err := client(t, c.options).Stamp(t.Context(), digest)
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if c.want != nil {
				if token != nil {
					t.Error("a token is given nevertheless")
				}
				return
			}
			if len(token) == 0 {
				t.Fatal("no token")
			}
			result := timestamp.Verify(t.Context(), token, stamped, trust(t))
			if trusted := c.authority.SignedBy == testpki.RegionCA; result.Good() != trusted || result.Policy != testpki.TSAPolicy {
				t.Errorf("%+v", result)
			}
			if other := timestamp.Verify(t.Context(), token, []byte("altro"), trust(t)); !other.Has(document.FaultTimeStamp) {
				t.Errorf("of something else: %+v", other)
			}
			if nobody := timestamp.Verify(t.Context(), token, stamped, nil); !nobody.Has(document.FaultTimeAuthority) {
				t.Errorf("without trust: %+v", nobody)
			}
		})
	}
}

func TestAnAuthorityThatDoesNotAnswerIsUnavailable(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"an error": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"a redirect to another": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/elsewhere" {
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
				return
			}
			pki.NewTSA(testpki.TSAOptions{}).ServeHTTP(w, r)
		},
		"a cut answer": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write([]byte("x"))
		},
	} {
		if _, err := client(t, timestamp.Options{URL: serve(t, h)}).Stamp(t.Context(), digest); !errors.Is(err, timestamp.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	withPassword := strings.Replace(gone.URL, "http://", "http://user:segreto@", 1)
	_, err := client(t, timestamp.Options{URL: withPassword}).Stamp(t.Context(), digest)
	if !errors.Is(err, timestamp.ErrUnavailable) || strings.Contains(err.Error(), "user") || strings.Contains(err.Error(), "segreto") {
		t.Errorf("a server that is gone: %v", err)
	}
}

func TestAnAnswerThatIsTooLongIsNamedSo(t *testing.T) {
	url := serve(t, pki.NewTSA(testpki.TSAOptions{}))
	if _, err := client(t, timestamp.Options{URL: url, MaxSize: 500}).Stamp(t.Context(), digest); err == nil || !strings.Contains(err.Error(), "more than 500 bytes") {
		t.Errorf("%v", err)
	}
}

func TestAnAuthorityThatIsSilentIsNotWaitedForForEver(t *testing.T) {
	release := make(chan struct{})
	url := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(func() { close(release) })
	if _, err := client(t, timestamp.Options{URL: url, Timeout: 50 * time.Millisecond}).Stamp(t.Context(), digest); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("its own limit: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client(t, timestamp.Options{URL: url}).Stamp(ctx, digest); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who went away: %v", err)
	}
}

func TestAUserAndAPasswordAreSent(t *testing.T) {
	authority := pki.NewTSA(testpki.TSAOptions{})
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "comune" || password != "segreto" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		authority.ServeHTTP(w, r)
	}))
	if _, err := client(t, timestamp.Options{URL: url}).Stamp(t.Context(), digest); !errors.Is(err, timestamp.ErrUnavailable) {
		t.Errorf("without: %v", err)
	}
	if _, err := client(t, timestamp.Options{URL: strings.Replace(url, "http://", "http://comune:segreto@", 1)}).Stamp(t.Context(), digest); err != nil {
		t.Errorf("with: %v", err)
	}
}

// The program openssl ts is an authority that was written by others, and a judge of ours.
func TestOpenSSLVerifiesTheTimeStampOfTheTestAuthorityAndItsOwnIsAcceptedHere(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	openssl := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %s", args, out)
		}
	}
	token := pki.NewTSA(testpki.TSAOptions{}).Token(digest[:], nil)
	write(t, in("token"), token)
	write(t, in("data"), stamped)
	write(t, in("ca.pem"), pki.CAPEM())
	openssl("ts", "-verify", "-in", in("token"), "-token_in", "-data", in("data"), "-CAfile", in("ca.pem"))

	write(t, in("tsa.cnf"), []byte(strings.ReplaceAll(tsaConfig, "DIR", dir)))
	openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", in("root.key"), "-out", in("root.pem"), "-subj", "/CN=Radice", "-config", in("tsa.cnf"), "-extensions", "root", "-days", "30")
	openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", in("tsa.key"), "-out", in("tsa.csr"), "-subj", "/CN=TSA", "-config", in("tsa.cnf"))
	openssl("x509", "-req", "-in", in("tsa.csr"), "-CA", in("root.pem"), "-CAkey", in("root.key"), "-CAcreateserial", "-out", in("tsa.pem"), "-extfile", in("tsa.cnf"), "-extensions", "tsa_cert", "-days", "20")
	openssl("ts", "-query", "-data", in("data"), "-sha512", "-cert", "-out", in("query"))
	openssl("ts", "-reply", "-config", in("tsa.cnf"), "-queryfile", in("query"), "-token_out", "-out", in("reply"))
	reply, err := os.ReadFile(in("reply"))
	if err != nil {
		t.Fatal(err)
	}
	pemRoot, err := os.ReadFile(in("root.pem"))
	if err != nil {
		t.Fatal(err)
	}
	root := parsePEM(t, pemRoot)
	trust, err := document.NewTrust(document.Options{TrustAnchors: []*x509.Certificate{root}, TimeAuthorities: []*x509.Certificate{root}})
	if err != nil {
		t.Fatal(err)
	}
	if result := timestamp.Verify(t.Context(), reply, stamped, trust); !result.Good() {
		t.Errorf("the time stamp of openssl: %v", result.Faults)
	}
	reply[bytes.Index(reply, []byte("Z"))-1] ^= 1 // the time
	if result := timestamp.Verify(t.Context(), reply, stamped, trust); !result.Has(document.FaultTimeStamp) {
		t.Errorf("a changed one: %+v", result)
	}
}
