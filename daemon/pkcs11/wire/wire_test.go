// SPDX-License-Identifier: EUPL-1.2

package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
)

func frame(head, length uint32, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, head)
	return append(binary.BigEndian.AppendUint32(b, length), body...)
}

func TestWhatIsNoFrameIsRefusedBeforeAnythingIsAllocated(t *testing.T) {
	for name, b := range map[string][]byte{
		"another beginning": frame(0, 2, "{}"), "longer than allowed": frame(magic, MaxAnswer+1, "{}"), "4 GiB": frame(magic, 1<<32-1, "{}"),
		"no JSON": frame(magic, 2, "{]"), "text of a module": []byte("Segmentation fault\n"),
	} {
		if _, err := ReadAnswer(bytes.NewReader(b)); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadAnswer(bytes.NewReader(frame(magic, 3, "{}"))); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut off: %v", err)
	}
}

func TestAnAnswerThatIsTooLongInAnyPartIsRefused(t *testing.T) {
	for name, a := range map[string]Answer{
		"slots": {Slots: make([]Slot, MaxSlots+1)}, "certificates": {Certificates: make([]Certificate, MaxCertificates+1)},
		"signature": {Signature: make([]byte, MaxSignature+1)}, "a certificate": {Certificates: []Certificate{{DER: make([]byte, MaxCertificate+1)}}},
		"an ID": {Certificates: []Certificate{{ID: make([]byte, MaxKeyID+1)}}}, "a text": {Detail: strings.Repeat("x", 4*maxText+1)},
	} {
		var b bytes.Buffer
		if err := WriteJSON(&b, a, MaxAnswer); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadAnswer(&b); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARequestWithTooManySecretsIsRefused(t *testing.T) {
	for _, r := range []Request{{Secrets: 3}, {Secrets: -1}, {Key: make([]byte, MaxKeyID+1)}, {Data: make([]byte, MaxData+1)}} {
		var b bytes.Buffer
		if err := WriteJSON(&b, r, MaxRequest); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadRequest(&b); !errors.Is(err, ErrFrame) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	if err := WriteBytes(io.Discard, make([]byte, MaxSecret+1), MaxSecret); !errors.Is(err, ErrFrame) {
		t.Errorf("%v", err)
	}
}

func TestASecretIsInAFrameOfItsOwn(t *testing.T) {
	var b bytes.Buffer
	if err := errors.Join(WriteJSON(&b, Request{Number: 7, Do: OpLogin, Secrets: 1}, MaxRequest), WriteBytes(&b, []byte("12345678"), MaxSecret)); err != nil {
		t.Fatal(err)
	}
	req, secrets, err := ReadRequest(&b)
	if err != nil || req.Number != 7 || len(secrets) != 1 || string(secrets[0]) != "12345678" {
		t.Errorf("%+v, %d, %v", req, len(secrets), err)
	}
}

func TestTextOfAModuleDoesNotSpeakToTheTerminal(t *testing.T) {
	if got := Text("a\x1b[31m\nb\u202e\u009b\xff\x7f è"); got != "a[31mb è" {
		t.Errorf("%q", got)
	}
	if got := Text(strings.Repeat("x", 1000)); len(got) != maxText {
		t.Errorf("%d characters", len(got))
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add(frame(magic, 2, "{}"))
	f.Add(frame(magic, 40, `{"number":1,"pid":2,"slots":[{"id":1}]}  `))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ReadAnswer(bytes.NewReader(b))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := WriteJSON(&again, a, 16*MaxAnswer); err != nil {
			t.Error(err)
		}
	})
}

func FuzzReadRequest(f *testing.F) {
	f.Add(append(frame(magic, 32, `{"number":1,"do":"x","secrets":1}`[:32]), frame(magic, 2, "12")...))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, secrets, err := ReadRequest(bytes.NewReader(b))
		if err == nil && len(secrets) > 2 {
			t.Errorf("%d secrets", len(secrets))
		}
	})
}
