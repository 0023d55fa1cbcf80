// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/ponte-cns/ponte/daemon/policy"
)

// admx has a policy for each key that a computer with Windows can be given: the templates are made from this list and from
// what daemon/policy accepts.
type admx struct{ Policies []admxPolicy }

type admxPolicy struct {
	Key     string
	Kind    string // choice, switch, text, list or table
	Choices []string
	said    map[string][2]string // by language: name and explanation
}

// described are the keys in the words of administrators. pinentry_program is for Linux and macOS.
var described = []admxPolicy{
	{Key: "language", Kind: "choice", said: both("Lingua", "La lingua delle finestre, dell'icona e della pagina di controllo. Senza, quella di Windows.", "Language", "The language of dialogs, icon and control page. Without it that of Windows.")},
	{Key: "allowed_sites", Kind: "list", said: both("Siti consentiti", "Origini come https://portale.example: possono chiedere se c'è una tessera. Il PIN si chiede sempre.", "Allowed sites", "Origins as https://portal.example: they may ask whether there is a card. The PIN is asked each time.")},
	{Key: "blocked_sites", Kind: "list", said: both("Siti bloccati", "Origini che non possono chiedere nulla. Prevale sui siti consentiti.", "Blocked sites", "Origins that may ask nothing. It wins over allowed sites.")},
	{Key: "site_scopes", Kind: "table", said: both("Che cosa può chiedere un sito", "Nome: l'origine. Valore: status, login, identity, sign, documents (firme, ma non di sole impronte), separati da spazi. Un sito che non è qui può chiedere tutto.", "What a site may ask", "Name: the origin. Value: status, login, identity, sign, documents (signatures, but not of hashes alone), with spaces between. A site that is not here may ask everything.")},
	{Key: "other_sites", Kind: "choice", said: both("Siti che non sono in elenco", "Rifiuta: usano la tessera soltanto i siti consentiti.", "Sites that are on no list", "Refuse: only allowed sites use the card.")},
	{Key: "native_messaging", Kind: "choice", said: both("Porta dell'estensione", "Il collegamento con l'estensione del browser.", "Door of the extension", "The connection with the browser extension.")},
	{Key: "websocket", Kind: "choice", said: both("Porta WebSocket", "Il collegamento senza estensione, soltanto su questo computer.", "WebSocket door", "The connection without the extension, on this computer only.")},
	{Key: "websocket_unknown_sites", Kind: "choice", said: both("WebSocket: siti sconosciuti", "Chiedi: una finestra chiede al cittadino. Rifiuta: il sito non ottiene risposta.", "WebSocket: unknown sites", "Ask: a dialog asks the citizen. Refuse: the site gets no answer.")},
	{Key: "websocket_ports", Kind: "list", said: both("Porte WebSocket", "Quali fra 24880, 24881, 24882 e 24883, in ordine.", "WebSocket ports", "Which of 24880, 24881, 24882 and 24883, in order.")},
	{Key: "signatures", Kind: "choice", said: both("Firme", "La firma di documenti con la tessera (firma elettronica avanzata).", "Signatures", "The signature of documents with the card (advanced electronic signature).")},
	{Key: "sign_policies", Kind: "list", said: both("Certificati per la firma", "Politiche di certificato, come 1.3.76.16.2.1: firma solo chi ne ha una. Senza, quelle della CNS.", "Certificates for signatures", "Certificate policies, as 1.3.76.16.2.1: only certificates with one of them sign. Without it those of the CNS.")},
	{Key: "time_authority", Kind: "text", said: both("Marche temporali", "Indirizzo https dell'autorità che dà le marche temporali (RFC 3161).", "Time stamps", "The https address of the authority that gives time stamps (RFC 3161).")},
	{Key: "tls_module", Kind: "choice", said: both("Certificato nel browser", "I browser usano la tessera nei portali che chiedono un certificato (modulo PKCS#11).", "Certificate in the browser", "Browsers use the card on portals that ask for a certificate (PKCS#11 module).")},
	{Key: "modules", Kind: "table", said: both("Moduli PKCS#11 per tessera", "Nome: l'ATR in esadecimale, oppure *. Valore: il percorso del modulo.", "PKCS#11 modules by card", "Name: the answer to reset in hexadecimal, or *. Value: the path of the module.")},
	{Key: "module_allow", Kind: "list", said: both("Moduli PKCS#11 consentiti", "Percorsi completi: nessun altro modulo viene caricato.", "Allowed PKCS#11 modules", "Whole paths: no other module is loaded.")},
	{Key: "pin_pad", Kind: "choice", said: both("Lettori con tastierino", "Automatico: il PIN si scrive sul lettore che ha i tasti.", "Readers with keys", "Automatic: the PIN is typed on the reader that has keys.")},
	{Key: "log_level", Kind: "choice", said: both("Dettaglio del registro", "Quanto dice il registro dell'agente. Non contiene mai il PIN.", "Detail of the log", "How much the agent's log says. It never holds the PIN.")},
	{Key: "update_notice", Kind: "switch", said: both("Avviso di una versione nuova", "L'estensione del browser si aggiorna da sola e dice al cittadino quando il programma Ponte è più vecchio. Disattivata: non lo dice.", "Notice of a new version", "The browser extension is updated by itself and tells the citizen when the program Ponte is older. Disabled: it does not.")},
	{Key: "developer_mode", Kind: "switch", said: both("Modalità sviluppatore", "Permette a http://localhost di chiedere. Disattivata: nessuno può attivarla.", "Developer mode", "Lets http://localhost ask. Disabled: nobody can turn it on.")},
}

