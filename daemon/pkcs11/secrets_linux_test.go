// SPDX-License-Identifier: EUPL-1.2

package pkcs11

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/daemon/pkcs11/wire"
)

func TestAPINIsWipedHoweverItsRequestEnds(t *testing.T) {
	h := &Host{Command: []string{"/bin/false"}}
	t.Cleanup(h.Close)
	m := h.Module("/usr/lib/nothing.so")
	given := []byte("27182818")
	if _, err := m.ask(t.Context(), wire.Request{Do: wire.OpLogin}, given); err == nil || !bytes.Equal(given, make([]byte, 8)) {
		t.Errorf("%q, %v", given, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	m.turn <- struct{}{} // somebody else asks it
	given = []byte("27182818")
	if _, err := m.ask(ended, wire.Request{Do: wire.OpLogin}, given); err == nil || !bytes.Equal(given, make([]byte, 8)) {
		t.Errorf("%q, %v", given, err)
	}
	<-m.turn
}

func TestNoVariableMakesTheWorkerLoadOtherCode(t *testing.T) {
	for _, name := range []string{"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "GLIBC_TUNABLES"} {
		t.Setenv(name, "/nonexistent")
	}
	t.Setenv("SOFTHSM2_CONF", "/some/file")
	kept := strings.Join(environment(), "\n")
	if strings.Contains(kept, "/nonexistent") || !strings.Contains(kept, "SOFTHSM2_CONF=/some/file") {
		t.Error(kept)
	}
}
