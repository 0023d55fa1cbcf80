// SPDX-License-Identifier: EUPL-1.2

package words

import "github.com/ponte-cns/ponte/protocol"

// operations are the names of what the activity log takes down: methods of PROTOCOL.md, and the log's own.
var operations = map[string]Text{
	"auth.login": ActivityDidLogin, "identity.read": ActivityDidIdentity, "site.admit": ActivityDidAdmit,
	"card.status": ActivityDidStatus, "card.watch": ActivityDidStatus, "certificate.get": ActivityDidCertificate,
	"sign.hash": ActivityDidSign, "sign.document": ActivityDidSign, "pin.change": ActivityDidChange, "pin.unblock": ActivityDidUnblock,
	"tls.unlock": ActivityDidProgram,
}

// Did says what an entry of the activity log was about, on the control page as on the command line. False: nobody has
// given the operation a name yet.
func (w *Words) Did(operation string) (string, bool) {
	id, ok := operations[operation]
	if !ok {
		return "", false
	}
	return w.T(id, nil), true
}

// Ended says how it ended. Where that is not enough, a hint says what to do.
func (w *Words) Ended(outcome protocol.Code) (ended, hint string) {
	switch outcome {
	case "":
		return w.T(ActivityEndedDone, nil), ""
	case protocol.UserCancelled:
		return w.T(ActivityEndedCancelled, nil), ""
	case protocol.UserTimeout:
		return w.T(ActivityEndedTimeout, nil), ""
	case protocol.ConsentDenied, protocol.OriginDenied, protocol.OriginInsecure:
		return w.T(ActivityEndedDenied, nil), ""
	}
	return w.T(ActivityEndedFailed, nil), w.Hint(outcome)
}
