// SPDX-License-Identifier: BSD-3-Clause

package portal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"

	"github.com/ponte-cns/ponte/portal"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// The whole integration. What follows the handler is what the browser, portal/js and the card do.
func ExampleNewHandler() {
	pki := testpki.New()                                      // in production: the authorities of the Italian trusted list
	authorities, err := portal.ParseCertificates(pki.CAPEM()) // or Options.Trust, with portal/trustlist
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := portal.NewVerifier(portal.Options{TrustAnchors: authorities, AllowInsecureLocalhost: true})
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	origin, err := protocol.ParseOrigin("http://" + server.Listener.Addr().String()) // in production: https://servizi.regione.example
	if err != nil {
		log.Fatal(err)
	}
	login := &portal.Login{Verifier: verifier, Challenges: portal.NewMemory(portal.MemoryOptions{}), Origin: origin}

	handler, err := portal.NewHandler(login, portal.HandlerOptions{
		OnLogin: func(w http.ResponseWriter, r *http.Request, who portal.Identity) error {
			fmt.Println("welcome", who.FiscalCode) // here the portal begins its own session
			return nil
		},
		Next: "/profilo",
		Log:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/auth/", handler)
	server.Config.Handler = mux
	server.Start()
	defer server.Close()

	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar}
	answer, err := browser.Get(server.URL + "/auth/challenge")
	if err != nil {
		log.Fatal(err)
	}
	var challenge struct{ Nonce string }
	json.NewDecoder(answer.Body).Decode(&challenge)
	answer.Body.Close()
	body := cardAnswers(pki, origin, challenge.Nonce)

	for range 2 { // the second time with a challenge that was used, and without its cookie
		request, _ := http.NewRequest("POST", server.URL+"/auth/login", bytes.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Origin", origin.String())
		request.Header.Set("Accept-Language", "en")
		answer, err := browser.Do(request)
		if err != nil {
			log.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		fmt.Println(answer.StatusCode, string(text))
	}
	// Output:
	// welcome RSSGPR84S63H501C
	// 200 {"next":"/profilo"}
	// 403 {"type":"https://github.com/ponte-cns/ponte/blob/main/docs/portal.md#nonce-unknown","title":"Login interrupted","status":403,"detail":"The page was open for too long, or the browser keeps no cookies. Reload the page and try again.","code":"nonce-unknown"}
}

// cardAnswers makes the body of the login, as portal/js does with the token of the agent.
func cardAnswers(pki *testpki.PKI, origin protocol.Origin, nonce string) []byte {
	return members{"nonce": nonce, "token": json.RawMessage(signedByCard(pki, origin, nonce))}.json()
}
