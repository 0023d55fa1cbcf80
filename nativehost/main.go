// SPDX-License-Identifier: EUPL-1.2

// Command ponte-nativehost is what browsers start to reach the agent (PROTOCOL.md, section 2). It relays frames between
// its standard streams and the agent's portal socket, starts the agent where none runs, and answers in its place when it
// cannot be reached. It knows nothing of cards, and of a message only its channel and its id.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/ponte-cns/ponte/protocol"
)

// version is set by the linker.
var version = "0.1.0"

func main() {
	caller, err := callerOf(os.Args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "ponte-nativehost:", err)
		os.Exit(1)
	}
	newRelay(caller, os.Stdin, os.Stdout).run()
}

// callerOf finds the extension that the browser says it starts us for. Chromium gives its origin as the first argument
// (and on Windows --parent-window after it), Firefox the path of the manifest and then the add-on's id.
func callerOf(args []string) (string, error) {
	switch {
	case len(args) >= 2 && strings.HasPrefix(args[1], "chrome-extension://"):
		for _, a := range args[2:] {
			if !strings.HasPrefix(a, "--") {
				return "", errNotForUs
			}
		}
		if protocol.TrustedCaller(args[1]) {
			return args[1], nil
		}
	case len(args) == 3 && !strings.Contains(args[2], "://") && protocol.TrustedCaller(args[2]):
		return args[2], nil
	}
	return "", errNotForUs
}

var errNotForUs = errors.New("this program is started by a browser, for the Ponte extension, and by nobody else")
