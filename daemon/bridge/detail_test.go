// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

func TestOnlyASiteThatIsAllowedLearnsWhichCardCannotBeUsed(t *testing.T) {
	const family = "Actalis ACe 2025"
	for _, standing := range []bridge.Standing{bridge.Stranger, bridge.Allowed} {
		h := newHouse(t, one(t, testcard.Options{Layout: testcard.LayoutActalis2025}))
		h.memory.standing[portal] = standing
		_, err := h.Login(t.Context(), portal, nonce, "it")
		if code(t, err) != protocol.CardUnsupported || strings.Contains(err.Error(), family) != (standing == bridge.Allowed) {
			t.Errorf("standing %v: %v", standing, err)
		}
	}
	h := newHouse(t, one(t, testcard.Options{Layout: testcard.LayoutActalis2025}))
	if err := h.ChangePIN(t.Context(), "it"); code(t, err) != protocol.CardUnsupported || !strings.Contains(err.Error(), family) {
		t.Errorf("the citizen: %v", err)
	}
}
