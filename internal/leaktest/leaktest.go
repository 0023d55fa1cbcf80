// SPDX-License-Identifier: EUPL-1.2

// Package leaktest fails tests that leave a goroutine behind. It waits for those that are about to end, where goleak by itself
// waits for half a second, which is not enough on a busy machine. It knows nothing of processes and files that are left.
package leaktest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is how long a goroutine may take to end. A good one takes it only where the machine is very slow.
const patience = 30 * time.Second

// Run runs the tests of a package and gives the exit code.
func Run(m *testing.M) int {
	code := m.Run()
	if code != 0 {
		return code // a test that has failed may well have left something
	}
	if err := Find(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "the tests have left goroutines:", err)
		return 1
	}
	return 0
}

// Find says which goroutines are left.
func Find(options ...goleak.Option) error { return find(patience, options...) }

func find(patience time.Duration, options ...goleak.Option) error {
	for end := time.Now().Add(patience); ; {
		err := goleak.Find(options...)
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}
