// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	"github.com/ponte-cns/ponte/protocol"
)

// Rules are the keys that only an administrator can set, in policy.toml and its equals.
type Rules struct {
	AllowedSites    []protocol.Origin   `toml:"allowed_sites"`
	BlockedSites    []protocol.Origin   `toml:"blocked_sites"`
	SiteScopes      map[string][]string `toml:"site_scopes"`      // what a site may ask for; one that is not there: everything
	OtherSites      string              `toml:"other_sites"`      // ask or refuse; empty: ask
	NativeMessaging string              `toml:"native_messaging"` // on or off; empty: on
	Ports           []int               `toml:"websocket_ports"`  // empty: those of the protocol, in its order
	Policies        []string            `toml:"sign_policies"`    // of certificates that may sign documents; empty: those of the CNS
	ModuleAllow     []string            `toml:"module_allow"`     // the PKCS#11 modules that may be loaded; empty: all
	UpdateNotice    *bool               `toml:"update_notice"`    // nil: true
}

// rules are the keys of Rules, in the order in which they are shown.
var rules = []string{
	"allowed_sites", "blocked_sites", "site_scopes", "other_sites", "native_messaging", "websocket_ports", "sign_policies", "module_allow", "update_notice",
}

// Scopes are what site_scopes may name.
var Scopes = []string{ScopeStatus, "login", "identity", "sign", "documents"}

const maxListed = 1000 // sites that a policy may name in a list

func (r Rules) check() (key string, err error) {
	for _, c := range []struct {
		key, value string
		allowed    []string
	}{
		{"other_sites", r.OtherSites, []string{"", "ask", "refuse"}}, {"native_messaging", r.NativeMessaging, []string{"", "on", "off"}},
	} {
		if !slices.Contains(c.allowed, c.value) {
			return c.key, fmt.Errorf("%s = %q: use %s", c.key, c.value, strings.Join(c.allowed[1:], ", "))
		}
	}
	for _, list := range []struct {
		key string
		n   int
	}{{"allowed_sites", len(r.AllowedSites)}, {"blocked_sites", len(r.BlockedSites)}, {"site_scopes", len(r.SiteScopes)}} {
		if list.n > maxListed {
			return list.key, fmt.Errorf("%s names more than %d sites", list.key, maxListed)
		}
	}
	for i, port := range r.Ports {
		if !slices.Contains(protocol.WebSocketPorts[:], port) || slices.Contains(r.Ports[:i], port) {
			return "websocket_ports", fmt.Errorf("websocket_ports: %d: pages look for Ponte on %v only, and each once", port, protocol.WebSocketPorts)
		}
	}
	for _, p := range r.Policies {
		if _, err := x509.ParseOID(p); err != nil {
			return "sign_policies", fmt.Errorf("sign_policies: %q is no certificate policy in dotted numbers", p)
		}
	}
	return "site_scopes", r.checkScopes()
}

func (r Rules) checkScopes() error {
	for site, scopes := range r.SiteScopes {
		o, err := protocol.ParseOrigin(site)
		if err != nil || o.String() != site {
			return fmt.Errorf("site_scopes: %q: %w", site, protocol.ErrOrigin)
		}
		for _, scope := range scopes {
			if !slices.Contains(Scopes, scope) {
				return fmt.Errorf("site_scopes: %q: use %s", scope, strings.Join(Scopes, ", "))
			}
		}
	}
	return nil
}

// Permits says that the administrator lets a site ask for a scope.
func (r Rules) Permits(o protocol.Origin, scope string) bool {
	scopes, listed := r.SiteScopes[o.String()]
	return !listed || slices.Contains(scopes, scope)
}

// Permits is that of the settings now.
func (l *Live) Permits(o protocol.Origin, scope string) bool { return l.Settings().Permits(o, scope) }

// OnlyListedSites says that a site which the administrator has not named is refused, whatever the citizen has said.
func (r Rules) OnlyListedSites() bool { return r.OtherSites == "refuse" }

// NativeMessagingOn says that the first door, that of the extension, is open.
func (r Rules) NativeMessagingOn() bool { return r.NativeMessaging != "off" }

// UpdateNoticeOn says that the citizen may be told of a newer version of Ponte.
func (r Rules) UpdateNoticeOn() bool { return r.UpdateNotice == nil || *r.UpdateNotice }

// UpdateNoticeOn is that of the settings now.
func (l *Live) UpdateNoticeOn() bool { return l.Settings().UpdateNoticeOn() }

// WebSocketPorts are those that the second door may take, in the order in which they are tried.
func (r Rules) WebSocketPorts() []int {
	if len(r.Ports) == 0 {
		return protocol.WebSocketPorts[:]
	}
	return r.Ports
}
