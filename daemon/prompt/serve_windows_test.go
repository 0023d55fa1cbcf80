// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/ponte-cns/ponte/daemon/bridge"
	"github.com/ponte-cns/ponte/daemon/pin"
	"github.com/ponte-cns/ponte/protocol"
)

// With the argument "serve" the test binary shows the dialogs that it is told on its standard input, and says what is on
// the screen: package winetest presses the keys. Each line is an order, each is answered by one line.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		serve()
		return
	}
	os.Exit(m.Run())
}

// order is one line of standard input.
type order struct {
	Do     string // show, look, cancel, ended, answer, clipboard, send, close, resolution, copies, step, wipe, quit
	Kind   string // of show: pin, question, disclosure, notice, signing, progress, plain
	Number int    // kind of a question, problem of a PIN, message to send, dots per inch
	For    int    // whose purpose: 0 is the site's
	Entry  int    // of a PIN dialog
	Lang   string
	Origin string
	Holder string
	Reader string
	Tries  int
	Text   string // of the clipboard, or of a plain dialog
	Values int    // of a disclosure
	Plain  struct {
		Site, Problem, Label, OK, NotOK, Cancel string
		Risky, Field                            bool
	}
}

// outcome is how a dialog ended.
type outcome struct {
	Typed  string // what a card would get
	Yes    bool
	Failed string
}

// server is the program: one dialog at a time.
type server struct {
	cancel context.CancelFunc
	ended  chan outcome
	typed  *pin.PIN
	steps  chan<- int // of a progress window
}

func serve() {
	s := &server{ended: make(chan outcome, 1)}
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var o order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			_ = out.Encode(err.Error())
			continue
		}
		if o.Do == "quit" {
			return
		}
		_ = out.Encode(s.obey(o))
	}
}

func (s *server) obey(o order) any {
	switch o.Do {
	case "show":
		ctx, cancel := context.WithCancel(context.Background())
		s.cancel = cancel
		go func() { s.ended <- s.show(ctx, o) }()
		return "shown"
	case "look":
		return look()
	case "cancel":
		s.cancel()
		return "cancelled"
	case "ended":
		select {
		case how := <-s.ended:
			s.ended <- how
			return true
		default:
			return false
		}
	case "answer":
		return <-s.ended
	case "clipboard":
		return clipboard(o.Text)
	case "send":
		if w := anyWindow(); w != nil && w.controls.field != 0 {
			return call(sendMessage, uintptr(w.controls.field), uintptr(o.Number), 0, 0)
		}
		return "no field"
	case "close":
		if w := anyWindow(); w != nil {
			return call(postMessage, uintptr(w.handleOf()), wmClose, 0, 0)
		}
		return "no window"
	case "resolution":
		var suggested rect
		w := anyWindow()
		return call(sendMessage, uintptr(w.handleOf()), wmDpiChanged, uintptr(o.Number|o.Number<<16), uintptr(unsafe.Pointer(&suggested)))
	case "copies":
		return copies()
	case "step":
		s.steps <- o.Number
		return "told"
	case "wipe":
		s.typed.Wipe()
		return "wiped"
	}
	return "what is " + o.Do + "?"
}

