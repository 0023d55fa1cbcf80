// SPDX-License-Identifier: BSD-3-Clause

package portal

import "github.com/ponte-cns/ponte/portal/document"

// sentence is what citizens read, in each of the languages.
type sentence struct{ it, en, de string }

func (s sentence) in(language string) string {
	switch language {
	case "en":
		return s.en
	case "de":
		return s.de
	}
	return s.it
}

// integrityTexts has every Integrity. A test sees to it.
var integrityTexts = map[Integrity]sentence{
	IntegrityWhole: {
		"Il documento è intero e non è cambiato dopo la firma.",
		"The document is whole and has not changed since it was signed.",
		"Das Dokument ist vollständig und wurde nach der Unterschrift nicht geändert.",
	},
	IntegrityAdded: {
		"Quello che è stato firmato non è cambiato. Dopo sono state aggiunte cose permesse, come un’altra firma o i valori di un modulo.",
		"What was signed has not changed. Things that are allowed were added later, as another signature or the values of a form.",
		"Was unterschrieben wurde, ist unverändert. Später kam Erlaubtes hinzu, etwa eine weitere Unterschrift oder Werte eines Formulars.",
	},
	IntegrityChanged: {
		"Il documento è cambiato dopo la firma: non fidarti di quello che c’è scritto.",
		"The document was changed after it was signed: do not rely on what it says.",
		"Das Dokument wurde nach der Unterschrift geändert: Verlassen Sie sich nicht auf seinen Inhalt.",
	},
	IntegrityUnknown: {
		"Non si può dire se il documento è quello firmato.",
		"It cannot be said whether the document is the one that was signed.",
		"Es lässt sich nicht sagen, ob das Dokument dasjenige ist, das unterschrieben wurde.",
	},
}

// kindTexts has every Kind. A signature with a CNS is never called what only a qualified one may be called.
var kindTexts = map[document.Kind]sentence{
	document.KindFEA: {
		"Firma con la CNS. Verso la Pubblica Amministrazione vale come firma elettronica avanzata (FEA; DPCM 22 febbraio 2013, art. 61). Non è una firma qualificata.",
		"Signed with a CNS card. Towards Italian public administrations it counts as an advanced electronic signature (FEA; DPCM 22 February 2013, art. 61). It is not a qualified signature.",
		"Mit einer CNS unterschrieben. Gegenüber der italienischen öffentlichen Verwaltung gilt das als fortgeschrittene elektronische Signatur (FEA; DPCM vom 22. Februar 2013, Art. 61). Es ist keine qualifizierte Signatur.",
	},
	document.KindFEQ: {
		"Firma elettronica qualificata (FEQ), secondo il certificato: vale come la firma a mano.",
		"A qualified electronic signature (FEQ), as the certificate says: it counts as one by hand.",
		"Eine qualifizierte elektronische Signatur (FEQ), wie das Zertifikat sagt: Sie gilt wie eine Unterschrift von Hand.",
	},
	document.KindOther: {
		"Firma di un altro tipo: il certificato non è di una CNS, e non è quello di una firma qualificata.",
		"A signature of another kind: the certificate is not that of a CNS card, nor that of a qualified signature.",
		"Eine Signatur anderer Art: Das Zertifikat gehört weder zu einer CNS noch zu einer qualifizierten Signatur.",
	},
	document.KindNone: {
		"Che valore ha la firma non si sa: nessuna autorità riconosciuta garantisce per il certificato.",
		"What the signature is worth is not known: no trusted authority vouches for the certificate.",
		"Was die Signatur wert ist, ist nicht bekannt: Keine anerkannte Stelle bürgt für das Zertifikat.",
	},
}

