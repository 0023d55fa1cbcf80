// SPDX-License-Identifier: BSD-3-Clause

package main

// nextSteps say what to do about an error of PROTOCOL.md, section 5. What happened is in the hint that comes with it.
var nextSteps = map[string]translated{
	"next.USER_CANCELLED":            {"Quando vuoi, premi di nuovo «Entra con CNS».", "When you like, press “Login with CNS” again."},
	"next.USER_TIMEOUT":              {"Premi di nuovo «Entra con CNS» e scrivi il PIN entro due minuti.", "Press “Login with CNS” again and type the PIN within two minutes."},
	"next.CONSENT_DENIED":            {"Se hai cambiato idea, premi di nuovo «Entra con CNS».", "If you changed your mind, press “Login with CNS” again."},
	"next.NO_READER":                 {"Collega il lettore al computer e premi di nuovo «Entra con CNS».", "Plug the reader into the computer and press “Login with CNS” again."},
	"next.NO_CARD":                   {"Inserisci la tessera e premi di nuovo «Entra con CNS». Se la tessera non ha il chip, non puoi usarla qui.", "Put the card in and press “Login with CNS” again. A card without a chip cannot be used here."},
	"next.CARD_MUTE":                 {"Togli la tessera e rimettila, con il chip rivolto verso il lettore. Una tessera senza chip non può essere usata qui.", "Take the card out and put it back, with the chip towards the reader. A card without a chip cannot be used here."},
	"next.CARD_UNSUPPORTED":          {"Prova con la Tessera Sanitaria o con un’altra CNS.", "Try your health card or another CNS."},
	"next.CARD_REMOVED":              {"Lascia la tessera nel lettore e premi di nuovo «Entra con CNS».", "Leave the card in the reader and press “Login with CNS” again."},
	"next.CARD_BUSY":                 {"Chiudi gli altri programmi che usano la tessera e riprova.", "Close the other programs that use the card and try again."},
	"next.PIN_BLOCKED":               {"Sblocca il PIN con il PUK che hai ricevuto all’attivazione. Se non lo hai più, vai a uno sportello della tua ASL.", "Unblock the PIN with the PUK that you got at the activation. If you lost it, go to a desk of your ASL."},
	"next.CARD_NOT_ACTIVATED":        {"Vai con la tessera e un documento a uno sportello della tua ASL: lì ricevi PIN e PUK.", "Take the card and an identity document to a desk of your ASL: there you get PIN and PUK."},
	"next.CERTIFICATE_EXPIRED":       {"Usa la tessera nuova, se l’hai ricevuta. Altrimenti chiedi alla tua ASL.", "Use the new card, if you have got one. Otherwise ask your ASL."},
	"next.CERTIFICATE_NOT_YET_VALID": {"Controlla la data e l’ora del computer e riprova.", "Check date and time of the computer and try again."},
	"next.CERTIFICATE_MISSING":       {"Questa tessera non può essere usata per entrare. Chiedi alla tua ASL.", "This card cannot be used to log in. Ask your ASL."},
	"next.READER_LIMITED":            {"Prova con un altro lettore, o con una porta USB diversa.", "Try another reader, or another USB port."},
	"next.PCSC_UNAVAILABLE":          {"Scollega e ricollega il lettore. Se non basta, riavvia il computer.", "Unplug the reader and plug it in again. If that is not enough, restart the computer."},
	"next.MODULE_FAILED":             {"Togli la tessera, rimettila e riprova.", "Take the card out, put it back and try again."},
	"next.PROMPT_UNAVAILABLE":        {"Chiedi a chi si occupa del computer di installare una finestra per il PIN (pinentry).", "Ask whoever looks after the computer to install a window for PINs (pinentry)."},
	"next.BRIDGE_BUSY":               {"Chiudi l’altra finestra di Ponte, poi riprova.", "Close the other window of Ponte, then try again."},
	"next.BRIDGE_UNREACHABLE":        {"Riavvia il computer. Se non basta, installa di nuovo Ponte.", "Restart the computer. If that is not enough, install Ponte again."},
	"next.EXTENSION_MISSING":         {"Installa Ponte e la sua estensione per il browser, poi ricarica questa pagina.", "Install Ponte and its browser extension, then reload this page."},
	"next.VERSION_MISMATCH":          {"Aggiorna Ponte e riprova.", "Update Ponte and try again."},
	"next.LOCAL_NETWORK_BLOCKED":     {"Consenti a questo sito di raggiungere le app su questo dispositivo (nelle impostazioni del sito, a sinistra dell’indirizzo), o installa l’estensione di Ponte.", "Allow this site to reach apps on this device (in the site settings, left of the address), or install Ponte’s extension."},
	"next.ORIGIN_DENIED":             {"Se hai bloccato questo sito in Ponte e vuoi entrare, togli il blocco nelle impostazioni di Ponte.", "If you blocked this site in Ponte and want to log in, lift the block in Ponte’s settings."},
	"next.ORIGIN_INSECURE":           {"Controlla che l’indirizzo di questo sito cominci con https.", "Check that the address of this site begins with https."},
	"next.INVALID_ARGUMENT":          {"L’errore è di questo sito: avvisa l’assistenza.", "The mistake is this site’s: tell its support."},
	"next.RATE_LIMITED":              {"Aspetta mezzo minuto, poi riprova.", "Wait half a minute, then try again."},
	"next.INTERNAL":                  {"Riprova. Se succede ancora, avvisa l’assistenza di questo sito.", "Try again. If it happens again, tell this site’s support."},
}

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
