// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// The whole integration: two endpoints. The page calls the first, gives the nonce to the card through portal/js, and
// sends what comes back to the second.
func ExampleLogin() {
	bundle, err := os.ReadFile("cns-authorities.pem")
	if err != nil {
		log.Fatal(err)
	}
	authorities, err := portal.ParseCertificates(bundle)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := portal.NewVerifier(portal.Options{TrustAnchors: authorities})
	if err != nil {
		log.Fatal(err)
	}
	origin, err := protocol.ParseOrigin("https://servizi.regione.example")
	if err != nil {
		log.Fatal(err)
	}
	login := &portal.Login{Verifier: verifier, Challenges: portal.NewMemory(portal.MemoryOptions{}), Origin: origin}

	http.HandleFunc("GET /auth/challenge", func(w http.ResponseWriter, r *http.Request) {
		nonce, err := login.Challenge(r.Context(), session(w, r))
		if err != nil {
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		json.NewEncoder(w).Encode(map[string]string{"nonce": nonce})
	})
	http.HandleFunc("POST /auth/login", func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Nonce string          `json:"nonce"`
			Token json.RawMessage `json:"token"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10)).Decode(&body); err != nil {
			http.Error(w, "not a login", http.StatusBadRequest)
			return
		}
		who, err := login.Verify(r.Context(), session(w, r), body.Nonce, body.Token)
		if refusal, ok := errors.AsType[*portal.Refusal](err); ok {
			log.Print(refusal) // names nobody
			http.Error(w, string(refusal.Reason), http.StatusForbidden)
			return
		}
		if err != nil {
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		startSession(w, who.FiscalCode) // with a new session id
		io.WriteString(w, "{}")
	})
}

// session and startSession stand for what the portal has already.
func session(http.ResponseWriter, *http.Request) string          { return rand.Text() }
func startSession(w http.ResponseWriter, code portal.FiscalCode) {}

func ExampleVerifier_Verify() {
	pki := testpki.New() // in production: the authorities of the Italian trusted list
	authorities, err := portal.ParseCertificates(pki.CAPEM())
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := portal.NewVerifier(portal.Options{TrustAnchors: authorities})
	if err != nil {
		log.Fatal(err)
	}
	origin, err := protocol.ParseOrigin("https://servizi.regione.example")
	if err != nil {
		log.Fatal(err)
	}
	nonce, token := cardSigns(pki, origin)
	ctx := context.Background()

	who, err := verifier.Verify(ctx, token, origin, nonce)
	fmt.Println(who.FiscalCode, who.Name, who.Surname, who.CardNumber, err)

	_, err = verifier.Verify(ctx, token, origin, "another-challenge-that-is-as-long-as-a-real-one")
	fmt.Println(errors.Is(err, &portal.Refusal{Reason: portal.ReasonSignature}))
	// Output:
	// RSSGPR84S63H501C GIADA PROVA ROSSINI 7430010024925855 <nil>
	// true
}

// cardSigns does what agent and card do.
func cardSigns(pki *testpki.PKI, origin protocol.Origin) (nonce string, token []byte) {
	nonce = rand.Text() + rand.Text()
	cert, key := pki.Issue(testpki.LeafOptions{})
	digest := protocol.TokenDigest(origin, nonce)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	if err != nil {
		log.Fatal(err)
	}
	return nonce, newMembers(cert, protocol.AlgorithmRS256, signature).json()
}

func ExampleParseFiscalCode() {
	code, err := portal.ParseFiscalCode("RSSGPR84S63H501C")
	fmt.Println(code, err)
	_, err = portal.ParseFiscalCode("RSSGPR84S63H501D")
	fmt.Println(err)
	// Output:
	// RSSGPR84S63H501C <nil>
	// fiscal code with a wrong check letter
}
