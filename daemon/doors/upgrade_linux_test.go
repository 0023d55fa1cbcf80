// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/ponte-cns/ponte/protocol"
)

func TestT1_OriginIsRefused(t *testing.T) {
	b := &fakeBridge{}
	d := startDoor(t, b)
	for name, line := range map[string]string{
		"absent":                       "Origin",
		"null":                         "Origin: null",
		"empty":                        "Origin: ",
		"plain http":                   "Origin: http://portal.example",
		"plain http, local look-alike": "Origin: http://localhost.attacker.example",
		"plain http, another loopback": "Origin: http://127.0.0.2",
		"a file":                       "Origin: file://",
		"an extension":                 "Origin: chrome-extension://" + protocol.ExtensionIDChromium,
		"twice":                        "+Origin: " + site,
		"two in one":                   "Origin: " + site + " https://attacker.example",
		"two in one, with a comma":     "Origin: " + site + ", https://attacker.example",
		"with a path":                  "Origin: " + site + "/",
		"with a user":                  "Origin: https://portal.example@attacker.example",
		"a wildcard":                   "Origin: *",
	} {
		t.Run(name, func(t *testing.T) {
			first := d.head(get, line)
			if name == "empty" {
				first = strings.Replace(d.head(get), "Origin: "+site, "Origin: ", 1)
			}
			if got := d.say(first); got != refusal {
				t.Errorf("answered %q", got)
			}
		})
	}
	d.refusedOnly(b)
}

func TestT1_NothingIsSaidBeforeTheSiteIsAdmitted(t *testing.T) {
	var asked []string
	b := &fakeBridge{admit: func(_ context.Context, o protocol.Origin) bool {
		asked = append(asked, o.String())
		return false
	}}
	d := startDoor(t, b)
	if got := d.say(d.head(get, "Origin: https://attacker.example")); got != refusal {
		t.Errorf("answered %q", got)
	}
	if len(asked) != 1 || asked[0] != "https://attacker.example" {
		t.Errorf("the bridge was asked about %q", asked)
	}
	if opened, _, _ := b.counts(); opened != 0 {
		t.Error("a channel was opened")
	}
}

func TestT1_AnswersCarryNoCORSAndNoVersion(t *testing.T) {
	d := startDoor(t, &fakeBridge{})
	dialer := websocket.Dialer{Subprotocols: []string{protocol.WebSocketSubprotocol}}
	ws, resp, err := dialer.Dial("ws://127.0.0.1:"+strconv.Itoa(d.port)+"/v1", http.Header{"Origin": {site}})
	must(t, err)
	defer func() { _ = ws.Close() }()
	_ = resp.Body.Close()
	for name := range resp.Header {
		switch name {
		case "Upgrade", "Connection", "Sec-Websocket-Accept", "Sec-Websocket-Protocol":
		default:
			t.Errorf("the upgrade carries %s", name)
		}
	}
	for _, word := range []string{"Access-Control", "Server", "Date", "Ponte", "ponte"} {
		if strings.Contains(refusal, word) {
			t.Errorf("the refusal carries %s", word)
		}
	}
}

func TestT3_HostIsRefused(t *testing.T) {
	b := &fakeBridge{}
	d := startDoor(t, b)
	p := strconv.Itoa(d.port)
	for _, host := range []string{
		"attacker.example:" + p, "127.0.0.1.attacker.example:" + p, "localhost.attacker.example:" + p, "localhost.:" + p,
		"127.0.0.1", "localhost", "127.0.0.1:", "127.0.0.1:80", "127.0.0.1:" + p + "0", "127.0.0.1:0" + p, "127.0.0.2:" + p, "0.0.0.0:" + p,
		"127.1:" + p, "2130706433:" + p, "::1:" + p, "[::]:" + p, "[::ffff:127.0.0.1]:" + p, "user@127.0.0.1:" + p,
		"127.0.0.1:" + p + " attacker.example", "127.0.0.1:" + p + ",attacker.example",
	} {
		t.Run(host, func(t *testing.T) {
			if got := d.say(d.head(get, "Host: "+host)); got != refusal {
				t.Errorf("answered %q", got)
			}
		})
	}
	for name, first := range map[string]string{
		"absent":                d.head(get, "Host"),
		"twice":                 d.head(get, "+Host: 127.0.0.1:"+p),
		"first ours, then evil": d.head(get, "+Host: attacker.example"),
		"in the request line":   d.head("GET http://attacker.example/v1 HTTP/1.1"),
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.say(first); got != refusal {
				t.Errorf("answered %q", got)
			}
		})
	}
	d.refusedOnly(b)
	for _, host := range []string{"localhost:" + p, "[::1]:" + p, "LocalHost:" + p} {
		if got := d.say(d.head(get, "Host: "+host)); got != "101" {
			t.Errorf("%s is answered %q", host, got)
		}
	}
}