func both(itName, itHelp, enName, enHelp string) map[string][2]string {
	return map[string][2]string{"it-IT": {itName, itHelp}, "en-US": {enName, enHelp}}
}

// chosen are the words of choices.
var chosen = map[string]map[string]string{
	"it-IT": {"on": "Attivo", "off": "Disattivato", "ask": "Chiedi", "refuse": "Rifiuta", "auto": "Automatico", "it": "Italiano", "en": "Inglese", "de": "Tedesco", "error": "Solo errori", "warn": "Avvisi", "info": "Normale", "debug": "Tutto"},
	"en-US": {"on": "On", "off": "Off", "ask": "Ask", "refuse": "Refuse", "auto": "Automatic", "it": "Italian", "en": "English", "de": "German", "error": "Errors only", "warn": "Warnings", "info": "Normal", "debug": "Everything"},
}

var admxText = template.Must(template.New("admx").Parse(`<?xml version="1.0" encoding="utf-8"?>
<policyDefinitions revision="1.0" schemaVersion="1.0" xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions">
  <policyNamespaces>
    <target prefix="ponte" namespace="Ponte.Policies.Ponte"/>
    <using prefix="windows" namespace="Microsoft.Policies.Windows"/>
  </policyNamespaces>
  <resources minRequiredRevision="1.0"/>
  <supportedOn>
    <definitions>
      <definition name="Supported" displayName="$(string.Supported)"/>
    </definitions>
  </supportedOn>
  <categories>
    <category name="Ponte" displayName="$(string.Ponte)"/>
  </categories>
  <policies>
{{- range .Policies}}
    <policy name="{{.Key}}" class="Machine" displayName="$(string.{{.Key}})" explainText="$(string.{{.Key}}_help)"
{{- if ne .Kind "switch"}} presentation="$(presentation.{{.Key}})"{{end}} key="SOFTWARE\Policies\Ponte"
{{- if eq .Kind "switch"}} valueName="{{.Key}}"{{end}}>
      <parentCategory ref="Ponte"/>
      <supportedOn ref="Supported"/>
{{- if eq .Kind "switch"}}
      <enabledValue><decimal value="1"/></enabledValue>
      <disabledValue><decimal value="0"/></disabledValue>
{{- else}}
      <elements>
{{- if eq .Kind "choice"}}
        <enum id="{{.Key}}" valueName="{{.Key}}" required="true">
{{- range .Choices}}
          <item displayName="$(string.value_{{.}})"><value><string>{{.}}</string></value></item>
{{- end}}
        </enum>
{{- else if eq .Kind "text"}}
        <text id="{{.Key}}" valueName="{{.Key}}" required="true"/>
{{- else if eq .Kind "list"}}
        <list id="{{.Key}}" key="SOFTWARE\Policies\Ponte\{{.Key}}" valuePrefix=""/>
{{- else}}
        <list id="{{.Key}}" key="SOFTWARE\Policies\Ponte\{{.Key}}" explicitValue="true"/>
{{- end}}
      </elements>
{{- end}}
    </policy>
{{- end}}
  </policies>
</policyDefinitions>
`))

