// SPDX-License-Identifier: BSD-3-Clause

package redisstore_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/redisstore"
	"github.com/ponte-cns/ponte/portal/redisstore/redistest"
	"github.com/ponte-cns/ponte/protocol"
)

func server(t testing.TB) *redistest.Server {
	t.Helper()
	s, err := redistest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return s
}

func client(t testing.TB, address string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: address})
	t.Cleanup(func() { c.Close() })
	return c
}

func issue(t *testing.T, s portal.ChallengeStore, session string) string {
	t.Helper()
	n, err := s.Issue(t.Context(), session)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func wantRefusal(t *testing.T, err error, want portal.Reason) {
	t.Helper()
	if !errors.Is(err, &portal.Refusal{Reason: want}) {
		t.Errorf("%v, not a refusal for %s", err, want)
	}
}

// wantFailure wants an error that does not blame the citizen.
func wantFailure(t *testing.T, err error) {
	t.Helper()
	if r, refused := errors.AsType[*portal.Refusal](err); err == nil || refused {
		t.Errorf("%v %v", err, r)
	}
}

// until polls a condition; the deadline is for a machine that hangs.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestAChallengeThatWasNeverIssuedIsUnknown(t *testing.T) {
	s := redisstore.New(client(t, server(t).Address), redisstore.Options{})
	n := issue(t, s, "a")
	for name, c := range map[string]struct{ session, nonce string }{
		"nothing":             {"a", ""},
		"made up":             {"a", portal.NewNonce()},
		"another session's":   {"b", n},
		"without a session":   {"", n},
		"the other way round": {n, "a"},
		"cut elsewhere":       {"a" + n[:1], n[1:]},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, s.Redeem(t.Context(), c.session, c.nonce), portal.ReasonNonceUnknown)
			wantRefusal(t, s.Redeem(t.Context(), c.session, c.nonce), portal.ReasonNonceUnknown)
		})
	}
	if err := s.Redeem(t.Context(), "a", n); err != nil {
		t.Errorf("others' attempts used it up: %v", err)
	}
}

func TestAChallengeNeedsASession(t *testing.T) {
	if _, err := redisstore.New(client(t, server(t).Address), redisstore.Options{}).Issue(t.Context(), ""); err == nil {
		t.Error("issued")
	}
}

func TestAChallengeIsUsedOnceOnWhateverInstance(t *testing.T) {
	address := server(t).Address
	one, two := redisstore.New(client(t, address), redisstore.Options{}), redisstore.New(client(t, address), redisstore.Options{})
	n := issue(t, one, "a")
	if err := two.Redeem(t.Context(), "a", n); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, two.Redeem(t.Context(), "a", n), portal.ReasonNonceUsed)
	wantRefusal(t, one.Redeem(t.Context(), "a", n), portal.ReasonNonceUsed)
}

func TestOneChallengeLetsOneOfAThousandIn(t *testing.T) {
	address := server(t).Address
	stores := []*redisstore.Store{
		redisstore.New(client(t, address), redisstore.Options{Timeout: time.Minute}),
		redisstore.New(client(t, address), redisstore.Options{Timeout: time.Minute}),
	}
	n := issue(t, stores[0], "a")
	answers := make(chan error, 1000)
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() { answers <- stores[i%2].Redeem(t.Context(), "a", n) })
	}
	wg.Wait()
	close(answers)
	in := 0
	for err := range answers {
		if err == nil {
			in++
		} else {
			wantRefusal(t, err, portal.ReasonNonceUsed)
		}
	}
	if in != 1 {
		t.Errorf("%d were let in", in)
	}
}

func TestAChallengeIsForgottenWithItsTime(t *testing.T) {
	c := client(t, server(t).Address)
	s := redisstore.New(c, redisstore.Options{Lifetime: 50 * time.Millisecond})
	n := issue(t, s, "a")
	until(t, "Redis forgets it", func() bool { return c.DBSize(t.Context()).Val() == 0 })
	wantRefusal(t, s.Redeem(t.Context(), "a", n), portal.ReasonNonceUnknown)
}

