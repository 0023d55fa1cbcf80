// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"time"
)

// ChallengeStore issues the nonces that cards sign. A nonce belongs to one session of the portal, lives a few minutes
// and is redeemed once. Memory is the store of a portal with one process; several share one, as that of portal/redisstore.
type ChallengeStore interface {
	// Issue returns a new nonce for the session.
	Issue(ctx context.Context, session string) (nonce string, err error)
	// Redeem uses the nonce up. A nonce that is not good gives a *Refusal with ReasonNonceUnknown, ReasonNonceUsed or
	// ReasonNonceExpired; any other error means that the store does not work. What was issued to another session is
	// unknown.
	Redeem(ctx context.Context, session, nonce string) error
}

// Defaults of Memory.
const (
	ChallengeLifetime = 5 * time.Minute
	ChallengeCapacity = 50_000 // about 8 MB
)

// MemoryOptions change a Memory. The zero value is right for most.
type MemoryOptions struct {
	Lifetime time.Duration    // zero: ChallengeLifetime
	Capacity int              // nonces kept, used and expired ones included; zero: ChallengeCapacity
	Now      func() time.Time // nil: time.Now
}

// Memory is a ChallengeStore in the memory of this process. When it is full the oldest nonce gives way: a flood of
// requests for challenges makes logins fail as nonce-unknown, and nothing else.
type Memory struct {
	options MemoryOptions

	mu      sync.Mutex
	entries map[[sha256.Size]byte]*challenge
	queue   [][sha256.Size]byte // in the order of issue, which is that of expiry; a ring once it is full
	head    int                 // the oldest of the queue
}

type challenge struct {
	expires time.Time
	used    bool
}

// NewMemory makes an empty store.
func NewMemory(o MemoryOptions) *Memory {
	if o.Lifetime <= 0 {
		o.Lifetime = ChallengeLifetime
	}
	if o.Capacity <= 0 {
		o.Capacity = ChallengeCapacity
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Memory{options: o, entries: map[[sha256.Size]byte]*challenge{}}
}

// Issue returns 32 random bytes in base64url with padding: 44 characters.
func (m *Memory) Issue(_ context.Context, session string) (string, error) {
	if session == "" {
		return "", errors.New("a challenge needs a session")
	}
	nonce := NewNonce()
	key := ChallengeKey(session, nonce)

	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries[key] = &challenge{expires: m.options.Now().Add(m.options.Lifetime)}
	if len(m.queue) < m.options.Capacity {
		m.queue = append(m.queue, key)
		return nonce, nil
	}
	delete(m.entries, m.queue[m.head])
	m.queue[m.head] = key
	m.head = (m.head + 1) % len(m.queue)
	return nonce, nil
}

// Redeem uses the nonce up.
func (m *Memory) Redeem(_ context.Context, session, nonce string) error {
	key := ChallengeKey(session, nonce)
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.entries[key]
	switch {
	case c == nil:
		return refuse(ReasonNonceUnknown, "no such challenge in this session")
	case c.used:
		return refuse(ReasonNonceUsed, "the challenge was used before")
	case !m.options.Now().Before(c.expires):
		return refuse(ReasonNonceExpired, "the challenge was issued too long ago")
	}
	c.used = true
	return nil
}

// NewNonce makes a challenge, for stores: 32 random bytes in base64url with padding, 44 characters.
func NewNonce() string {
	var b [32]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return base64.URLEncoding.EncodeToString(b[:])
}

// ChallengeKey is what a store keeps instead of session and nonce: a hash of both, which no other pair has. Looking it up
// takes a time that tells nothing about either, and who reads the store cannot use a challenge.
func ChallengeKey(session, nonce string) [sha256.Size]byte {
	// Both are hashed separately, so that no other pair has the same text.
	s, n := sha256.Sum256([]byte(session)), sha256.Sum256([]byte(nonce))
	return sha256.Sum256(append(s[:], n[:]...))
}
