// SPDX-License-Identifier: EUPL-1.2

package ponte_test

import (
	"bytes"
	"io"
	"os"
	"testing"
)

// formats are how programs of Linux, Windows and macOS begin.
var formats = [][]byte{[]byte("\x7fELF"), []byte("MZ"), []byte("\xcf\xfa\xed\xfe"), []byte("\xca\xfe\xba\xbe")}

// A program that go build has left in its folder is easily committed with the sources, and stays in the history.
func TestNoProgramIsAmongTheSources(t *testing.T) {
	for _, file := range trackedFiles(t) {
		if built(t, file) {
			t.Errorf("%s is a program", file)
		}
	}
}

func TestAProgramIsRecognised(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if !built(t, self) {
		t.Error("this test is not")
	}
}

func built(t *testing.T, file string) bool {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	head := make([]byte, 4)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		t.Fatal(err)
	}
	for _, format := range formats {
		if bytes.HasPrefix(head[:n], format) {
			return true
		}
	}
	return false
}
