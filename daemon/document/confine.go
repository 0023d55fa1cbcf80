// SPDX-License-Identifier: EUPL-1.2

package main

import "runtime/debug"

// Ceilings of memory. The documents of a request have 100 MiB and their signed forms as much again; XML of 20 MB, the
// most that is read as a tree, takes some 300 MB while it is looked at.
const (
	softMemory = 640 << 20 // from here on the memory is cleaned up more often
	hardMemory = 1 << 30   // from here on the system gives none, and the program ends
	cleanAt    = 20        // per cent of rubbish beside what is held: documents are large, and cleaning up costs next to nothing
)

// confine gives up what the program does not need: so a document that takes it over, or makes it grow, does little harm.
func confine() error {
	debug.SetGCPercent(cleanAt)
	debug.SetMemoryLimit(softMemory)
	return confineProcess()
}
