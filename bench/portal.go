// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/redisstore"
	"github.com/ponte-cns/ponte/portal/redisstore/redistest"
	"github.com/ponte-cns/ponte/portal/revocation"
	"github.com/ponte-cns/ponte/portal/trustlist"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// rounds is how often each of several things is measured in turn, a second at a time; the median counts.
const rounds = 3

// madeToken is a token of an RSA-2048 card, and what made it.
type madeToken struct {
	json      []byte
	origin    protocol.Origin
	cert      *x509.Certificate
	digest    [sha256.Size]byte
	signature []byte
}

func makeToken(cert *x509.Certificate, key *rsa.PrivateKey) (madeToken, error) {
	origin, err := protocol.ParseOrigin(site)
	if err != nil {
		return madeToken{}, err
	}
	t := madeToken{origin: origin, cert: cert, digest: protocol.TokenDigest(origin, nonce)}
	if t.signature, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, t.digest[:]); err != nil {
		return t, err
	}
	t.json, err = json.Marshal(map[string]string{
		"unverifiedCertificate": base64.StdEncoding.EncodeToString(cert.Raw), "algorithm": protocol.AlgorithmRS256,
		"signature": base64.StdEncoding.EncodeToString(t.signature), "format": protocol.TokenFormat, "appVersion": "bench/1",
	})
	return t, err
}

// tokensVerified verifies a token as a portal does, with the whole kit: a trusted list that was read and an OCSP answer
// that is remembered. Beside it, the RSA verifications that no portal can do without.
func tokensVerified(ctx context.Context, h *house) ([]row, error) {
	authority, err := h.pki.StartRevocation()
	if err != nil {
		return nil, err
	}
	defer authority.Close()
	cert, key := h.pki.Issue(testpki.LeafOptions{OCSPURL: authority.OCSPURL(testpki.SignerDelegate), CRLURL: authority.CRLURL()})
	authority.Know(cert)
	token, err := makeToken(cert, key)
	if err != nil {
		return nil, err
	}
	verifier, err := listedVerifier(ctx, h)
	if err != nil {
		return nil, err
	}
	verify := func() error {
		_, err := verifier.Verify(ctx, token.json, token.origin, nonce)
		return err
	}
	if err := verify(); err != nil { // asks the authority
		return nil, err
	}
	asked := authority.OCSPRequests.Load()
	card, ca := cert.PublicKey.(*rsa.PublicKey), h.pki.CA().PublicKey.(*rsa.PublicKey)
	certDigest := sha256.Sum256(cert.RawTBSCertificate)
	one := func() error { return rsa.VerifyPKCS1v15(card, crypto.SHA256, token.digest[:], token.signature) }
	both := func() error {
		return errors.Join(one(), rsa.VerifyPKCS1v15(ca, crypto.SHA256, certDigest[:], cert.Signature))
	}

	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	r, err := inTurn(1, verify, both, one)
	if err != nil {
		return nil, err
	}
	if authority.OCSPRequests.Load() != asked {
		return nil, errors.New("the authority was asked again: its answer was not remembered")
	}
	const allOf, oneOf = "bare RSA, card and authority", "bare RSA, card alone"
	took := row{What: "token: time to verify, list and revocation at hand", Unit: "µs", Measured: r[0].time,
		Note: "an RSA-2048 card; the budget is three times the bare RSA verifications that a token needs: the card's over the challenge, the authority's over the certificate"}
	rate := row{What: "token: verified by one core", Unit: "1/s", Measured: 1e6 / r[0].time}
	allocations := row{What: "token: allocations", Measured: r[0].allocations}
	bytes := row{What: "token: allocated", Unit: "bytes", Measured: r[0].bytes}
	return []row{
		took.within(3*r[1].time).beside(allOf, r[1].time).beside(oneOf, r[2].time),
		rate.beside(allOf, 1e6/r[1].time).beside(oneOf, 1e6/r[2].time),
		allocations.beside(allOf, r[1].allocations),
		bytes.beside(allOf, r[1].bytes),
	}, nil
}

