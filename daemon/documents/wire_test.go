// SPDX-License-Identifier: EUPL-1.2

package documents

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

func frame(b string) []byte {
	return append(binary.NativeEndian.AppendUint32(nil, uint32(len(b))), b...)
}

func TestMessagesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"nothing":                      {nil, io.EOF},
		"no JSON":                      {frame("x"), errNonsense},
		"two values":                   {frame("{}{}"), errNonsense},
		"an unknown field":             {frame(`{"pin":1}`), errNonsense},
		"data below zero":              {frame(`{"data":-1}`), errNonsense},
		"more data than a message has": {frame(`{"data":524289}`), errNonsense},
		"data that do not come":        {frame(`{"data":3}`), io.ErrUnexpectedEOF},
		"fewer data":                   {append(frame(`{"data":3}`), frame("12")...), errNonsense},
	} {
		if _, data, err := ReadQuestion(bytes.NewReader(c.in)); !errors.Is(err, c.want) {
			t.Errorf("question, %s: %q, %v", name, data, err)
		}
		if _, data, err := ReadAnswer(bytes.NewReader(c.in), MaxPiece); !errors.Is(err, c.want) {
			t.Errorf("answer, %s: %q, %v", name, data, err)
		}
	}
	if _, _, err := ReadAnswer(bytes.NewReader(append(frame(`{"data":3}`), frame("123")...)), 2); !errors.Is(err, errNonsense) {
		t.Errorf("more data than there is room for: %v", err)
	}
	if err := WriteMessage(io.Discard, Question{}, make([]byte, MaxPiece+1)); err == nil {
		t.Error("more data than a message has are written")
	}
}

func FuzzReadQuestion(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		for r := bytes.NewReader(in); ; {
			q, data, err := ReadQuestion(r)
			if err != nil {
				return
			}
			if len(data) != q.Data {
				t.Fatalf("%d bytes, %d announced", len(data), q.Data)
			}
		}
	})
}

func FuzzReadAnswer(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		for r := bytes.NewReader(in); ; {
			a, data, err := ReadAnswer(r, 64)
			if err != nil {
				return
			}
			if len(data) != a.Data || len(data) > 64 || a.Refusal != "" && !known(Codes(), a.Refusal) {
				t.Fatalf("%+v, %d bytes", a, len(data))
			}
			if a.Inspection.check() == nil && a.Inspection.Format == "" || a.Signed.check() == nil && a.Signed.Size == 0 {
				t.Fatalf("%+v makes sense", a)
			}
		}
	})
}

func seeds(f *testing.F) {
	f.Add(append(frame(`{"step":"append","data":2}`), frame("ab")...))
	f.Add(frame(`{"inspection":{"type":"pdf","format":"pades","notes":["xfa"]}}`))
	f.Add(frame(`{"refusal":"encrypted"}`))
	f.Add([]byte{255, 255, 255, 255, 1})
}
