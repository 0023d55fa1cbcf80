// SPDX-License-Identifier: BSD-3-Clause

package portal

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// maxHops is how many entries of X-Forwarded-For are looked at, from the last.
const maxHops = 16

// clientOf says who asks, as a limiter counts: an IPv4 address, or the /64 of an IPv6 address, which is what one
// subscriber has (RFC 6177). It serves for that and is never logged. A request without an address, as through a Unix
// socket, gives the zero Prefix.
//
// X-Forwarded-For is believed only as far as configured proxies have written it: from the right, up to the first address
// that is not one of theirs. What is left of that anybody can have made up.
func clientOf(r *http.Request, proxies []netip.Prefix) netip.Prefix {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	client := at.Addr().Unmap().WithZone("")
	if len(proxies) > 0 {
		client = beforeProxies(client, r.Header.Values("X-Forwarded-For"), proxies)
	}
	bits := 32
	if client.Is6() {
		bits = 64
	}
	p, _ := client.Prefix(bits) // the sizes are right
	return p
}

func beforeProxies(client netip.Addr, forwarded []string, proxies []netip.Prefix) netip.Addr {
	rest := strings.Join(forwarded, ",")
	for range maxHops {
		if rest == "" || !slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(client) }) {
			return client
		}
		last := rest
		if i := strings.LastIndexByte(rest, ','); i >= 0 {
			rest, last = rest[:i], rest[i+1:]
		} else {
			rest = ""
		}
		hop, ok := parseHop(strings.TrimSpace(last))
		if !ok {
			return client
		}
		client = hop
	}
	return client
}

// parseHop reads an address, with or without the port that some proxies write.
func parseHop(s string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		at, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		a = at.Addr()
	}
	return a.Unmap().WithZone(""), true
}
