// SPDX-License-Identifier: EUPL-1.2

// Command ponte-pkcs11 loads one vendor module for the agent, which starts it and speaks to it over a pipe. It is a program
// of its own so that no vendor's code is ever in the agent. It shows nothing and asks nothing.
package main

import (
	"fmt"
	"os"

	"github.com/ponte-cns/ponte/daemon/pkcs11/module"
	"github.com/ponte-cns/ponte/daemon/pkcs11/modulefile"
)

func main() {
	if err := module.Run(os.Args[1:], modulefile.Rules{}); err != nil {
		fmt.Fprintln(os.Stderr, "ponte-pkcs11:", err)
		os.Exit(2)
	}
}
