// SPDX-License-Identifier: EUPL-1.2

//go:build linux

package moduletest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// built are the module as it is released, and a program that uses it, both under the sanitizers.
var module, driver string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "browsermodule-")
	if err == nil {
		err = build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func build(dir string) error {
	module, driver = filepath.Join(dir, "libponte-pkcs11.so"), filepath.Join(dir, "driver")
	out, err := exec.Command("make", "-s", "-C", "..", "OUT="+dir, "linux", driver).CombinedOutput()
	if err != nil {
		return fmt.Errorf("make: %w\n%s", err, out)
	}
	return nil
}

// readSources has go test know what the tests depend on: else it would give the result of an older module again. It notes
// what a test reads, not what TestMain does.
var readSources = sync.OnceValue(func() error {
	return filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			_, err = os.ReadFile(path)
		}
		return err
	})
})

// use runs the driver. It fails the test when the module crashes, or the sanitizers object.
func use(t *testing.T, env []string, parameter ...string) string {
	t.Helper()
	if err := readSources(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(driver, parameter...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func expect(t *testing.T, out string, lines ...string) {
	t.Helper()
	got := strings.Split(out, "\n")
	for _, line := range lines {
		if !slices.Contains(got, line) {
			t.Errorf("no %q in:\n%s", line, out)
		}
	}
}

func TestWithoutAnAgentThereIsASlotWithoutAToken(t *testing.T) {
	out := use(t, append(os.Environ(), "XDG_RUNTIME_DIR="+t.TempDir()))
	expect(t, out, "C_Initialize 0", "tokens 0", "C_GetTokenInfo 0xe0", "C_OpenSession 0xe0", "C_Finalize 0")
}

func TestASocketThatOthersCanReachIsNotUsed(t *testing.T) {
	env := serve(t, newToken().answer)
	dir := filepath.Join(strings.TrimPrefix(env[len(env)-1], "XDG_RUNTIME_DIR="), "ponte")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	expect(t, use(t, env), "tokens 0")
}

func TestARelativeRuntimeDirectoryIsNotUsed(t *testing.T) {
	env := serve(t, newToken().answer)
	dir := strings.TrimPrefix(env[len(env)-1], "XDG_RUNTIME_DIR=")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(here, dir)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, use(t, append(env, "XDG_RUNTIME_DIR="+relative)), "tokens 0")
}

func TestAnAnswerThatMakesNoSenseIsADeviceErrorAndNoCrash(t *testing.T) {
	good := newToken()
	long := func(n int) []byte { return make([]byte, n) }
	for name, bad := range map[string][]byte{
		"nothing":                  {},
		"half a length":            {0, 0},
		"a length of zero":         {0, 0, 0, 0, 0, 0, 0, 0},
		"a length of 4 GiB":        {255, 255, 255, 255, 0, 0, 0, 0},
		"half a message":           frame(ckrOK, long(100))[:50],
		"no objects byte":          frame(ckrOK, nil),
		"more objects than told":   frame(ckrOK, []byte{3, 0}),
		"too many objects":         frame(ckrOK, append([]byte{255}, long(255)...)),
		"too many attributes":      frame(ckrOK, []byte{1, 255}),
		"an attribute cut short":   frame(ckrOK, []byte{1, 1, 0, 0, 0, 0, 'b', 0, 0}),
		"an attribute of 4 GiB":    frame(ckrOK, []byte{1, 1, 0, 0, 0, 0, 'b', 255, 255, 255, 255}),
		"a number of 3 bytes":      frame(ckrOK, []byte{1, 1, 0, 0, 0, 0, 'n', 0, 0, 0, 3, 1, 2, 3}),
		"an attribute of no kind":  frame(ckrOK, []byte{1, 1, 0, 0, 0, 0, 'x', 0, 0, 0, 0}),
		"bytes left over":          frame(ckrOK, []byte{0, 1}),
		"more than a module keeps": frame(ckrOK, long(60_000)),
	} {
		t.Run(name, func(t *testing.T) {
			env := serve(t, func(op, mode byte, body []byte) []byte {
				if op == opObjects {
					return bad
				}
				return good.answer(op, mode, body)
			})
			expect(t, use(t, env), "C_OpenSession 0", "C_FindObjectsInit 0x30", "objects 0", "C_Finalize 0")
		})
		t.Run(name+", for the state", func(t *testing.T) {
			env := serve(t, func(op, mode byte, body []byte) []byte {
				if op == opState {
					return bad
				}
				return good.answer(op, mode, body)
			})
			expect(t, use(t, env), "tokens 0", "C_OpenSession 0xe0")
		})
	}
}

func TestASignatureOfAnotherLengthIsNotHandedOn(t *testing.T) {
	good := newToken()
	for _, n := range []int{0, 1, 255, 257, 512} {
		env := serve(t, func(op, mode byte, body []byte) []byte {
			if op == opSign {
				return frame(ckrOK, make([]byte, n))
			}
			return good.answer(op, mode, body)
		})
		expect(t, use(t, env), "C_Sign 0x30")
	}
}

// Firefox answers CKR_PIN_INCORRECT by another C_Login at once, until the card is blocked.
func TestAWrongPINIsNeverToldToTheProgram(t *testing.T) {
	good := newToken()
	env := serve(t, func(op, mode byte, body []byte) []byte {
		if op == opLogin || op == opSign {
			return frame(ckrPINIncorrect, nil)
		}
		return good.answer(op, mode, body)
	})
	expect(t, use(t, env), "C_Login 0x30", "C_Sign 0x30")
}

func TestWhatTheAgentRefusesIsTold(t *testing.T) {
	good := newToken()
	for _, rv := range []uint32{0x06, 0x32, 0x50, 0xE0, 0x101} {
		env := serve(t, func(op, mode byte, body []byte) []byte {
			if op == opLogin {
				return frame(rv, nil)
			}
			return good.answer(op, mode, body)
		})
		expect(t, use(t, env), fmt.Sprintf("C_Login %#x", rv))
	}
}

func TestRandomDamageNeverCrashesAProgram(t *testing.T) {
	good := newToken()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 0))
		env := serve(t, func(op, mode byte, body []byte) []byte {
			b := good.answer(op, mode, body)
			if op == opState {
				return b
			}
			for range 1 + r.IntN(8) {
				b[r.IntN(len(b))] = byte(r.Uint32())
			}
			return b[:len(b)-r.IntN(2)]
		})
		use(t, env)
	}
}

