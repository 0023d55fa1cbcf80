// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"
)

const (
	keyLife = time.Minute
	maxKeys = 8 // addresses that were given out and not visited; the oldest goes
)

// secret is 32 random bytes as text that fits into an address and a cookie.
func secret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// keys are the one-time keys in the addresses that the agent gets. Each opens the door once, for a minute.
type keys struct {
	now func() time.Time

	mu  sync.Mutex
	all []key
}

// key is kept as its digest, so that looking for it takes no time that tells.
type key struct {
	digest [sha256.Size]byte
	page   string
	until  time.Time
}

// cut makes a key that leads to a page.
func (k *keys) cut(page string) string {
	s := secret()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, key{sha256.Sum256([]byte(s)), page, k.now().Add(keyLife)})
	k.all = k.all[max(0, len(k.all)-maxKeys):]
	return s
}

// use takes a key away, and says where it leads; ok is false for one that was never cut, was used or is too old.
func (k *keys) use(s string) (page string, ok bool) {
	digest := sha256.Sum256([]byte(s))
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, found := range k.all {
		if found.digest == digest {
			k.all = append(k.all[:i:i], k.all[i+1:]...)
			return found.page, k.now().Before(found.until)
		}
	}
	return "", false
}
