// SPDX-License-Identifier: EUPL-1.2

package words

import "github.com/ponte-cns/ponte/protocol"

// PINCareFailure tells, in paragraphs, why a PIN was not changed, or not unblocked, and what to do. With uncertain the
// card has not said which PIN is valid. s is what is known beside the code.
func (w *Words) PINCareFailure(unblocking bool, code protocol.Code, uncertain bool, s Situation) []string {
	id, unsure := PINCareNotChanged, PINCareUncertainChange
	if unblocking {
		id, unsure = PINCareNotUnblocked, PINCareUncertainUnblock
	}
	nothing := w.T(id, nil)
	switch {
	case uncertain:
		return []string{w.T(unsure, nil)}
	case code == protocol.UserCancelled:
		return []string{w.T(PINCareCancelled, nil)}
	case code == protocol.UserTimeout:
		return []string{w.T(PINCareTimeout, nil)}
	case code == protocol.CardRemoved:
		return []string{nothing, w.T(PINCareRemoved, nil)}
	case !Advised(code):
		return []string{nothing, w.Hint(code)}
	}
	s.Card = protocol.Status{State: protocol.StateReady, Problem: &code}
	a := w.Advise(s)
	paragraphs := []string{nothing, a.Cause + " " + a.Next}
	if a.Where != "" {
		paragraphs = append(paragraphs, a.Where)
	}
	return paragraphs
}
