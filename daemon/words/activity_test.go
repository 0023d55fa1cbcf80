// SPDX-License-Identifier: EUPL-1.2

package words

import (
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

func TestWhatTheLogTakesDownHasANameInEachLanguage(t *testing.T) {
	taken := []string{
		protocol.MethodStatus, protocol.MethodWatch, protocol.MethodLogin, protocol.MethodIdentity, protocol.MethodCertificate,
		protocol.MethodSignHash, protocol.MethodSignDocument, "site.admit", "pin.change", "pin.unblock", "tls.unlock",
	}
	for _, lang := range Languages {
		w := For(lang)
		if did, known := w.Did("sign.tomorrow"); known {
			t.Errorf("%s: an operation that nobody has named is called %q", lang, did)
		}
		for _, operation := range taken {
			if did, known := w.Did(operation); !known || did == "" || strings.Contains(did, ".") {
				t.Errorf("%s: %s is called %q", lang, operation, did)
			}
		}
	}
}

func TestAFailureInTheLogSaysWhatToDoAndACitizensNoDoesNot(t *testing.T) {
	w := For("it")
	for code, advised := range map[protocol.Code]bool{
		"": false, protocol.UserCancelled: false, protocol.UserTimeout: false, protocol.ConsentDenied: false, protocol.NoCard: true, "NEW": true,
	} {
		if ended, hint := w.Ended(code); ended == "" || (hint != "") != advised {
			t.Errorf("%s: %q, %q", code, ended, hint)
		}
	}
}
