// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"os"
	"strings"
	"testing"
)

func TestOnlyPrivateReadOnlyMappingsOfTheProgramAreTaken(t *testing.T) {
	for _, line := range []string{
		"", "garbage", "00400000-00500000 r-xp 00000000 fe:00 1", "00400000-00500000 rw-p 00000000 fe:00 1 /bin/ponte",
		"00400000-00500000 r--s 00000000 fe:00 1 /bin/ponte", "00400000-00500000 r-xp 00000000 fe:00 1 /lib/libc.so",
		"x-y r-xp 00000000 fe:00 1 /bin/ponte", "00500000-00400000 r-xp 00000000 fe:00 1 /bin/ponte",
		"00400000-00500000 r-xp 00000000 fe:00 1 /bin/ponte (deleted)",
	} {
		if from, to, ok := readOnlyMapping(line, "/bin/ponte"); ok {
			t.Errorf("%q: %x-%x", line, from, to)
		}
	}
	if from, to, ok := readOnlyMapping("00400000-00500000 r-xp 00000000 fe:00 1   /bin/ponte", "/bin/ponte"); !ok || from != 0x400000 || to != 0x500000 {
		t.Errorf("%x-%x, %v", from, to, ok)
	}
}

func TestTheKernelIsToldOfTheWholeProgram(t *testing.T) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	var want uintptr
	for line := range strings.Lines(string(maps)) {
		if from, to, ok := readOnlyMapping(line, self); ok {
			want += to - from
		}
	}
	if got := unmapProgram(); got != want || want == 0 { // and the program runs on
		t.Errorf("told of %d bytes, want %d", got, want)
	}
}
