// SPDX-License-Identifier: BSD-3-Clause

package revocation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Limits of what is asked, and of what comes back.
const (
	maxAnswer    = 64 << 10 // bytes, of an OCSP answer
	maxList      = 20 << 20 // bytes, of a revocation list
	maxAddresses = 4        // of one kind in one certificate
	maxAddress   = 1024     // characters
	maxRedirects = 3
	ocspTimeout  = 5 * time.Second // for one address
	listTimeout  = time.Minute
	quietFor     = 10 * time.Second // a server that gave no answer is not asked so long: logins do not queue up for it
)

var errForbidden = errors.New("an address of this machine or of the local link")

// usable are the first addresses that can be asked.
func usable(addresses []string) []string {
	var found []string
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err == nil && len(a) <= maxAddress && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && len(found) < maxAddresses {
			found = append(found, a)
		}
	}
	return found
}

// web asks servers that a certificate names.
type web struct {
	client        *http.Client
	allowLoopback bool
	now           func() time.Time
	quiet         *memory[string] // servers that gave no answer
}

func newWeb(o Options) *web {
	w := &web{allowLoopback: o.AllowLoopback, now: o.Now, quiet: newMemory[string]()}
	dialer := &net.Dialer{Timeout: ocspTimeout}
	if o.Proxy == nil {
		dialer.Control = func(_, address string, _ syscall.RawConn) error { return w.checkAddress(address) }
	}
	w.client = &http.Client{
		Transport: &http.Transport{
			Proxy: o.Proxy, DialContext: dialer.DialContext, TLSHandshakeTimeout: ocspTimeout,
			DisableCompression: true, MaxResponseHeaderBytes: 16 << 10, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("more than %d redirects", maxRedirects)
			}
			if r.URL.Scheme != via[0].URL.Scheme {
				return fmt.Errorf("redirected from %s to %.20q", via[0].URL.Scheme, r.URL.Scheme)
			}
			return w.checkHost(r.URL)
		},
	}
	return w
}

// checkAddress is asked when a name has been resolved, for each address that is tried.
func (w *web) checkAddress(address string) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if w.forbidden(a.Addr()) {
		return errForbidden
	}
	return nil
}

// checkHost looks at addresses that need no resolving: a proxy would not let checkAddress see them.
func (w *web) checkHost(u *url.URL) error {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	a, err := netip.ParseAddr(host)
	if err == nil && w.forbidden(a) || !w.allowLoopback && (host == "localhost" || strings.HasSuffix(host, ".localhost")) {
		return errForbidden
	}
	return nil
}

func (w *web) forbidden(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if a.IsLoopback() {
		return !w.allowLoopback
	}
	return !a.IsValid() || a.IsUnspecified() || a.IsLinkLocalUnicast() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) ||
		a.Is4() && a.As4()[0] == 0
}

func (w *web) post(ctx context.Context, address, kind string, body []byte, limit int64) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", kind)
	return w.do(r, limit)
}

func (w *web) get(ctx context.Context, address string, limit int64) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return w.do(r, limit)
}

// do reads an answer of at most limit bytes.
func (w *web) do(r *http.Request, limit int64) ([]byte, error) {
	if err := w.checkHost(r.URL); err != nil {
		return nil, err
	}
	server := r.URL.Scheme + "://" + r.URL.Host
	if w.quiet.has(server, w.now()) {
		return nil, fmt.Errorf("%.200s gave no answer a moment ago", r.URL.Host)
	}
	answer, err := w.client.Do(r)
	if err != nil {
		if !errors.Is(r.Context().Err(), context.Canceled) { // it is not the caller who went away
			w.quiet.add(server, w.now().Add(quietFor), w.now())
		}
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%.200s answers %d", r.URL.Host, answer.StatusCode)
	}
	if answer.ContentLength > limit {
		return nil, fmt.Errorf("%.200s sends %d bytes, more than %d", r.URL.Host, answer.ContentLength, limit)
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading from %.200s: %w", r.URL.Host, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%.200s sends more than %d bytes", r.URL.Host, limit)
	}
	return b, nil
}
