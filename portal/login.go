// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"context"

	"github.com/ponte-cns/ponte/protocol"
)

// Login is what a portal needs to let people in with their card: set the three fields and use it from any number of
// goroutines.
type Login struct {
	Verifier   *Verifier
	Challenges ChallengeStore
	Origin     protocol.Origin // the portal's own, as browsers see it; never taken from a request
}

// Challenge gives the nonce that the page passes to the card. session is the portal's own, from a cookie that scripts
// cannot read.
func (l *Login) Challenge(ctx context.Context, session string) (nonce string, err error) {
	return l.Challenges.Issue(ctx, session)
}

// Verify uses the session's nonce up, whatever comes after, and checks the token. The nonce is the one that the page
// sends back with the token: it is believed because it was issued to this session and to no other. A login that is not
// accepted gives a *Refusal; any other error comes from the store. After a login give the session a new id.
func (l *Login) Verify(ctx context.Context, session, nonce string, tokenJSON []byte) (Identity, error) {
	if err := l.Challenges.Redeem(ctx, session, nonce); err != nil {
		return Identity{}, err
	}
	return l.Verifier.Verify(ctx, tokenJSON, l.Origin, nonce)
}
