// SPDX-License-Identifier: EUPL-1.2

package bridge_test

import (
	"os"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pkcs11"
	"github.com/ponte-cns/ponte/daemon/pkcs11/hsmtest"
	"github.com/ponte-cns/ponte/daemon/pkcs11/module"
	"github.com/ponte-cns/ponte/daemon/pkcs11/modulefile"
	"github.com/ponte-cns/ponte/protocol"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// asWorker makes the test program a worker, which trusts a folder of tests besides.
func asWorker() {
	if len(os.Args) > 2 && os.Args[1] == "as-worker" {
		if err := module.Run(os.Args[3:], modulefile.Rules{Base: os.Args[2], User: os.Getuid()}); err != nil {
			os.Exit(2)
		}
		os.Exit(0)
	}
}

// withToken is a house whose only card is a token behind a module, in a reader with keys.
func withToken(t *testing.T, typed []string, actions ...action) *house {
	t.Helper()
	hsm := hsmtest.New(t)
	c, key := pki.Issue(testpki.LeafOptions{})
	hsm.Token(t, "chiave")
	hsm.Add(t, "chiave", []byte{1}, key, c)
	dir := t.TempDir()
	path := hsm.WithKeys(t, dir, typed...)
	host := &pkcs11.Host{Command: []string{os.Args[0], "as-worker", dir}, Silence: time.Minute}
	t.Cleanup(host.Close)
	h := newHouse(t, nil, actions...)
	h.desk.Readers.UseModules(&pkcs11.Finder{Host: host, Rules: modulefile.Rules{Base: dir, User: os.Getuid()}, Choices: func() pkcs11.Choices {
		return pkcs11.Choices{Modules: map[string]string{pkcs11.AnyCard: path}}
	}})
	return h
}

func TestATokenWithAProtectedAuthenticationPathIsTypedOnTheReaderAndNowhereElse(t *testing.T) {
	h := withToken(t, []string{"00000000", hsmtest.PIN}, nil, bridge.Yes, nil)
	if got := h.page(portal).login(); got != "" {
		t.Fatal(got)
	}
	shown := h.human.dialogs()
	if len(shown) != 3 {
		t.Fatalf("%+v", shown)
	}
	for i, want := range map[int]bridge.PINProblem{0: bridge.NoProblem, 2: bridge.WrongPIN} { // between them: nobody knows how many tries are left
		if q := shown[i].(bridge.PINQuestion); !q.OnReader || q.Origin != portal || q.Problem != want {
			t.Errorf("dialog %d: %+v", i, q)
		}
	}
}

func TestTheRedKeyOfAReaderBehindAModuleCancels(t *testing.T) {
	h := withToken(t, []string{"cancel"}, nil)
	if got := h.page(portal).login(); got != protocol.UserCancelled {
		t.Errorf("%q", got)
	}
}

func TestBehindAModuleTooNothingIsTypedBeforeADialogNamesTheSite(t *testing.T) {
	h := withToken(t, []string{hsmtest.PIN}, bridge.ErrNoDialog, nil)
	if got := h.page(portal).login(); got != protocol.PromptUnavailable {
		t.Errorf("%q", got)
	}
	if got := h.page(portal).login(); got != "" { // what would have been typed is still there
		t.Error(got)
	}
}
