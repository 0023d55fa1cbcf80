// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func printed(t *testing.T, rows ...row) string {
	t.Helper()
	var b bytes.Buffer
	if err := (report{Rows: rows}).printTable(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAFigureOverItsBudgetIsPrintedAsOver(t *testing.T) {
	for name, c := range map[string]struct {
		row  row
		want string
	}{
		"more than the budget":    {row{Measured: 15}.within(10), "1.50 OVER"},
		"anything where 0 is due": {row{Measured: 1}.within(0), "- OVER"},
		"the budget itself":       {row{Measured: 10}.within(10), "1.00"},
		"nothing where 0 is due":  {row{}.within(0), "met"},
	} {
		line := strings.Split(printed(t, c.row), "\n")[1]
		if !strings.Contains(line, c.want) || strings.Contains(line, "OVER") != strings.Contains(c.want, "OVER") {
			t.Errorf("%s: %q, want %q", name, line, c.want)
		}
	}
}

func TestEachPeerHasItsRatioAndSaysWhereItWasMeasured(t *testing.T) {
	out := printed(t, row{What: "x", Unit: "ms", Measured: 3}.beside("here", 6).besideQuoted("there", 30))
	for _, want := range []string{"here: 6.0 ms ", "0.50", "there: 30.0 ms *", "0.10"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestARowWithPeersSharesThemWithNoOther(t *testing.T) {
	r := row{Measured: 1}.beside("a", 1)
	x, y := r.beside("x", 1), r.beside("y", 1)
	if x.Peers[1].Name != "x" || y.Peers[1].Name != "y" {
		t.Error(x.Peers, y.Peers)
	}
}

func TestJSONHasNullWhereThereIsNoRatio(t *testing.T) {
	var b bytes.Buffer
	if err := (report{Rows: []row{row{Measured: 2}.within(0), row{Measured: 2}.within(4)}}).printJSON(&b); err != nil {
		t.Fatal(err)
	}
	var r struct {
		Rows []struct {
			OfBudget *float64
			Within   *bool
		}
	}
	if strings.Contains(b.String(), `"peers": null`) {
		t.Error("no list of peers")
	}
	if err := json.Unmarshal(b.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Rows[0].OfBudget != nil || *r.Rows[0].Within || *r.Rows[1].OfBudget != 0.5 || !*r.Rows[1].Within {
		t.Error(b.String())
	}
}

func TestQuantilesAreSamples(t *testing.T) {
	s := samples{5, 1, 4, 2, 3}
	if !math.IsNaN(samples{}.median()) {
		t.Error("a median of nothing")
	}
	if s.median() != 3 || s.p95() != 5 || s.quantile(0) != 1 || (samples{7}).p95() != 7 {
		t.Error(s.median(), s.p95(), s.quantile(0))
	}
	if s[0] != 5 {
		t.Error("the samples were put into another order")
	}
}

func TestAFieldThatIsMissingOrNoNumberIsAnError(t *testing.T) {
	for _, text := range []string{"", "Pss:\n", "Pss: x kB\n", "Pss_Anon: 5 kB\n"} {
		if n, err := field(strings.NewReader(text), "Pss:"); err == nil {
			t.Errorf("%q: %v", text, n)
		}
	}
	n, err := field(strings.NewReader("Rss: 9 kB\nPss:  10449 kB\nPss_Anon: 1 kB\n"), "Pss:")
	if err != nil || n != 10449 {
		t.Error(n, err)
	}
}