// policyTemplates are PolicyDefinitions\ponte.admx and its texts.
func policyTemplates() (map[string][]byte, error) {
	doc := admx{}
	for _, p := range described {
		if p.Kind == "choice" {
			if p.Choices = policy.Choices(p.Key); len(p.Choices) == 0 {
				return nil, fmt.Errorf("%s has no words to choose from", p.Key)
			}
		}
		doc.Policies = append(doc.Policies, p)
	}
	var b bytes.Buffer
	if err := admxText.Execute(&b, doc); err != nil {
		return nil, err
	}
	files := map[string][]byte{"ponte.admx": b.Bytes()}
	for lang := range chosen {
		files[lang+"/ponte.adml"] = doc.texts(lang)
	}
	return files, nil
}

// texts is the ADML file of a language.
func (d admx) texts(lang string) []byte {
	var strs, shown strings.Builder
	put := func(id, text string) { fmt.Fprintf(&strs, "      <string id=%q>%s</string>\n", id, escapedXML(text)) }
	put("Ponte", "Ponte")
	put("Supported", map[string]string{"it-IT": "Ponte 0.1 o successivo", "en-US": "Ponte 0.1 or later"}[lang])
	words := map[string]bool{}
	for _, p := range d.Policies {
		put(p.Key, p.said[lang][0])
		put(p.Key+"_help", p.said[lang][1])
		name := escapedXML(p.said[lang][0])
		switch p.Kind {
		case "choice":
			fmt.Fprintf(&shown, "      <presentation id=%q><dropdownList refId=%q noSort=\"true\">%s</dropdownList></presentation>\n", p.Key, p.Key, name)
		case "text":
			fmt.Fprintf(&shown, "      <presentation id=%q><textBox refId=%q><label>%s</label></textBox></presentation>\n", p.Key, p.Key, name)
		case "list", "table":
			fmt.Fprintf(&shown, "      <presentation id=%q><listBox refId=%q>%s</listBox></presentation>\n", p.Key, p.Key, name)
		}
		for _, word := range p.Choices {
			if !words[word] {
				words[word] = true
				put("value_"+word, chosen[lang][word])
			}
		}
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="utf-8"?>
<policyDefinitionResources revision="1.0" schemaVersion="1.0" xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions">
  <displayName>Ponte</displayName>
  <description>Ponte</description>
  <resources>
    <stringTable>
%s    </stringTable>
    <presentationTable>
%s    </presentationTable>
  </resources>
</policyDefinitionResources>
`, strs.String(), shown.String())
}

func escapedXML(s string) string {
	var b bytes.Buffer
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic("writing into memory: " + err.Error())
	}
	return b.String()
}

// policyFiles writes what administrators give their computers: templates for group policies, and examples.
func (r *release) policyFiles(context.Context) error {
	files, err := policyTemplates()
	if err != nil {
		return err
	}
	for name, from := range map[string]string{"ponte.mobileconfig": "macos/ponte.mobileconfig", "policy.toml": "linux/policy.toml.example"} {
		if files[name], err = os.ReadFile(r.path("installer", from)); err != nil {
			return err
		}
	}
	archive, err := zipFiles(files, r.time())
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.out, "ponte-"+r.version+"-policies.zip"), archive, 0o644)
}
