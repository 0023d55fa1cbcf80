// SPDX-License-Identifier: EUPL-1.2

package doctor

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"strings"
	"unicode"

	"github.com/ponte-cns/ponte/daemon/iso7816"
	"github.com/ponte-cns/ponte/daemon/words"
)

// family names the makers of a CNS chip by the fourth historical byte of its answer to reset, which tells the mask (the
// public lists of answers to reset, and OpenSC's itacns driver). It is the same for all cards of a batch.
func family(atr []byte) string {
	h, err := iso7816.HistoricalBytes(atr)
	if err != nil || len(h) < 4 {
		return "CNS"
	}
	name, ok := map[byte]string{0x05: "IDEMIA (Oberthur)", 0x08: "Siemens CardOS", 0x09: "STMicroelectronics (Incard)", 0x0C: "Athena"}[h[3]]
	if !ok {
		return "CNS"
	}
	return name
}

// maskedATR is the answer to reset of a card that is no CNS, without its historical bytes: a maker may have put the number
// of that very card there.
func maskedATR(atr []byte) string {
	h, err := iso7816.HistoricalBytes(atr)
	if err != nil {
		return "?"
	}
	head := len(atr)
	if len(h) > 0 {
		head = bytes.LastIndex(atr, h)
	}
	return fmt.Sprintf("%X +%d", atr[:head], len(h))
}

// regions are the words of an issuer that name one of Italy's Regions. SISS is the health information system of Lombardia.
var regions = map[string]string{
	"abruzzo": "Abruzzo", "basilicata": "Basilicata", "calabria": "Calabria", "campania": "Campania", "emilia": "Emilia-Romagna",
	"friuli": "Friuli-Venezia Giulia", "lazio": "Lazio", "liguria": "Liguria", "lombardia": "Lombardia", "siss": "Lombardia",
	"marche": "Marche", "molise": "Molise", "piemonte": "Piemonte", "puglia": "Puglia", "sardegna": "Sardegna", "sicilia": "Sicilia",
	"siciliana": "Sicilia", "toscana": "Toscana", "trento": "Trento", "bolzano": "Bolzano", "umbria": "Umbria", "aosta": "Valle d'Aosta",
	"veneto": "Veneto",
}

// region is the Region that issued a card, from its certificate's issuer; nothing else of the certificate is told.
func (m *Machine) region(c *x509.Certificate) string {
	texts := append(append([]string{c.Issuer.CommonName}, c.Issuer.Organization...), c.Issuer.OrganizationalUnit...)
	texts = append(texts, c.Subject.OrganizationalUnit...)
	for _, t := range texts {
		t = t[:min(len(t), 1024)]
		for word := range strings.FieldsFuncSeq(strings.ToLower(t), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if name, ok := regions[word]; ok {
				return name
			}
		}
	}
	return m.Words.T(words.DoctorRegionUnknown, nil)
}
