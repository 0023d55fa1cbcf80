// SPDX-License-Identifier: EUPL-1.2

package winetest

import (
	"strings"
	"testing"
)

// sites that are hard to show whole, each at least 200 characters long.
var longSites = map[string]string{
	"many short names":      "https://" + strings.Repeat("login.regione.lombardia.it.accesso-ai-servizi.", 5) + "evil.example",
	"names of 63":           "https://" + strings.Repeat(strings.Repeat("w", 63)+".", 3) + "evil.example:8443",
	"names of thin letters": "https://" + strings.Repeat(strings.Repeat("i", 63)+".", 3) + "evil.example",
}

// border is how far, in pixels, the window manager may move a window off its place, at times, when it gives it a border. Windows
// itself has no other program between.
const border = 4

// whole checks that nothing of a dialog is cut, and that all of it is on the screen.
func whole(t *testing.T, s sight) {
	t.Helper()
	if !s.Work.wider(border).holds(s.Window) {
		t.Errorf("the window %v leaves the screen %v", s.Window, s.Work)
	}
	for i, c := range s.Controls {
		if !s.Inside.holds(c.Place) || c.Place.width() == 0 || c.Place.height() == 0 {
			t.Errorf("%s at %v leaves the window %v", c.Name, c.Place, s.Inside)
		}
		if c.Class != "Edit" && (c.Needs.Width > c.Place.width() || c.Needs.Height > c.Place.height()) {
			t.Errorf("%s has %d x %d and needs %+v", c.Name, c.Place.width(), c.Place.height(), c.Needs)
		}
		for _, other := range s.Controls[:i] {
			if c.Place.Left < other.Place.Right && other.Place.Left < c.Place.Right && c.Place.Top < other.Place.Bottom && other.Place.Top < c.Place.Bottom {
				t.Errorf("%s covers %s", c.Name, other.Name)
			}
		}
	}
}

// shows checks that a control shows a text whole, however it is broken into lines.
func shows(t *testing.T, s sight, name, want string) {
	t.Helper()
	bare := strings.NewReplacer("\r", "", "\n", "", " ", "").Replace
	if c, _ := s.find(name); !strings.Contains(bare(c.Text), bare(want)) {
		t.Errorf("%s says %q, not %q", name, c.Text, want)
	}
}

func TestASiteIsShownWholeHoweverLongItIs(t *testing.T) {
	for name, long := range longSites {
		if len(long) < 200 {
			t.Fatalf("%s: only %d characters", name, len(long))
		}
		for _, lang := range []string{"it", "en", "de"} {
			for _, o := range []order{
				{Kind: "pin", Number: 2, Tries: 1, Lang: lang, Origin: long, Holder: strings.Repeat("MARIA ", 20), Reader: strings.Repeat("ACS ", 20)},
				{Kind: "question", Number: admitSite, Lang: lang, Origin: long},
				{Kind: "disclosure", Lang: lang, Origin: long, Holder: "GIADA PROVA ROSSINI", Values: 10, Text: "ROMA"},
			} {
				s := open(t, o)
				whole(t, s)
				shows(t, s, "site", strings.TrimPrefix(long, "https://"))
				if c, _ := s.find("site"); c.Place.height() < 3*s.Fonts[1] {
					t.Errorf("%s: 200 characters in %v", name, c.Place)
				}
				closed(t)
			}
		}
	}
}

func TestADialogIsInFrontAndHasTheKeyboard(t *testing.T) {
	s := open(t, askPIN)
	defer closed(t)
	if !s.Topmost || s.Title != "Ponte" || s.Focus != "field" || s.Default != 1 {
		t.Errorf("%+v", s)
	}
	dx, dy := s.Window.Left+s.Window.Right-s.Work.Left-s.Work.Right, s.Window.Top+s.Window.Bottom-s.Work.Top-s.Work.Bottom
	if max(dx, -dx) > 60 || max(dy, -dy) > 60 { // the window manager adds its border
		t.Errorf("the window %v is not in the middle of %v", s.Window, s.Work)
	}
}

// TestAScreenReaderFindsEverythingInOrder looks at what screen readers go by: Windows' own controls, in this order, a
// label right before its field.
func TestAScreenReaderFindsEverythingInOrder(t *testing.T) {
	o := askPIN
	o.Number, o.Tries = 1, 2
	s := open(t, o)
	defer closed(t)
	want := []string{"site Static", "body Static", "problem Static", "label Static", "field Edit", "ok Button", "cancel Button"}
	var got []string
	for _, c := range s.Controls {
		got = append(got, c.Name+" "+c.Class)
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("%q, want %q", got, want)
	}
	shows(t, s, "problem", "PIN errato: restano 2 tentativi")
	shows(t, s, "label", "PIN")
	shows(t, s, "body", "Titolare: GIADA PROVA ROSSINI")
	if s.Fonts[1] <= s.Fonts[0] {
		t.Errorf("the site is as small as the rest: %v", s.Fonts)
	}
}

func TestADialogGrowsWithTheResolutionOfItsMonitor(t *testing.T) {
	for _, o := range []order{askPIN, ask(lastTry), ask(admitSite)} {
		before := open(t, o)
		for _, dpi := range []int{120, 144, 192, 96} {
			wine.do(t, order{Do: "resolution", Number: dpi}, nil)
			s := look(t)
			whole(t, s)
			a, _ := before.find("ok")
			b, _ := s.find("ok")
			if s.Resolution != dpi || b.Place.height()*96 < a.Place.height()*dpi*9/10 || b.Place.height()*96 > a.Place.height()*dpi*11/10 {
				t.Errorf("at %d: the button has %v, at 96 %v", dpi, b.Place, a.Place)
			}
		}
		if s := look(t); s.Inside != before.Inside {
			t.Errorf("back at 96 it has %v, before %v", s.Inside, before.Inside)
		}
		closed(t)
	}
}

func TestATextThatIsTooHighForTheScreenScrolls(t *testing.T) {
	o := disclose
	o.Values, o.Text = 40, strings.Repeat("VIA DEI MILLE ", 18)
	s := open(t, o)
	whole(t, s)
	shows(t, s, "site", "portale.regione.example")
	shows(t, s, "scrolled", strings.TrimSpace(o.Text))
	shows(t, s, "scrolled", "Condividili solo se conosci il sito.")
	if _, both := s.find("body"); both || s.Focus != "cancel" {
		t.Errorf("the keyboard is on %s", s.Focus)
	}
	closed(t)
	if how := press(t, o, "shift+Tab", "shift+Tab", "Return"); how.Failed != "cancelled" {
		t.Errorf("Enter in the text: %+v", how)
	}
	o.Values = 3
	s = open(t, o)
	if _, scrolls := s.find("scrolled"); scrolls {
		t.Error("a short text scrolls")
	}
	closed(t)
}

func TestWhatWasTypedStaysWhenTheResolutionChanges(t *testing.T) {
	open(t, askPIN)
	keys(t, "type 12345")
	fieldLength(t, 5)
	wine.do(t, order{Do: "resolution", Number: 144}, nil)
	keys(t, "type 6", "Return")
	if how := answer(t); how.Typed != "123456" {
		t.Errorf("%+v", how)
	}
}
