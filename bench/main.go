// SPDX-License-Identifier: EUPL-1.2

// Command bench measures what Ponte costs and prints it beside its budgets and beside other programs that do the same in
// the same minute: a real pcscd with an emulated card, the released programs, OpenSC. It is no test: a figure over its
// budget is printed and does not fail. It ends with 1 only when something could not be measured at all. Linux only.
//
//	go run ./bench [--json] [--bin DIR] [--only TEXT]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	asJSON := flag.Bool("json", false, "print JSON instead of a table")
	bin := flag.String("bin", "", "measure the programs in this directory instead of building them into bin")
	only := flag.String("only", "", "make only the measures whose name holds this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	r, err := bench(ctx, *bin, *only)
	stop()
	if len(r.Rows) > 0 {
		print := r.printTable
		if *asJSON {
			print = r.printJSON
		}
		err = errors.Join(err, print(os.Stdout))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measures are made in this order: the first wants an empty reader, and an agent that was asked nothing is wanted by the
// second.
var measures = []struct {
	what string
	make func(context.Context, *house) ([]row, error)
}{
	{"agent: start", agentStart},
	{"agent: idle", agentIdle},
	{"nativehost: start", nativehostStart},
	{"login: commands and bytes", loginTraffic},
	{"card removed", cardRemoved},
	{"agent: after logins", agentUsed},
	{"WebSocket clients", webSocketClients},
	{"login: the bridge's own share", ownShare},
	{"browser module: load", moduleLoads},
	{"browser module: handshakes", handshakes},
	{"modules", moduleRequests},
	{"content script", contentScript},
	{"portal: tokens", tokensVerified},
	{"portal: challenges", sharedChallenges},
	{"signatures: a large PDF", pdfSigned},
	{"signatures: memory", documentMemory},
	{"signatures: a batch", batchSigned},
}

// bench makes every measure. One that fails does not keep the others from being made.
func bench(ctx context.Context, bin, only string) (report, error) {
	var r report
	var err error
	if bin == "" {
		say("building")
		bin, err = build(ctx)
	} else {
		bin, err = filepath.Abs(bin)
	}
	if err != nil {
		return r, err
	}
	say("starting a private pcscd")
	h, err := newHouse(ctx, bin)
	if err != nil {
		return r, err
	}
	defer h.leave()
	r.Machine = describeMachine()
	var failures []error
	for i, m := range measures {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		if !strings.Contains(m.what, only) {
			continue
		}
		say(fmt.Sprintf("%d/%d %s", i+1, len(measures), m.what))
		rows, err := m.make(ctx, h)
		r.Rows = append(r.Rows, rows...)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", m.what, err))
		}
	}
	return r, errors.Join(failures...)
}

// say tells whoever waits what is being done.
func say(what string) { fmt.Fprintln(os.Stderr, "bench:", what) }
