// SPDX-License-Identifier: BSD-3-Clause

package cms_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ponte-cns/ponte/portal/cades/cms"
	"github.com/ponte-cns/ponte/portal/document"
)

// seeds are messages of openssl: attached, in BER by the stream, detached, with SHA-1, without attributes, with PSS.
func seeds(f *testing.F) {
	f.Helper()
	names, err := filepath.Glob("testdata/*.p7?")
	if err != nil || len(names) < 6 {
		f.Fatalf("%d seeds: %v", len(names), err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add([]byte(base64.StdEncoding.EncodeToString(b)))
	}
	f.Add([]byte{0x30, 0x80, 0x24, 0x80, 0x04, 0x01, 'x', 0, 0, 0, 0})
}

// What is read is refused by a Refusal, or can be written again and read as the same; and checking it ends.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := cms.Parse(b)
		if err != nil {
			if _, ok := errors.AsType[*document.Refusal](err); !ok || m != nil {
				t.Fatalf("%v", err)
			}
			return
		}
		again, err := m.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		second, err := cms.Parse(again)
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		third, err := second.Marshal()
		if err != nil || !bytes.Equal(again, third) || second.Altered {
			t.Fatalf("it becomes something else each time: %v", err)
		}
		if !bytes.Equal(m.Content, second.Content) || m.Attached != second.Attached || len(m.Signers) != len(second.Signers) {
			t.Fatal("another document, or other signers")
		}
		sum, certs := sha256.Sum256(m.Content), m.ParseCertificates()
		for _, s := range m.Parsed {
			found := s.Check(m, certs, map[crypto.Hash][]byte{crypto.SHA256: sum[:]}, cms.Rules{ContentType: cms.OIDData})
			if found.Certificate == nil && len(found.Faults) == 0 {
				t.Fatal("no certificate, and no fault")
			}
		}
	})
}