func TestT18_EveryRefusalIsTheSameBytes(t *testing.T) {
	b := &fakeBridge{}
	d := startDoor(t, b)
	for name, first := range map[string]string{
		"another path":             d.head("GET / HTTP/1.1"),
		"a well-known path":        d.head("GET /.well-known/ponte HTTP/1.1"),
		"a path below ours":        d.head("GET /v1/ HTTP/1.1"),
		"our path with a query":    d.head("GET /v1?x HTTP/1.1"),
		"TestT7_an older version":  d.head("GET /v0 HTTP/1.1"),
		"another method":           d.head("POST /v1 HTTP/1.1"),
		"OPTIONS":                  d.head("OPTIONS /v1 HTTP/1.1", "+Access-Control-Request-Private-Network: true"),
		"HEAD":                     d.head("HEAD /v1 HTTP/1.1"),
		"CONNECT":                  d.head("CONNECT 127.0.0.1:1 HTTP/1.1"),
		"HTTP/1.0":                 d.head("GET /v1 HTTP/1.0"),
		"HTTP/2":                   "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"TLS":                      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
		"a plain GET":              "GET /v1 HTTP/1.1\r\nHost: 127.0.0.1:" + strconv.Itoa(d.port) + "\r\n\r\n",
		"no upgrade":               d.head(get, "Upgrade"),
		"another upgrade":          d.head(get, "Upgrade: h2c"),
		"no subprotocol":           d.head(get, "Sec-WebSocket-Protocol"),
		"TestT7_other subprotocol": d.head(get, "Sec-WebSocket-Protocol: ponte.v2"),
		"an old WebSocket":         d.head(get, "Sec-WebSocket-Version: 8"),
		"no key":                   d.head(get, "Sec-WebSocket-Key"),
		"a short key":              d.head(get, "Sec-WebSocket-Key: c2hvcnQ="),
		"a body":                   d.head(get, "+Content-Length: 5") + "hello",
		"a chunked body":           d.head(get, "+Transfer-Encoding: chunked"),
		"data before the upgrade":  d.head(get) + "\x81\x82",
		"an expectation":           d.head(get, "+Expect: something"),
		"a broken header":          d.head(get, "+Broken header: 1", "+Origin : https://attacker.example"),
		"a header without a colon": strings.Replace(d.head(get), "Upgrade: websocket", "Upgrade", 1),
		"a header too long":        d.head(get, "+Cookie: "+strings.Repeat("c", maxHead)),
		"garbage":                  "\x00\x01\x02\r\n\r\n",
		"another origin":           d.head(get, "Origin: null"),
		"another host":             d.head(get, "Host: attacker.example"),
	} {
		t.Run(name, func(t *testing.T) {
			if name == "an expectation" { // is no reason to refuse: it is here because net/http would answer 417
				if got := d.say(first); got != "101" {
					t.Errorf("answered %q", got)
				}
				return
			}
			if got := d.say(first); got != refusal {
				t.Errorf("answered %q", got)
			}
		})
	}
	b.admit = func(context.Context, protocol.Origin) bool { return false }
	if got := d.say(d.head(get)); got != refusal {
		t.Errorf("a blocked site is answered %q", got)
	}
}

func TestT18_WhatABrowserAsksForSomethingElseIsNotAnswered(t *testing.T) {
	b := &fakeBridge{}
	d := startDoor(t, b)
	for name, first := range map[string]string{
		"a fetch":            d.head("GET / HTTP/1.1", "+Sec-Fetch-Mode: no-cors"),
		"a fetch of ours":    d.head(get, "+Sec-Fetch-Mode: cors", "Upgrade"),
		"a frame":            d.head(get, "+Sec-Fetch-Mode: navigate"),
		"a preflight":        d.head("OPTIONS /v1 HTTP/1.1", "+sec-fetch-mode: cors"),
		"a form":             d.head("POST /v1 HTTP/1.1", "+Sec-Fetch-Mode: navigate", "+Content-Length: 3") + "a=b",
		"a page's long wish": "GET /" + strings.Repeat("x", maxHead) + " HTTP/1.1\r\n",
		"with long cookies":  d.head(get, "+Sec-Fetch-Mode: navigate", "+Cookie: "+strings.Repeat("c", maxHead)),
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.say(first); got != "" {
				t.Errorf("answered %q", got)
			}
		})
	}
	d.refusedOnly(b)
	if got := d.say(d.head(get, "+Sec-Fetch-Mode: websocket")); got != "101" {
		t.Errorf("a WebSocket that says so is answered %q", got)
	}
}

// A page that fetches https from this port must not wait longer than at a port where nobody listens.
func TestT18_TLSIsRefusedWithoutWaitingForALine(t *testing.T) {
	d := serveDoor(t, &WebSocket{Bridge: &fakeBridge{}, headTimeout: time.Hour})
	if got := d.say("\x16\x03\x01"); got != refusal {
		t.Errorf("answered %q", got)
	}
}

func FuzzUpgradeRequest(f *testing.F) {
	d := door{port: 24880}
	f.Add(d.head(get))
	f.Add(d.head(get, "Host: attacker.example:24880"))
	f.Add(d.head(get, "Origin: https://portal.example:8443"))
	f.Add("GET /v1 HTTP/1.1\r\n\r\n")
	f.Add("\r\n\r\n\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		h, err := readHead(strings.NewReader(in), 24880)
		if err != nil {
			return
		}
		if !strings.HasPrefix(in, requestLine) || !(h.origin.Secure() || h.origin.Local()) || len(h.request.Header["Host"]) != 1 {
			t.Errorf("let in %q as %s", in, h.origin)
		}
	})
}
