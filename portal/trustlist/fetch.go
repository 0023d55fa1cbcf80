// SPDX-License-Identifier: BSD-3-Clause

package trustlist

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
	"os"
	"time"
)

// ItalianURL is where the Italian list is published.
const ItalianURL = "https://eidas.agid.gov.it/TL/TSL-IT.xml"

// Limits of a download.
const (
	fetchTimeout = 2 * time.Minute // all of it, redirects included
	maxRedirects = 3
)

// ReadFile reads a file of at most MaxSize bytes. It checks nothing else: see Parse.
func ReadFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", name)
	}
	b, err := readAtMost(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return b, nil
}

// Fetch downloads a list of at most MaxSize bytes, within two minutes. It checks nothing else: see Parse. The address is
// https, or http on this machine; so are those that it redirects to, three at most, and no redirect leads to this
// machine from elsewhere. transport may be nil: the usual one, with the proxy of the environment.
func Fetch(ctx context.Context, address string, transport http.RoundTripper) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if err := allowed(u); err != nil {
		return nil, err
	}
	client := &http.Client{
		Transport: transport,
		Timeout:   fetchTimeout,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fmt.Errorf("more than %d redirects", maxRedirects)
			}
			if isLoopback(r.URL.Hostname()) && !isLoopback(u.Hostname()) {
				return errors.New("redirected to this machine")
			}
			return allowed(r.URL)
		},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetching the trusted list: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetching the trusted list: %s answers %d", u.Hostname(), answer.StatusCode)
	}
	b, err := readAtMost(answer.Body, answer.ContentLength)
	if err != nil {
		return nil, fmt.Errorf("fetching the trusted list: %w", err)
	}
	return b, nil
}

// readAtMost reads everything, or refuses. announced is the length that was told before, if positive.
func readAtMost(r io.Reader, announced int64) ([]byte, error) {
	if announced > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, announced)
	}
	var b bytes.Buffer
	if announced > 0 {
		b.Grow(int(announced) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(io.LimitReader(r, MaxSize+1)); err != nil {
		return nil, err
	}
	if b.Len() > MaxSize {
		return nil, fmt.Errorf("%w: more than %d MB", ErrTooLarge, MaxSize>>20)
	}
	return b.Bytes(), nil
}

func allowed(u *url.URL) error {
	switch {
	case u.Host == "":
		return fmt.Errorf("%w: %.200q has no host", ErrAddress, u.Redacted())
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%w: %.200q is not https", ErrAddress, u.Redacted())
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && net.IP(a.AsSlice()).IsLoopback()
}
