// SPDX-License-Identifier: EUPL-1.2

package words

import (
	"fmt"
	"strings"

	"github.com/ponte-cns/ponte/protocol"
)

var reasons = map[protocol.Reason]Text{
	protocol.ReasonSwitchedOff: BecauseSwitchedOff, protocol.ReasonKeyUsage: BecauseKeyUsage, protocol.ReasonPolicy: BecausePolicy,
}

// Because tells a citizen what the reason beside a code means, and what to do. Of one that is not known it says nothing.
func (w *Words) Because(r protocol.Reason) string {
	if text, ok := reasons[r]; ok {
		return w.T(text, nil)
	}
	return w.signing("refusal-" + string(r))
}

// Bytes is the size of a file as people read it: in kB and MB of 1000, as file managers show them.
func (w *Words) Bytes(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d byte", n)
	case n < 999_500:
		return fmt.Sprintf("%d kB", (n+500)/1000)
	}
	s := fmt.Sprintf("%.1f MB", float64(n)/1e6)
	if w.lang != "en" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}
