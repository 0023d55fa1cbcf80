// SPDX-License-Identifier: EUPL-1.2

package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// ErrOrigin is returned for a text that is not the origin of a web site.
var ErrOrigin = errors.New("not an origin of the form https://host[:port]")

// Origin is the web site that asks, as scheme, host and port (RFC 6454, section 4). ParseOrigin is the only way to make
// one, so a value that is not zero is always well formed; two are the same site exactly when they are ==.
type Origin struct {
	scheme string
	host   string
	port   uint16
}

// ParseOrigin reads an origin as browsers write it: https (or http), a host in ASCII, an optional port, nothing else.
// Upper case is folded and a default port dropped. A user name, a path, a query, a fragment, "null", white space, a host
// that is not a DNS name or an IP address, or any non-ASCII character gives ErrOrigin.
func ParseOrigin(s string) (Origin, error) {
	if len(s) > 300 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '\\' || r == '%' }) {
		return Origin{}, ErrOrigin
	}
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" ||
		strings.HasSuffix(s, "#") {
		return Origin{}, ErrOrigin
	}
	o := Origin{scheme: u.Scheme, host: strings.ToLower(u.Hostname())}
	switch u.Scheme {
	case "https":
		o.port = 443
	case "http":
		o.port = 80
	default:
		return Origin{}, ErrOrigin
	}
	bracketed := strings.HasPrefix(u.Host, "[")
	if !validHost(o.host, bracketed) {
		return Origin{}, ErrOrigin
	}
	if strings.HasSuffix(u.Host, ":") {
		return Origin{}, ErrOrigin
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 || (len(p) > 1 && p[0] == '0') {
			return Origin{}, ErrOrigin
		}
		o.port = uint16(n)
	}
	return o, nil
}

// validHost accepts a DNS name of at most 253 characters in labels of letters, digits, hyphen and underscore, an IPv4
// address, or (in brackets only) an IPv6 address in its canonical form.
func validHost(h string, bracketed bool) bool {
	if bracketed {
		a, err := netip.ParseAddr(h)
		return err == nil && a.Is6() && a.Zone() == "" && canonicalIPv6(a) == h
	}
	if h == "" || len(h) > 253 {
		return false
	}
	labels := strings.Split(h, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for _, c := range []byte(l) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
	}
	// A last label that is a number makes the host an IPv4 address (WHATWG URL, host parsing): only the dotted form.
	if last := labels[len(labels)-1]; strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		a, err := netip.ParseAddr(h)
		return err == nil && a.Is4()
	}
	return true
}

// canonicalIPv6 writes an address as browsers do (WHATWG URL, IPv6 serializer): never with a dotted end.
func canonicalIPv6(a netip.Addr) string {
	if !a.Is4In6() {
		return a.String()
	}
	b := a.As16()
	return fmt.Sprintf("::ffff:%x:%x", binary.BigEndian.Uint16(b[12:]), binary.BigEndian.Uint16(b[14:]))
}

// String gives the origin as browsers and the token write it: no default port, no slash. The zero Origin gives "".
func (o Origin) String() string {
	if o == (Origin{}) {
		return ""
	}
	host := o.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if (o.scheme == "https" && o.port == 443) || (o.scheme == "http" && o.port == 80) {
		return o.scheme + "://" + host
	}
	return o.scheme + "://" + host + ":" + strconv.Itoa(int(o.port))
}

// Host is the host name in ASCII, lower case, without port or brackets.
func (o Origin) Host() string { return o.host }

// Port is the port, explicit or by default.
func (o Origin) Port() uint16 { return o.port }

// Secure says that the site is served over https.
func (o Origin) Secure() bool { return o.scheme == "https" }

// Local says that the site is this computer's own plain-http server, which developer mode may admit.
func (o Origin) Local() bool {
	return o.scheme == "http" && (o.host == "localhost" || o.host == "127.0.0.1")
}

// MarshalText makes an Origin a plain string in JSON.
func (o Origin) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText is ParseOrigin.
func (o *Origin) UnmarshalText(b []byte) error {
	v, err := ParseOrigin(string(b))
	if err != nil {
		return err
	}
	*o = v
	return nil
}
