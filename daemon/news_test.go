// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"errors"
	"testing"
)

func TestWhoWaitsForNewsGivesUpWithItsCaller(t *testing.T) {
	n := newNews()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.wait(ctx, n.current()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNewsThatWereNotSeenAreToldAtOnce(t *testing.T) {
	n := newNews()
	seen := n.current()
	n.tell()
	if err := n.wait(t.Context(), seen); err != nil {
		t.Error(err)
	}
	if err := n.wait(t.Context(), 0); err != nil {
		t.Error(err)
	}
}

func TestEverybodyWhoWaitsIsWoken(t *testing.T) {
	n := newNews()
	seen := n.current()
	woken := make(chan error)
	for range 3 {
		go func() { woken <- n.wait(t.Context(), seen) }()
	}
	n.tell()
	for range 3 {
		if err := <-woken; err != nil {
			t.Error(err)
		}
	}
}

func TestNoChangeOfTheReadersIsMissed(t *testing.T) {
	n := newNews()
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n.follow(ctx, func() <-chan struct{} { c := make(chan struct{}); asked <- c; return c })
	}()
	change := <-asked
	for range 3 {
		seen := n.current()
		close(change)
		change = <-asked
		if err := n.wait(t.Context(), seen); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	<-ended
}

func TestARevisionFitsIntoANumberOfJavaScript(t *testing.T) {
	if r := newNews().current(); r == 0 || r > 1<<53 {
		t.Errorf("%d", r)
	}
}
