// SPDX-License-Identifier: EUPL-1.2

package policy

import (
	"errors"
	"net/url"
)

// cnsPolicies are the certificate policies of the CNS; a test compares them with those of portal/document, which knows why.
var cnsPolicies = []string{"1.3.76.16.2.1", "1.3.159.6.1.3.2.10", "1.3.76.12.1.1.10.2.2.10"}

const maxTimeAuthority = 2048 // bytes of an address

// SignaturesOn says that documents may be signed.
func (s Settings) SignaturesOn() bool { return s.Signatures != "off" }

// SignPolicies are the certificate policies, in dotted numbers, with one of which a certificate may sign documents.
func (r Rules) SignPolicies() []string {
	if len(r.Policies) > 0 {
		return r.Policies
	}
	return cnsPolicies
}

// TimeAuthority is the address of a time stamp authority (RFC 3161); empty: there is none.
func (s Settings) TimeAuthority() string { return s.TimeStamps }

// SignaturesOn is that of the settings now.
func (l *Live) SignaturesOn() bool { return l.Settings().SignaturesOn() }

// SignPolicies is that of the settings now.
func (l *Live) SignPolicies() []string { return l.Settings().SignPolicies() }

// TimeAuthority is that of the settings now.
func (l *Live) TimeAuthority() string { return l.Settings().TimeAuthority() }

// checkTimeAuthority accepts a web address. A time stamp is signed, so it may come over http, as most authorities give it.
func checkTimeAuthority(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || len(s) > maxTimeAuthority || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return errors.New("time_authority: an address that begins with https:// or http://")
	}
	return nil
}
