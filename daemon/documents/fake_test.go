// SPDX-License-Identifier: EUPL-1.2

package documents

import (
	"context"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain makes this program one that takes the place of ponte-document, when it is started as that: "fake WHAT STEP" does
// what it should until it is asked for the step, and then something else.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "fake" {
		fake(os.Args[2], os.Args[3])
		os.Exit(0)
	}
	if len(os.Args) == 2 && os.Args[1] == "parent" {
		parent()
	}
	os.Exit(m.Run())
}

// parent is an agent that starts a program which ends by nothing that it is told, and says its number.
func parent() {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	f, err := start(context.Background(), time.Hour, self, "fake", "stays", StepAppend)
	if err != nil {
		panic(err)
	}
	// Whoever is killed before the first answer was taken ends by writing it.
	i, err := f.Add(context.Background(), Document{Name: "a.pdf", Size: 4}, Options{})
	if err != nil {
		panic(err)
	}
	fmt.Println(f.child.process.Pid)
	_ = f.Append(context.Background(), i, []byte("%PDF"))
	select {}
}

// wrong are answers that ponte-document never gives.
var wrong = map[string]func(*Answer, *[]byte){
	"an empty answer":      func(a *Answer, _ *[]byte) { *a = Answer{} },
	"an unknown refusal":   func(a *Answer, _ *[]byte) { *a = Answer{Refusal: "because"} },
	"a short digest":       func(a *Answer, _ *[]byte) { a.Digest = a.Digest[:31] },
	"an unknown kind":      func(a *Answer, _ *[]byte) { a.Inspection.Type = "exe" },
	"no format":            func(a *Answer, _ *[]byte) { a.Inspection.Format = "" },
	"pages below zero":     func(a *Answer, _ *[]byte) { a.Inspection.Pages = -1 },
	"an unknown note":      func(a *Answer, _ *[]byte) { a.Inspection.Notes = []Note{"safe"} },
	"notes without end":    func(a *Answer, _ *[]byte) { a.Inspection.Notes = make([]Note, 1000) },
	"a reason of its own":  func(a *Answer, _ *[]byte) { a.Inspection.Refusal = "because" },
	"a path as name":       func(a *Answer, _ *[]byte) { a.Signed.Name = "../.bashrc" },
	"another level":        func(a *Answer, _ *[]byte) { a.Signed.Level = "B-LT" },
	"more than is held":    func(a *Answer, _ *[]byte) { a.Signed.Size = MaxSigned + 1 },
	"a size below zero":    func(a *Answer, _ *[]byte) { a.Signed.Size = -1 },
	"fewer bytes":          func(_ *Answer, data *[]byte) { *data = (*data)[1:] },
	"more bytes":           func(_ *Answer, data *[]byte) { *data = append(*data, 0) },
	"data nobody wants":    func(_ *Answer, data *[]byte) { *data = []byte("x") },
	"an announcement only": func(a *Answer, data *[]byte) { a.Data, *data = 3, nil },
}

func fake(what, step string) {
	for {
		q, data, err := ReadQuestion(os.Stdin)
		if err != nil {
			if what == "stays" {
				select {}
			}
			return
		}
		a, out := rightAnswer(q, data)
		if q.Step != step {
			a.Data = len(out)
			_ = WriteMessage(os.Stdout, a, out)
			continue
		}
		switch what {
		case "dies":
			os.Exit(3)
		case "silent", "stays":
			fmt.Fprintln(os.Stderr, "a trace that could hold a document")
			select {}
		case "no JSON":
			_, _ = os.Stdout.Write(append(binary.NativeEndian.AppendUint32(nil, 5), "hello"...))
		case "4 GiB":
			_, _ = os.Stdout.Write(binary.NativeEndian.AppendUint32(nil, 1<<32-1))
		case "half":
			_, _ = os.Stdout.Write([]byte{1})
			os.Exit(0)
		case "another field":
			b := `{"digest":"","key":1}`
			_, _ = os.Stdout.Write(append(binary.NativeEndian.AppendUint32(nil, uint32(len(b))), b...))
		case "where":
			dir, _ := os.Getwd()
			_ = WriteMessage(os.Stdout, Answer{Refusal: RefusedOrder, Detail: dir + " " + strings.Join(os.Environ(), " ")}, nil)
		default:
			wrong[what](&a, &out)
			if a.Data == 0 {
				a.Data = len(out)
			}
			_ = WriteMessage(os.Stdout, a, out)
		}
	}
}

func rightAnswer(q Question, data []byte) (Answer, []byte) {
	switch q.Step {
	case StepInspect:
		return Answer{Inspection: &Inspection{Type: KindPDF, Format: FormatPAdES, Pages: 1}}, nil
	case StepPrepare:
		return Answer{Digest: make([]byte, 32)}, nil
	case StepAssemble:
		return Answer{Signed: &Signed{Name: "a-firmato.pdf", Type: "application/pdf", Size: 4, Level: LevelB}}, nil
	case StepRead:
		return Answer{}, make([]byte, q.Count)
	}
	return Answer{}, nil
}

// withFake starts one.
func withFake(t *testing.T, limit time.Duration, what, step string) *Folder {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := start(t.Context(), limit, self, "fake", what, step)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// steps are all of a document's, in their order.
var steps = []string{StepAdd, StepAppend, StepInspect, StepPrepare, StepAssemble, StepRead}

// through asks for every step, and gives the first error.
func through(ctx context.Context, f *Folder) error {
	i, err := f.Add(ctx, Document{Name: "a.pdf", Size: 4}, Options{})
	if err == nil {
		err = f.Append(ctx, i, []byte("%PDF"))
	}
	if err == nil {
		_, err = f.Inspect(ctx, i)
	}
	if err == nil {
		_, err = f.Prepare(ctx, i, &x509.Certificate{Raw: []byte{0x30}}, time.Now())
	}
	if err == nil {
		_, err = f.Assemble(ctx, i, []byte{1})
	}
	if err == nil {
		_, err = f.Read(ctx, i, true, 0, MaxPiece)
	}
	return err
}

// ended says that the program is gone and that nothing more is answered.
func ended(t *testing.T, f *Folder, want error) {
	t.Helper()
	<-f.child.gone
	if _, err := f.Add(context.Background(), Document{Name: "b.pdf", Size: 1}, Options{}); !errors.Is(err, want) {
		t.Errorf("afterwards: %v, want %v", err, want)
	}
	if err := f.child.process.Signal(os.Interrupt); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("the program is still there: %v", err)
	}
}