func TestTheModeOfTheLibraryParameterReachesTheAgent(t *testing.T) {
	good := newToken()
	modes := make(chan byte, 100)
	env := serve(t, func(op, mode byte, body []byte) []byte {
		modes <- mode
		return good.answer(op, mode, body)
	})
	use(t, env)
	if m := <-modes; m != 0 {
		t.Errorf("without a parameter: %q", m)
	}
	for len(modes) > 0 {
		<-modes
	}
	for _, parameter := range []string{"ui=sign", "nss"} {
		use(t, env, parameter)
		if m := <-modes; m != 's' {
			t.Errorf("%s: %q", parameter, m)
		}
		for len(modes) > 0 {
			<-modes
		}
	}
}

// Firefox finds the key in one session and signs in another, while others log in and out.
func TestAnObjectThatOneSessionFindsIsTheSameInAllOthers(t *testing.T) {
	k := newToken()
	var loggedIn atomic.Bool
	env := serve(t, func(op, mode byte, body []byte) []byte {
		switch {
		case op == opLogin || op == opLogout:
			loggedIn.Store(op == opLogin)
		case op == opObjects && !loggedIn.Load():
			return frame(ckrOK, k.objects(false))
		case op == opSign && !loggedIn.Load():
			return frame(ckrUserNotLoggedIn, nil)
		}
		return k.answer(op, mode, body)
	})
	out := use(t, env, "sessions")
	expect(t, out, "certificate in second 0", "key before the login 0", "C_Login 0", "signature 256", "C_Logout 0", "key after the logout 0",
		"C_Sign 0x101", "no such object 0x82")
	if n := strings.Count(out, "C_SignInit 0\n"); n != 2 { // who has logged out is told so by C_Sign, not by a handle that is gone
		t.Errorf("%d times the key was known:\n%s", n, out)
	}
}

// A tab of Firefox that gets no signature for TLS 1.2 loads for ever.
func TestAProgramThatHangsOnAFailureGetsASignatureThatFitsNothing(t *testing.T) {
	good := newToken()
	for name, bad := range map[string][]byte{"cancelled": frame(0x50, nil), "too short": frame(ckrOK, make([]byte, 255)), "no agent any more": {}} {
		for _, flag := range []byte{0, signSucceeds} {
			good.loginFlag = flag
			env := serve(t, func(op, mode byte, body []byte) []byte {
				if op == opSign {
					return bad
				}
				return good.answer(op, mode, body)
			})
			out := use(t, env, "nss")
			if zeros := strings.Contains(out, "signature 256 zeros"); zeros != (flag != 0) || strings.Contains(out, "C_Sign 0\n") != zeros {
				t.Errorf("%s, flag %d:\n%s", name, flag, out)
			}
		}
	}
}

