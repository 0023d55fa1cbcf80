// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// copies counts how often the PIN of fakeSecret stands in the writable memory of this process.
func copies(t *testing.T) (n int) {
	t.Helper()
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	buf, err := unix.Mmap(-1, 0, 1<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Munmap(buf) }()
	own := int64(uintptr(unsafe.Pointer(&buf[0])))
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode); err != nil || !strings.HasPrefix(mode, "rw") {
			continue
		}
		for at := from; at < to; at += int64(len(buf)) - int64(len(fakeSecret)) {
			got, _ := mem.ReadAt(buf[:min(int64(len(buf)), to-at)], at)
			if at+int64(got) <= own || at >= own+int64(len(buf)) { // what was found is copied to buf: do not find it again
				n += found(buf[:got])
			}
		}
	}
	return n
}

func found(b []byte) (n int) {
	for i := 0; i+len(fakeSecret) <= len(b); i++ {
		k := 0
		for k < len(fakeSecret) && b[i+k] == fakeSecret[k]-1 {
			k++
		}
		if k == len(fakeSecret) {
			n++
		}
	}
	return n
}

func TestNoCopyOfThePINStaysInMemory(t *testing.T) {
	dir, _ := fakeZenity(t, "zenity-secret")
	for name, o := range map[string]Options{
		"pinentry": {Program: fakeProgram(t, "secret")},
		"zenity":   {Environ: []string{"DISPLAY=:7", "PATH=" + dir}},
	} {
		t.Run(name, func(t *testing.T) {
			typed, err := New(o).AskPIN(t.Context(), question(t))
			if err != nil {
				t.Fatal(err)
			}
			if err := typed.Check(); err != nil {
				t.Fatal(err)
			}
			if n := copies(t); n != 1 {
				t.Errorf("%d copies while the PIN is needed, want 1", n)
			}
			typed.Wipe()
			if n := copies(t); n != 0 {
				t.Errorf("%d copies after the PIN was wiped", n)
			}
		})
	}
}

func TestNoCopyOfAPINStaysWhenTheDialogFails(t *testing.T) {
	for _, fake := range []string{"secret-half", "secret-refused"} {
		if _, err := New(Options{Program: fakeProgram(t, fake)}).AskPIN(t.Context(), question(t)); err == nil {
			t.Fatalf("%s gave a PIN", fake)
		}
		if n := copies(t); n != 0 {
			t.Errorf("%s: %d copies", fake, n)
		}
	}
}

func TestWhatIsTypedStaysInOnePlace(t *testing.T) {
	s := newSecret()
	first := &s.b[:1][0]
	for range 10 {
		s.add([]byte("12345678"))
	}
	if &s.b[0] != first || len(s.b) != maxTyped {
		t.Error("the secret moved and left a copy behind")
	}
	if s.wipe(); string(s.b[:maxTyped]) != string(make([]byte, maxTyped)) {
		t.Error("wipe leaves something")
	}
}
