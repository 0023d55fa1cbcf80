// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/protocol"
)

func issue(t *testing.T, m *portal.Memory, session string) string {
	t.Helper()
	n, err := m.Issue(t.Context(), session)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// clock is a time that moves when the test says so.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func TestAChallengeThatWasNeverIssuedIsUnknown(t *testing.T) {
	m := portal.NewMemory(portal.MemoryOptions{})
	n := issue(t, m, "a")
	for name, c := range map[string]struct{ session, nonce string }{
		"nothing":             {"a", ""},
		"made up":             {"a", nonce},
		"another session's":   {"b", n},
		"without a session":   {"", n},
		"the other way round": {n, "a"},
		"cut elsewhere":       {"a" + n[:1], n[1:]},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefusal(t, m.Redeem(t.Context(), c.session, c.nonce), portal.ReasonNonceUnknown)
		})
	}
	if err := m.Redeem(t.Context(), "a", n); err != nil {
		t.Errorf("others' attempts used it up: %v", err)
	}
}

func TestAChallengeIsUsedOnce(t *testing.T) {
	m := portal.NewMemory(portal.MemoryOptions{})
	n := issue(t, m, "a")
	if err := m.Redeem(t.Context(), "a", n); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, m.Redeem(t.Context(), "a", n), portal.ReasonNonceUsed)
}

func TestAChallengeExpiresAfterFiveMinutes(t *testing.T) {
	c := &clock{time.Now()}
	m := portal.NewMemory(portal.MemoryOptions{Now: c.read})
	early, late := issue(t, m, "a"), issue(t, m, "a")
	c.now = c.now.Add(5*time.Minute - time.Second)
	if err := m.Redeem(t.Context(), "a", early); err != nil {
		t.Error(err)
	}
	c.now = c.now.Add(time.Second)
	wantRefusal(t, m.Redeem(t.Context(), "a", late), portal.ReasonNonceExpired)
	wantRefusal(t, m.Redeem(t.Context(), "a", late), portal.ReasonNonceExpired)
}

func TestAFullStoreForgetsTheOldest(t *testing.T) {
	m := portal.NewMemory(portal.MemoryOptions{Capacity: 3})
	var issued []string
	for range 8 {
		issued = append(issued, issue(t, m, "a"))
	}
	for _, n := range issued[:5] {
		wantRefusal(t, m.Redeem(t.Context(), "a", n), portal.ReasonNonceUnknown)
	}
	for _, n := range issued[5:] {
		if err := m.Redeem(t.Context(), "a", n); err != nil {
			t.Error(err)
		}
	}
}

func TestAChallengeNeedsASession(t *testing.T) {
	if _, err := portal.NewMemory(portal.MemoryOptions{}).Issue(t.Context(), ""); err == nil {
		t.Error("issued")
	}
}

func TestAChallengeHas32RandomBytesAndTheFormThatCardsSign(t *testing.T) {
	m, seen := portal.NewMemory(portal.MemoryOptions{}), map[string]bool{}
	for range 100 {
		n := issue(t, m, "a")
		b, err := base64.URLEncoding.DecodeString(n)
		if err != nil || len(b) != 32 || protocol.CheckNonce(n) != nil || seen[n] {
			t.Fatalf("%q", n)
		}
		seen[n] = true
	}
}

func TestOneChallengeLetsOneOfManyIn(t *testing.T) {
	m := portal.NewMemory(portal.MemoryOptions{})
	n := issue(t, m, "a")
	var wg sync.WaitGroup
	answers := make(chan error, 50)
	for i := range 50 {
		wg.Go(func() {
			issueOther, err := m.Issue(t.Context(), fmt.Sprint(i))
			if err != nil || issueOther == n {
				t.Error(err)
			}
			answers <- m.Redeem(t.Context(), "a", n)
		})
	}
	wg.Wait()
	close(answers)
	in := 0
	for err := range answers {
		if err == nil {
			in++
		} else if !errors.Is(err, &portal.Refusal{Reason: portal.ReasonNonceUsed}) {
			t.Error(err)
		}
	}
	if in != 1 {
		t.Errorf("%d were let in", in)
	}
}
