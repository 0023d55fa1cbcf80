// SPDX-License-Identifier: EUPL-1.2

package vpcd

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports are taken below those that systems give to outgoing connections.
const (
	lowestPort  = 20000
	highestPort = 32000
)

// portPair is two neighbouring TCP ports for the two slots of a virtual reader.
type portPair struct {
	first int
	claim net.Listener
}

// freePorts finds a pair that nobody listens on, and claims it against other
// test programs with an abstract Unix socket, which the system frees when the
// program ends: between the check and pcscd's own bind, the port itself is free.
func freePorts() (*portPair, error) {
	for range 200 {
		first := lowestPort + 2*rand.IntN((highestPort-lowestPort)/2)
		claim, err := net.Listen("unix", fmt.Sprintf("@ponte-vpcd-%d", first))
		if err != nil {
			continue
		}
		if portFree(first) && portFree(first+1) {
			return &portPair{first: first, claim: claim}, nil
		}
		claim.Close()
	}
	return nil, errors.New("no pair of free TCP ports was found for the virtual readers")
}

func portFree(port int) bool {
	l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

func (p *portPair) release() { p.claim.Close() }
