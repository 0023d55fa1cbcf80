// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"strings"

	"github.com/ponte-cns/ponte/protocol"
)

// hints are the sentences for the citizen that are needed when the agent, which has all the others, cannot be asked.
var hints = map[protocol.Code]map[string]string{
	protocol.BridgeUnreachable: {
		"it": "Ponte non risponde. Riprova tra un momento; se non basta, riavvia il computer o installa di nuovo Ponte.",
		"en": "Ponte does not answer. Try again in a moment; if that is not enough, restart the computer or install Ponte again.",
		"de": "Ponte antwortet nicht. Versuchen Sie es gleich noch einmal; wenn das nicht hilft, starten Sie den Computer neu oder installieren Sie Ponte noch einmal.",
	},
	protocol.BridgeBusy: {
		"it": "Ponte è occupato con altre richieste. Riprova tra un momento.",
		"en": "Ponte is busy with other requests. Try again in a moment.",
		"de": "Ponte ist mit anderen Anfragen beschäftigt. Versuchen Sie es gleich noch einmal.",
	},
	protocol.InvalidArgument: {
		"it": "Il sito ha inviato una richiesta che Ponte non capisce. Segnalalo al gestore del sito.",
		"en": "The site sent a request that Ponte does not understand. Please tell the site's operator.",
		"de": "Die Website hat eine Anfrage gesendet, die Ponte nicht versteht. Bitte sagen Sie es dem Betreiber der Website.",
	},
}

// language is that of the session, as gettext finds it: it, en or de. A session that does not say is Italian, one in
// another language reads English.
func language(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		tag, _, _ := strings.Cut(getenv(name), ".")
		tag, _, _ = strings.Cut(strings.ToLower(tag), "_")
		tag, _, _ = strings.Cut(tag, "-")
		switch tag {
		case "":
			continue
		case "it", "c", "posix":
			return "it"
		case "de":
			return "de"
		default:
			return "en"
		}
	}
	return "it"
}
