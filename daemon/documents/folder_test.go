// SPDX-License-Identifier: EUPL-1.2

package documents

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is far more than any program needs here.
const patience = time.Minute

func TestAProgramThatDiesAtAnyStepEndsTheFolder(t *testing.T) {
	for _, step := range steps {
		t.Run(step, func(t *testing.T) {
			f := withFake(t, patience, "dies", step)
			if err := through(t.Context(), f); !errors.Is(err, ErrLost) || !strings.Contains(err.Error(), "3") {
				t.Errorf("%v, want that it was lost, and how it ended", err)
			}
			ended(t, f, ErrLost)
		})
	}
}

func TestAnAnswerThatMakesNoSenseEndsTheFolder(t *testing.T) {
	for _, c := range []struct{ what, step string }{
		{"no JSON", StepAppend}, {"4 GiB", StepAppend}, {"half", StepAppend}, {"another field", StepPrepare},
		{"an unknown refusal", StepAdd}, {"an unknown refusal", StepRead}, {"data nobody wants", StepAppend}, {"data nobody wants", StepInspect},
		{"an empty answer", StepInspect}, {"an unknown kind", StepInspect}, {"no format", StepInspect}, {"pages below zero", StepInspect},
		{"an unknown note", StepInspect}, {"notes without end", StepInspect}, {"a reason of its own", StepInspect},
		{"an empty answer", StepPrepare}, {"a short digest", StepPrepare},
		{"an empty answer", StepAssemble}, {"a path as name", StepAssemble}, {"another level", StepAssemble}, {"more than is held", StepAssemble},
		{"a size below zero", StepAssemble},
		{"fewer bytes", StepRead}, {"more bytes", StepRead},
	} {
		t.Run(c.what+" for "+c.step, func(t *testing.T) {
			f := withFake(t, patience, c.what, c.step)
			if err := through(t.Context(), f); !errors.Is(err, ErrLost) {
				t.Errorf("%v, want that it was lost", err)
			}
			ended(t, f, ErrLost)
		})
	}
}

func TestAProgramThatSaysNothingIsKilled(t *testing.T) {
	for _, step := range []string{StepAppend, StepAssemble} {
		f := withFake(t, 100*time.Millisecond, "silent", step) // it never answers: a longer wait changes nothing
		if err := through(t.Context(), f); !errors.Is(err, ErrSilent) {
			t.Errorf("%s: %v, want %v", step, err, ErrSilent)
		}
		ended(t, f, ErrSilent)
	}
	f := withFake(t, 100*time.Millisecond, "an announcement only", StepRead) // of bytes that never come
	if err := through(t.Context(), f); !errors.Is(err, ErrSilent) && !errors.Is(err, ErrLost) {
		t.Errorf("half an answer: %v", err)
	}
}

func TestTheEndOfARequestKillsTheProgram(t *testing.T) {
	f := withFake(t, patience, "silent", StepInspect)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if err := through(ctx, f); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was cancelled", err)
	}
	ended(t, f, context.Canceled)

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	f, err = start(ctx, patience, self, "fake", "silent", StepInspect)
	if err != nil {
		t.Fatal(err)
	}
	cancel() // of the whole folder, while nobody asks anything
	ended(t, f, context.Canceled)
}

func TestClosingEndsAQuestionUnderWay(t *testing.T) {
	f := withFake(t, patience, "silent", StepInspect)
	answer := make(chan error, 1)
	go func() { answer <- through(context.Background(), f) }()
	for f.Received(0) < 4 {
		time.Sleep(time.Millisecond)
	}
	if err := errors.Join(f.Close(), f.Close()); err != nil {
		t.Error(err)
	}
	if err := <-answer; !errors.Is(err, ErrClosed) {
		t.Errorf("%v, want %v", err, ErrClosed)
	}
	ended(t, f, ErrClosed)
}

