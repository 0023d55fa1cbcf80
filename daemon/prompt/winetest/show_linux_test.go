// SPDX-License-Identifier: EUPL-1.2

package winetest

import (
	"strings"
	"testing"
	"time"
)

// order, outcome and sight are those of prompt's serve_windows_test.go and look_windows_test.go.
type order struct {
	Do, Kind       string
	Number         int
	For, Entry     int
	Lang, Origin   string
	Holder, Reader string
	Tries          int
	Text           string
	Values         int
	Plain          plain
}

type plain struct {
	Site, Problem, Label, OK, NotOK, Cancel string
	Risky, Field                            bool
}

type outcome struct {
	Typed  string
	Yes    bool
	Failed string
}

type rectangle struct{ Left, Top, Right, Bottom int }

func (r rectangle) width() int  { return r.Right - r.Left }
func (r rectangle) height() int { return r.Bottom - r.Top }

// wider is the rectangle with n pixels more on each side.
func (r rectangle) wider(n int) rectangle {
	return rectangle{r.Left - n, r.Top - n, r.Right + n, r.Bottom + n}
}

// holds says that a rectangle is wholly inside.
func (r rectangle) holds(s rectangle) bool {
	return s.Left >= r.Left && s.Top >= r.Top && s.Right <= r.Right && s.Bottom <= r.Bottom
}

type sight struct {
	Open, InFront, Topmost bool
	Title                  string
	Resolution             int
	Window, Work, Inside   rectangle
	Focus                  string
	Default                int
	Fonts                  [2]int
	Controls               []control
}

type control struct {
	Name, Class, Text string
	Length            int
	Place             rectangle
	Needs             struct{ Width, Height int }
}

// find gives a control that is seen.
func (s sight) find(name string) (control, bool) {
	for _, c := range s.Controls {
		if c.Name == name {
			return c, true
		}
	}
	return control{}, false
}

const site = "https://portale.regione.example"

var askPIN = order{Kind: "pin", Lang: "it", Origin: site, Holder: "GIADA PROVA ROSSINI", Tries: 3}

// open shows a dialog and waits until it has the keyboard.
func open(t *testing.T, o order) sight {
	t.Helper()
	o.Do = "show"
	wine.do(t, o, nil)
	t.Cleanup(func() { // when the test fails before its end
		if t.Failed() && look(t).Open {
			closed(t)
		}
	})
	var s sight
	eventually(t, "a dialog in front", func() bool {
		before := s.Inside
		s = look(t)
		name, _ := wine.xdotool("getwindowfocus", "getwindowname")
		return s.Open && s.InFront && s.Focus != "" && name == "Ponte" && s.Inside == before // and still
	})
	return s
}

func look(t *testing.T) (s sight) {
	t.Helper()
	wine.do(t, order{Do: "look"}, &s)
	return s
}

// closed ends a dialog from within, as the agent does.
func closed(t *testing.T) outcome {
	t.Helper()
	wine.do(t, order{Do: "cancel"}, nil)
	return answer(t)
}

func answer(t *testing.T) (how outcome) {
	t.Helper()
	wine.do(t, order{Do: "answer"}, &how)
	return how
}

func keys(t *testing.T, pressed ...string) {
	t.Helper()
	for _, k := range pressed {
		args := []string{"key", k}
		if text, typing := strings.CutPrefix(k, "type "); typing {
			args = []string{"type", "--delay", "10", text}
		}
		if _, err := wine.xdotool(args...); err != nil {
			t.Fatal(err)
		}
	}
}

// press shows a dialog and presses keys until it answers. When a slow machine loses the keys it begins anew, with more
// patience.
func press(t *testing.T, o order, pressed ...string) outcome {
	t.Helper()
	for round := range 8 {
		patience := time.Duration(1+round) * 5 * time.Second
		open(t, o)
		keys(t, pressed...)
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			var ended bool
			if wine.do(t, order{Do: "ended"}, &ended); ended {
				return answer(t)
			}
		}
		closed(t)
	}
	t.Fatalf("the dialog never saw %q", pressed)
	return outcome{}
}
