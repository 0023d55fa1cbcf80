// SPDX-License-Identifier: BSD-3-Clause

package revocation

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// The outcomes of Check, beside nil. Its errors wrap one of them and say more.
var (
	ErrRevoked     = errors.New("revoked")
	ErrSuspended   = errors.New("suspended")
	ErrUnknown     = errors.New("unknown to its authority")
	ErrUnavailable = errors.New("no answer about revocation")
)

// Defaults of Options.
const (
	DefaultTimeout  = 15 * time.Second
	DefaultMaxAge   = 10 * 24 * time.Hour
	DefaultCacheFor = 5 * time.Minute
)

// clockSkew is by how much the clocks of the authorities and ours may differ.
const clockSkew = 5 * time.Minute

// Options change a Checker. The zero value is right for most.
type Options struct {
	// SoftFail lets people in while their authority cannot be asked. A card that was reported lost is then let in when
	// the authority is down, or when somebody can make it look so: it is for portals that prefer that to turning
	// everybody away.
	SoftFail bool
	// OnSoftFail is told why, each time that SoftFail lets somebody in. Nil: nobody is told.
	OnSoftFail func(error)
	// AcceptNoNonce believes OCSP answers without our nonce. See the package.
	AcceptNoNonce bool

	Timeout  time.Duration // for one Check, beside that of its context. Zero: DefaultTimeout
	MaxAge   time.Duration // since thisUpdate, of an answer or a list. Zero: DefaultMaxAge
	CacheFor time.Duration // a good answer is not asked for again so long. Zero: DefaultCacheFor; negative: always ask

	// Proxy says through which proxy to ask. Nil: none, whatever the environment says.
	Proxy func(*http.Request) (*url.URL, error)
	// AllowLoopback asks this machine too, for tests.
	AllowLoopback bool
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
}

// Checker asks the authorities. It may be used by several goroutines, and remembers good answers and lists for all.
type Checker struct {
	options Options
	web     *web
	good    *memory[certKey]
	lists   *lists
}

// New makes a Checker.
func New(o Options) *Checker {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.MaxAge <= 0 {
		o.MaxAge = DefaultMaxAge
	}
	if o.CacheFor == 0 {
		o.CacheFor = DefaultCacheFor
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	w := newWeb(o)
	return &Checker{options: o, web: w, good: newMemory[certKey](), lists: newLists(w, o)}
}

// Check says whether issuer has taken cert back. The outcomes are in the documentation of the package.
func (c *Checker) Check(ctx context.Context, cert, issuer *x509.Certificate) error {
	if cert == nil || issuer == nil || cert.SerialNumber == nil {
		return errors.New("a certificate and its issuer are needed")
	}
	key := keyOf(cert, issuer)
	if c.options.CacheFor > 0 && c.good.has(key, c.options.Now()) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	until, err := c.ask(ctx, cert, issuer)
	if err == nil {
		c.good.add(key, earlier(until, c.options.Now().Add(c.options.CacheFor)), c.options.Now())
		return nil
	}
	if c.options.SoftFail && errors.Is(err, ErrUnavailable) {
		if c.options.OnSoftFail != nil {
			c.options.OnSoftFail(err)
		}
		return nil
	}
	return err
}

// ask goes through the addresses until one gives an answer, and says until when a good one holds.
func (c *Checker) ask(ctx context.Context, cert, issuer *x509.Certificate) (time.Time, error) {
	var failures []error
	for _, address := range usable(cert.OCSPServer) {
		until, err := c.askOCSP(ctx, address, cert, issuer)
		if err == nil || final(err) {
			return until, err
		}
		failures = append(failures, fmt.Errorf("OCSP: %w", err))
	}
	for _, address := range usable(cert.CRLDistributionPoints) {
		until, err := c.lists.check(ctx, address, cert, issuer)
		if err == nil || final(err) {
			return until, err
		}
		failures = append(failures, fmt.Errorf("list: %w", err))
	}
	if len(failures) == 0 {
		return time.Time{}, fmt.Errorf("%w: the certificate names neither an OCSP responder nor a list that can be asked", ErrUnavailable)
	}
	return time.Time{}, &unavailable{failures}
}

func final(err error) bool {
	return errors.Is(err, ErrRevoked) || errors.Is(err, ErrSuspended) || errors.Is(err, ErrUnknown)
}

// unavailable says on one line what went wrong at each address.
type unavailable struct{ failures []error }

func (e *unavailable) Error() string {
	s := ErrUnavailable.Error()
	for i, f := range e.failures {
		s += map[bool]string{true: ": ", false: "; "}[i == 0] + f.Error()
	}
	return s
}

func (e *unavailable) Unwrap() []error { return append([]error{ErrUnavailable}, e.failures...) }

// takenBack makes the outcome for a reason of RFC 5280, 5.3.1.
func takenBack(reason int, since time.Time) error {
	const certificateHold = 6
	if reason == certificateHold {
		return &withdrawal{ErrSuspended, since}
	}
	return &withdrawal{ErrRevoked, since}
}

// withdrawal is ErrRevoked or ErrSuspended, and says since when: what was signed before, and is proven to be, stays good.
type withdrawal struct {
	kind  error
	since time.Time
}

func (w *withdrawal) Error() string {
	day := w.since.UTC().Format(time.DateOnly)
	if w.Suspended() {
		return w.kind.Error() + " since " + day
	}
	return w.kind.Error() + " on " + day
}

func (w *withdrawal) Unwrap() error    { return w.kind }
func (w *withdrawal) Since() time.Time { return w.since } // of a list: the beginning of that day
func (w *withdrawal) Suspended() bool  { return w.kind == ErrSuspended }

// inTime checks the dates of an answer or a list; next is zero if it has none.
func inTime(this, next, now time.Time, maxAge time.Duration) error {
	switch {
	case this.After(now.Add(clockSkew)):
		return fmt.Errorf("made in the future, on %s", this.UTC().Format(time.RFC3339))
	case now.Sub(this) > maxAge+clockSkew:
		return fmt.Errorf("too old, of %s", this.UTC().Format(time.RFC3339))
	case !next.IsZero() && now.After(next.Add(clockSkew)):
		return fmt.Errorf("expired on %s", next.UTC().Format(time.RFC3339))
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

// weak are algorithms whose signatures crypto/x509 accepts when asked directly, and this package does not.
func weak(a x509.SignatureAlgorithm) bool {
	return a == x509.SHA1WithRSA || a == x509.ECDSAWithSHA1 || a == x509.DSAWithSHA1 || a == x509.MD5WithRSA || a == x509.UnknownSignatureAlgorithm
}
