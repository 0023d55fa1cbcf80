// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

func TestWhatIsNoListOfFieldsIsRefusedBeforeTheCardIsRead(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips)
	p := h.page(portal)
	for i, params := range []string{
		`{}`, `{"fields":[]}`, `{"fields":["pin"]}`, `{"fields":["name","name"]}`, `{"fields":"name"}`, `{"fields":["Name"]}`,
		`{"fields":["name"],"lang":"fr"}`, `{"fields":["name"],"origin":"https://bank.example"}`,
		`{"fields":["name","name","name","name","name","name","name","name","name","name","name"]}`,
	} {
		if a := p.call(i, "identity.read", params); a.code() != protocol.InvalidArgument {
			t.Errorf("%s: %+v", params, a)
		}
	}
	if n := chips[0].Counters().APDUs; n != 0 || len(h.human.dialogs()) != 0 {
		t.Errorf("%d commands, dialogs %v", n, h.human.dialogs())
	}
}

func TestWithoutConsentNoDatumLeavesTheAgent(t *testing.T) {
	for _, c := range []struct {
		answer action
		want   protocol.Code
	}{{bridge.No, protocol.ConsentDenied}, {bridge.ErrDialogCancelled, protocol.UserCancelled}, {bridge.ErrNoDialog, protocol.PromptUnavailable}} {
		h := newHouse(t, one(t, testcard.Options{}), c.answer)
		_ = h.memory.Allow(portal) // a known site has to ask all the same
		if a := h.page(portal).call(1, "identity.read", `{"fields":["fiscalCode"]}`); a.code() != c.want || a.Result != nil {
			t.Errorf("%v: %+v", c.answer, a)
		}
	}
}

func TestTheDialogListsTheVeryValuesThatThePageGets(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, bridge.Yes)
	a := h.page(portal).call(1, "identity.read", `{"fields":["birthDate","fiscalCode","cardNumber"]}`)
	var got map[string]string
	if err := json.Unmarshal(a.Result, &got); err != nil {
		t.Fatalf("%+v, %v", a, err)
	}
	want := map[string]string{"birthDate": "1984-11-23", "fiscalCode": "RSSGPR84S63H501C", "cardNumber": "7430010024925855"}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	q := h.human.dialogs()[0].(bridge.Disclosure)
	shown := []bridge.Value{
		{Field: protocol.FieldFiscalCode, Text: want["fiscalCode"]}, {Field: protocol.FieldBirthDate, Text: want["birthDate"]},
		{Field: protocol.FieldCardNumber, Text: want["cardNumber"]},
	}
	if q.Origin != portal || q.Holder != "GIADA PROVA ROSSINI" || !slices.Equal(q.Values, shown) {
		t.Errorf("%+v", q)
	}
	if h.memory.Standing(portal) != bridge.Stranger {
		t.Error("reading data made the site known")
	}
	if chips[0].Counters().Verifies != 0 {
		t.Error("a PIN was sent")
	}
}

func TestEachReadingIsAskedAndTwoRefusalsMakeTheSiteWait(t *testing.T) {
	h := newHouse(t, one(t, testcard.Options{}), bridge.Yes, bridge.No, bridge.No)
	p := h.page(portal)
	for i, want := range []protocol.Code{"", protocol.ConsentDenied, protocol.ConsentDenied, protocol.RateLimited} {
		if a := p.call(i, "identity.read", `{"fields":["name"]}`); a.code() != want {
			t.Errorf("reading %d: %q, want %q", i, a.code(), want)
		}
	}
	if c := p.login(); c != protocol.RateLimited {
		t.Errorf("a login of the same site: %q", c)
	}
}

func TestACardPulledWhileTheCitizenDecidesTellsNothing(t *testing.T) {
	var h *house
	h = newHouse(t, one(t, testcard.Options{}), func() { h.desk.Eject(0) })
	if a := h.page(portal).call(1, "identity.read", `{"fields":["name"]}`); a.code() != protocol.CardRemoved {
		t.Errorf("%+v", a)
	}
}
