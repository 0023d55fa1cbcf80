// SPDX-License-Identifier: BSD-3-Clause

package redisstore_test

import (
	"context"
	"fmt"
	"log"

	"github.com/redis/go-redis/v9"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/redisstore"
	"github.com/ponte-cns/ponte/portal/redisstore/redistest"
)

// A portal with several instances gives each of them a store on the same Redis.
func ExampleNew() {
	server, err := redistest.Start() // in production: the Redis that the portal has already
	if err != nil {
		log.Fatal(err)
	}
	defer server.Kill()

	client := redis.NewClient(&redis.Options{Addr: server.Address})
	defer client.Close()
	var challenges portal.ChallengeStore = redisstore.New(client, redisstore.Options{Prefix: "servizi:challenge:"})

	login := portal.Login{Challenges: challenges} // with its Verifier and Origin
	nonce, err := login.Challenge(context.Background(), "the session")
	fmt.Println(len(nonce), err)
	fmt.Println(challenges.Redeem(context.Background(), "the session", nonce))
	fmt.Println(challenges.Redeem(context.Background(), "the session", nonce))
	// Output:
	// 44 <nil>
	// <nil>
	// login refused: nonce-used: the challenge was used before
}