// listedVerifier trusts the authorities of a signed list on disk and asks about revocation.
func listedVerifier(ctx context.Context, h *house) (*portal.Verifier, error) {
	published, kept := filepath.Join(h.work, "published.xml"), filepath.Join(h.work, "list.xml")
	if err := os.WriteFile(published, h.pki.SignedTrustedList(testpki.ListOptions{}), 0o600); err != nil {
		return nil, err
	}
	list, err := trustlist.OpenStore(trustlist.StoreOptions{
		Options: trustlist.Options{Signers: []*x509.Certificate{h.pki.ListSigner(testpki.SchemeOperator)}}, Path: kept, File: published,
	})
	if err != nil {
		return nil, err
	}
	if _, err := list.Refresh(ctx); err != nil {
		return nil, err
	}
	return portal.NewVerifier(portal.Options{Trust: list, Revocation: revocation.New(revocation.Options{AllowLoopback: true})})
}

// sharedChallenges issues on one instance of a portal and redeems on another, through a real redis-server. Beside it, the
// same number of bare commands by the same client.
func sharedChallenges(ctx context.Context, _ *house) ([]row, error) {
	server, err := redistest.Start()
	if err != nil {
		return nil, err
	}
	defer server.Kill()
	var clients [2]*redis.Client
	for i := range clients {
		clients[i] = redis.NewClient(&redis.Options{Addr: server.Address})
		defer func() { _ = clients[i].Close() }()
	}
	first, second := redisstore.New(clients[0], redisstore.Options{}), redisstore.New(clients[1], redisstore.Options{})
	r, err := inTurn(16, func() error {
		n, err := first.Issue(ctx, "session")
		if err != nil {
			return err
		}
		return second.Redeem(ctx, "session", n)
	}, func() error {
		key := portal.NewNonce()
		if err := clients[0].Set(ctx, key, "1", portal.ChallengeLifetime).Err(); err != nil {
			return err
		}
		return clients[1].GetDel(ctx, key).Err()
	}, func() error {
		return errors.Join(clients[0].Ping(ctx).Err(), clients[1].Ping(ctx).Err())
	})
	if err != nil {
		return nil, err
	}
	challenges := row{What: "challenge in Redis: issued and redeemed by two instances", Unit: "1/s", Measured: 1e6 / r[0].time,
		Note: "two commands each, 16 logins at once per core; client and server share the computer"}
	return []row{challenges.beside("bare SET and GETDEL", 1e6/r[1].time).beside("bare PING, twice", 1e6/r[2].time)}, nil
}

// price is what one call needs.
type price struct{ time, allocations, bytes float64 } // µs, count, bytes

// inTurn measures calls, so many at once per core, each for a second at a time and one after the other, so that what else
// the computer does falls on all of them.
func inTurn(atOnce int, calls ...func() error) ([]price, error) {
	times := make([]samples, len(calls))
	prices := make([]price, len(calls))
	for range rounds {
		for i, call := range calls {
			r, err := measure(atOnce, call)
			if err != nil {
				return nil, err
			}
			times[i] = append(times[i], float64(r.T.Nanoseconds())/1e3/float64(r.N))
			prices[i] = price{times[i].median(), float64(r.AllocsPerOp()), float64(r.AllocedBytesPerOp())}
		}
	}
	return prices, nil
}

// measure lets package testing find out how often to call for a second.
func measure(atOnce int, call func() error) (testing.BenchmarkResult, error) {
	failed := make(chan error, 1)
	r := testing.Benchmark(func(b *testing.B) {
		b.SetParallelism(atOnce)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if err := call(); err != nil {
					select {
					case failed <- err:
					default:
					}
					return
				}
			}
		})
	})
	select {
	case err := <-failed:
		return r, err
	default:
		return r, nil
	}
}