// faultTexts has every fault. A test sees to it.
var faultTexts = map[document.Fault]sentence{
	document.FaultFormat: {
		"Il file è rovinato, o non è un documento firmato (PDF, .p7m, .p7s, XML, ASiC).",
		"The file is damaged, or is not a signed document (PDF, .p7m, .p7s, XML, ASiC).",
		"Die Datei ist beschädigt oder kein unterschriebenes Dokument (PDF, .p7m, .p7s, XML, ASiC).",
	},
	document.FaultTooLarge: {
		"Il file è più grande, o più complicato, di quanto Ponte possa controllare.",
		"The file is larger, or more complicated, than Ponte can check.",
		"Die Datei ist größer oder verwickelter, als Ponte sie prüfen kann.",
	},
	document.FaultNoSignature: {
		"Nel file non c’è nessuna firma.", "There is no signature in the file.", "Die Datei enthält keine Signatur.",
	},
	document.FaultEncrypted: {
		"Il documento è protetto da una password o cifrato. Toglila, e verifica di nuovo.",
		"The document is protected by a password or encrypted. Take that away, and verify again.",
		"Das Dokument ist durch ein Passwort geschützt oder verschlüsselt. Heben Sie das auf und prüfen Sie noch einmal.",
	},
	document.FaultNotAllowed: {
		"Il documento non permette altre firme.", "The document does not allow further signatures.", "Das Dokument lässt keine weiteren Signaturen zu.",
	},
	document.FaultNoContent: {
		"La firma è separata dal documento, e il documento manca. Indica anche quello.",
		"The signature is apart from its document, and the document is missing. Give that too.",
		"Die Signatur liegt getrennt vom Dokument, und das Dokument fehlt. Geben Sie es mit an.",
	},
	document.FaultDocumentChanged: {
		"Il documento non è quello che è stato firmato: è cambiato, o è un altro.",
		"The document is not the one that was signed: it was changed, or it is another one.",
		"Das Dokument ist nicht das unterschriebene: Es wurde geändert, oder es ist ein anderes.",
	},
	document.FaultPartialCover: {
		"La firma riguarda solo una parte del documento.", "The signature is about a part of the document only.", "Die Signatur gilt nur für einen Teil des Dokuments.",
	},
	document.FaultChangedAfter: {
		"Dopo la firma è stato aggiunto o cambiato qualcosa di quello che si vede.",
		"After it was signed, something of what one sees was added or changed.",
		"Nach der Unterschrift wurde etwas von dem, was man sieht, hinzugefügt oder geändert.",
	},
	document.FaultReference: {
		"Non è chiaro che cosa è stato firmato.", "It is not clear what was signed.", "Es ist nicht klar, was unterschrieben wurde.",
	},
	document.FaultSignature: {
		"La firma non è autentica: non l’ha fatta la chiave di questo certificato.",
		"The signature is not genuine: the key of this certificate did not make it.",
		"Die Signatur ist nicht echt: Der Schlüssel dieses Zertifikats hat sie nicht erzeugt.",
	},
	document.FaultWeakAlgorithm: {
		"La firma usa un metodo vecchio (SHA-1 o MD5), che oggi si può falsificare.",
		"The signature uses an old method (SHA-1 or MD5), which can be forged today.",
		"Die Signatur verwendet ein altes Verfahren (SHA-1 oder MD5), das sich heute fälschen lässt.",
	},
	document.FaultAlgorithm: {
		"La firma usa un metodo che Ponte non conosce.", "The signature uses a method that Ponte does not know.", "Die Signatur verwendet ein Verfahren, das Ponte nicht kennt.",
	},
	document.FaultWeakKey: {
		"La chiave di chi ha firmato è troppo corta per essere sicura.", "The signer’s key is too short to be safe.", "Der Schlüssel der unterschreibenden Person ist zu kurz, um sicher zu sein.",
	},
	document.FaultAttributeAbsent: {
		"Nella firma manca una parte necessaria.", "A part that is needed is missing in the signature.", "In der Signatur fehlt ein notwendiger Teil.",
	},
	document.FaultAttribute: {
		"Una parte della firma non è scritta come deve.", "A part of the signature is not written as it must be.", "Ein Teil der Signatur ist nicht so geschrieben, wie er sein muss.",
	},
	document.FaultSigningCert: {
		"La firma nomina un certificato diverso da quello che la accompagna.",
		"The signature names another certificate than the one that comes with it.",
		"Die Signatur nennt ein anderes Zertifikat als das, das ihr beiliegt.",
	},
	document.FaultNoCertificate: {
		"Nella firma non c’è il certificato di chi ha firmato.", "The signer’s certificate is not in the signature.", "Das Zertifikat der unterschreibenden Person ist nicht in der Signatur.",
	},
	document.FaultKeyUsage: {
		"Il certificato non è fatto per firmare.", "The certificate is not made for signing.", "Das Zertifikat ist nicht zum Unterschreiben bestimmt.",
	},
	document.FaultPolicy: {
		"Il certificato non è di una CNS, né quello di una firma qualificata: chi verifica deve controllarlo (DPCM 22 febbraio 2013, art. 61, comma 4).",
		"The certificate is neither that of a CNS card nor that of a qualified signature: whoever verifies has to check that (DPCM 22 February 2013, art. 61, paragraph 4).",
		"Das Zertifikat gehört weder zu einer CNS noch zu einer qualifizierten Signatur: Das muss prüfen, wer verifiziert (DPCM vom 22. Februar 2013, Art. 61 Abs. 4).",
	},
	document.FaultUntrusted: {
		"Il certificato non viene da un’autorità riconosciuta: può averlo fatto chiunque.",
		"The certificate does not come from a trusted authority: anybody may have made it.",
		"Das Zertifikat stammt von keiner anerkannten Stelle: Jeder kann es gemacht haben.",
	},
	document.FaultNotYetValid: {
		"Il certificato non valeva ancora.", "The certificate was not valid yet.", "Das Zertifikat war noch nicht gültig.",
	},
	document.FaultExpired: {
		"Il certificato è scaduto, e nessuna marca temporale prova che la firma è di prima.",
		"The certificate has expired, and no time stamp proves that the signature is older.",
		"Das Zertifikat ist abgelaufen, und kein Zeitstempel beweist, dass die Signatur älter ist.",
	},
	document.FaultRevoked: {
		"Il certificato è stato revocato, per esempio perché la tessera è stata smarrita o rubata.",
		"The certificate was revoked, for example because the card was lost or stolen.",
		"Das Zertifikat wurde widerrufen, zum Beispiel weil die Karte verloren ging oder gestohlen wurde.",
	},
	document.FaultSuspended: {
		"Il certificato è sospeso, per esempio perché la tessera è stata dichiarata smarrita.",
		"The certificate is suspended, for example because the card was reported lost.",
		"Das Zertifikat ist gesperrt, zum Beispiel weil die Karte als verloren gemeldet wurde.",
	},
	document.FaultRevocation: {
		"Non si è potuto sapere se il certificato è stato revocato: l’autorità non risponde. Riprova più tardi.",
		"It could not be found out whether the certificate was revoked: the authority does not answer. Try again later.",
		"Ob das Zertifikat widerrufen wurde, ließ sich nicht feststellen: Die Stelle antwortet nicht. Versuchen Sie es später noch einmal.",
	},
	document.FaultTimeStamp: {
		"La marca temporale è rovinata, o è di un’altra firma.", "The time stamp is damaged, or is that of another signature.", "Der Zeitstempel ist beschädigt oder gehört zu einer anderen Signatur.",
	},
	document.FaultTimeAuthority: {
		"La marca temporale non viene da un’autorità riconosciuta: non prova l’ora.",
		"The time stamp does not come from a trusted authority: it does not prove the time.",
		"Der Zeitstempel stammt von keiner anerkannten Stelle: Er beweist die Uhrzeit nicht.",
	},
}
