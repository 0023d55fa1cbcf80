// SPDX-License-Identifier: BSD-3-Clause

package portal

// problemText is what citizens read of one code, in each of the languages.
type problemText struct{ it, en, de words }

type words struct{ title, detail string }

// problemTexts has every Reason and every code of a Problem. A test sees to it.
var problemTexts = map[string]problemText{
	string(ReasonNonceUnknown): {
		words{"Accesso interrotto", "La pagina era aperta da troppo tempo, o il browser non conserva i cookie. Ricarica la pagina e riprova."},
		words{"Login interrupted", "The page was open for too long, or the browser keeps no cookies. Reload the page and try again."},
		words{"Anmeldung unterbrochen", "Die Seite war zu lange offen, oder der Browser speichert keine Cookies. Laden Sie die Seite neu und versuchen Sie es noch einmal."},
	},
	string(ReasonNonceUsed): {
		words{"Accesso già concluso", "Questo accesso era già concluso. Premi di nuovo «Entra con CNS»."},
		words{"Login already finished", "This login was finished already. Press “Login with CNS” again."},
		words{"Anmeldung bereits beendet", "Diese Anmeldung war schon beendet. Drücken Sie noch einmal auf „Mit CNS anmelden“."},
	},
	string(ReasonNonceExpired): {
		words{"Tempo scaduto", "Sono passati più di cinque minuti. Premi di nuovo «Entra con CNS»."},
		words{"Too late", "More than five minutes have passed. Press “Login with CNS” again."},
		words{"Zeit abgelaufen", "Es sind mehr als fünf Minuten vergangen. Drücken Sie noch einmal auf „Mit CNS anmelden“."},
	},
	string(ReasonOrigin): {
		words{"Sito non sicuro", "L’indirizzo di questo sito non è protetto, quindi non puoi entrare con la tessera. Avvisa l’assistenza del sito."},
		words{"Site not secure", "The address of this site is not protected, so you cannot log in with your card. Tell the site’s support."},
		words{"Unsichere Website", "Die Adresse dieser Website ist nicht geschützt, deshalb können Sie sich nicht mit der Karte anmelden. Melden Sie es dem Support der Website."},
	},
	string(ReasonFormat): {
		words{"Risposta della tessera non leggibile", "La risposta della tessera non è leggibile. Riprova; se succede ancora, aggiorna Ponte."},
		words{"Answer of the card not readable", "The answer of the card cannot be read. Try again; if it happens again, update Ponte."},
		words{"Antwort der Karte nicht lesbar", "Die Antwort der Karte ist nicht lesbar. Versuchen Sie es noch einmal; passiert es wieder, aktualisieren Sie Ponte."},
	},
	string(ReasonAlgorithm): {
		words{"Tessera non accettata", "La tessera usa un tipo di firma che questo sito non accetta. Usa la Tessera Sanitaria o un’altra CNS."},
		words{"Card not accepted", "The card uses a kind of signature that this site does not accept. Use your health card or another CNS."},
		words{"Karte nicht angenommen", "Die Karte verwendet eine Art von Signatur, die diese Website nicht annimmt. Verwenden Sie die Gesundheitskarte oder eine andere CNS."},
	},
	string(ReasonKeySize): {
		words{"Tessera troppo vecchia", "La tua tessera è di un tipo vecchio, che questo sito non accetta più. Chiedi alla tua ASL una tessera nuova."},
		words{"Card too old", "Your card is of an old type that this site does not accept any more. Ask your ASL for a new one."},
		words{"Karte zu alt", "Ihre Karte ist von einem alten Typ, den diese Website nicht mehr annimmt. Beantragen Sie bei Ihrem Sanitätsbetrieb (ASL) eine neue."},
	},
	string(ReasonKeyUsage): {
		words{"Certificato di firma", "Questo certificato serve a firmare, non a entrare. Usa la Tessera Sanitaria o un’altra CNS."},
		words{"Certificate for signing", "This certificate is for signing, not for logging in. Use your health card or another CNS."},
		words{"Signaturzertifikat", "Dieses Zertifikat ist zum Unterschreiben da, nicht zum Anmelden. Verwenden Sie die Gesundheitskarte oder eine andere CNS."},
	},
	string(ReasonExtendedKeyUsage): {
		words{"Certificato per altri usi", "Questo certificato non serve a entrare nei siti. Usa la Tessera Sanitaria o un’altra CNS."},
		words{"Certificate for other uses", "This certificate is not for logging in to sites. Use your health card or another CNS."},
		words{"Zertifikat für andere Zwecke", "Dieses Zertifikat ist nicht zum Anmelden bei Websites da. Verwenden Sie die Gesundheitskarte oder eine andere CNS."},
	},
	string(ReasonPolicy): {
		words{"Non è una CNS", "Questa tessera non è una CNS. Usa la Tessera Sanitaria o un’altra CNS."},
		words{"Not a CNS", "This card is not a CNS. Use your health card or another CNS."},
		words{"Keine CNS", "Diese Karte ist keine CNS. Verwenden Sie die Gesundheitskarte oder eine andere CNS."},
	},
	string(ReasonNotYetValid): {
		words{"Tessera non ancora valida", "La tua tessera non è ancora valida. Riprova nei prossimi giorni."},
		words{"Card not valid yet", "Your card is not valid yet. Try again in the next days."},
		words{"Karte noch nicht gültig", "Ihre Karte ist noch nicht gültig. Versuchen Sie es in den nächsten Tagen noch einmal."},
	},
	string(ReasonExpired): {
		words{"Tessera scaduta", "La tua tessera è scaduta. Usa la tessera nuova, se l’hai ricevuta. Altrimenti chiedi alla tua ASL."},
		words{"Card expired", "Your card has expired. Use the new one, if you have got it. Otherwise ask your ASL."},
		words{"Karte abgelaufen", "Ihre Karte ist abgelaufen. Verwenden Sie die neue, wenn Sie sie schon haben. Sonst fragen Sie Ihren Sanitätsbetrieb (ASL)."},
	},
	string(ReasonChain): {
		words{"Tessera non riconosciuta", "Questo sito non conosce l’ente che ha rilasciato la tessera. Avvisa l’assistenza del sito."},
		words{"Card not recognised", "This site does not know the body that issued the card. Tell the site’s support."},
		words{"Karte nicht erkannt", "Diese Website kennt die Stelle nicht, die die Karte ausgestellt hat. Melden Sie es dem Support der Website."},
	},
	string(ReasonSignature): {
		words{"Firma non valida", "La risposta della tessera non è per questo sito. Controlla l’indirizzo nel browser e riprova."},
		words{"Signature not valid", "The answer of the card is not for this site. Check the address in the browser and try again."},
		words{"Signatur ungültig", "Die Antwort der Karte ist nicht für diese Website. Prüfen Sie die Adresse im Browser und versuchen Sie es noch einmal."},
	},
	string(ReasonSubject): {
		words{"Codice fiscale mancante", "Nella tessera manca un codice fiscale leggibile. Chiedi alla tua ASL."},
		words{"Tax code missing", "The card holds no tax code that can be read. Ask your ASL."},
		words{"Steuernummer fehlt", "Auf der Karte ist keine lesbare Steuernummer. Fragen Sie Ihren Sanitätsbetrieb (ASL)."},
	},
	string(ReasonRevocation): {
		words{"Tessera sospesa o revocata", "La tua tessera risulta sospesa o revocata, o non è possibile controllarlo. Riprova più tardi o chiedi alla tua ASL."},
		words{"Card suspended or revoked", "Your card is suspended or revoked, or that cannot be checked. Try again later or ask your ASL."},
		words{"Karte gesperrt", "Ihre Karte ist vorläufig oder endgültig gesperrt, oder das lässt sich nicht prüfen. Versuchen Sie es später noch einmal oder fragen Sie Ihren Sanitätsbetrieb (ASL)."},
	},
	CodeCrossSite: {
		words{"Richiesta da un altro sito", "La richiesta non viene da questo sito. Scrivi tu l’indirizzo nel browser e riprova."},
		words{"Request from another site", "The request does not come from this site. Type the address in the browser yourself and try again."},
		words{"Anfrage von einer anderen Website", "Die Anfrage kommt nicht von dieser Website. Geben Sie die Adresse selbst im Browser ein und versuchen Sie es noch einmal."},
	},
	CodeRequest: {
		words{"Richiesta non valida", "Questo sito non ha capito la richiesta del browser. Ricarica la pagina e riprova."},
		words{"Request not valid", "This site did not understand the browser’s request. Reload the page and try again."},
		words{"Ungültige Anfrage", "Diese Website hat die Anfrage des Browsers nicht verstanden. Laden Sie die Seite neu und versuchen Sie es noch einmal."},
	},
	CodeRateLimited: {
		words{"Troppi tentativi", "Ci sono stati troppi tentativi in poco tempo. Aspetta un minuto e riprova."},
		words{"Too many attempts", "There were too many attempts in a short time. Wait a minute and try again."},
		words{"Zu viele Versuche", "Es gab in kurzer Zeit zu viele Versuche. Warten Sie eine Minute und versuchen Sie es noch einmal."},
	},
	CodeUnavailable: {
		words{"Servizio non disponibile", "Questo sito ha un problema. Riprova tra qualche minuto."},
		words{"Service not available", "This site has a problem. Try again in some minutes."},
		words{"Dienst nicht verfügbar", "Diese Website hat ein Problem. Versuchen Sie es in einigen Minuten noch einmal."},
	},
	CodeInternal: {
		words{"Errore del sito", "La tua tessera va bene, ma questo sito ha un problema e non sei entrato. Riprova tra qualche minuto."},
		words{"Error of the site", "Your card is fine, but this site has a problem and you are not logged in. Try again in some minutes."},
		words{"Fehler der Website", "Ihre Karte ist in Ordnung, aber diese Website hat ein Problem und Sie sind nicht angemeldet. Versuchen Sie es in einigen Minuten noch einmal."},
	},
}
