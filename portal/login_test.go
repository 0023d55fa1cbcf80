// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func newLogin(t *testing.T) *portal.Login {
	return &portal.Login{Verifier: verifier(t, nil), Challenges: portal.NewMemory(portal.MemoryOptions{}), Origin: origin(t, site)}
}

func tokenFor(t *testing.T, l *portal.Login, challenge string) []byte {
	cert, key := pki.Issue(testpki.LeafOptions{})
	return sign(t, cert, key, l.Origin, challenge).json()
}

func TestAGenuineTokenInTheWrongSessionIsRefused(t *testing.T) {
	l := newLogin(t)
	n, err := l.Challenge(t.Context(), "the attacker's session")
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Verify(t.Context(), "the victim's session", n, tokenFor(t, l, n))
	wantRefusal(t, err, portal.ReasonNonceUnknown)
}

func TestATokenIsAcceptedOnceOnly(t *testing.T) {
	l := newLogin(t)
	n, err := l.Challenge(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	token := tokenFor(t, l, n)
	if _, err := l.Verify(t.Context(), "s", n, token); err != nil {
		t.Fatal(err)
	}
	_, err = l.Verify(t.Context(), "s", n, token)
	wantRefusal(t, err, portal.ReasonNonceUsed)
}

func TestATokenThatWasRefusedUsesItsChallengeUp(t *testing.T) {
	l := newLogin(t)
	n, err := l.Challenge(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Verify(t.Context(), "s", n, []byte("{}"))
	wantRefusal(t, err, portal.ReasonFormat)
	_, err = l.Verify(t.Context(), "s", n, tokenFor(t, l, n))
	wantRefusal(t, err, portal.ReasonNonceUsed)
}

type brokenStore struct{}

var errBroken = errors.New("connection refused")

func (brokenStore) Issue(context.Context, string) (string, error) { return "", errBroken }
func (brokenStore) Redeem(context.Context, string, string) error  { return errBroken }

func TestAStoreThatDoesNotWorkIsNotARefusal(t *testing.T) {
	l := newLogin(t)
	l.Challenges = brokenStore{}
	_, err := l.Verify(t.Context(), "s", nonce, goodToken(t).json())
	var r *portal.Refusal
	if !errors.Is(err, errBroken) || errors.As(err, &r) {
		t.Errorf("%v", err)
	}
}
