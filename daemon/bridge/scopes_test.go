// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"testing"

	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

func TestWhatTheAdministratorWithholdsFromASiteIsRefusedBeforeAnyDialog(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips)
	withheld := map[string]bool{"status": true, "login": true, "identity": true, "sign": true}
	h.Permits = func(o protocol.Origin, scope string) bool { return o != portal || !withheld[scope] }
	_ = h.memory.Allow(portal)
	p := h.page(portal)
	for method, params := range map[string]string{
		"card.status": `{}`, "card.watch": `{}`, "auth.login": loginParams(), "identity.read": `{"fields":["name"]}`,
		"certificate.get": `{"purpose":"signing"}`, "sign.hash": `{}`, "sign.document": `{}`,
	} {
		if a := p.call(1, method, params); a.code() != protocol.OriginDenied {
			t.Errorf("%s: %+v", method, a.Error)
		}
	}
	if n := len(h.human.dialogs()); n != 0 || chips[0].Counters().APDUs != 0 {
		t.Errorf("%d dialogs, %d commands", n, chips[0].Counters().APDUs)
	}
	delete(withheld, "status")
	if a := p.call(1, "card.status", `{}`); a.Error != nil {
		t.Errorf("%+v", a.Error)
	}
	if a := p.call(1, "auth.login", loginParams()); a.code() != protocol.OriginDenied {
		t.Errorf("%+v", a.Error)
	}
}
