// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// replyTo reads one reply from what a program sent, and what its D lines carried.
func replyTo(sent string) (string, error) {
	c := &assuan{out: strings.NewReader(sent)}
	var data []byte
	err := c.reply(func(p []byte) { data = append(data, p...) })
	return string(data), err
}

func TestAReplyThatIsNotAssuanIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, sent string
		want       error
	}{
		{"nothing", "", io.ErrUnexpectedEOF},
		{"half a line", "D 1234", io.ErrUnexpectedEOF},
		{"data without an end", "D 1234\n", io.ErrUnexpectedEOF},
		{"a word of another protocol", "HTTP/1.1 200 OK\n", errAssuanReply},
		{"a word that begins like OK", "OKAY\n", errAssuanReply},
		{"lower case", "ok\n", errAssuanReply},
		{"a question back", "INQUIRE QUALITY 1234\nOK\n", errAssuanReply},
		{"a line of 1001 bytes", "D " + strings.Repeat("1", 999) + "\nOK\n", errAssuanLine},
		{"a line without end", strings.Repeat("1", 5000), errAssuanLine},
		{"status lines without end", strings.Repeat("S X\n", 5000), errAssuanReply},
		{"an answer from a password cache", "S PASSWORD_FROM_CACHE\nD 1234\nOK\n", errAssuanCache},
		{"half an escape", "D 1%2\nOK\n", errAssuanReply},
		{"an escape that is not hexadecimal", "D %zz\nOK\n", errAssuanReply},
		{"an escape with a sign", "D %+1\nOK\n", errAssuanReply},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := replyTo(c.sent); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestAnERRLineGivesItsNumberAndNothingElse(t *testing.T) {
	for sent, want := range map[string]assuanError{
		"ERR 83886179 12345678 Operation cancelled <Pinentry>\n": assuanCancelled,
		"ERR 83886194 Not confirmed\n":                           assuanNotConfirmed,
		"S ERROR gtk2.x 83886142\nERR 83886142 Timeout\n":        assuanTimeout,
		"ERR 536871187 Unknown IPC command <User defined>\n":     536871187,
		"ERR\n":                            0,
		"ERR twelve\n":                     0,
		"ERR 99999999999999999999 12345\n": 0,
	} {
		_, err := replyTo(sent)
		var got assuanError
		if !errors.As(err, &got) || got != want {
			t.Errorf("%q: got %v, want %v", sent, err, want)
		}
		if strings.Contains(err.Error(), "12345") {
			t.Errorf("%q: the error repeats the program's text: %v", sent, err)
		}
	}
}

func TestAReplyIsReadInWhateverPiecesItComes(t *testing.T) {
	const sent = "# comment\n\nS NEVERMIND\nD 12%33\r\nD \nD 4%25\n" + "OK done\n" + "D 9\nOK\n"
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader, "half by half": iotest.HalfReader,
		"with the end": iotest.DataErrReader,
	} {
		c := &assuan{out: wrap(strings.NewReader(sent))}
		for _, want := range []string{"1234%", "9"} {
			var data []byte
			if err := c.reply(func(p []byte) { data = append(data, p...) }); err != nil || string(data) != want {
				t.Errorf("%s: got %q, %v; want %q", name, data, err, want)
			}
		}
	}
}

func TestALineOfExactly1000BytesIsRead(t *testing.T) {
	got, err := replyTo("D " + strings.Repeat("7", 998) + "\r\nOK\n")
	if err != nil || len(got) != 998 {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestACommandIsOneLineOfAtMost1000Bytes(t *testing.T) {
	for _, argument := range []string{
		"a\nGETPIN", "a\r\nGETPIN\r", "100%0AGETPIN", "\x00\x01\x1b[2J\x7f", "\xff\xfe", strings.Repeat("è", 4096), strings.Repeat("%", 4096),
	} {
		var sent bytes.Buffer
		c := &assuan{in: &sent, out: strings.NewReader("OK\n")}
		if err := c.command("SETDESC", argument, nil); err != nil {
			t.Fatal(err)
		}
		line := sent.String()
		if strings.Count(line, "\n") != 1 || len(line) > maxAssuanLine+1 || !utf8.ValidString(line) ||
			strings.ContainsFunc(strings.TrimSuffix(line, "\n"), func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%.40q became %.80q (%d bytes)", argument, line, len(line))
		}
	}
}

func TestTheBufferForgetsWhatWasRead(t *testing.T) {
	c := &assuan{out: strings.NewReader("D 123456\nOK\nD 7890\nOK\n")}
	if err := c.reply(func([]byte) {}); err != nil {
		t.Fatal(err)
	}
	if c.wipe(); c.buf != [maxAssuanLine + 2]byte{} {
		t.Error("wipe leaves something in the buffer")
	}
}

func FuzzAnyReplyEndsWithoutRepeatingItself(f *testing.F) {
	for _, s := range []string{
		"OK Pleased to meet you\n", "D 12345678\nOK\n", "D 1%32%2\nOK\n", "S PASSWORD_FROM_CACHE\nOK\n", "ERR 83886179 cancelled\n",
		"INQUIRE X\n", "# x\r\n\r\nOK\n", "D " + strings.Repeat("%41", 400) + "\nOK\n", "\x00\xff\n", "ERR -1\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		c := &assuan{out: iotest.HalfReader(bytes.NewReader(sent))}
		total := 0
		err := c.reply(func(p []byte) { total += len(p) })
		if total > len(sent) {
			t.Errorf("%d bytes of data out of %d", total, len(sent))
		}
		if err != nil && len(err.Error()) > 80 {
			t.Errorf("a long error: %v", err)
		}
	})
}

func FuzzEncodingIsUndoneByDecoding(f *testing.F) {
	for _, s := range []string{"", "a%b", "è\n\t%41", "\x00\x7f", strings.Repeat("%", 2000), "\xf0\x9f"} {
		f.Add(s, 1000)
	}
	f.Fuzz(func(t *testing.T, s string, most int) {
		most = max(0, most%2000)
		e := assuanEncode(s, most)
		if len(e) > most || strings.ContainsFunc(e, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%q (%d bytes, at most %d)", e, len(e), most)
		}
		d, err := assuanDecode([]byte(e))
		if err != nil || !strings.HasPrefix(strings.ToValidUTF8(s, "?"), string(d)) {
			t.Errorf("%q came back as %q, %v", s, d, err)
		}
	})
}
