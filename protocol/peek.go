// SPDX-License-Identifier: EUPL-1.2

package protocol

import (
	"encoding/json"
	"errors"
)

// Peeked is what has to be known of an envelope to relay it, or to answer one that cannot be read: nothing else of it
// has been judged.
type Peeked struct {
	Channel string // empty when there is none, or none that is well formed
	ID      ID     // id of the request or response inside; null when there is none, or none that is well formed
	Closed  bool
}

// Peek looks at the outside of an envelope of any form and depth. The error, a RequestError, says that b is not one JSON
// object, which ends a connection; anything else that is wrong with it can be answered. JSON that is nested too deep is
// such a thing: one page that sends it must not end the connection of all the others.
func Peek(b []byte) (Peeked, error) {
	if err := checkJSON(b, MaxDepth+1); err != nil && !errors.Is(err, errTooDeep) {
		return Peeked{}, unusable(err)
	}
	var p Peeked
	members(b, func(name, value []byte) {
		switch string(name) {
		case `"channel"`:
			var c string
			if json.Unmarshal(value, &c) == nil && validChannel(c) {
				p.Channel = c
			}
		case `"closed"`:
			p.Closed = string(value) == "true"
		case `"rpc"`:
			p.ID = peekID(value)
		}
	})
	return p, nil
}

// peekID finds the id of a JSON-RPC message that may otherwise be wrong.
func peekID(message []byte) (id ID) {
	members(message, func(name, value []byte) {
		if string(name) == `"id"` {
			id, _ = parseID(value)
		}
	})
	return id
}

// members calls visit with each member of the JSON object b, name and value as they are written. It neither recurses nor
// allocates, whatever the nesting. Of something that is not an object it visits nothing.
func members(b []byte, visit func(name, value []byte)) {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return
	}
	for i = skipSpace(b, i+1); i < len(b) && b[i] == '"'; i = skipSpace(b, i+1) {
		end := skipValue(b, i)
		name := b[i:end]
		if i = skipSpace(b, end); i >= len(b) || b[i] != ':' {
			return
		}
		i = skipSpace(b, i+1)
		end = skipValue(b, i)
		visit(name, b[i:end])
		if i = skipSpace(b, end); i >= len(b) || b[i] != ',' {
			return
		}
	}
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// skipValue gives the index after the value that starts at i.
func skipValue(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			i = skipString(b, i)
		case c == '{' || c == '[':
			depth++
			i++
		case c == '}' || c == ']':
			if depth == 0 {
				return i
			}
			depth--
			i++
		case depth > 0:
			i++
			continue
		case c == ',' || c == ':' || c == ' ' || c == '\t' || c == '\r' || c == '\n':
			return i
		default: // part of a number or a literal
			i++
			continue
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

func skipString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}
