// SPDX-License-Identifier: BSD-3-Clause

package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/redis/go-redis/v9"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/portal/redisstore"
)

// newChallenges makes the store of the challenges: in memory, or in the Redis that several instances share. A Redis that
// does not answer yet is no reason not to start: logins are answered 503 until it does.
func newChallenges(ctx context.Context, address string, log *slog.Logger) (store portal.ChallengeStore, end func() error, err error) {
	if address == "" {
		return portal.NewMemory(portal.MemoryOptions{}), func() error { return nil }, nil
	}
	options, err := redis.ParseURL(address)
	if err != nil {
		// Without the error's own text, which may quote the password.
		return nil, nil, errors.New("--redis: not of the form redis://[user:password@]host:port/database")
	}
	client := redis.NewClient(options)
	if err := client.Ping(ctx).Err(); err != nil {
		log.Warn("redis does not answer", "error", err)
	}
	return redisstore.New(client, redisstore.Options{}), client.Close, nil
}
