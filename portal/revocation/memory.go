// SPDX-License-Identifier: BSD-3-Clause

package revocation

import (
	"crypto/sha256"
	"crypto/x509"
	"sync"
	"time"
)

// capacity is how many keys a memory holds; with good answers that is some 5 MB.
const capacity = 50_000

// certKey stands for a certificate and who issued it.
type certKey [sha256.Size]byte

func keyOf(cert, issuer *x509.Certificate) certKey {
	h := sha256.New()
	h.Write(issuer.RawSubject)
	h.Write(issuer.RawSubjectPublicKeyInfo)
	h.Write(cert.Raw)
	return certKey(h.Sum(nil))
}

// memory remembers something of each key for a while: that a certificate is good, that a server is silent.
type memory[K comparable] struct {
	mu    sync.Mutex
	until map[K]time.Time
}

func newMemory[K comparable]() *memory[K] { return &memory[K]{until: map[K]time.Time{}} }

func (m *memory[K]) has(k K, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return now.Before(m.until[k])
}

// add makes room by forgetting what is past and, if that is nothing, any one.
func (m *memory[K]) add(k K, until, now time.Time) {
	if !until.After(now) {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.until) >= capacity {
		for old, t := range m.until {
			if !now.Before(t) {
				delete(m.until, old)
			}
		}
	}
	for old := range m.until {
		if len(m.until) < capacity {
			break
		}
		delete(m.until, old)
	}
	m.until[k] = until
}
