// SPDX-License-Identifier: EUPL-1.2

package protocol_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

// The vectors in testdata are read by the TypeScript tests too: both sides must judge alike.

func readVectors[T any](t testing.TB, name string) T {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

type originVectors struct {
	Valid   []struct{ In, Out string }
	Invalid []string
}

func TestOriginVectors(t *testing.T) {
	v := readVectors[originVectors](t, "origins.json")
	if len(v.Valid) < 20 || len(v.Invalid) < 80 {
		t.Fatalf("%d valid, %d invalid: vectors are missing", len(v.Valid), len(v.Invalid))
	}
	for _, in := range v.Invalid {
		if o, err := protocol.ParseOrigin(in); !errors.Is(err, protocol.ErrOrigin) || o != (protocol.Origin{}) {
			t.Errorf("%q was read as %s", in, o)
		}
	}
	for _, c := range v.Valid {
		o, err := protocol.ParseOrigin(c.In)
		if err != nil || o.String() != c.Out {
			t.Errorf("%q: %q, %v; want %q", c.In, o, err, c.Out)
		}
		if again, err := protocol.ParseOrigin(o.String()); err != nil || again != o {
			t.Errorf("%q does not survive its own text: %v", c.In, err)
		}
	}
}

type messageVector struct {
	Name    string
	Message string
	OK      bool
	RPCCode int
}

func TestMessageVectors(t *testing.T) {
	for _, c := range readVectors[[]messageVector](t, "messages.json") {
		req, err := protocol.ParseRequest([]byte(c.Message))
		if (err == nil) != c.OK {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if c.OK {
			continue
		}
		r, perr := protocol.ParseResponse(protocol.Reply(req.ID, nil, err, nil))
		if perr != nil || r.Error == nil {
			t.Fatalf("%s: the answer is %+v, %v", c.Name, r, perr)
		}
		if r.Error.Code != c.RPCCode || r.Error.Data.Code != protocol.InvalidArgument {
			t.Errorf("%s: answered %d %s, want %d", c.Name, r.Error.Code, r.Error.Data.Code, c.RPCCode)
		}
	}
}

func TestErrorVectorsAreAllTheCodes(t *testing.T) {
	v := readVectors[[]struct {
		Code  protocol.Code
		Retry bool
	}](t, "errors.json")
	for _, c := range v {
		if !c.Code.Known() || c.Code.Retry() != c.Retry || c.Code.Message() == "" {
			t.Errorf("%s: known %v, retry %v, message %q", c.Code, c.Code.Known(), c.Code.Retry(), c.Code.Message())
		}
	}
	if len(v) != len(protocol.Codes()) {
		t.Errorf("%d vectors, %d codes", len(v), len(protocol.Codes()))
	}
}

func TestTokenVectors(t *testing.T) {
	for _, c := range readVectors[[]struct{ Origin, Nonce, OriginHash, NonceHash, SignedData, Digest string }](t, "token.json") {
		o, err := protocol.ParseOrigin(c.Origin)
		if err != nil {
			t.Fatal(err)
		}
		if err := protocol.CheckNonce(c.Nonce); err != nil {
			t.Errorf("%s: %v", c.Nonce, err)
		}
		if c.SignedData != c.OriginHash+c.NonceHash {
			t.Errorf("%s: signedData is not the two hashes", c.Origin)
		}
		data, err := hex.DecodeString(c.SignedData)
		if err != nil {
			t.Fatal(err)
		}
		want := sha256.Sum256(data)
		if got := protocol.TokenDigest(o, c.Nonce); got != want || hex.EncodeToString(got[:]) != c.Digest {
			t.Errorf("%s: digest %x, want %s", c.Origin, got, c.Digest)
		}
	}
}
