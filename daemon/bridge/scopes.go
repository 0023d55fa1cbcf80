// SPDX-License-Identifier: EUPL-1.2

package bridge

import "github.com/ponte-cns/ponte/protocol"

// scopes are what an administrator can withhold from a site, by the methods that need them. A method that is not here
// tells nothing of the card or its holder.
var scopes = map[string]string{
	protocol.MethodStatus: "status", protocol.MethodWatch: "status",
	protocol.MethodLogin:       "login",
	protocol.MethodIdentity:    "identity",
	protocol.MethodCertificate: "sign", protocol.MethodSignHash: "sign", protocol.MethodSignDocument: "sign",
}

// permitted refuses a method that the administrator withholds from the site of this channel, before the citizen is asked
// anything.
func (c *channel) permitted(method string) error {
	scope, needed := scopes[method]
	if !needed || c.own || c.b.Permits == nil || c.b.Permits(c.origin, scope) {
		return nil
	}
	return protocol.Fail(protocol.OriginDenied, "the administrator does not let this site use "+method)
}
