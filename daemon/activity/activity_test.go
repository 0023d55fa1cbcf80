// SPDX-License-Identifier: EUPL-1.2

package activity

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/protocol"
)

func TestTheLogHoldsWhatHappenedAndNothingElse(t *testing.T) {
	l := &Log{Dir: filepath.Join(t.TempDir(), "state"), Err: slog.Default()}
	if e, err := l.List(); err != nil || len(e) != 0 {
		t.Errorf("an empty log: %v, %v", e, err)
	}
	o, _ := protocol.ParseOrigin("https://portal.example")
	l.Record(o, "auth.login", protocol.PINBlocked)
	l.Record(o, "auth.login", "")
	if err := os.WriteFile(l.old(), []byte("garbage\n{\"time\":\"2026-01-02T03:04:05Z\",\"origin\":\"https://old.example\",\"operation\":\"auth.login\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := l.List()
	if err != nil || len(e) != 3 || e[0].Origin.Host() != "old.example" || e[1].Outcome != protocol.PINBlocked || e[2].Outcome != "" || e[2].Origin != o {
		t.Errorf("%+v, %v", e, err)
	}
	b, _ := os.ReadFile(l.file())
	if line, _, _ := strings.Cut(string(b), "\n"); !strings.HasSuffix(line, `"origin":"https://portal.example","operation":"auth.login","outcome":"PIN_BLOCKED"}`) {
		t.Errorf("%s", line)
	}
	if info, _ := os.Stat(l.file()); info.Mode().Perm() != 0o600 {
		t.Errorf("%v", info.Mode())
	}
}

func TestTheLogDoesNotGrowWithoutEnd(t *testing.T) {
	l := &Log{Dir: t.TempDir(), Err: slog.Default()}
	if err := os.WriteFile(l.file(), make([]byte, maxBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	l.Record(protocol.Origin{}, "x", "")
	if info, err := os.Stat(l.file()); err != nil || info.Size() > 1000 {
		t.Errorf("%v, %v", info, err)
	}
}
