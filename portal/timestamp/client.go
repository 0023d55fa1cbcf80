// SPDX-License-Identifier: BSD-3-Clause

package timestamp

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"time"

	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/document"
)

// What Stamp fails with, beside errors of the context. They say more.
var (
	ErrUnavailable = errors.New("no answer of the time stamp authority")
	ErrRejected    = errors.New("the time stamp authority does not give a time stamp")
	ErrAnswer      = errors.New("an answer of the time stamp authority that is not accepted")
)

// Defaults of Options.
const (
	DefaultTimeout = 15 * time.Second
	DefaultSkew    = 5 * time.Minute
)

// Options of a Client. Only URL is needed.
type Options struct {
	URL string // http or https; may hold a user and a password, as the paid authorities ask for
	// Policy is asked for, and insisted on, as a dotted number. Empty: the authority chooses.
	Policy string
	// Trust, if not nil, must trust the authority, or Stamp fails: so nobody signs with a stamp that proves nothing.
	Trust *document.Trust

	Timeout time.Duration    // for one request. Zero: DefaultTimeout
	MaxSize int              // of an answer, in bytes. Zero: MaxToken
	Skew    time.Duration    // by how much the clock of the authority and ours may differ. Zero: DefaultSkew
	Now     func() time.Time // Nil: time.Now
	// Transport makes the connections, for a proxy or a private authority. Nil: http.DefaultTransport.
	Transport http.RoundTripper
}

// Stamper gives time stamps to who signs: a Client is one.
type Stamper interface {
	// Stamp gives a token (RFC 3161) over a SHA-256, which it has verified.
	Stamp(ctx context.Context, digest [sha256.Size]byte) ([]byte, error)
}

// Client asks one time stamp authority. It may be used by several goroutines.
type Client struct {
	options Options
	policy  asn1.ObjectIdentifier // nil: none
	web     *http.Client
}

// NewClient checks the options.
func NewClient(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the address of the time stamp authority is not one of http or https") // it may hold a password
	}
	c := &Client{options: o}
	if o.Policy != "" {
		if c.policy, err = parsePolicy(o.Policy); err != nil {
			return nil, err
		}
	}
	if c.options.Timeout <= 0 {
		c.options.Timeout = DefaultTimeout
	}
	if c.options.MaxSize <= 0 || c.options.MaxSize > MaxToken {
		c.options.MaxSize = MaxToken
	}
	if c.options.Skew <= 0 {
		c.options.Skew = DefaultSkew
	}
	if c.options.Now == nil {
		c.options.Now = time.Now
	}
	c.web = &http.Client{Transport: o.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return c, nil
}

// Of RFC 3161, 2.4.1 and 2.4.2.
type (
	request struct {
		Version int
		Imprint imprint
		Policy  asn1.ObjectIdentifier `asn1:"optional"`
		Nonce   *big.Int
		CertReq bool
	}
	imprint struct {
		Hash   hashAlgorithm
		Digest []byte
	}
	hashAlgorithm struct{ ID asn1.ObjectIdentifier } // without parameters: RFC 5754, 2
	response      struct {
		Status status
		Token  asn1.RawValue `asn1:"optional"`
	}
	status struct {
		Status int
		Text   []asn1.RawValue `asn1:"optional"`
		Fail   asn1.BitString  `asn1:"optional"`
	}
)

// Stamp gives a token over a SHA-256, which it has verified.
func (c *Client) Stamp(ctx context.Context, digest [sha256.Size]byte) ([]byte, error) {
	random := make([]byte, 16)
	rand.Read(random) // never fails, see crypto/rand
	nonce := new(big.Int).SetBytes(random)
	body, err := asn1.Marshal(request{
		Version: 1, Imprint: imprint{hashAlgorithm{cms.OIDSHA256}, digest[:]}, Policy: c.policy, Nonce: nonce, CertReq: true,
	})
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	answer, err := c.post(ctx, body)
	if err != nil {
		return nil, err
	}
	token, err := readResponse(answer)
	if err != nil {
		return nil, err
	}
	if err := c.check(ctx, token, digest, nonce); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return token, nil
}

// post sends a request (RFC 3161, 3.4).
func (c *Client) post(ctx context.Context, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.options.URL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: making the request", ErrUnavailable)
	}
	r.Header.Set("Content-Type", "application/timestamp-query")
	r.Header.Set("Accept", "application/timestamp-reply")
	answer, err := c.web.Do(r)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // without the address, which may hold a user and a password
		}
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: it answers %d", ErrUnavailable, answer.StatusCode)
	}
	b, err := io.ReadAll(io.LimitReader(answer.Body, int64(c.options.MaxSize)+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if len(b) > c.options.MaxSize {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrAnswer, c.options.MaxSize)
	}
	return b, nil
}

// readResponse reads a TimeStampResp.
func readResponse(b []byte) ([]byte, error) {
	var r response
	rest, err := asn1.Unmarshal(b, &r)
	if err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("%w: not a TimeStampResp", ErrAnswer)
	}
	const granted, grantedWithMods = 0, 1
	if r.Status.Status != granted && r.Status.Status != grantedWithMods {
		return nil, fmt.Errorf("%w: status %d%s", ErrRejected, r.Status.Status, failure(r.Status.Fail))
	}
	if len(r.Token.FullBytes) == 0 {
		return nil, fmt.Errorf("%w: granted, but without a token", ErrAnswer)
	}
	return r.Token.FullBytes, nil
}

// failure names the bits of PKIFailureInfo (RFC 3161, 2.4.2).
func failure(bits asn1.BitString) string {
	text := ""
	for _, f := range []struct {
		bit  int
		name string
	}{
		{0, "badAlg"}, {2, "badRequest"}, {5, "badDataFormat"}, {14, "timeNotAvailable"}, {15, "unacceptedPolicy"},
		{16, "unacceptedExtension"}, {17, "addInfoNotAvailable"}, {25, "systemFailure"},
	} {
		if bits.At(f.bit) == 1 {
			text += ", " + f.name
		}
	}
	return text
}

// check compares a token with what was asked for.
func (c *Client) check(ctx context.Context, token []byte, digest [sha256.Size]byte, nonce *big.Int) error {
	result, t, certs := read(token)
	if t == nil || !result.Good() {
		return result.Faults[0]
	}
	now := c.options.Now()
	switch {
	case t.hash != crypto.SHA256 || !bytes.Equal(t.digest, digest[:]):
		return wrong("a time stamp of something else")
	case t.nonce == nil || t.nonce.Cmp(nonce) != 0:
		return wrong("an answer to another request: its nonce is not ours")
	case c.policy != nil && !t.policy.Equal(c.policy):
		return wrong("of the policy %v, not the one that was asked for", t.policy)
	case t.time.After(now.Add(c.options.Skew)) || t.time.Before(now.Add(-c.options.Skew)):
		return wrong("its clock says %s", t.time.Format(time.RFC3339))
	}
	if c.options.Trust == nil {
		return nil
	}
	if c.options.Trust.JudgeTime(ctx, &result, certs); !result.Good() {
		return result.Faults[0]
	}
	return nil
}
