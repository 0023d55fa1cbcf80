// SPDX-License-Identifier: EUPL-1.2

package ipc

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestALineOfProcThatIsTooShortTellsNoStart(t *testing.T) {
	for _, line := range []string{"", "1", "1 (a) S 2 3", "1 (a", ")", "1 (a) " + strings.Repeat("x ", 30)} {
		if n, err := startOf([]byte(line)); err == nil {
			t.Errorf("%q: %d", line, n)
		}
	}
}

func TestAProgramCannotForgeItsStartByItsName(t *testing.T) {
	line := "7 (a) R 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 99 (b) S" + strings.Repeat(" 2", 18) + " 1234 5 6"
	if n, err := startOf([]byte(line)); err != nil || n != 1234 {
		t.Errorf("%d, %v", n, err)
	}
}

func TestTheProgramAtTheOtherEndIsNamedByItsFile(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	got, err := ProgramOf(conn)
	self, selfErr := os.Executable()
	if err != nil || selfErr != nil || got.PID != os.Getpid() || got.Path != self || got.Start == 0 || got.Name() != filepath.Base(self) {
		t.Errorf("%+v, %v", got, err)
	}
}
