// SPDX-License-Identifier: EUPL-1.2

package pin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestWhatIsNotAPINIsRefused(t *testing.T) {
	for _, s := range []string{"", "1234", "123456789", "12345a", "1234 5", "١٢٣٤٥", "12345\n", "-1234"} {
		var block [8]byte
		if err := New([]byte(s)).Padded(&block); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", s, err)
		}
		if block != [8]byte{} {
			t.Errorf("%q: the block was written", s)
		}
	}
}

func TestAPINIsPaddedWithFFToEightBytes(t *testing.T) {
	var block [8]byte
	if err := New([]byte("12345")).Padded(&block); err != nil || !bytes.Equal(block[:], []byte("12345\xff\xff\xff")) {
		t.Errorf("%x, %v", block, err)
	}
}

func TestAPINIsNeverPrinted(t *testing.T) {
	p := New([]byte("86420975"))
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "pin", p, "value", *p, "group", slog.GroupValue(slog.Any("pin", p)))
	out := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		out += fmt.Sprintf(verb, p) + fmt.Sprintf(verb, *p) + fmt.Sprintf(verb, struct{ P *PIN }{p})
	}
	out += fmt.Sprint(fmt.Errorf("failed with %v", p))
	for _, leak := range []string{"86420975", fmt.Sprintf("%x", "86420975"), fmt.Sprint([]byte("86420975"))} {
		if strings.Contains(out, leak) {
			t.Errorf("the PIN is in %s", out)
		}
	}
	if b, err := json.Marshal(p); err == nil {
		t.Errorf("a PIN was marshalled: %s", b)
	}
}

func TestWipeOverwritesTheBytes(t *testing.T) {
	b := append(make([]byte, 0, 16), "86420975"...)
	p := New(b)
	p.Wipe()
	if !bytes.Equal(b[:8], make([]byte, 8)) {
		t.Errorf("left over: %x", b)
	}
	var block [8]byte
	if err := p.Padded(&block); !errors.Is(err, ErrFormat) {
		t.Error("a wiped PIN can be read")
	}
	p.Wipe()
	(*PIN)(nil).Wipe()
}

func TestThePINOfAnIdentityCardIsWholeOrItsEnd(t *testing.T) {
	for typed, right := range map[string]bool{"": false, "123": false, "1234": true, "12345": false, "1234567": false, "12345678": true, "123456789": false, "12a4": false} {
		p := New([]byte(typed))
		p.ForCIE()
		var block [8]byte
		if (p.Check() == nil) != right || (p.Padded(&block) == nil) != right {
			t.Errorf("%q: %v", typed, p.Check())
		}
	}
	if New([]byte("1234")).Check() == nil {
		t.Error("4 digits are no PIN of a CNS")
	}
}