func TestADriverFindsTheObjectsLogsInAndSigns(t *testing.T) {
	out := use(t, serve(t, newToken().answer))
	expect(t, out, "C_Initialize 0", "tokens 1", "C_GetTokenInfo 0", "objects 3", "object 0 class 0x1", "object 18 class 0x3", "C_Login 0", // 18: a key tells no CKA_VALUE
		"C_SignInit 0", "C_Sign 0", "signature 256", "C_CloseSession 0", "C_Finalize 0")
}

// OpenSC's tool is a program that nobody here has written.
func TestPKCS11ToolListsAndSigns(t *testing.T) {
	k := newToken()
	env := serve(t, k.answer)
	dir := t.TempDir()
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("pkcs11-tool", append([]string{"--module", module}, args...)...)
		cmd.Env, cmd.Dir = env, dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	if out := run("-L"); !strings.Contains(out, "PIN pad present") || !strings.Contains(out, "7430010024925855") {
		t.Errorf("-L:\n%s", out)
	}
	if out := run("-O"); !strings.Contains(out, "Certificate Object; type = X.509 cert") || !strings.Contains(out, "Public Key Object; RSA 2048 bits") {
		t.Errorf("-O:\n%s", out)
	}
	text := []byte("a text to sign")
	if err := os.WriteFile(filepath.Join(dir, "text"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(text)
	info := append([]byte("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"), digest[:]...)
	if err := os.WriteFile(filepath.Join(dir, "info"), info, 0o600); err != nil {
		t.Fatal(err)
	}
	run("-l", "--sign", "--mechanism", "RSA-PKCS", "--id", "01", "-i", "info", "-o", "signature")
	signature, err := os.ReadFile(filepath.Join(dir, "signature"))
	if err != nil {
		t.Fatal(err)
	}
	if err := rsa.VerifyPKCS1v15(&k.key.PublicKey, crypto.SHA256, digest[:], signature); err != nil {
		t.Error(err)
	}
}

// What the measurements of a browser demand of code in its process: it exports the entry points alone, brings no
// constructor of its own, starts no thread and handles no signal.
func TestTheModuleExportsEntryPointsOnlyAndBringsNoConstructor(t *testing.T) {
	out, err := exec.Command("nm", "-D", "--defined-only", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if name := strings.Fields(line)[2]; !strings.HasPrefix(name, "C_") {
			t.Errorf("exports %s", name)
		}
	}
	out, err = exec.Command("nm", "-D", "--undefined-only", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pthread_create", "sigaction", "signal", "fork", "system", "popen", "exec", "pthread_atfork"} {
		if strings.Contains(string(out), " "+name+"@") {
			t.Errorf("calls %s", name)
		}
	}
	// The start-up files of the compiler bring one function in .init_array (frame_dummy), 8 bytes.
	out, err = exec.Command("objdump", "-h", "-j", ".init_array", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), " 00000008 ") {
		t.Errorf("constructors:\n%s", out)
	}
	info, err := os.Stat(module)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 64<<10 {
		t.Errorf("%d bytes", info.Size())
	}
}

func TestARequestNamesTheInsertionThatItIsAbout(t *testing.T) {
	good := newToken()
	wrong := make(chan uint64, 100)
	env := serve(t, func(op, mode byte, body []byte) []byte {
		if op != opState {
			if g := binary.BigEndian.Uint64(body); g != generation {
				wrong <- g
			}
		}
		return good.answer(op, mode, body)
	})
	use(t, env)
	if len(wrong) > 0 {
		t.Errorf("generation %d", <-wrong)
	}
}

func TestWhatIsCompiledOnMacOSAloneHasTheRightTypes(t *testing.T) {
	if err := readSources(); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("make", "-s", "-C", "..", "OUT="+t.TempDir(), "macos").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	// The headers are not those of this system: what is for Linux does not compile with them.
	out, err := exec.Command("make", "-s", "-C", "..", "OUT="+t.TempDir(), "macos", "MACOS=").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "SOCK_CLOEXEC") {
		t.Errorf("the branches of Linux are taken: %v\n%s", err, out)
	}
}
