// SPDX-License-Identifier: EUPL-1.2

// Command ponte-document reads and signs documents, so that the agent reads none. The agent starts it for each request and
// speaks with it through package documents: it holds the documents of that request in memory, looks at them, says what the
// card is to sign, and puts the signature in its place. What is hostile in a PDF or in XML meets this program alone, which
// has no card, no dialog and no socket, writes no file and ends with the request. It asks nobody but the time stamp
// authority of the settings.
package main

import (
	"fmt"
	"os"

	"github.com/ponte-cns/ponte/daemon/documents"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == documents.Worker {
		if err := work(); err != nil {
			fmt.Fprintln(os.Stderr, "ponte-document:", err)
			os.Exit(1)
		}
		return
	}
	fmt.Fprintln(os.Stderr, "ponte-document: the agent starts this program")
	os.Exit(2)
}

// work holds documents until the agent closes its end.
func work() error {
	if err := confine(); err != nil {
		return fmt.Errorf("giving up what is not needed: %w", err)
	}
	return serve(os.Stdin, os.Stdout)
}
