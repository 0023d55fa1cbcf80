// SPDX-License-Identifier: EUPL-1.2

package bridge

import (
	"slices"

	"github.com/ponte-cns/ponte/protocol"
)

// scopes are what an administrator can withhold from a site, by the methods of which each needs one of them. A method that
// is not here tells nothing of the card or its holder. The scope documents is sign without hashes: with the signature of a
// hash of its choice, a site can log in to others.
var scopes = map[string][]string{
	protocol.MethodStatus: {"status"}, protocol.MethodWatch: {"status"},
	protocol.MethodLogin:       {"login"},
	protocol.MethodIdentity:    {"identity"},
	protocol.MethodCertificate: {"sign", "documents"}, protocol.MethodSignDocument: {"sign", "documents"},
	protocol.MethodSignHash: {"sign"},
}

// permitted refuses a method that the administrator withholds from the site of this channel, before the citizen is asked
// anything.
func (c *channel) permitted(method string) error {
	enough, needed := scopes[method]
	if !needed || c.own || c.b.Permits == nil || slices.ContainsFunc(enough, func(s string) bool { return c.b.Permits(c.origin, s) }) {
		return nil
	}
	return protocol.Fail(protocol.OriginDenied, "the administrator does not let this site use "+method)
}
