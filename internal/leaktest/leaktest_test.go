// SPDX-License-Identifier: EUPL-1.2

package leaktest

import (
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func lingers(end <-chan struct{}) { <-end }

func TestAGoroutineThatStaysIsTold(t *testing.T) {
	end := make(chan struct{})
	go lingers(end)
	if err := find(0); err == nil || !strings.Contains(err.Error(), "lingers") {
		t.Errorf("found: %v", err)
	}
	close(end)
	if err := Find(); err != nil {
		t.Error(err)
	}
}

func TestAGoroutineThatEndsLateIsWaitedFor(t *testing.T) {
	end := make(chan struct{})
	go lingers(end)
	time.AfterFunc(2*time.Second, func() { close(end) }) // goleak alone has given up by then
	if err := Find(); err != nil {
		t.Error(err)
	}
}

func TestWhatWasThereBeforeCanBeLeftOut(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	go lingers(end)
	if err := find(0, goleak.IgnoreCurrent()); err != nil {
		t.Error(err)
	}
}
