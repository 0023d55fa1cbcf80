// SPDX-License-Identifier: EUPL-1.2

package doors

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"testing"
)

// twoCards are a card and one that was put in before it.
func twoCards() *fakeKeys {
	return &fakeKeys{more: map[uint64]*x509.Certificate{otherInsertion: otherCertificate}}
}

// tokenState is what a program is told of the token.
func tokenState(t *testing.T, ask func([]byte) []byte, mode byte) (generation uint64, serial string) {
	t.Helper()
	_, state := tlsAnswer(t, ask(rawRequest(tlsState, mode, nil)))
	return binary.BigEndian.Uint64(state), string(state[9:25])
}

func TestAKeyThatIsNotThereOrOfOtherCardsIsNotSignedWith(t *testing.T) {
	keys := twoCards()
	ask := tlsDoor(t, &TLS{Keys: keys})
	digest := sha256.Sum256(nil)
	generation, _ := tokenState(t, ask, signMode)
	for name, c := range map[string]struct {
		generation uint64
		key        byte
		want       returnValue
	}{
		"no key 0":           {generation, 0, ckrFunctionFailed},
		"no key 3":           {generation, 3, ckrFunctionFailed},
		"one card alone":     {insertion, 1, ckrDeviceRemoved},
		"the other alone":    {otherInsertion, 1, ckrDeviceRemoved},
		"no cards":           {0, 1, ckrDeviceRemoved},
		"cards of yesterday": {generation + 2, 1, ckrDeviceRemoved},
	} {
		if rv, _ := tlsAnswer(t, ask(rawRequest(tlsSign, signMode, signBodyOf(c.generation, c.key, ckmRSAPKCSPSS, 0x250, 2, 32, digest[:])))); rv != c.want {
			t.Errorf("%s: %#x, want %#x", name, rv, c.want)
		}
	}
	if keys.asked != 0 {
		t.Error("a PIN was asked")
	}
}

func TestEachCardHasItsKeyAndSignsWithIt(t *testing.T) {
	ask := tlsDoor(t, &TLS{Keys: twoCards()})
	generation, _ := tokenState(t, ask, signMode)
	rv, objects := tlsAnswer(t, ask(rawRequest(tlsObjects, signMode, generationBody(generation))))
	if rv != ckrOK || objects[0] != 6 {
		t.Fatalf("%#x, %d objects", rv, objects[0])
	}
	first, second := bytes.Index(objects, otherCertificate.Raw), bytes.Index(objects, tlsCertificate.Raw)
	if first < 0 || second < first {
		t.Errorf("certificates at %d and %d: the card that was put in first comes first", first, second)
	}
	if bytes.Count(objects, []byte("CNS 2")) != 3 {
		t.Error("browsers that use NSS see one certificate alone of those with the same label")
	}
	digest := sha256.Sum256(nil)
	for i, key := range []*rsa.PublicKey{&other.PublicKey, &tlsKey.PublicKey} {
		rv, signature := tlsAnswer(t, ask(rawRequest(tlsSign, signMode, signBodyOf(generation, byte(i+1), ckmRSAPKCSPSS, 0x250, 2, 32, digest[:]))))
		if rv != ckrOK || rsa.VerifyPSS(key, crypto.SHA256, digest[:], signature, nil) != nil {
			t.Errorf("key %d: %#x", i+1, rv)
		}
	}
}

func TestACardThatComesOrGoesMakesAnotherTokenOfIt(t *testing.T) {
	keys := twoCards()
	ask := tlsDoor(t, &TLS{Keys: keys})
	both, serialOfBoth := tokenState(t, ask, signMode)
	keys.more = nil
	one, serialOfOne := tokenState(t, ask, signMode)
	if both == one || both == otherInsertion || one != insertion || serialOfBoth == serialOfOne {
		t.Errorf("%d %s, then %d %s", both, serialOfBoth, one, serialOfOne)
	}
	if rv, _ := tlsAnswer(t, ask(rawRequest(tlsObjects, signMode, generationBody(both)))); rv != ckrSessionHandleInvalid {
		t.Errorf("a session with both: %#x", rv)
	}
}

// A login is one for the whole token, and one PIN unlocks one card.
func TestAProgramThatLogsInSeesTheFirstCardAlone(t *testing.T) {
	keys := twoCards()
	ask := tlsDoor(t, &TLS{Keys: keys})
	if generation, _ := tokenState(t, ask, 0); generation != otherInsertion {
		t.Fatalf("generation %d", generation)
	}
	ask(rawRequest(tlsLogin, 0, generationBody(otherInsertion)))
	rv, objects := tlsAnswer(t, ask(rawRequest(tlsObjects, 0, generationBody(otherInsertion))))
	if rv != ckrOK || objects[0] != 4 || bytes.Contains(objects, tlsCertificate.Raw) || !bytes.Contains(objects, otherCertificate.Raw) {
		t.Errorf("%#x, %d objects", rv, objects[0])
	}
	if rv, _ := tlsAnswer(t, ask(rawRequest(tlsLogin, 0, generationBody(insertion)))); rv != ckrDeviceRemoved || keys.asked != 1 {
		t.Errorf("a login of the other: %#x", rv)
	}
}

func TestMoreCardsThanTheModuleKeepsAreNotTold(t *testing.T) {
	keys := twoCards()
	for n := range uint64(20) {
		keys.more[100+n] = tlsCertificate
	}
	d := &TLS{Keys: keys}
	if n := len(d.token(t.Context(), signMode).cards); n != maxTokenCards {
		t.Errorf("%d cards", n)
	}
	long := *tlsCertificate
	long.Raw = make([]byte, maxObjectBytes/3)
	keys.more = map[uint64]*x509.Certificate{100: &long, 101: &long, 102: &long}
	if b := objectsOf(d.token(t.Context(), signMode).cards, signMode, true); len(b) > maxObjectBytes || b[0] != 9 {
		t.Errorf("%d bytes, %d objects", len(b), b[0])
	}
}
