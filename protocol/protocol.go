// SPDX-License-Identifier: EUPL-1.2

// Package protocol holds what both doors agree on, as PROTOCOL.md says it: origins, JSON-RPC messages, error codes, the
// login token and the framing of native messaging. It decides nothing and does no I/O beyond the io.Reader or io.Writer
// that a frame travels on.
package protocol

// Version is the protocol number of bridge.hello and of the nativehost's first frame.
const Version = 1

// HostName is the name under which browsers know the native messaging host.
const HostName = "it.ponte.host"

// ExtensionChannel is the channel of the extension itself, which speaks for no page (PROTOCOL.md, section 2).
const ExtensionChannel = "extension"

// WebSocketSubprotocol is the Sec-WebSocket-Protocol of the second door.
const WebSocketSubprotocol = "ponte.v1"

// WebSocketPath is the only path of the second door.
const WebSocketPath = "/v1"

// WebSocketPorts are the loopback ports of the second door, in the order in which they are tried.
var WebSocketPorts = [...]int{24880, 24881, 24882, 24883}

// Limits of PROTOCOL.md, section 6.
const (
	MaxRequest         = 64 << 10 // bytes of a frame or message towards the agent
	MaxResponse        = 1 << 20  // bytes of a frame towards the browser
	MaxChannels        = 256      // open on one nativehost connection
	MaxOpenRequests    = 16       // open on one channel
	MaxRequestsPer10s  = 50       // on one channel
	MaxDepth           = 16       // nesting of JSON arrays and objects
	MaxIDLength        = 64       // characters of a request id that is a string
	MaxChannelLength   = 200      // characters of a channel name
	MinNonceLength     = 44       // characters of challengeNonce (Web eID authentication token 1.0)
	MaxNonceLength     = 128      // characters of challengeNonce
	MinLoginTimeoutMs  = 10_000   // timeoutMs of auth.login
	MaxLoginTimeoutMs  = 600_000  // timeoutMs of auth.login
	LoginTimeoutMs     = 120_000  // timeoutMs of auth.login when the page gives none
	MaxClientNameChars = 64       // client.name and client.version of bridge.hello
)
