// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard"
)

func TestWhatTheAdministratorWithholdsFromASiteIsRefusedBeforeAnyDialog(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips)
	withheld := map[string]bool{"status": true, "login": true, "identity": true, "sign": true, "documents": true}
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

func TestASiteMayHaveDocumentsSignedAndNoHashes(t *testing.T) {
	chips := one(t, testcard.Options{})
	h, _ := office(t, chips, bridge.No, bridge.ErrDialogCancelled)
	h.Permits = func(_ protocol.Origin, scope string) bool { return scope == "documents" }
	p := h.page(portal)
	digest := sha256.Sum256([]byte("x"))
	if a := p.call(1, protocol.MethodSignHash, hashParams(chips[0].Certificate().Raw, digest[:], "SHA-256", "a")); a.code() != protocol.OriginDenied ||
		len(h.human.dialogs()) != 0 {
		t.Errorf("%+v, %v", a.Error, h.human.dialogs())
	}
	if a := p.call(2, protocol.MethodCertificate, `{"purpose":"signing"}`); a.code() != protocol.ConsentDenied {
		t.Errorf("%+v", a.Error)
	}
	if _, code := p.signs(many(1)); code != protocol.UserCancelled {
		t.Error(code)
	}
}

// Who may have a hash of his choice signed can log in to another site: so the question is marked, the dialog says it, and
// nothing else that a site can ask gives such a signature.
func TestT13_ASignedHashCanBeALoginSoTheQuestionIsMarkedAsOne(t *testing.T) {
	chips := one(t, testcard.Options{})
	h := newHouse(t, chips, bridge.ChooseSign, rightPIN)
	digest := protocol.TokenDigest(otherPortal, nonce)
	a := h.page(portal).call(1, protocol.MethodSignHash, hashParams(chips[0].Certificate().Raw, digest[:], "SHA-256", "delega.pdf"))
	if a.Error != nil {
		t.Fatalf("%+v", a.Error)
	}
	q := h.human.dialogs()[0].(bridge.SigningQuestion)
	if q.Origin != portal || q.Hash != hex.EncodeToString(digest[:]) || q.CanView {
		t.Errorf("%+v", q)
	}
}
