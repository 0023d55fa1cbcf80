// SPDX-License-Identifier: EUPL-1.2

package winetest

import (
	"strings"
	"testing"
)

// fieldLength waits until the field holds n characters.
func fieldLength(t *testing.T, n int) {
	t.Helper()
	eventually(t, "what was typed", func() bool {
		f, ok := look(t).find("field")
		return ok && f.Length == n
	})
}

func TestEscapeAndClosingGiveNoPIN(t *testing.T) {
	for _, k := range [][]string{{"Escape"}, {"type 12345", "Escape"}, {"alt+F4"}, {"type 123", "Tab", "Tab", "Return"}, {"type 12345", "Tab", "Tab", "space"}} {
		if how := press(t, askPIN, k...); how != (outcome{Failed: "cancelled"}) {
			t.Errorf("%q: %+v", k, how)
		}
	}
	open(t, askPIN)
	wine.do(t, order{Do: "close"}, nil)
	if how := answer(t); how.Failed != "cancelled" {
		t.Errorf("closed: %+v", how)
	}
}

func TestWhatIsNoPINIsNotMadeIntoOne(t *testing.T) {
	for _, typed := range []string{"", "1234", "123456789"} {
		pressed := []string{"Return"}
		if typed != "" {
			pressed = []string{"type " + typed, "Return"}
		}
		if how := press(t, askPIN, pressed...); how.Typed != "a PIN has 5 to 8 digits" {
			t.Errorf("%q: %+v", typed, how)
		}
	}
}

func TestTheFieldTakesDigitsOnly(t *testing.T) {
	for _, c := range []struct{ typed, want string }{
		{"12ab34x5", "12345"}, {"1 2.3,4-5+6", "123456"}, {"12345678", "12345678"},
		{"12³4è5٣6", "12456"}, // digits of other kinds are none
	} {
		if how := press(t, askPIN, "type "+c.typed, "Return"); how.Typed != c.want {
			t.Errorf("%q: %+v, want %q", c.typed, how, c.want)
		}
	}
	if how := press(t, askPIN, "type 123456", "BackSpace", "Home", "Delete", "Return"); how.Typed != "2345" && how.Typed != "a PIN has 5 to 8 digits" {
		t.Errorf("corrected: %+v", how)
	}
	if how := press(t, askPIN, "type 91234567", "Home", "Delete", "KP_Enter"); how.Typed != "1234567" {
		t.Errorf("corrected: %+v", how)
	}
	if how := press(t, askPIN, "type 12345", "Tab", "space"); how.Typed != "12345" {
		t.Errorf("with the button: %+v", how)
	}
}

func TestTheFieldIsNotEndless(t *testing.T) {
	open(t, askPIN)
	keys(t, "type "+strings.Repeat("1234567890", 4))
	fieldLength(t, 16)
	closed(t)
}

func TestOnlyDigitsArePasted(t *testing.T) {
	for _, c := range []struct {
		name, clipboard, want string
	}{
		{"letters", "pa55word", ""},
		{"digits with a letter behind", "12345678x", ""},
		{"digits that are none", "1234５678", ""},
		{"another minus", "-12345", ""},
		{"nothing but spaces", " \r\n ", ""},
		{"more than the field holds", strings.Repeat("1", 17), ""},
		{"a whole page", strings.Repeat(" ", 100) + "12345", ""},
		{"a PIN", "12345678", "12345678"},
		{"a line of a mail", " 12345678\r\n", "12345678"},
		{"two halves", "1234\r\n5678", "12345678"},
		{"with a space that does not break", "1234\u00a05678", "12345678"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before string
			if wine.do(t, order{Do: "clipboard", Text: c.clipboard}, &before); before == "not filled" {
				t.Fatal(before)
			}
			for _, how := range []string{"ctrl+v", "shift+Insert"} {
				open(t, askPIN)
				keys(t, how, "type 0") // the 0 shows that the paste is over
				fieldLength(t, len(c.want)+1)
				keys(t, "BackSpace")
				fieldLength(t, len(c.want))
				keys(t, "Return")
				if got := answer(t); c.want != "" && got.Typed != c.want || c.want == "" && got.Typed != "a PIN has 5 to 8 digits" {
					t.Errorf("%s: %+v, want %q", how, got, c.want)
				}
			}
		})
	}
}

func TestNothingIsCopiedOutOfTheField(t *testing.T) {
	const wmCut, wmCopy = 0x300, 0x301
	wine.do(t, order{Do: "clipboard", Text: "before"}, nil)
	open(t, askPIN)
	keys(t, "type 12345", "ctrl+a", "ctrl+c", "ctrl+x", "ctrl+Insert", "shift+Delete", "End", "type 6")
	fieldLength(t, 6)
	keys(t, "ctrl+a")
	for _, message := range []int{wmCut, wmCopy} {
		wine.do(t, order{Do: "send", Number: message}, nil)
	}
	fieldLength(t, 6)
	closed(t)
	var got string
	if wine.do(t, order{Do: "clipboard", Text: ""}, &got); got != "before" {
		t.Errorf("the clipboard holds %q", got)
	}
}

func TestCancellingClosesTheDialogAtOnce(t *testing.T) {
	open(t, askPIN)
	keys(t, "type 12345")
	fieldLength(t, 5)
	if how := closed(t); how != (outcome{Failed: "context"}) {
		t.Errorf("%+v", how)
	}
	if look(t).Open {
		t.Error("it is still there")
	}
	eventually(t, "the window goes away", func() bool {
		ids, _ := wine.xdotool("search", "--onlyvisible", "--name", "^Ponte$")
		return ids == ""
	})
	o := askPIN
	o.Do = "show" // cancelled while it opens
	wine.do(t, o, nil)
	if how := closed(t); how != (outcome{Failed: "context"}) {
		t.Errorf("%+v", how)
	}
}

// TestCancellingAlsoClosesTheMenuOfTheField is the one moment in which a field has a loop of its own.
func TestCancellingAlsoClosesTheMenuOfTheField(t *testing.T) {
	open(t, askPIN)
	keys(t, "shift+F10")
	if how := closed(t); how.Failed != "context" {
		t.Errorf("%+v", how)
	}
}

func TestNoCopyOfThePINStaysInMemory(t *testing.T) {
	secret := askPIN
	secret.Text = "secret" // its PIN is kept, and not told
	typed := ""
	for _, c := range "94173:85" { // 1 more than each digit of 83062974
		typed += string(c - 1)
	}
	var found struct{ Bytes, Wide int }
	for _, c := range []struct {
		name    string
		pressed []string
		want    int
	}{
		{"typed and accepted", []string{"type " + typed, "Return"}, 1},
		{"typed and cancelled", []string{"type " + typed, "Escape"}, 0},
		{"typed, deleted and cancelled", []string{"type " + typed, "ctrl+a", "BackSpace", "Escape"}, 0},
	} {
		press(t, secret, c.pressed...)
		if wine.do(t, order{Do: "copies"}, &found); found.Bytes != c.want || found.Wide != 0 {
			t.Errorf("%s: %+v copies, want %d in bytes", c.name, found, c.want)
		}
		wine.do(t, order{Do: "wipe"}, nil)
		if wine.do(t, order{Do: "copies"}, &found); found.Bytes+found.Wide != 0 {
			t.Errorf("%s: %+v copies after it was wiped", c.name, found)
		}
	}
}
