// SPDX-License-Identifier: BSD-3-Clause

package revocation_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/revocation"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func endless(w http.ResponseWriter, _ *http.Request) {
	block := bytes.Repeat([]byte{0x30}, 1<<20)
	for {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

func TestAServerThatMisbehavesGivesNoAnswer(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	down := "http://" + closed.Addr().String()
	closed.Close()
	for name, address := range map[string]string{
		"down":                   down,
		"not found":              serve(t, http.NotFound).URL,
		"endless":                serve(t, endless).URL,
		"a web page":             serveBytes(t, []byte("<html>welcome</html>")).URL,
		"a hundred MB announced": serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "104857600") }).URL,
		"cut short":              serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "100") }).URL,
		"no such host":           "http://ocsp.invalid/",
	} {
		t.Run(name, func(t *testing.T) {
			for kind, addresses := range map[string][2]string{"OCSP": {address, "-"}, "list": {"-", address}} {
				cert := issue(t, addresses[0], addresses[1])
				err := checker(nil).Check(t.Context(), cert, pki.CA())
				if want(t, err, revocation.ErrUnavailable); !strings.Contains(err.Error(), kind) {
					t.Errorf("%v", err)
				}
				var told error
				soft := checker(func(o *revocation.Options) { o.SoftFail, o.OnSoftFail = true, func(err error) { told = err } })
				want(t, soft.Check(t.Context(), cert, pki.CA()), nil)
				want(t, told, revocation.ErrUnavailable)
			}
		})
	}
}

func TestASlowServerIsLeftWhenTheTimeIsUp(t *testing.T) {
	done := make(chan struct{})
	slow := serve(t, func(http.ResponseWriter, *http.Request) { <-done })
	defer close(done)
	for name, addresses := range map[string][2]string{"OCSP": {slow.URL, "-"}, "list": {"-", slow.URL}} {
		t.Run(name, func(t *testing.T) {
			cert := issue(t, addresses[0], addresses[1])
			own := checker(func(o *revocation.Options) { o.Timeout = 50 * time.Millisecond })
			err := own.Check(t.Context(), cert, pki.CA())
			want(t, err, revocation.ErrUnavailable)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			err = checker(nil).Check(ctx, cert, pki.CA())
			want(t, err, revocation.ErrUnavailable)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestThisMachineAndTheLocalLinkAreNotAsked(t *testing.T) {
	s := serveBytes(t, nil)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{
		"127.0.0.1", "127.1.2.3", "localhost", "LOCALHOST.", "x.localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "2130706433", "0x7f.1",
		"169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "224.0.0.1", "[ff02::1]", "255.255.255.255",
	} {
		for _, address := range [][2]string{{"http://" + host + ":" + port, "-"}, {"-", "http://" + host + ":" + port}} {
			cert := issue(t, address[0], address[1])
			err := revocation.New(revocation.Options{}).Check(t.Context(), cert, pki.CA())
			want(t, err, revocation.ErrUnavailable)
		}
	}
	if s.asked.Load() != 0 {
		t.Errorf("asked %d times", s.asked.Load())
	}
	linkLocal := checker(func(o *revocation.Options) { o.Timeout = time.Second })
	err = linkLocal.Check(t.Context(), issue(t, "http://169.254.169.254/", "-"), pki.CA())
	if err == nil || !strings.Contains(err.Error(), "local link") {
		t.Errorf("where loopback is allowed: %v", err)
	}
}

func TestAProxyIsNotToldToAskThisMachine(t *testing.T) {
	proxy := serve(t, http.NotFound)
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := revocation.New(revocation.Options{Proxy: http.ProxyURL(u)})
	for _, address := range []string{"http://127.0.0.1:1/", "http://localhost:1/", "http://169.254.169.254/"} {
		want(t, c.Check(t.Context(), issue(t, address, "-"), pki.CA()), revocation.ErrUnavailable)
	}
	if proxy.asked.Load() != 0 {
		t.Error("the proxy was asked")
	}
	want(t, c.Check(t.Context(), issue(t, "http://ocsp.prova.example/", "-"), pki.CA()), revocation.ErrUnavailable)
	if proxy.asked.Load() != 1 {
		t.Error("the proxy was not asked for another host")
	}
}

func TestARedirectLeadsToTheSameSchemeOnly(t *testing.T) {
	crl := serveBytes(t, pki.CRL())
	for name, c := range map[string]struct {
		to   string
		want error
	}{
		"the same scheme": {crl.URL, nil},
		"https":           {strings.Replace(crl.URL, "http:", "https:", 1), revocation.ErrUnavailable},
		"a file":          {"file:///etc/passwd", revocation.ErrUnavailable},
		"the local link":  {"http://169.254.169.254/", revocation.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, c.to, http.StatusFound) })
			want(t, checker(nil).Check(t.Context(), issue(t, "-", s.URL), pki.CA()), c.want)
		})
	}
	var round *site
	round = serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, round.URL, http.StatusFound) })
	want(t, checker(nil).Check(t.Context(), issue(t, "-", round.URL), pki.CA()), revocation.ErrUnavailable)
	if round.asked.Load() > 5 {
		t.Errorf("%d hops", round.asked.Load())
	}
}

