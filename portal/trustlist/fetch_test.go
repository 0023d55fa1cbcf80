// SPDX-License-Identifier: BSD-3-Clause

package trustlist_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal/trustlist"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func unsignedToken(t *testing.T) []byte {
	t.Helper()
	cert, _ := pki.Issue(testpki.LeafOptions{})
	b, err := json.Marshal(map[string]string{
		"unverifiedCertificate": base64.StdEncoding.EncodeToString(cert.Raw), "algorithm": "RS256",
		"signature": base64.StdEncoding.EncodeToString(make([]byte, 256)), "format": "web-eid:1.0", "appVersion": "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// web answers for every host, without a network.
type web func(*http.Request) *http.Response

func (w web) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := w(r)
	answer.Request = r
	return answer, nil
}

func redirect(to string) *http.Response {
	return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {to}}, Body: io.NopCloser(strings.NewReader(""))}
}

func page(b string) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, ContentLength: -1, Body: io.NopCloser(strings.NewReader(b))}
}

func TestAnAddressThatIsNotSecureIsNotAsked(t *testing.T) {
	for _, address := range []string{
		"http://eidas.agid.example/TSL-IT.xml", "http://localhost.evil.example/", "http://127.0.0.1.evil.example/", "http://10.0.0.1/", "ftp://127.0.0.1/l",
		"file:///etc/passwd", "TSL-IT.xml", "https://", "", "://",
	} {
		_, err := trustlist.Fetch(t.Context(), address, web(func(r *http.Request) *http.Response {
			t.Errorf("%s was asked", r.URL)
			return page("")
		}))
		if err == nil {
			t.Errorf("%q: fetched", address)
		}
	}
}

func TestARedirectMayNotLeadToALessSecurePlace(t *testing.T) {
	for _, to := range []string{"http://elsewhere.example/l", "https://127.0.0.1/l", "http://localhost/l", "https://[::1]/l", "ftp://elsewhere.example/l"} {
		_, err := trustlist.Fetch(t.Context(), "https://tl.example/", web(func(r *http.Request) *http.Response {
			if r.URL.Host != "tl.example" {
				t.Errorf("%s was asked", r.URL)
			}
			return redirect(to)
		}))
		if err == nil {
			t.Errorf("%s: fetched", to)
		}
	}
	hops := 0
	if _, err := trustlist.Fetch(t.Context(), "https://tl.example/", web(func(*http.Request) *http.Response { hops++; return redirect("https://tl.example/") })); err == nil || hops > 5 {
		t.Errorf("%d hops, %v", hops, err)
	}
}

func TestARedirectBetweenSecurePlacesIsFollowed(t *testing.T) {
	b, err := trustlist.Fetch(t.Context(), "https://tl.example/", web(func(r *http.Request) *http.Response {
		if r.URL.Host == "tl.example" {
			return redirect("https://elsewhere.example/l")
		}
		return page("list")
	}))
	if err != nil || string(b) != "list" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestAServerThatSendsTooMuchOrNothingIsRefused(t *testing.T) {
	endless := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		block := bytes.Repeat([]byte("x"), 1<<20)
		for {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    error
	}{
		"endless":          {endless, trustlist.ErrTooLarge},
		"a length of a TB": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1099511627776") }, trustlist.ErrTooLarge},
		"not found":        {http.NotFound, nil},
		"an answer cut short": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "x")
		}, io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.handler)
			defer server.Close()
			if _, err := trustlist.Fetch(t.Context(), server.URL, nil); err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAServerThatDoesNotAnswerIsLeftWhenTheCallerSaysSo(t *testing.T) {
	asked, done := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(asked); <-done }))
	defer server.Close()
	defer close(done)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	_, err := trustlist.Fetch(ctx, server.URL, nil)
	wantError(t, err, context.Canceled)
}

func TestAStoreFetchesFromASecureServer(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(pki.SignedTrustedList(testpki.ListOptions{})) }))
	defer server.Close()
	b := newBench(t)
	b.options.File, b.options.URL = "", server.URL
	if _, err := b.open().Refresh(t.Context()); !errors.As(err, new(x509.UnknownAuthorityError)) {
		t.Errorf("a server whose certificate is not trusted: %v", err)
	}
	b.options.Transport = server.Client().Transport
	s := b.open()
	b.refresh(s)
	if !trusts(s, pki.CA()) {
		t.Error("it is not trusted")
	}
}
