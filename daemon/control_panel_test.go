// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/daemon/control"
	"github.com/ponte-cns/ponte/daemon/words"
)

// session is a desktop session of its own, in which the real programs run without a smart card service.
type session struct {
	t   *testing.T
	dir string
	env []string
}

func newSession(t *testing.T) *session {
	t.Helper()
	dir, err := os.MkdirTemp("", "panel") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t, dir, []string{
		"PATH=" + filepath.Join(dir, "bin"), "HOME=" + dir, "LANG=it_IT.UTF-8", "XDG_RUNTIME_DIR=" + dir, "XDG_CONFIG_HOME=" + dir, "XDG_STATE_HOME=" + dir,
		"PCSCLITE_CSOCK_NAME=" + filepath.Join(dir, "none"),
	}}
	t.Cleanup(func() {
		for _, pid := range s.programs() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		_ = os.RemoveAll(dir)
	})
	return s
}

// programs are those of this session, whoever started them.
func (s *session) programs(name ...string) (pids []int) {
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, file := range all {
		env, _ := os.ReadFile(file)
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		program, _, _ := strings.Cut(string(line), "\x00")
		if !strings.Contains("\x00"+string(env), "\x00HOME="+s.dir+"\x00") || len(name) > 0 && filepath.Base(program) != name[0] {
			continue
		}
		pid := 0
		for _, c := range filepath.Base(filepath.Dir(file)) {
			pid = 10*pid + int(c-'0')
		}
		pids = append(pids, pid)
	}
	return pids
}

// ponte runs a command and gives what it prints, and its exit code.
func (s *session) ponte(args ...string) (string, int) {
	s.t.Helper()
	cmd := exec.Command(filepath.Join(bin, "ponte"), args...)
	cmd.Env = s.env
	out, err := cmd.Output()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		s.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// opens says that an address lets somebody in.
func opens(t *testing.T, url string) bool {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(strings.TrimSpace(url))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusSeeOther
}

func (s *session) until(what string, is func() bool) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("waited in vain for %s", what)
		}
	}
}

func TestTheControlPageIsOpenedFromTheCommandLine(t *testing.T) {
	s := newSession(t)
	if out, code := s.ponte("panel", "--page", "../etc", "--json"); code != 2 || !strings.Contains(out, "INVALID_ARGUMENT") {
		t.Errorf("a page that is none: %d %s", code, out)
	}
	if n := len(s.programs("ponte-panel")); n != 0 {
		t.Errorf("%d panels run for it", n)
	}
	url, code := s.ponte("panel", "--print") // the agent was started for the command before
	if code != 0 || !opens(t, url) || opens(t, url) {
		t.Errorf("%d %s does not open once", code, url)
	}
	out, _ := s.ponte("panel", "--json")
	var answer control.Panel
	if err := json.Unmarshal([]byte(out), &answer); err != nil || answer.Shown || answer.URL == url || !opens(t, answer.URL) {
		t.Errorf("%s, %v", out, err)
	}
	out, code = s.ponte("panel")
	if code != 0 || !strings.Contains(out, words.For("it").T(words.PanelOpenYourself, nil)) || !strings.Contains(out, "http://127.0.0.1:") {
		t.Errorf("without a screen: %d %s", code, out)
	}

	panels := s.programs("ponte-panel")
	if len(panels) != 1 {
		t.Fatalf("panels: %v", panels)
	}
	_ = syscall.Kill(panels[0], syscall.SIGKILL)
	s.until("the panel to end", func() bool { return len(s.programs("ponte-panel")) == 0 })
	if url, code := s.ponte("panel", "--print"); code != 0 || !opens(t, url) {
		t.Errorf("after the panel has ended: %d %s", code, url)
	}

	for _, agent := range s.programs("ponte") {
		_ = syscall.Kill(agent, syscall.SIGKILL)
	}
	s.until("the panel to end with the agent", func() bool { return len(s.programs()) == 0 })
}

func TestTheBrowserIsToldTheAddress(t *testing.T) {
	s := newSession(t)
	dir := filepath.Join(s.dir, "bin")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte("#!/bin/sh\necho \"$1\" > '"+s.dir+"/opened'\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.env = append(s.env, "DISPLAY=:99")
	out, code := s.ponte("panel", "--page", "pin")
	if code != 0 || strings.TrimSpace(out) != words.For("it").T(words.PanelOpened, nil) {
		t.Errorf("%d %s", code, out)
	}
	url, err := os.ReadFile(filepath.Join(s.dir, "opened"))
	if err != nil || !opens(t, string(url)) {
		t.Errorf("%s, %v", url, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "xdg-open"), []byte("#!/bin/sh\nexit 3\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, code := s.ponte("panel"); code != 0 || !strings.Contains(out, words.For("it").T(words.PanelOpenYourself, nil)) {
		t.Errorf("with a browser that does not open: %d %s", code, out)
	}
}
