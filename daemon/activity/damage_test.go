// SPDX-License-Identifier: EUPL-1.2

package activity

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/protocol"
)

func site(t testing.TB, s string) protocol.Origin {
	t.Helper()
	o, err := protocol.ParseOrigin(s)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func list(t *testing.T, l *Log) []Entry {
	t.Helper()
	entries, err := l.List()
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

const line = `{"time":"2026-01-02T03:04:05Z","origin":"https://portal.example","operation":"auth.login","durationMs":7}`

func TestWhatADamagedFileStillHoldsIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want int
	}{
		"nothing":                               {"", 0},
		"binary":                                {strings.Repeat("\x00\xff\xfe\n\x80", 5000), 0},
		"binary between two":                    {line + "\n\x00\x01\xff" + strings.Repeat("\x00", 3000) + "\n" + line + "\n", 2},
		"a torn end":                            {line + "\n" + line[:40], 1},
		"a torn end before another line":        {line[:40] + "\n" + line + "\n", 1},
		"two lines in one":                      {line + line + "\n" + line + "\n", 1},
		"a line without end":                    {line + "\n" + strings.Repeat("x", 3*maxRead), 0}, // only the end of a file is looked at
		"a line of 100 kB":                      {line + "\n" + `{"time":"` + strings.Repeat("x", 100_000) + "\n" + line + "\n", 2},
		"entries at the end of a line too long": {line + "\n" + strings.Repeat(" ", maxLine) + line + "\n", 1},
		"a file of 4 MB":                        {strings.Repeat(line+"\n", 4<<20/(len(line)+1)), maxRead / (len(line) + 1)},
		"no time":                               {`{"origin":"https://portal.example","operation":"auth.login"}` + "\n", 0},
		"an operation that speaks to the terminal": {strings.Replace(line, "auth.login", `\u001b[2Jx`, 1) + "\n", 0},
		"an operation of 10,000 letters":           {strings.Replace(line, "auth.login", strings.Repeat("a", 10_000), 1) + "\n", 0},
		"an outcome with a right-to-left mark":     {strings.Replace(line, `"durationMs"`, `"outcome":"\u202eX","durationMs"`, 1) + "\n", 0},
		"a site of 10,000 letters":                 {strings.Replace(line, "portal", strings.Repeat("a", 10_000), 1) + "\n", 0},
		"a site that runs from right to left":      {strings.Replace(line, "portal", `\u202eportal`, 1) + "\n", 0},
		"a site with a control character":          {strings.Replace(line, "portal", `por\u0007tal`, 1) + "\n", 0},
		"a negative duration":                      {strings.Replace(line, ":7", ":-7", 1) + "\n", 0},
		"a code of tomorrow":                       {strings.Replace(line, `"durationMs"`, `"outcome":"NEW_CODE","durationMs"`, 1) + "\n", 1},
	} {
		t.Run(name, func(t *testing.T) {
			l := &Log{Dir: t.TempDir(), Err: slog.Default()}
			if err := os.WriteFile(l.file(), []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := len(list(t, l)); got != c.want {
				t.Errorf("%d entries, want %d", got, c.want)
			}
		})
	}
}

func TestTheLogThatIsNoFileIsAnErrorAndNoWait(t *testing.T) {
	l := &Log{Dir: t.TempDir(), Err: slog.New(slog.DiscardHandler)}
	if err := os.Mkdir(l.file(), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := l.List(); err == nil {
		t.Error("a folder was read")
	}
	l.Record(site(t, "https://portal.example"), "auth.login", "", 0) // nobody is kept from logging in
}

// A file that ends anywhere inside a line loses that line and no other.
func TestATornLastLineDoesNotSwallowTheNext(t *testing.T) {
	for cut := range len(line) + 1 {
		l := &Log{Dir: t.TempDir(), Err: slog.Default()}
		if err := os.WriteFile(l.file(), []byte(line+"\n"+line[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		l.Record(site(t, "https://next.example"), "auth.login", "", time.Second)
		entries := list(t, l)
		if last := entries[len(entries)-1]; last.Origin.Host() != "next.example" || len(entries) < 2 || entries[0].Millis != 7 {
			t.Fatalf("cut after %d bytes: %+v", cut, entries)
		}
	}
}

func TestTheCitizensOwnOperationsHaveNoSite(t *testing.T) {
	l := &Log{Dir: t.TempDir(), Err: slog.Default()}
	l.Record(protocol.Origin{}, PINChange, "", 1500*time.Millisecond)
	entries := list(t, l)
	if len(entries) != 1 || entries[0].Origin != (protocol.Origin{}) || entries[0].Operation != PINChange || entries[0].Took() != 1500*time.Millisecond {
		t.Errorf("%+v", entries)
	}
	if b, _ := os.ReadFile(l.file()); bytes.Contains(b, []byte("origin")) {
		t.Errorf("%s", b)
	}
}

func TestClearingLeavesNothing(t *testing.T) {
	l := &Log{Dir: t.TempDir(), Err: slog.Default()}
	if err := l.Clear(); err != nil {
		t.Errorf("an empty log: %v", err)
	}
	if err := os.WriteFile(l.old(), []byte(line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l.Record(site(t, "https://portal.example"), "auth.login", protocol.NoCard, 0)
	if err := l.Clear(); err != nil || len(list(t, l)) != 0 {
		t.Errorf("%v, %v", list(t, l), err)
	}
	if files, _ := filepath.Glob(filepath.Join(l.Dir, "*")); len(files) != 0 {
		t.Errorf("left: %v", files)
	}
	l.Record(site(t, "https://portal.example"), "auth.login", protocol.NoCard, 0)
	if len(list(t, l)) != 1 {
		t.Error("the first failure after clearing counts as a repetition")
	}
}

func TestASiteThatLooksAtTheCardIsTakenDownOnceInAnHour(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l := &Log{Dir: t.TempDir(), Err: slog.Default(), now: func() time.Time { return now }}
	o := site(t, "https://portal.example")
	for range 50 {
		l.Record(o, protocol.MethodStatus, "", 0)
		l.Record(o, protocol.MethodWatch, "", 0)
		now = now.Add(time.Minute)
	}
	if n := len(list(t, l)); n != 2 {
		t.Errorf("%d entries within an hour", n)
	}
	now = now.Add(lookAfter)
	l.Record(o, protocol.MethodWatch, "", 0)
	if n := len(list(t, l)); n != 3 {
		t.Errorf("%d entries, later", n)
	}
}

func TestTheNewestEntriesFitIntoAMessage(t *testing.T) {
	long := site(t, "https://"+strings.Repeat(strings.Repeat("a", 60)+".", 4)+"example")
	var entries []Entry
	for i := range 10_000 {
		entries = append(entries, Entry{time.Now().UTC(), long, "identity.read", protocol.CertificateNotYetValid, int64(i)})
	}
	if got := Newest(entries, 3); len(got) != 3 || got[2].Millis != 9_999 {
		t.Errorf("%+v", got)
	}
	if got := Newest(entries[:2], 3); len(got) != 2 {
		t.Errorf("%+v", got)
	}
	all := Newest(entries, 0)
	response := protocol.Reply("1", all, nil, nil)
	if len(all) < 1000 || len(response) > protocol.MaxResponse || all[len(all)-1].Millis != 9_999 {
		t.Errorf("%d entries, %d bytes", len(all), len(response))
	}
}

const writerEnv = "PONTE_TEST_ACTIVITY_WRITER"

// TestMain lets the test be its own second process: a writer that goes on until it is killed.
func TestMain(m *testing.M) {
	dir := os.Getenv(writerEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	l := &Log{Dir: dir, Err: slog.Default()}
	for i := 0; ; i++ {
		o, err := protocol.ParseOrigin(fmt.Sprintf("https://n%d.p%d.example", i, os.Getpid()))
		if err != nil {
			os.Exit(1)
		}
		l.Record(o, "auth.login", "", time.Second)
		fmt.Println(i)
	}
}

// Writers are killed at moments that nobody chose; what they had said to have written is there, in order, and the log
// goes on. The file is also made to begin anew in between.
func TestAWriterThatIsKilledLosesAtMostItsLastLine(t *testing.T) {
	dir := t.TempDir()
	l := &Log{Dir: dir, Err: slog.Default()}
	for range 20 {
		said, pid := killedWriter(t, dir, 1+rand.IntN(200))
		var got []int
		for _, e := range list(t, l) {
			var n, p int
			if _, err := fmt.Sscanf(e.Origin.Host(), "n%d.p%d.example", &n, &p); err != nil {
				t.Fatalf("%s: %v", e.Origin, err)
			}
			if p == pid {
				got = append(got, n)
			}
		}
		if len(got) < said || !slices.IsSorted(got) || got[len(got)-1] != len(got)-1 {
			t.Fatalf("the writer had said %d, the log has %v", said, got)
		}
	}
}

// killedWriter kills a writer once it has said n lines, and gives how many it has said in all.
func killedWriter(t *testing.T, dir string, n int) (said, pid int) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), writerEnv+"="+dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		if _, err := lines.ReadString('\n'); err != nil {
			break
		}
		if said++; said == n {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = c.Wait()
	if said < n {
		t.Fatalf("the writer ended by itself after %d lines", said)
	}
	return said, c.Process.Pid
}

func FuzzReadingTakesAnyFile(f *testing.F) {
	f.Add([]byte(line + "\n"))
	f.Add([]byte("\x00\n{}\n[]\nnull\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := read(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Time.IsZero() || strings.ContainsFunc(e.Operation+string(e.Outcome), func(r rune) bool { return r < '.' || r > 'z' }) {
				t.Errorf("%+v", e)
			}
		}
	})
}
