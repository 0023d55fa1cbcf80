// SPDX-License-Identifier: EUPL-1.2

package activity

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

func TestTheLogHoldsWhatHappenedAndNothingElse(t *testing.T) {
	l := &Log{Dir: filepath.Join(t.TempDir(), "state"), Err: slog.Default()}
	if e, err := l.List(); err != nil || len(e) != 0 {
		t.Errorf("an empty log: %v, %v", e, err)
	}
	o, _ := protocol.ParseOrigin("https://portal.example")
	l.Record(o, "auth.login", protocol.PINBlocked, time.Second)
	l.Record(o, "auth.login", "", time.Second)
	if err := os.WriteFile(l.old(), []byte("garbage\n{\"time\":\"2026-01-02T03:04:05Z\",\"origin\":\"https://old.example\",\"operation\":\"auth.login\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := l.List()
	if err != nil || len(e) != 3 || e[0].Origin.Host() != "old.example" || e[1].Outcome != protocol.PINBlocked || e[2].Outcome != "" || e[2].Origin != o {
		t.Errorf("%+v, %v", e, err)
	}
	b, _ := os.ReadFile(l.file())
	if line, _, _ := strings.Cut(string(b), "\n"); !strings.HasSuffix(line, `"origin":"https://portal.example","operation":"auth.login","outcome":"PIN_BLOCKED","durationMs":1000}`) {
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
	l.Record(protocol.Origin{}, "x", "", 0)
	if info, err := os.Stat(l.file()); err != nil || info.Size() > 1000 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestAPageThatAsksOnAndOnCannotPushOlderEntriesOut(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l := &Log{Dir: t.TempDir(), Err: slog.Default(), now: func() time.Time { return now }}
	o, _ := protocol.ParseOrigin("https://attacker.example")
	other, _ := protocol.ParseOrigin("https://portal.example")
	count := func() int {
		t.Helper()
		e, err := l.List()
		if err != nil {
			t.Fatal(err)
		}
		return len(e)
	}
	for range 100 {
		l.Record(o, "auth.login", protocol.NoCard, time.Second)
	}
	if n := count(); n != 1 {
		t.Errorf("%d entries for the same failure within a minute", n)
	}
	l.Record(o, "auth.login", protocol.NoReader, time.Second)
	l.Record(other, "auth.login", protocol.NoCard, time.Second)
	l.Record(o, "auth.login", "", time.Second)
	l.Record(o, "auth.login", "", time.Second)
	l.Record(o, "auth.login", protocol.UserCancelled, time.Second)
	l.Record(o, "auth.login", protocol.UserCancelled, time.Second)
	if n := count(); n != 7 {
		t.Errorf("%d entries: another failure, another site, a login or a refusal by the citizen is missing", n)
	}
	now = now.Add(time.Minute)
	l.Record(o, "auth.login", protocol.NoCard, time.Second)
	if n := count(); n != 8 {
		t.Errorf("%d entries a minute later", n)
	}
	for i := range 2 * maxRepeated {
		site, _ := protocol.ParseOrigin(fmt.Sprintf("https://site%d.example", i))
		l.Record(site, "auth.login", protocol.NoCard, time.Second)
	}
	if len(l.seen) > maxRepeated {
		t.Errorf("%d failures are kept in memory", len(l.seen))
	}
}

func TestOnlyANewEntryIsNews(t *testing.T) {
	told := 0
	l := &Log{Dir: t.TempDir(), Err: slog.New(slog.DiscardHandler)}
	l.Changed = func() {
		told++
		if _, err := l.List(); err != nil { // without the lock
			t.Error(err)
		}
	}
	o, _ := protocol.ParseOrigin("https://attacker.example")
	for range 100 {
		l.Record(o, "auth.login", protocol.OriginDenied, 0)
	}
	if l.Record(o, "auth.login", "", 0); told != 2 {
		t.Errorf("told %d times of 2 entries", told)
	}
}
