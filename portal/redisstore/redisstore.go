// SPDX-License-Identifier: BSD-3-Clause

// Package redisstore keeps the challenges of a portal in Redis, so that any number of instances behind a balancer share
// them: what one has issued another redeems, and nobody redeems twice. It keeps no sessions and no people: what is in
// Redis is a hash of session and nonce, and whether it was used.
//
// It needs Redis 6.2 or later, or a server that speaks its protocol and knows SET with XX, KEEPTTL and GET. A copy of
// Redis that takes over when the first one dies may have missed a redemption of the last moment (Redis replicates
// asynchronously): then a token that was stolen in that moment, with the cookie of its session, is accepted once more.
package redisstore

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ponte-cns/ponte/portal"
)

// Defaults of a Store.
const (
	Prefix  = "ponte:challenge:"
	Timeout = 2 * time.Second
)

// Options of a Store. The zero value is right for most.
type Options struct {
	Prefix   string        // what the keys begin with; empty: Prefix. Portals that share a Redis need one each
	Lifetime time.Duration // of a challenge, at least 1 ms; zero: portal.ChallengeLifetime
	Timeout  time.Duration // for one answer of Redis, the client's own retries included; zero: Timeout
}

// Store is a portal.ChallengeStore. Challenges that have expired are forgotten by Redis, and therefore unknown.
type Store struct {
	client redis.Cmdable
	o      Options
}

// What Redis holds for a challenge.
const (
	fresh = "0"
	used  = "1"
)

// New makes a store. The client stays the caller's, who closes it: a *redis.Client, *redis.ClusterClient or *redis.Ring.
func New(client redis.Cmdable, o Options) *Store {
	if o.Prefix == "" {
		o.Prefix = Prefix
	}
	if o.Lifetime <= 0 {
		o.Lifetime = portal.ChallengeLifetime
	}
	if o.Timeout <= 0 {
		o.Timeout = Timeout
	}
	return &Store{client: client, o: o}
}

// Issue returns a new nonce for the session, see portal.NewNonce.
func (s *Store) Issue(ctx context.Context, session string) (string, error) {
	if session == "" {
		return "", errors.New("a challenge needs a session")
	}
	nonce := portal.NewNonce()
	key := s.key(session, nonce)
	_, err := s.ask(ctx, func(ctx context.Context) (string, error) {
		return s.client.Set(ctx, key, fresh, s.o.Lifetime).Result()
	})
	if err != nil {
		return "", fmt.Errorf("keeping a challenge in Redis: %w", err)
	}
	return nonce, nil
}

// Redeem uses the nonce up. One command marks it as used and says what it was before, so that of any number of attempts,
// on any instances, one succeeds. If the answer gets lost on the way and the client asks again, none does.
func (s *Store) Redeem(ctx context.Context, session, nonce string) error {
	key := s.key(session, nonce)
	before, err := s.ask(ctx, func(ctx context.Context) (string, error) {
		return s.client.SetArgs(ctx, key, used, redis.SetArgs{Mode: "XX", KeepTTL: true, Get: true}).Result()
	})
	switch {
	case errors.Is(err, redis.Nil):
		return &portal.Refusal{Reason: portal.ReasonNonceUnknown, Detail: "no such challenge in this session, or it has expired"}
	case err != nil:
		return fmt.Errorf("redeeming a challenge in Redis: %w", err)
	case before != fresh:
		return &portal.Refusal{Reason: portal.ReasonNonceUsed, Detail: "the challenge was used before"}
	}
	return nil
}

func (s *Store) key(session, nonce string) string {
	hash := portal.ChallengeKey(session, nonce)
	return s.o.Prefix + base64.RawURLEncoding.EncodeToString(hash[:])
}

// ask returns when ctx ends, or after the time limit, also when the client, which reads a context only between its
// attempts, still waits for an answer. What it waits with ends with the client's own time limits.
func (s *Store) ask(ctx context.Context, command func(context.Context) (string, error)) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		defer cancel()
		text, err := command(ctx)
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		return a.text, a.err
	case <-ctx.Done():
	}
	select {
	case a := <-answers: // it was there first
		return a.text, a.err
	default:
		return "", ctx.Err()
	}
}
