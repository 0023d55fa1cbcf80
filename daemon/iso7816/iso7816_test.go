// SPDX-License-Identifier: EUPL-1.2

package iso7816

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCommandsThatCannotBeEncodedAreRefused(t *testing.T) {
	for name, c := range map[string]Command{
		"too much data": {Data: make([]byte, 65536)},
		"Le too large":  {Le: 65537},
		"negative Le":   {Le: -1},
	} {
		if b, err := c.Bytes(); err == nil {
			t.Errorf("%s: encoded as %x", name, b)
		}
	}
}

func TestCommandEncoding(t *testing.T) {
	long := bytes.Repeat([]byte{0xAB}, 257)
	for _, c := range []struct {
		name string
		cmd  Command
		want string
	}{
		{"case 1 is four bytes", Command{0, 0x22, 0xF3, 0x03, nil, 0}, "0022f303"},
		{"case 2 short", Command{0, 0xB0, 0, 0, nil, 252}, "00b00000fc"},
		{"case 2 short with Le 256", Command{0, 0xB0, 0, 0, nil, 256}, "00b0000000"},
		{"case 3 short", Command{0, 0xA4, 0, 0x0C, []byte{0x3F, 0}, 0}, "00a4000c023f00"},
		{"case 4 short", Command{0, 0xA4, 0, 0, []byte{0x3F, 0}, 256}, "00a40000023f0000"},
		{"case 4 extended", Command{0, 0x2A, 0x80, 0x86, long, 65536}, "002a8086000101" + hex.EncodeToString(long) + "0000"},
		{"case 2 extended", Command{0, 0xB0, 0, 0, nil, 257}, "00b00000000101"},
	} {
		got, err := c.cmd.Bytes()
		if err != nil || hex.EncodeToString(got) != c.want {
			t.Errorf("%s: %x, %v", c.name, got, err)
		}
		if want := len(c.want) > 2*261; c.cmd.Extended() != (want || c.name == "case 2 extended") {
			t.Errorf("%s: Extended is %v", c.name, c.cmd.Extended())
		}
	}
}

func TestResponsesTooShortOrTooLongAreRefused(t *testing.T) {
	for _, n := range []int{0, 1, maxResponseBytes + 1} {
		if _, err := ParseResponse(make([]byte, n)); !errors.Is(err, ErrResponse) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestStatusWordsTellTheirCounters(t *testing.T) {
	if n, ok := Status(0x63C2).TriesLeft(); !ok || n != 2 {
		t.Error("63C2 must say 2 tries")
	}
	if _, ok := VerificationFailed.TriesLeft(); ok {
		t.Error("6300 gives no counter")
	}
	if n, ok := Status(0x6100).MoreData(); !ok || n != 256 {
		t.Error("6100 must say 256 bytes")
	}
	if n, ok := Status(0x6C5D).CorrectLe(); !ok || n != 0x5D {
		t.Error("6C5D must say Le 5D")
	}
	if _, ok := OK.CorrectLe(); ok {
		t.Error("9000 has no Le")
	}
}

func TestTLVRefusesBadLengths(t *testing.T) {
	for _, s := range []string{"", "6F", "6F05AABB", "6F80", "6F84000000010A", "1F", "1F8F8F01", "6F83FFFFFF00"} {
		if v, _, err := ParseTLV(unhex(t, s)); err == nil {
			t.Errorf("%s: parsed as %x", s, v)
		}
	}
	v, rest, err := ParseTLV(unhex(t, "5A0411223344FF"))
	if err != nil || v.Tag != 0x5A || hex.EncodeToString(v.Value) != "11223344" || len(rest) != 1 {
		t.Errorf("EF.GDO: %x %x %v", v, rest, err)
	}
}

func TestHistoricalBytesOfRealAnswersToReset(t *testing.T) {
	for _, s := range []string{"", "3B", "00FF", "3BFF1800", "3BFF1800FF8131FE55006B02091617", "3BF0"} {
		if h, err := HistoricalBytes(unhex(t, s)); err == nil {
			t.Errorf("%s: historical bytes %x", s, h)
		}
	}
	for s, want := range map[string]string{ // cns-card.md A1
		"3BFF1800FF8131FE55006B02091617011101434E531131808D":   "006b02091617011101434e53113180",
		"3BDF18008131FE7D006B020C0182011101434E53103180FC":     "006b020c0182011101434e53103180",
		"3BFF1800FFC10A31FE55006B0508C805011101434E53103180FF": "006b0508c805011101434e53103180",
		"3B80800101": "",
	} {
		h, err := HistoricalBytes(unhex(t, s))
		if err != nil || hex.EncodeToString(h) != want {
			t.Errorf("%s: %x, %v", s, h, err)
		}
	}
}

func FuzzResponse(f *testing.F) {
	f.Add([]byte{0x90, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseResponse(b)
		if err == nil && len(r.Data) != len(b)-2 {
			t.Fatal("data lost")
		}
		_ = r.Status.Error()
	})
}

func FuzzTLV(f *testing.F) {
	f.Add([]byte{0x5A, 1, 2})
	f.Add([]byte{0x1F, 0x81, 0x01, 0x82, 0, 1, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, rest, err := ParseTLV(b)
		if err == nil && len(v.Value)+len(rest) >= len(b) {
			t.Fatal("an object cannot be longer than its bytes")
		}
	})
}

func FuzzATR(f *testing.F) {
	f.Add(unhex(f, "3BFF1800FF8131FE55006B02091617011101434E531131808D"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := HistoricalBytes(b)
		if err == nil && len(h) > 15 {
			t.Fatal("more than 15 historical bytes")
		}
	})
}
