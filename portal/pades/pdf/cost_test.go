// SPDX-License-Identifier: BSD-3-Clause

package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/ponte-cns/ponte/portal/pades/pdf"
	"github.com/ponte-cns/ponte/portal/pades/pdf/pdftest"
)

// TestObjectsInsideEachOtherCostNoSquare: each object is also in the string of those before it.
func TestObjectsInsideEachOtherCostNoSquare(t *testing.T) {
	f := pdftest.Simple(1)
	out := f.Table()
	var at []int
	const n = 20_000
	for i := range n {
		at = append(at, len(out))
		out = fmt.Appendf(out, "%d 0 obj (\n", 100+i)
	}
	out = append(out, bytes.Repeat([]byte{'x'}, 5<<20)...)
	start := len(out)
	out = fmt.Appendf(out, "xref\n100 %d\n", n)
	for _, a := range at {
		out = fmt.Appendf(out, "%010d 00000 n \n", a)
	}
	out = fmt.Appendf(out, "trailer\n<</Size %d /Root 1 0 R /Prev %d>>\nstartxref\n%d\n%%%%EOF\n", 100+n, pdftest.LastXref(f.Table()), start)
	d, err := pdf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	tried, tooLarge := 0, false
	d.Each(func(number, _ int) bool {
		_, err := d.Number(number)
		tried++
		tooLarge = errors.Is(err, pdf.ErrTooLarge)
		return !tooLarge
	})
	if !tooLarge || tried > n/10 {
		t.Errorf("%d objects were read, each to the end of the file", tried)
	}
}

// TestANumberInTheFileAllocatesNothing: a table says that it has two million entries.
func TestANumberInTheFileAllocatesNothing(t *testing.T) {
	file := replace(t, pdftest.Simple(1).Table(), "xref\n0 1\n", "xref\n0 1999999\n")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := pdf.Open(file)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; err == nil || got > 1<<20 {
		t.Errorf("%d bytes were allocated, %v", got, err)
	}
}

func TestAnObjectStreamThatCannotBeReadIsTriedOnce(t *testing.T) {
	f := pdftest.Simple(2000)
	file := pdftest.Update(f.Packed(), map[int]string{4004: pdftest.Flate("/Type /ObjStm /N 1 /First 1", make([]byte, 60<<20))}, "")
	d, err := pdf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for n := 4; n < 4000; n += 2 {
		if _, err := d.Number(n); !errors.Is(err, pdf.ErrMalformed) {
			t.Fatalf("object %d: %v", n, err)
		}
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 400<<20 {
		t.Errorf("%d MB for one bad object stream", got>>20)
	}
}
