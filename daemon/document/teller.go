// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/ponte-cns/ponte/daemon/cli"
	"github.com/ponte-cns/ponte/daemon/words"
	"github.com/ponte-cns/ponte/protocol"
)

// teller tells on a terminal how far the agent is. Scripts are told nothing.
type teller struct {
	w     *words.Words
	total int

	mu   sync.Mutex
	out  io.Writer // nil: nobody reads it
	long int       // characters of the line that is shown
}

func newTeller(c *cobra.Command, w *words.Words, total int) *teller {
	t := &teller{w: w, total: total}
	if f, ok := c.ErrOrStderr().(*os.File); ok && !cli.IsJSON(c) && os.Getenv("TERM") != "dumb" {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			t.out = f
		}
	}
	return t
}

// notify takes the notifications of the agent.
func (t *teller) notify(method string, params json.RawMessage) {
	var p protocol.SignProgress
	if method != protocol.NotifySignProgress || json.Unmarshal(params, &p) != nil {
		return
	}
	switch p.Stage {
	case protocol.StageReceiving:
		t.show(t.w.T(words.SigningReading, nil))
	case protocol.StageAsking:
		t.show(t.w.T(words.SigningAsking, nil))
	case protocol.StageSigning:
		t.show(t.w.T(words.SigningProgress, words.Data{"Done": min(p.Done+1, t.total), "Total": t.total}))
	case protocol.StageDone:
		t.show("")
	}
}

// show puts a line in the place of the one before.
func (t *teller) show(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out == nil {
		return
	}
	n := len([]rune(line))
	_, _ = fmt.Fprintf(t.out, "\r%s%s\r%s", line, strings.Repeat(" ", max(0, t.long-n)), line)
	t.long = n
}

// done takes the line away.
func (t *teller) done() {
	t.show("")
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out = nil
}
