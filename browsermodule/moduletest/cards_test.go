// SPDX-License-Identifier: EUPL-1.2

package moduletest

import (
	"slices"
	"testing"
)

// keyOf is a private key as the agent tells it.
func keyOf(id []byte, modulus int) []byte {
	return object(pair{ckaClass, ckoPrivateKey}, pair{ckaID, id}, pair{ckaModulus, make([]byte, modulus)})
}

// signing runs a program that signs with each key that an agent tells, and gives the keys that it has named.
func signing(t *testing.T, keys ...[]byte) (out string, named []byte) {
	t.Helper()
	signed := make(chan byte, 100)
	k := newToken()
	env := serve(t, func(op, mode byte, body []byte) []byte {
		switch op {
		case opObjects:
			return frame(ckrOK, append([]byte{byte(len(keys))}, slices.Concat(keys...)...))
		case opSign:
			signed <- body[8]
			return frame(ckrOK, make([]byte, []int{0, 256, 128}[body[8]]))
		}
		return k.answer(op, mode, body)
	})
	out = use(t, env, "ui=sign two")
	for len(signed) > 0 {
		named = append(named, <-signed)
	}
	return out, named
}

func TestAKeyWithoutAnIdOfOneByteOrWithoutAModulusSignsNothing(t *testing.T) {
	for name, key := range map[string][]byte{
		"no id":      object(pair{ckaClass, ckoPrivateKey}, pair{ckaModulus, make([]byte, 256)}),
		"a long id":  keyOf([]byte{1, 1}, 256),
		"no modulus": object(pair{ckaClass, ckoPrivateKey}, pair{ckaID, []byte{1}}),
	} {
		out, named := signing(t, key)
		expect(t, out, "keys 1", "C_SignInit 0x60", "C_Finalize 0")
		if len(named) != 0 {
			t.Errorf("%s: the agent was asked", name)
		}
	}
	out, named := signing(t, keyOf([]byte{1}, 513)) // longer than any signature
	expect(t, out, "C_SignInit 0", "C_Sign 0x30")
	if len(named) != 0 {
		t.Error("the agent was asked")
	}
}

func TestASignatureNamesItsKeyAndIsAsLongAsThat(t *testing.T) {
	out, named := signing(t, keyOf([]byte{1}, 256), keyOf([]byte{2}, 128))
	expect(t, out, "keys 2", "signature 256 zeros", "signature 128 zeros")
	if !slices.Equal(named, []byte{1, 2}) {
		t.Errorf("keys %v", named)
	}
}
