// SPDX-License-Identifier: EUPL-1.2

package words

import (
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

func TestWhatIsSaidOfAFailedChangeNeverSpeaksOfASite(t *testing.T) {
	for lang, page := range map[string]string{"it": "sito", "en": "the website", "de": " Website "} {
		for _, c := range []protocol.Code{
			protocol.UserCancelled, protocol.UserTimeout, protocol.CardRemoved, protocol.NoCard, protocol.NoReader, protocol.CardBusy,
			protocol.PINBlocked, protocol.PUKBlocked, protocol.CardNotActivated, protocol.PCSCUnavailable,
		} {
			if got := strings.Join(For(lang).PINCareFailure(false, c, false, Situation{}), " "); strings.Contains(got, page) {
				t.Errorf("%s, %s: %q", lang, c, got)
			}
		}
	}
}

func TestAFailedChangeSaysWhatCountsAndWhereToGo(t *testing.T) {
	tuscan := Situation{Issuer: "Regione Toscana"}
	for _, c := range []struct {
		unblocking bool
		code       protocol.Code
		uncertain  bool
		want       []string
	}{
		{false, protocol.PINBlocked, false, []string{"Il PIN non è stato cambiato.", "PUK", "800.004477"}},
		{true, protocol.PUKBlocked, false, []string{"Il PIN non è stato sbloccato.", "non si può più sbloccare", "tessera nuova", "800.004477"}},
		{false, protocol.CardRemoved, false, []string{"Il PIN non è stato cambiato.", "ricomincia"}},
		{false, protocol.CardRemoved, true, []string{"non è certo quale valga"}},
		{true, protocol.CardMute, true, []string{"ripeti lo sblocco"}},
		{true, protocol.UserCancelled, false, []string{"Il PIN è quello di prima."}},
		{true, protocol.Internal, false, []string{"Il PIN non è stato sbloccato.", "imprevisto"}},
	} {
		got := strings.Join(For("it").PINCareFailure(c.unblocking, c.code, c.uncertain, tuscan), "\n")
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in %q", c.code, want, got)
			}
		}
		if c.uncertain && strings.Contains(got, "non è stato") {
			t.Errorf("%s: %q is not certain", c.code, got)
		}
	}
}