// show shows one dialog and says how it ended.
func (s *server) show(ctx context.Context, o order) (how outcome) {
	p := New(Options{})
	var origin protocol.Origin
	var err error
	if o.Origin != "" {
		if origin, err = protocol.ParseOrigin(o.Origin); err != nil {
			return outcome{Failed: err.Error()}
		}
	}
	s.typed = nil
	var answer bridge.Answer
	switch o.Kind {
	case "pin":
		s.typed, err = p.AskPIN(ctx, bridge.PINQuestion{
			Lang: o.Lang, Purpose: bridge.Purpose(o.For), Entry: bridge.Entry(o.Entry), Origin: origin, Holder: o.Holder,
			Reader: o.Reader, TriesLeft: o.Tries, Problem: bridge.PINProblem(o.Number),
		})
	case "question":
		answer, err = p.Confirm(ctx, bridge.Question{
			Lang: o.Lang, Purpose: bridge.Purpose(o.For), Kind: bridge.QuestionKind(o.Number), Origin: origin, Holder: o.Holder,
			Reader: o.Reader, TriesLeft: o.Tries,
		})
	case "disclosure":
		q := bridge.Disclosure{Lang: o.Lang, Origin: origin, Holder: o.Holder, Reader: o.Reader}
		for i := range o.Values {
			q.Values = append(q.Values, bridge.Value{Field: protocol.IdentityFields[i%len(protocol.IdentityFields)], Text: o.Text})
		}
		answer, err = p.Disclose(ctx, q)
	case "notice":
		err = p.Tell(ctx, bridge.Notice{Lang: o.Lang, Purpose: bridge.Purpose(o.For), Holder: o.Holder})
	case "signing":
		q := bridge.SigningQuestion{Lang: o.Lang, Purpose: bridge.Purpose(o.For), Origin: origin, Holder: o.Holder, Reader: o.Reader, CanView: true}
		for i := range o.Values {
			q.Documents = append(q.Documents, bridge.AskedDocument{Name: fmt.Sprintf("%s %d.pdf", o.Text, i+1), Kind: "pdf", Pages: 2, Size: 1_250_000})
		}
		var choice bridge.Choice
		choice, err = p.ConfirmSigning(ctx, q)
		answer = bridge.Answer(choice == bridge.ChooseSign)
	case "progress":
		done := make(chan int, 1)
		s.steps = done
		err = p.ShowProgress(ctx, bridge.Progress{Lang: o.Lang, Purpose: bridge.Purpose(o.For), Origin: origin, Total: o.Values}, done)
	case "plain":
		d := &dialog{
			lang: o.Lang, title: "Ponte", site: o.Plain.Site, lines: strings.Split(o.Text, "\n"), problem: o.Plain.Problem,
			label: o.Plain.Label, ok: o.Plain.OK, notOK: o.Plain.NotOK, cancel: o.Plain.Cancel, risky: o.Plain.Risky,
		}
		if o.Plain.Field {
			s.typed, err = p.showPIN(ctx, d)
		} else {
			answer, err = p.showQuestion(ctx, nil, d)
		}
	}
	how.Yes = bool(answer)
	switch {
	case errors.Is(err, context.Canceled):
		how.Failed = "context"
	case errors.Is(err, bridge.ErrDialogCancelled):
		how.Failed = "cancelled"
	case err != nil:
		how.Failed = err.Error()
	case s.typed != nil && o.Text != "secret":
		how.Typed = asTheCardGetsIt(s.typed)
	}
	return how
}

// asTheCardGetsIt reads a PIN; what cannot be one gives its complaint.
func asTheCardGetsIt(p *pin.PIN) string {
	defer p.Wipe()
	var block [8]byte
	if err := p.Padded(&block); err != nil {
		return err.Error()
	}
	typed, _, _ := strings.Cut(string(block[:]), "\xff")
	return typed
}

// anyWindow gives the dialog that is open, nil when there is none.
func anyWindow() *window {
	shown.mu.Lock()
	defer shown.mu.Unlock()
	for _, w := range shown.by {
		if w.handleOf() != 0 {
			return w
		}
	}
	return nil
}

func (w *window) handleOf() windows.HWND {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hwnd
}

var (
	emptyClipboard   = user32.NewProc("EmptyClipboard")
	setClipboardData = user32.NewProc("SetClipboardData")
	globalAlloc      = kernel32.NewProc("GlobalAlloc")
	moveMemory       = kernel32.NewProc("RtlMoveMemory")
)

// clipboard puts a text into the clipboard and gives what was there.
func clipboard(text string) string {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// What nobody owns cannot be filled: a window that is not shown (its parent is HWND_MESSAGE) owns it.
	owner := call(createWindowEx, 0, uintptr(unsafe.Pointer(wide("STATIC"))), 0, 0, 0, 0, 0, 0, signed(-3), 0, moduleHandle(), 0)
	for range 100 { // another program may have it open
		if call(openClipboard, owner) != 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	defer call(closeClipboard)
	before := ""
	if data := call(getClipboardData, cfUnicodeText); data != 0 {
		at := call(globalLock, data)
		before = windows.UTF16PtrToString((*uint16)(*(*unsafe.Pointer)(unsafe.Pointer(&at))))
		call(globalUnlock, data)
	}
	s, err := windows.UTF16FromString(text)
	if err != nil {
		return fmt.Sprint(err)
	}
	data := call(globalAlloc, 2, uintptr(2*len(s))) // GMEM_MOVEABLE
	at := call(globalLock, data)
	call(moveMemory, at, uintptr(unsafe.Pointer(&s[0])), uintptr(2*len(s)))
	call(globalUnlock, data)
	call(emptyClipboard)
	if call(setClipboardData, cfUnicodeText, data) == 0 {
		return "not filled"
	}
	return before
}
