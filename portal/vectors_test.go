// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// The vectors say which 64 bytes are signed; what they say is signed here without the help of package protocol.
func TestTheVectorsOfTheTokenAreAccepted(t *testing.T) {
	text, err := os.ReadFile("../protocol/testdata/token.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct{ Origin, Nonce, SignedData string }
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) == 0 {
		t.Fatal("no vectors")
	}
	cert, key := pki.Issue(testpki.LeafOptions{})
	v := verifier(t, func(o *portal.Options) { o.AllowInsecureLocalhost = true })
	for i, c := range vectors {
		data, err := hex.DecodeString(c.SignedData)
		if err != nil || len(data) != 64 {
			t.Fatalf("%s: %d bytes, %v", c.Origin, len(data), err)
		}
		digest := sha256.Sum256(data)
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		token := newMembers(cert, "RS256", signature).json()
		if _, err := v.Verify(t.Context(), token, origin(t, c.Origin), c.Nonce); err != nil {
			t.Errorf("%s: %v", c.Origin, err)
		}
		other := vectors[(i+1)%len(vectors)]
		_, err = v.Verify(t.Context(), token, origin(t, other.Origin), c.Nonce)
		wantRefusal(t, err, portal.ReasonSignature)
	}
}
