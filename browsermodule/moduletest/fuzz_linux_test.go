// SPDX-License-Identifier: EUPL-1.2

package moduletest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// conversation is what an agent in order answers to testdata/fuzz.c, one answer after the other.
func conversation() []byte {
	k := newToken()
	var all []byte
	say := func(op byte) { all = append(all, k.answer(op, 0, make([]byte, 24))...) }
	for range 3 { // list of slots, token, session
		say(opState)
	}
	for range 3 {
		say(opState)
		say(opObjects)
		say(opLogin)
		for range 2 { // an object that is not there; the signature
			say(opObjects)
			all = append(all, frame(ckrOK, make([]byte, 256))...)
		}
	}
	return all
}

// seeds are conversations in order, cut off, damaged, and with a length that lies. AFL++ begins with them ("make fuzz").
func seeds() map[string][]byte {
	good := conversation()
	all := map[string][]byte{"good": good, "nothing": {}}
	var opened []byte // up to the question for objects
	for range 4 {
		opened = append(opened, newToken().answer(opState, 0, nil)...)
	}
	empty := bytes.Repeat([]byte{0, 0, 0, 1, 'b', 0, 0, 0, 0}, 200)
	for name, objects := range map[string][]byte{
		"200 objects": append([]byte{200}, make([]byte, 200)...), "200 attributes": append([]byte{1, 200}, empty...), "60000 bytes": make([]byte, 60_000),
	} {
		all[name] = append(bytes.Clone(opened), frame(ckrOK, objects)...)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 200 {
		all[fmt.Sprintf("cut-%d", i)] = good[:r.IntN(len(good))]
		b := bytes.Clone(good)
		for range 1 + r.IntN(6) {
			b[r.IntN(min(len(b), 4000))] = [...]byte{0, 1, 4, 127, 128, 255, byte(r.Uint32())}[r.IntN(7)]
		}
		all[fmt.Sprintf("damaged-%d", i)] = b
	}
	return all
}

func TestNoAnswerOfAnAgentCrashesTheModule(t *testing.T) {
	if err := readSources(); err != nil {
		t.Fatal(err)
	}
	harness := filepath.Join(t.TempDir(), "fuzz")
	out, err := exec.Command("make", "-s", "-C", "..", "OUT="+filepath.Dir(harness), "CC=gcc", harness).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, seed := range seeds() {
		if dir := os.Getenv("PONTE_FUZZ_SEEDS"); dir != "" { // the Makefile asks for them
			if err := os.WriteFile(filepath.Join(dir, name), append(bytes.Clone(seed), 0), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command(harness)
		cmd.Stdin = bytes.NewReader(seed)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
