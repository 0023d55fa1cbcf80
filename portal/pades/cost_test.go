// SPDX-License-Identifier: BSD-3-Clause

package pades_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/pades"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
)

// allocated is how many bytes a function allocates, whether it keeps them or not.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// TestTheFileIsHeldOnce: what is allowed are two files in memory, of which the caller has one.
func TestTheFileIsHeldOnce(t *testing.T) {
	file := tenMegabytes()
	most := len(file) / 4
	sign(t, pdftest.Simple(1).Table(), options()) // makes the keys of the test, which costs what it costs
	if n := allocated(func() {
		if _, err := assemble(t, file, options()).WriteTo(io.Discard); err != nil {
			t.Fatal(err)
		}
	}); n > most {
		t.Errorf("signing %d bytes allocates %d", len(file), n)
	}
	signed := sign(t, file, options())
	if n := allocated(func() { first(t, signed) }); n > most {
		t.Errorf("verifying %d bytes allocates %d", len(signed), n)
	}
}

func TestAHundredThousandPagesAreSignedAndVerified(t *testing.T) {
	file := pdftest.Simple(100_000).Table()
	if r, err := pades.Inspect(file); err != nil || r.Pages != 100_000 {
		t.Fatalf("%+v, %v", r, err)
	}
	o := options()
	o.Box = &pades.Box{Page: 100_000, X: 10, Y: 10, Width: 200, Height: 60}
	twice := sign(t, sign(t, file, o), o)
	all := verify(t, twice)
	if len(all) != 2 || !all[0].Good() || !all[1].Good() {
		t.Errorf("%+v", all)
	}
}

func TestTheSixtyFifthSignatureIsRefused(t *testing.T) {
	file := pdftest.Simple(1).Table()
	for range 64 {
		file = sign(t, file, options())
	}
	_, err := pades.Prepare(file, options())
	if !errors.Is(err, &document.Refusal{Fault: document.FaultTooLarge}) {
		t.Errorf("%v", err)
	}
	all := verify(t, file)
	if len(all) != 64 {
		t.Fatalf("%d signatures", len(all))
	}
	for i, s := range all {
		if !s.Good() {
			t.Errorf("signature %d: %v", i+1, s.Faults)
		}
	}
}

func TestAFileWithMoreSignaturesIsNotVerified(t *testing.T) {
	f := pdftest.Simple(1)
	list := ""
	for n := 100; n < 165; n++ {
		f.Objects[n] = fmt.Sprintf("<</FT /Sig /T (%d) /V 200 0 R>>", n)
		list += fmt.Sprintf("%d 0 R ", n)
	}
	f.Objects[200] = "<</Type /Sig /Contents <00>>>"
	f.Objects[1] = "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [" + list + "]>>>>"
	_, err := pades.Verify(t.Context(), f.Table(), trust(t, nil))
	wantFault(t, "65 signatures", err, document.FaultTooLarge)
}

// BenchmarkSign signs 10 MB, without the card; BenchmarkSHA256 is one pass over the same file, for comparison.
func BenchmarkSign(b *testing.B) {
	file := tenMegabytes()
	s := assemble(b, file, options())
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := pades.Prepare(file, options()); err != nil {
			b.Fatal(err)
		}
		if _, err := s.WriteTo(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSHA256(b *testing.B) {
	file := tenMegabytes()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		sha256.Sum256(file)
	}
}
