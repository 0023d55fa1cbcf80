// SPDX-License-Identifier: BSD-3-Clause

package timestamp

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestOnlyTimesOfTheFormOfTimeStampsAreRead(t *testing.T) {
	for _, s := range []string{
		"", "Z", "20260102030405", "202601020304Z", "20260102030405+0100", "20260102030405.Z", "20260102030405,5Z", "20261302030405Z",
		"20260132030405Z", "20260102250405Z", "2026010203040xZ", "20260102030405.xZ", "20260102030405.1234567890Z", "-0260102030405Z", "20260102030405ZZ",
	} {
		if got, err := parseTime(s); err == nil {
			t.Errorf("%q: %s", s, got)
		}
	}
	for s, want := range map[string]time.Time{
		"20260102030405Z":           time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		"20260102030405.5Z":         time.Date(2026, 1, 2, 3, 4, 5, 5e8, time.UTC),
		"20260102030405.123456789Z": time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.UTC),
	} {
		if got, err := parseTime(s); err != nil || !got.Equal(want) {
			t.Errorf("%q: %s, %v", s, got, err)
		}
	}
}

func TestATokenThatIsCutOrTooLongIsRefused(t *testing.T) {
	pki, digest := testpki.New(), sha256.Sum256(nil)
	token := pki.NewTSA(testpki.TSAOptions{}).Token(digest[:], nil)
	for n := range len(token) {
		if result, info, _ := read(token[:n]); result.Good() || info != nil {
			t.Fatalf("%d bytes: %+v", n, result)
		}
	}
	if result, info, _ := read(make([]byte, MaxToken+1)); result.Good() || info != nil || !strings.Contains(result.Faults[0].Detail, "bytes") {
		t.Errorf("a long one: %+v", result)
	}
}

func TestATokenOfTwoSignersIsRefused(t *testing.T) {
	pki, digest := testpki.New(), sha256.Sum256(nil)
	m, err := cms.Parse(pki.NewTSA(testpki.TSAOptions{}).Token(digest[:], nil))
	if err != nil {
		t.Fatal(err)
	}
	m.SignedData.Signers = append(m.SignedData.Signers, m.SignedData.Signers[0])
	token, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if result, info, _ := read(token); result.Good() || info != nil {
		t.Errorf("%+v", result)
	}
}

// Nothing of a token is believed that it does not say in one way only.
func FuzzToken(f *testing.F) {
	names, err := filepath.Glob("testdata/*.tst") // of the test authority
	if err != nil || len(names) < 5 {
		f.Fatalf("%d seeds: %v", len(names), err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		result, info, _ := read(b)
		if info == nil {
			if result.Good() {
				t.Error("nothing is read, and no fault is found")
			}
			return
		}
		if len(info.digest) != info.hash.Size() || info.time.IsZero() {
			t.Errorf("%+v", info)
		}
		if result.Good() && result.Certificate == nil {
			t.Error("good, without a certificate")
		}
	})
}

// FuzzInfo reads what a token holds, which the fuzzer of tokens would have to sign.
func FuzzInfo(f *testing.F) {
	for _, s := range []string{
		"0\x03\x02\x01\x01", "", "0\x00",
		"0\x5a\x02\x01\x01\x06\x03*\x03\x04010\x0d\x06\x09`\x86H\x01e\x03\x04\x02\x01\x05\x00\x04\x20" + strings.Repeat("d", 32) + "\x02\x01\x07\x18\x0f20260102030405Z0\x03\x02\x01\x01\x01\x01\xff\x02\x01\x05",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if i, err := readInfo(b); err == nil && (len(i.digest) != i.hash.Size() || len(i.policy) == 0) {
			t.Errorf("%+v", i)
		}
	})
}
