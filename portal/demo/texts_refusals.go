// SPDX-License-Identifier: BSD-3-Clause

package main

// refusals say why the portal does not accept a login (portal.Reason), and what to do.
var refusals = map[string]translated{
	"refusal.nonce-unknown":      {"La pagina era aperta da troppo tempo, o il browser non conserva i cookie. Ricarica la pagina e riprova.", "The page was open for too long, or the browser keeps no cookies. Reload the page and try again."},
	"refusal.nonce-used":         {"Questo accesso era già concluso. Premi di nuovo «Entra con CNS».", "This login was finished already. Press “Login with CNS” again."},
	"refusal.nonce-expired":      {"Sono passati più di cinque minuti. Premi di nuovo «Entra con CNS».", "More than five minutes have passed. Press “Login with CNS” again."},
	"refusal.origin":             {"La richiesta non viene da questo sito. Scrivi tu l’indirizzo nel browser e riprova.", "The request does not come from this site. Type the address in the browser yourself and try again."},
	"refusal.format":             {"La risposta della tessera non è leggibile. Riprova; se succede ancora, aggiorna Ponte.", "The answer of the card cannot be read. Try again; if it happens again, update Ponte."},
	"refusal.algorithm":          {"La tessera usa un tipo di firma che questo sito non accetta.", "The card uses a kind of signature that this site does not accept."},
	"refusal.key-size":           {"La tua tessera è di un tipo vecchio, che questo sito non accetta più. Chiedi alla tua ASL una tessera nuova.", "Your card is of an old type that this site does not accept any more. Ask your ASL for a new one."},
	"refusal.key-usage":          {"Questo certificato serve a firmare, non a entrare. Usa la Tessera Sanitaria o un’altra CNS.", "This certificate is for signing, not for logging in. Use your health card or another CNS."},
	"refusal.extended-key-usage": {"Questo certificato non serve a entrare nei siti. Usa la Tessera Sanitaria o un’altra CNS.", "This certificate is not for logging in to sites. Use your health card or another CNS."},
	"refusal.policy":             {"Questa tessera non è una CNS. Usa la Tessera Sanitaria o un’altra CNS.", "This card is not a CNS. Use your health card or another CNS."},
	"refusal.not-yet-valid":      {"La tua tessera non è ancora valida. Riprova nei prossimi giorni.", "Your card is not valid yet. Try again in the next days."},
	"refusal.expired":            {"La tua tessera è scaduta. Usa la tessera nuova, se l’hai ricevuta. Altrimenti chiedi alla tua ASL.", "Your card has expired. Use the new one, if you have got it. Otherwise ask your ASL."},
	"refusal.chain":              {"Questo sito non conosce l’ente che ha rilasciato la tessera. Avvisa l’assistenza del sito.", "This site does not know the body that issued the card. Tell the site’s support."},
	"refusal.signature":          {"La risposta della tessera non è per questo sito. Controlla l’indirizzo nel browser e riprova.", "The answer of the card is not for this site. Check the address in the browser and try again."},
	"refusal.subject":            {"Nella tessera manca un codice fiscale leggibile. Chiedi alla tua ASL.", "The card holds no tax code that can be read. Ask your ASL."},
	"refusal.revocation":         {"La tua tessera risulta sospesa o revocata, o non è possibile controllarlo. Chiedi alla tua ASL.", "Your card is suspended or revoked, or that cannot be checked. Ask your ASL."},
	"refusal.store":              {"Questo sito ha un problema. Riprova tra qualche minuto.", "This site has a problem. Try again in some minutes."},
}