func TestRedisForgetsAfterFiveMinutesAlsoWhatWasUsed(t *testing.T) {
	c := client(t, server(t).Address)
	s := redisstore.New(c, redisstore.Options{})
	n := issue(t, s, "a")
	for _, state := range []string{"fresh", "used"} {
		keys := c.Keys(t.Context(), "*").Val()
		if len(keys) != 1 {
			t.Fatalf("%s: %q", state, keys)
		}
		if ttl := c.PTTL(t.Context(), keys[0]).Val(); ttl <= 4*time.Minute || ttl > 5*time.Minute {
			t.Errorf("%s: %v to live", state, ttl)
		}
		if err := s.Redeem(t.Context(), "a", n); state == "fresh" && err != nil {
			t.Error(err)
		}
	}
}

func TestRedisHoldsNeitherSessionNorNonce(t *testing.T) {
	c := client(t, server(t).Address)
	s := redisstore.New(c, redisstore.Options{Prefix: "portale-a:"})
	n := issue(t, s, "the-session")
	key := c.Keys(t.Context(), "*").Val()[0]
	for _, text := range []string{key, c.Get(t.Context(), key).Val()} {
		if strings.Contains(text, n) || strings.Contains(text, "the-session") {
			t.Errorf("%q", text)
		}
	}
	if !strings.HasPrefix(key, "portale-a:") {
		t.Errorf("%q", key)
	}
	other := redisstore.New(c, redisstore.Options{Prefix: "portale-b:"})
	wantRefusal(t, other.Redeem(t.Context(), "the-session", n), portal.ReasonNonceUnknown)
}

func TestARedisThatIsDownIsNotARefusalAndComesBack(t *testing.T) {
	redisServer := server(t)
	s := redisstore.New(client(t, redisServer.Address), redisstore.Options{})
	n := issue(t, s, "a")
	redisServer.Kill()
	_, err := s.Issue(t.Context(), "a")
	wantFailure(t, err)
	err = s.Redeem(t.Context(), "a", n)
	wantFailure(t, err)
	if !strings.Contains(err.Error(), "Redis") || strings.Contains(err.Error(), n) {
		t.Errorf("%v", err)
	}
	if err := redisServer.Run(); err != nil {
		t.Fatal(err)
	}
	until(t, "it works again", func() bool { _, err := s.Issue(t.Context(), "a"); return err == nil })
	wantRefusal(t, s.Redeem(t.Context(), "a", n), portal.ReasonNonceUnknown)
	again := issue(t, s, "a")
	if err := s.Redeem(t.Context(), "a", again); err != nil {
		t.Error(err)
	}
}

// silent is a server that takes connections and never answers.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func TestARedisThatIsSilentIsLeftWithTheContext(t *testing.T) {
	s := redisstore.New(client(t, silent(t)), redisstore.Options{Timeout: time.Hour})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Issue(ctx, "a")
	if wantFailure(t, err); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Redeem(ctx, "a", portal.NewNonce()) }()
	cancel() // while it waits, or just before
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestARedisThatIsSilentIsLeftAfterTheTimeLimit(t *testing.T) {
	s := redisstore.New(client(t, silent(t)), redisstore.Options{Timeout: 20 * time.Millisecond})
	_, err := s.Issue(t.Context(), "a")
	if wantFailure(t, err); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	err = s.Redeem(t.Context(), "a", portal.NewNonce())
	if wantFailure(t, err); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestAChallengeHasTheFormThatCardsSign(t *testing.T) {
	s := redisstore.New(client(t, server(t).Address), redisstore.Options{})
	if one, two := issue(t, s, "a"), issue(t, s, "a"); one == two || protocol.CheckNonce(one) != nil {
		t.Errorf("%q %q", one, two)
	}
}

// BenchmarkChallengeRoundTripTwoInstances issues on one instance and redeems on the other.
func BenchmarkChallengeRoundTripTwoInstances(b *testing.B) {
	address := server(b).Address
	one, two := redisstore.New(client(b, address), redisstore.Options{}), redisstore.New(client(b, address), redisstore.Options{})
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			n, err := one.Issue(b.Context(), "session")
			if err == nil {
				err = two.Redeem(b.Context(), "session", n)
			}
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "roundtrips/s")
}
