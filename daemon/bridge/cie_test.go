// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/card"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

// asCIE shows a card as an identity card that its software drives, and keeps what would be sent to it.
type asCIE struct {
	*card.Readers
	sent []string
}

func (a *asCIE) Slots(ctx context.Context) ([]card.Slot, error) {
	slots, err := a.Readers.Slots(ctx)
	for i := range slots {
		slots[i].Family = card.CIE
	}
	return slots, err
}

func (a *asCIE) Sign(_ context.Context, _ card.Slot, req card.SignRequest) ([]byte, error) {
	var block [8]byte
	if err := req.PIN.Padded(&block); err != nil {
		return nil, err
	}
	a.sent = append(a.sent, string(block[:]))
	return make([]byte, 256), nil
}

func TestAnIdentityCardTakesTheEndOfItsPINToo(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}), "12345", "1234")
	cards := &asCIE{Readers: h.desk.Readers}
	h.Bridge = bridge.New(bridge.Options{
		Version: "9.9.9", Cards: cards, Dialogs: h.human, Sites: h.memory, Settings: h.memory, Journal: h.memory,
		Hint: func(string, protocol.Code) string { return "" }, Language: func() string { return "it" }, Log: slog.New(slog.DiscardHandler), Now: h.clock.Now,
	})
	if got := h.page(portal).login(); got != "" {
		t.Fatal(got)
	}
	d := h.human.dialogs()
	if q := d[1].(bridge.PINQuestion); q.Family != card.CIE || q.Problem != bridge.BadFormat || len(cards.sent) != 1 || cards.sent[0] != "1234\xFF\xFF\xFF\xFF" {
		t.Errorf("%+v, %q", q, cards.sent)
	}
}