func TestWhoWaitsForTheTurnCanGiveUp(t *testing.T) {
	f := withFake(t, patience, "silent", StepInspect)
	go func() { _ = through(context.Background(), f) }()
	for f.Received(0) < 4 {
		time.Sleep(time.Millisecond)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Inspect(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAProgramThatIsNotThereIsSaid(t *testing.T) {
	if _, err := Start(t.Context(), filepath.Join(t.TempDir(), "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, os.Args[0]); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestTheProgramLearnsNothingOfItsSurroundings(t *testing.T) {
	t.Setenv("PONTE_SECRET", "segreto")
	t.Setenv("https_proxy", "http://proxy.example:3128")
	f := withFake(t, patience, "where", StepInspect)
	err := through(t.Context(), f)
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		t.Fatal(err)
	}
	if strings.Contains(r.Detail, "segreto") || strings.Contains(r.Detail, "HOME=") || !strings.HasPrefix(r.Detail, string(os.PathSeparator)+" ") {
		t.Errorf("it sees %s", r.Detail)
	}
	if !strings.Contains(r.Detail, "https_proxy=http://proxy.example:3128") {
		t.Errorf("it cannot reach a time stamp authority behind a proxy: %s", r.Detail)
	}
}

func TestWhatIsTooMuchDoesNotReachTheProgram(t *testing.T) {
	f := withFake(t, patience, "dies", StepAdd) // whatever reaches it is lost
	for name, c := range map[string]struct {
		d    Document
		o    Options
		want Code
	}{
		"nothing":              {Document{Name: "a.pdf"}, Options{}, RefusedEmpty},
		"less than nothing":    {Document{Name: "a.pdf", Size: -1}, Options{}, RefusedEmpty},
		"one byte too many":    {Document{Name: "a.pdf", Size: MaxSize + 1}, Options{}, RefusedTooLarge},
		"a path":               {Document{Name: "../a.pdf", Size: 1}, Options{}, RefusedName},
		"a type with a line":   {Document{Name: "a.pdf", Type: "a\nb", Size: 1}, Options{}, RefusedFormat},
		"an unknown format":    {Document{Name: "a.pdf", Size: 1}, Options{Format: "pdf"}, RefusedFormat},
		"an unknown shape":     {Document{Name: "a.pdf", Size: 1}, Options{Format: FormatPAdES, Shape: ShapeDetached}, RefusedFormat},
		"a shape, no format":   {Document{Name: "a.pdf", Size: 1}, Options{Shape: ShapeDetached}, RefusedFormat},
		"an unknown level":     {Document{Name: "a.pdf", Size: 1}, Options{Level: "B-LTA"}, RefusedFormat},
		"B-T, no authority":    {Document{Name: "a.pdf", Size: 1}, Options{Level: LevelT}, RefusedTimeStamp},
		"a file as authority":  {Document{Name: "a.pdf", Size: 1}, Options{Level: LevelT, TimeAuthority: "file:///etc/passwd"}, RefusedTimeStamp},
		"a long reason":        {Document{Name: "a.pdf", Size: 1}, Options{Reason: strings.Repeat("à", 301)}, RefusedText},
		"a reason that turns":  {Document{Name: "a.pdf", Size: 1}, Options{Reason: "a\u202Eb"}, RefusedText},
		"a place of two lines": {Document{Name: "a.pdf", Size: 1}, Options{Location: "a\nb"}, RefusedText},
		"a box in a .p7m":      {Document{Name: "a.pdf", Size: 1}, Options{Format: FormatCAdES, Visible: &Box{Page: 1, Width: 9, Height: 9}}, RefusedFormat},
		"page 0":               {Document{Name: "a.pdf", Size: 1}, Options{Visible: &Box{Width: 9, Height: 9}}, RefusedPage},
		"a box without room":   {Document{Name: "a.pdf", Size: 1}, Options{Visible: &Box{Page: 1, Width: 9}}, RefusedBox},
		"a language":           {Document{Name: "a.pdf", Size: 1}, Options{Lang: "fr"}, RefusedFormat},
	} {
		if _, err := f.Add(t.Context(), c.d, c.o); !errors.Is(err, &Refusal{Code: c.want}) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestTheCeilingsOfARequestHold(t *testing.T) {
	f := withFake(t, patience, "dies", "never")
	for i := range MaxDocuments {
		if n, err := f.Add(t.Context(), Document{Name: "a.pdf", Size: 1}, Options{}); err != nil || n != i {
			t.Fatalf("document %d: %d, %v", i, n, err)
		}
	}
	if _, err := f.Add(t.Context(), Document{Name: "a.pdf", Size: 1}, Options{}); !errors.Is(err, &Refusal{Code: RefusedTooMany}) {
		t.Errorf("document %d: %v", MaxDocuments+1, err)
	}
	f = withFake(t, patience, "dies", "never")
	for range 2 {
		if _, err := f.Add(t.Context(), Document{Name: "a.pdf", Size: MaxSize}, Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Add(t.Context(), Document{Name: "a.pdf", Size: 1}, Options{}); !errors.Is(err, &Refusal{Code: RefusedTooMany}) {
		t.Errorf("one byte more than all: %v", err)
	}
	if err := Check(make([]Document, MaxDocuments+1)); err == nil {
		t.Error("too many documents without a name are checked")
	}
}

func TestBytesAreThoseThatWereDeclared(t *testing.T) {
	f := withFake(t, patience, "dies", "never")
	i, err := f.Add(t.Context(), Document{Name: "a.pdf", Size: 4}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Append(t.Context(), i, []byte("12345")); !errors.Is(err, &Refusal{Code: RefusedTooLarge}) {
		t.Errorf("one more: %v", err)
	}
	if err := f.Append(t.Context(), i, []byte("123")); err != nil || f.Received(i) != 3 {
		t.Errorf("%v, %d bytes", err, f.Received(i))
	}
	for name, err := range map[string]error{
		"inspect":  second(f.Inspect(t.Context(), i)),
		"assemble": second(f.Assemble(t.Context(), i, []byte{1})),
	} {
		if !errors.Is(err, &Refusal{Code: RefusedIncomplete}) {
			t.Errorf("%s before the last byte: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"append":  f.Append(t.Context(), i+1, nil),
		"inspect": second(f.Inspect(t.Context(), -1)),
		"read":    second(f.Read(t.Context(), i, true, 0, 1)),
	} {
		if !errors.Is(err, &Refusal{Code: RefusedOrder}) {
			t.Errorf("%s of what is not there: %v", name, err)
		}
	}
	if err := f.Append(t.Context(), i, []byte("45")); !errors.Is(err, &Refusal{Code: RefusedTooLarge}) {
		t.Errorf("one more at the end: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }
