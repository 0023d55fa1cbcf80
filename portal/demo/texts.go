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
	text := pageTexts[key]
	if l == english {
		return text.en
	}
	return text.it
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

	"notice.signed": {"Abbiamo ricevuto la domanda firmata.", "We have received your signed application."},

	"notice.enrolled": {"Ora sei iscritto ai servizi di prova.", "You are now enrolled in the demo services."},

	"enrol.title": {"Non sei ancora iscritto", "You are not enrolled yet"},
	"enrol.hello": {"La tua tessera va bene, ma è la prima volta che entri in questo portale.", "Your card is fine, but this is the first time that you log in to this portal."},
	"enrol.how":   {"Iscriviti senza scrivere niente", "Enrol without typing anything"},
	"enrol.what": {
		"Nome, cognome e codice fiscale li abbiamo già dal certificato. Data di nascita, sesso e comune possono arrivare dalla memoria della tessera: Ponte ti mostra i dati e ti chiede se vuoi darli a questo sito.",
		"Your name, surname and tax code we have from the certificate. Date of birth, sex and municipality can come from the card’s memory: Ponte shows you the data and asks whether you want to give them to this site.",
	},
	"enrol.read":     {"Leggi i dati e iscriviti", "Read the data and enrol"},
	"enrol.plain":    {"Iscriviti senza questi dati", "Enrol without these data"},
	"enrol.progress": {"Rispondi alla finestra di Ponte. Se non la vedi, cercala dietro a questa.", "Answer Ponte’s window. If you do not see it, look behind this one."},
	"enrol.fail":     {"I dati non sono stati letti", "The data were not read"},
	"enrol.retry":    {"Riprova, oppure iscriviti senza questi dati.", "Try again, or enrol without these data."},

	"accesses.title":   {"I tuoi accessi", "Your accesses"},
	"accesses.lead":    {"Qui vedi quando sei entrato e uscito. Se un accesso non è tuo, avvisa l’assistenza e chiedi alla tua ASL di bloccare la tessera.", "Here you see when you logged in and out. If an access is not yours, tell support and ask your ASL to block your card."},
	"accesses.none":    {"Non c’è ancora nessun accesso: li conserviamo da quando ti iscrivi.", "There are no accesses yet: we keep them from when you enrol."},
	"accesses.when":    {"Quando", "When"},
	"accesses.what":    {"Che cosa", "What"},
	"accesses.entered": {"Sei entrato con la tessera", "You logged in with your card"},
	"accesses.left":    {"Sei uscito", "You logged out"},
	"accesses.removed": {"Sei uscito togliendo la tessera", "You logged out by taking the card out"},
	"accesses.kept":    {"Conserviamo gli accessi per 24 mesi. Gli orari sono quelli italiani.", "We keep accesses for 24 months. Times are Italian."},

	"profile.title":     {"Il tuo profilo", "Your profile"},
	"profile.hello":     {"Sei entrato con la tua tessera. Questi dati vengono dal suo certificato.", "You logged in with your card. This information comes from its certificate."},
	"profile.name":      {"Nome", "First name"},
	"profile.surname":   {"Cognome", "Surname"},
	"profile.code":      {"Codice fiscale", "Codice fiscale (tax code)"},
	"profile.card":      {"Numero della tessera", "Card number"},
	"profile.issuer":    {"Rilasciata da", "Issued by"},
	"profile.validity":  {"Valida fino al", "Valid until"},
	"profile.days":      {"giorni", "days"},
	"profile.birth":     {"Data di nascita", "Date of birth"},
	"profile.sex":       {"Sesso", "Sex"},
	"profile.place":     {"Comune di nascita (codice)", "Municipality of birth (code)"},
	"profile.residence": {"Comune di residenza (codice)", "Municipality of residence (code)"},
	"profile.unsigned": {
		"Questi dati vengono dalla memoria della tessera, che nessuno firma: ti risparmiano di scriverli e non provano niente.",
		"These data come from the card’s memory, which nobody signs: they spare you typing and prove nothing.",
	},
	"profile.card.data": {"Dati letti dalla tessera", "Data read from the card"},
	"profile.pages":     {"Le tue pagine", "Your pages"},
	"profile.exit":      {"Esci", "Log out"},
	"profile.pull":      {"Se togli la tessera dal lettore, esci automaticamente.", "If you take the card out of the reader, you are logged out automatically."},
	"profile.blind":     {"Questa pagina non riesce a vedere la tessera. Quando hai finito, premi «Esci».", "This page cannot see the card. When you have finished, press “Log out”."},

	"applications.title": {"Le tue domande", "Your applications"},
	"applications.lead":  {"Compila una domanda di prova e firmala con la tua tessera.", "Fill in a demo application and sign it with your card."},
	"applications.none":  {"Non hai ancora fatto domande.", "You have made no applications yet."},
	"applications.mine":  {"Domande fatte", "Applications made"},
	"applications.new":   {"Nuova domanda", "New application"},
	"applications.made":  {"Fatta il", "Made on"},
	"applications.state": {"Stato", "State"},
	"applications.what":  {"Domanda", "Application"},
	"applications.open":  {"Apri la domanda", "Open application"},

	"application.title":        {"La tua domanda", "Your application"},
	"application.document":     {"Domanda di esenzione dal ticket (prova)", "Application for exemption from charges (demo)"},
	"application.kind":         {"Motivo dell’esenzione", "Reason for the exemption"},
	"application.kind.income":  {"Reddito", "Income"},
	"application.kind.illness": {"Malattia cronica o rara", "Chronic or rare illness"},
	"application.kind.other":   {"Altro", "Other"},
	"application.note":         {"Note (facoltative, al massimo 500 caratteri)", "Notes (optional, at most 500 characters)"},
	"application.declared":     {"Dichiaro che quello che ho scritto è vero.", "I declare that what I have written is true."},
	"application.declaration": {
		"Dichiaro che quello che ho scritto è vero, e chiedo l’esenzione. Firmo con la mia CNS: vale come firma elettronica avanzata verso le pubbliche amministrazioni (DPCM 22 febbraio 2013, art. 61, comma 2).",
		"I declare that what I have written is true, and apply for the exemption. I sign with my CNS: it counts as an advanced electronic signature towards public administrations (DPCM 22 February 2013, art. 61, paragraph 2).",
	},
	"application.place":    {"Spazio per la firma", "Space for the signature"},
	"application.make":     {"Prepara il documento", "Make the document"},
	"application.unsigned": {"Da firmare", "To be signed"},
	"application.signed":   {"Firmata il", "Signed on"},
	"application.read":     {"Scarica il documento da firmare (PDF)", "Download the document to be signed (PDF)"},
	"application.how":      {"Firma con la tessera", "Sign with your card"},
	"application.what": {
		"Ponte ti mostra il documento prima della firma e ti chiede il PIN in una sua finestra. È una firma elettronica avanzata (FEA): vale verso le pubbliche amministrazioni.",
		"Ponte shows you the document before you sign and asks for the PIN in a window of its own. It is an advanced electronic signature (FEA): it counts towards public administrations.",
	},
	"application.sign":      {"Firma la domanda", "Sign the application"},
	"application.bar":       {"Avanzamento della firma", "Progress of the signature"},
	"application.home":      {"L’ho firmata in un altro modo", "I have signed it in another way"},
	"application.home.how":  {"Scarica il documento, firmalo con la tua CNS in formato PDF e caricalo qui.", "Download the document, sign it with your CNS as a PDF and upload it here."},
	"application.file":      {"Documento firmato (PDF)", "Signed document (PDF)"},
	"application.upload":    {"Carica il documento firmato", "Upload the signed document"},
	"application.report":    {"Verifica della firma", "Verification of the signature"},
	"application.by":        {"Firmata da", "Signed by"},
	"application.worth":     {"Valore", "Worth"},
	"application.whole":     {"Documento", "Document"},
	"application.format":    {"Formato", "Format"},
	"application.get":       {"Scarica il documento firmato (PDF)", "Download the signed document (PDF)"},
	"application.getreport": {"Scarica il rapporto di verifica (JSON)", "Download the verification report (JSON)"},
	"application.back":      {"Tutte le domande", "All applications"},

	"sign.sending":   {"Mando il documento a Ponte…", "Sending the document to Ponte…"},
	"sign.asking":    {"Guarda la finestra di Ponte: leggi il documento, poi scrivi il PIN. Se non la vedi, cercala dietro a questa.", "Look at Ponte’s window: read the document, then type the PIN. If you do not see it, look behind this one."},
	"sign.signing":   {"La tessera sta firmando…", "The card is signing…"},
	"sign.receiving": {"Ricevo il documento firmato…", "Receiving the signed document…"},
	"sign.verify":    {"Controllo la firma…", "Checking the signature…"},
	"sign.fail":      {"La domanda non è firmata", "The application is not signed"},
	"sign.retry":     {"Poi premi di nuovo «Firma la domanda».", "Then press “Sign the application” again."},

	"error.application": {"Scegli il motivo, conferma la dichiarazione e scrivi al massimo 500 caratteri su 10 righe.", "Choose the reason, confirm the declaration, and write at most 500 characters on 10 lines."},
	"error.toomany":     {"Hai già fatto troppe domande di prova.", "You have made too many demo applications."},
	"error.signed":      {"Questa domanda è già firmata.", "This application is signed already."},
	"error.unsigned":    {"Il file non è un PDF firmato, o non si può leggere.", "The file is no signed PDF, or cannot be read."},
	"error.document":    {"Il documento firmato non è quello di questa domanda.", "The signed document is not the one of this application."},
	"error.signers":     {"Il documento deve avere una firma sola: la tua.", "The document must have one signature only: yours."},
	"error.changed":     {"Il documento è stato cambiato dopo la firma.", "The document was changed after it was signed."},
	"error.signature":   {"La firma non è valida, o non è fatta con una CNS in corso di validità.", "The signature is not valid, or was not made with a CNS that is in force."},
	"error.signer":      {"Il documento è firmato da un’altra persona.", "The document is signed by another person."},

	"error.title":    {"Qualcosa non va", "Something is wrong"},
	"error.notfound": {"La pagina che cerchi non esiste.", "The page that you are looking for does not exist."},
	"error.form":     {"Questa richiesta non viene dalla pagina del tuo profilo. Torna al profilo e riprova.", "This request does not come from your profile page. Go back to it and try again."},
	"error.other":    {"I dati letti sono di un’altra tessera. Usa la stessa tessera con cui sei entrato.", "The data that were read are another card’s. Use the card that you logged in with."},
	"error.database": {"Questo sito ha un problema. Riprova tra qualche minuto.", "This site has a problem. Try again in some minutes."},
	"error.home":     {"Torna all’inizio", "Back to the start"},
}