func TestAddressesThatCannotBeAskedAreSkipped(t *testing.T) {
	for _, address := range []string{"ldap://ldap.prova.example/cn=x", "file:///etc/passwd", "http://", "http://user:word@crl.prova.example/", "http://x/" + strings.Repeat("x", 1024), "::"} {
		for _, addresses := range [][2]string{{address, "-"}, {"-", address}} {
			cert := issue(t, addresses[0], addresses[1])
			err := checker(nil).Check(t.Context(), cert, pki.CA())
			if want(t, err, revocation.ErrUnavailable); !strings.Contains(err.Error(), "neither") {
				t.Errorf("%s: %v", address, err)
			}
		}
	}
}

// TestARefusalOfThePortalSaysWhich: the detail is for the log of the portal.
func TestARefusalOfThePortalSaysWhich(t *testing.T) {
	lost := issue(t, server.OCSPURL(testpki.SignerDelegate), "-")
	pki.Suspend(lost)
	err := checker(nil).Check(t.Context(), lost, pki.CA())
	if err == nil || !strings.HasPrefix(err.Error(), "suspended since 20") {
		t.Errorf("%v", err)
	}
	refusal := login(t, checker(nil))
	if !errors.Is(refusal, &portal.Refusal{Reason: portal.ReasonRevocation}) || !errors.Is(refusal, revocation.ErrSuspended) || !strings.Contains(refusal.Error(), "suspended") {
		t.Errorf("%v", refusal)
	}
}

func TestAServerThatGaveNoAnswerIsLeftAloneForTenSeconds(t *testing.T) {
	now := time.Now()
	var silent atomic.Bool
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if silent.Load() {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(pki.CRL())
	})
	c := checker(func(o *revocation.Options) { o.Now = func() time.Time { return now } })
	for _, step := range []struct {
		after  time.Duration
		silent bool
		asked  bool
		want   error
	}{
		{0, true, true, revocation.ErrUnavailable},
		{9 * time.Second, false, false, revocation.ErrUnavailable},
		{2 * time.Second, false, true, nil},
	} {
		now = now.Add(step.after)
		silent.Store(step.silent)
		before := s.asked.Load() // Go's client may ask again when a connection is closed
		want(t, c.Check(t.Context(), issue(t, "-", s.URL), pki.CA()), step.want)
		if asked := s.asked.Load() > before; asked != step.asked {
			t.Errorf("after %v: asked is %v", step.after, asked)
		}
	}
}

// TestWhoeverGoesAwayDoesNotSilenceAServerForOthers: a request that is given up says nothing about the server.
func TestWhoeverGoesAwayDoesNotSilenceAServerForOthers(t *testing.T) {
	arrived := make(chan struct{}, 1)
	hold := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case arrived <- struct{}{}:
			<-hold
		default:
			http.Redirect(w, r, server.OCSPURL(testpki.SignerCA), http.StatusTemporaryRedirect)
		}
	})
	defer close(hold)
	c := checker(nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel(); arrived <- struct{}{} }()
	want(t, c.Check(ctx, issue(t, s.URL, "-"), pki.CA()), revocation.ErrUnavailable)
	for deadline := time.Now().Add(time.Minute); len(arrived) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the request never arrived")
		}
	}
	want(t, c.Check(t.Context(), issue(t, s.URL, "-"), pki.CA()), nil)
}
