// SPDX-License-Identifier: BSD-3-Clause

package main

// lang is a language of the pages.
type lang string

const (
	italian lang = "it"
	english lang = "en"
)

func (l lang) known() bool { return l == italian || l == english }

// text gives a text of the pages. Every key has one in both languages; a test sees to it.
func (l lang) text(key string) string {
	for _, table := range []map[string]translated{pageTexts, refusals} {
		if text, found := table[key]; found {
			if l == english {
				return text.en
			}
			return text.it
		}
	}
	return ""
}

type translated struct{ it, en string }

var pageTexts = map[string]translated{
	"site.owner":   {"Regione Prova", "Regione Prova"},
	"site.title":   {"Servizi sanitari di prova", "Demo health services"},
	"site.tagline": {"Portale dimostrativo di Ponte", "Ponte’s demonstration portal"},
	"site.skip":    {"Vai al contenuto", "Skip to content"},
	"site.lang":    {"Lingua", "Language"},
	"site.footer": {
		"Questo è un portale dimostrativo: non è un servizio pubblico e non contiene dati sanitari.",
		"This is a demonstration portal: it is not a public service and holds no health data.",
	},
	"site.nojs": {
		"Per entrare con la tessera questo sito ha bisogno di JavaScript, che nel tuo browser è disattivato.",
		"To log in with your card this site needs JavaScript, which is switched off in your browser.",
	},

	"home.title":  {"Entra nei tuoi servizi", "Log in to your services"},
	"home.lead":   {"Usa la tua tessera con il chip. Ti servono un lettore di smart card e il PIN della tessera.", "Use your card with a chip. You need a smart card reader and the PIN of the card."},
	"home.step1":  {"Inserisci la tessera nel lettore, con il chip rivolto verso il lettore.", "Put the card in the reader, with the chip towards the reader."},
	"home.step2":  {"Premi «Entra con CNS».", "Press “Login with CNS”."},
	"home.step3":  {"Scrivi il PIN nella finestra di Ponte. Controlla che mostri l’indirizzo di questo sito:", "Type the PIN in Ponte’s window. Check that it shows the address of this site:"},
	"home.steps":  {"Come si entra", "How to log in"},
	"home.card":   {"Accedi con la tessera", "Log in with your card"},
	"home.button": {"Entra con CNS", "Login with CNS"},
	"home.sub":    {"Tessera Sanitaria con chip (TS-CNS) o altra CNS", "Health card with a chip (TS-CNS) or another CNS"},
	"home.more":   {"Scopri di più", "Find out more"},
	"home.more.what": {
		"La CNS (Carta Nazionale dei Servizi) è nel chip della Tessera Sanitaria. Per usarla devi averla attivata a uno sportello, dove ricevi PIN e PUK.",
		"The CNS (national services card) is in the chip of the health card. To use it you must have activated it at a desk, where you get PIN and PUK.",
	},
	"home.more.pin": {
		"Il PIN ha da 5 a 8 cifre. Se lo hai ricevuto in due metà, scrivile una dopo l’altra, nell’ordine giusto. Dopo 3 errori di seguito la tessera si blocca: per sbloccarla serve il PUK.",
		"The PIN has 5 to 8 digits. If you got it in two halves, type one after the other, in the right order. After 3 mistakes in a row the card blocks: the PUK unblocks it.",
	},
	"home.more.page": {
		"Questa pagina non ti chiede mai il PIN: lo chiede solo la finestra di Ponte, il programma installato sul tuo computer.",
		"This page never asks for your PIN: only the window of Ponte does, the program installed on your computer.",
	},
	"home.already":      {"Sei già entrato.", "You are already logged in."},
	"home.already.link": {"Vai al tuo profilo", "Go to your profile"},

	"progress.connect": {"Cerco la tessera…", "Looking for your card…"},
	"progress.pin":     {"Scrivi il PIN nella finestra di Ponte. Se non la vedi, cercala dietro a questa.", "Type the PIN in Ponte’s window. If you do not see it, look behind this one."},
	"progress.verify":  {"Controllo la tessera…", "Checking your card…"},

	"fail.title":   {"Non sei entrato", "You are not logged in"},
	"fail.library": {"Manca una parte di questo sito: la libreria per parlare con la tessera.", "A part of this site is missing: the library that speaks to the card."},
	"fail.network": {"Questo sito non risponde. Controlla il collegamento a Internet.", "This site does not answer. Check your connection to the Internet."},
	"fail.other":   {"Qualcosa è andato storto.", "Something went wrong."},
	"fail.retry":   {"Poi premi di nuovo «Entra con CNS».", "Then press “Login with CNS” again."},
	"fail.help":    {"Se non riesci, chiedi aiuto all’assistenza di questo sito.", "If you cannot solve it, ask this site’s support for help."},

	"notice.exit":    {"Sei uscito. Togli la tessera dal lettore.", "You have logged out. Take the card out of the reader."},
	"notice.removed": {"Hai tolto la tessera dal lettore, quindi sei uscito.", "You took the card out of the reader, so you were logged out."},

	"profile.title":    {"Il tuo profilo", "Your profile"},
	"profile.hello":    {"Sei entrato con la tua tessera. Questi dati vengono dal suo certificato.", "You logged in with your card. This information comes from its certificate."},
	"profile.name":     {"Nome", "First name"},
	"profile.surname":  {"Cognome", "Surname"},
	"profile.code":     {"Codice fiscale", "Codice fiscale (tax code)"},
	"profile.card":     {"Numero della tessera", "Card number"},
	"profile.issuer":   {"Rilasciata da", "Issued by"},
	"profile.validity": {"Valida fino al", "Valid until"},
	"profile.days":     {"giorni", "days"},
	"profile.exit":     {"Esci", "Log out"},
	"profile.pull":     {"Se togli la tessera dal lettore, esci automaticamente.", "If you take the card out of the reader, you are logged out automatically."},
	"profile.blind":    {"Questa pagina non riesce a vedere la tessera. Quando hai finito, premi «Esci».", "This page cannot see the card. When you have finished, press “Log out”."},

	"error.title":    {"Qualcosa non va", "Something is wrong"},
	"error.notfound": {"La pagina che cerchi non esiste.", "The page that you are looking for does not exist."},
	"error.form":     {"Questa richiesta non viene dalla pagina del tuo profilo. Torna al profilo e premi «Esci».", "This request does not come from your profile page. Go back to it and press “Log out”."},
	"error.home":     {"Torna all’inizio", "Back to the start"},
}
