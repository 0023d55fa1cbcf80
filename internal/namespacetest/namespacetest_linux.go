// SPDX-License-Identifier: EUPL-1.2

// Package namespacetest runs the tests of a package in namespaces of their own: what they mount is not there for anybody else,
// and with them ends everything that they have started. It does not hide the files and the network of the computer.
package namespacetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// folder is the environment variable that a program finds inside.
const folder = "PONTE_TEST_INSIDE"

// Run runs this test program again, in namespaces and as root there, and gives the exit code. prepare makes a folder first,
// which goes at the end; begin is called inside, with that folder, before the tests.
func Run(m *testing.M, prepare func() (dir string, err error), begin func(dir string) error) int {
	runtime.LockOSThread() // what is started dies with this thread (prctl(2), PR_SET_PDEATHSIG)
	var code int
	var err error
	if dir := os.Getenv(folder); dir == "" {
		code, err = goInside(prepare)
	} else if err = begin(dir); err == nil {
		code = m.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func goInside(prepare func() (string, error)) (int, error) {
	dir, err := prepare()
	if dir != "" {
		defer os.RemoveAll(dir)
	}
	if err != nil {
		return 1, err
	}
	self, err := os.Executable()
	if err != nil {
		return 1, err
	}
	args := []string{"--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "--propagation", "private"}
	if os.Geteuid() != 0 {
		args = append(args, "--map-root-user")
	}
	cmd := exec.Command("unshare", append(append(args, self), os.Args[1:]...)...)
	cmd.Env = append(os.Environ(), folder+"="+dir)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err = cmd.Run()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return ended.ExitCode(), nil
	}
	return 0, err
}
