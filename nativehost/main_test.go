// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/internal/ipc"
	"github.com/ponte-cns/ponte/protocol"
)

const (
	chromium = "chrome-extension://" + protocol.ExtensionIDChromium + "/"
	firefox  = protocol.ExtensionIDFirefox
)

// built is the real program, built once.
var built string

// agentProgram is the name under which a Starter looks for the agent.
var agentProgram = map[bool]string{false: "ponte", true: "ponte.exe"}[runtime.GOOS == "windows"]

// TestMain also is the agent that the program starts: a copy of this test, named ponte.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == agentProgram {
		os.Exit(startedAgent())
	}
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "nativehost")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	built = filepath.Join(dir, "ponte-nativehost")
	build := exec.Command("go", "build", "-o", built, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building ponte-nativehost: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// startedAgent answers each request with what it knows of itself, and ends when it is asked to "die".
func startedAgent() int {
	if mark := os.Getenv("PONTE_TEST_MARK"); mark != "" {
		_ = os.WriteFile(mark, []byte(strings.Join(os.Args[1:], " ")), 0o600)
	}
	if os.Getenv("PONTE_TEST_FAIL") != "" {
		return 1
	}
	l, err := ipc.Listen(ipc.Portal)
	if errors.Is(err, ipc.ErrRunning) {
		return 0
	}
	if err != nil {
		return 1
	}
	defer func() { _ = l.Close() }()
	for {
		conn, err := l.Accept()
		if err != nil {
			return 1
		}
		_, _ = protocol.ReadFrame(conn, protocol.MaxRequest) // greeting
		for {
			frame, err := protocol.ReadFrame(conn, protocol.MaxRequest)
			if err != nil {
				break
			}
			e, err := protocol.ParseEnvelope(frame)
			if err != nil {
				return 1
			}
			req, _ := protocol.ParseRequest(e.RPC)
			if req.Method == "die" {
				return 0
			}
			stdin, _ := os.Readlink("/proc/self/fd/0")
			result := map[string]any{"session": inOwnSession(), "stdin": stdin, "args": os.Args[1:]}
			answer := protocol.Envelope{Channel: e.Channel, RPC: protocol.Reply(req.ID, result, nil, nil)}
			_ = protocol.WriteFrame(conn, answer.Marshal(), protocol.MaxResponse)
		}
		_ = conn.Close()
	}
}

func TestCallerIsRefused(t *testing.T) {
	other := "chrome-extension://" + strings.Repeat("a", 32) + "/"
	for name, args := range map[string][]string{
		"nobody":                               {},
		"another extension":                    {other},
		"our extension without the slash":      {strings.TrimSuffix(chromium, "/")},
		"our extension and more":               {chromium + "x"},
		"our extension in capitals":            {strings.ToUpper(chromium)},
		"our extension, after another":         {other, chromium},
		"our extension, then a word":           {chromium, "word"},
		"Firefox's id alone":                   {firefox},
		"Firefox's id first":                   {firefox, "/manifest.json"},
		"another add-on":                       {"/manifest.json", "other@example"},
		"Chromium's origin in Firefox's place": {"/manifest.json", chromium},
		"Firefox, and more":                    {"/manifest.json", firefox, "x"},
		"a question for the version":           {"--version"},
	} {
		t.Run(name, func(t *testing.T) {
			runtimeDir(t)
			cmd := exec.Command(built, args...)
			var out, errs strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &errs
			cmd.Stdin = strings.NewReader("\x02\x00\x00\x00{}")
			err := cmd.Run()
			if cmd.ProcessState.ExitCode() != 1 {
				t.Errorf("ended with %v, want exit 1", err)
			}
			if out.String() != "" {
				t.Errorf("wrote %q on stdout", out.String())
			}
			if !strings.Contains(errs.String(), "started by a browser") {
				t.Errorf("wrote %q on stderr", errs.String())
			}
		})
	}
}

func TestLanguageOfTheSession(t *testing.T) {
	for env, want := range map[string]string{
		"": "it", "LANG=it_IT.UTF-8": "it", "LANG=C": "it", "LANG=C.UTF-8": "it", "LANG=POSIX": "it",
		"LANG=de_IT.UTF-8": "de", "LANG=de": "de", "LANG=en_GB.UTF-8": "en", "LANG=fr_FR.UTF-8": "en", "LANG=DE-AT": "de",
		"LANG=it_IT LC_ALL=de_DE": "de", "LANG=it_IT LC_MESSAGES=en_US": "en", "LC_ALL= LANG=de_DE": "de",
	} {
		getenv := func(name string) string {
			for _, v := range strings.Fields(env) {
				if value, ok := strings.CutPrefix(v, name+"="); ok {
					return value
				}
			}
			return ""
		}
		if got := language(getenv); got != want {
			t.Errorf("%s: %s, want %s", env, got, want)
		}
	}
	for code, texts := range hints {
		for _, lang := range []string{"it", "en", "de"} {
			if !code.Known() || texts[lang] == "" {
				t.Errorf("no %s hint for %s", lang, code)
			}
		}
	}
}
