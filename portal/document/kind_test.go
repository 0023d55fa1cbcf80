// SPDX-License-Identifier: BSD-3-Clause

package document_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

func TestACertificateIsWorthWhatItsStatementsAndItsPolicySay(t *testing.T) {
	qualified, device := statement(t, 1, nil), statement(t, 4, nil)
	person, seal := statement(t, 6, kinds(1)), statement(t, 6, kinds(2))
	for name, c := range map[string]struct {
		options testpki.LeafOptions
		change  func(*x509.Certificate)
		want    document.Kind
	}{
		"another policy":                     {testpki.LeafOptions{Policy: testpki.PolicyOther}, nil, document.KindOther},
		"no policy":                          {testpki.LeafOptions{Policy: testpki.PolicyNone}, nil, document.KindOther},
		"the identity card":                  {testpki.LeafOptions{Policy: testpki.PolicyCIE}, nil, document.KindOther},
		"qualified, without device":          {testpki.LeafOptions{Policy: testpki.PolicyOther}, statements(t, qualified, person), document.KindOther},
		"a device, not qualified":            {testpki.LeafOptions{Policy: testpki.PolicyOther}, statements(t, device, person), document.KindOther},
		"a seal":                             {testpki.LeafOptions{Policy: testpki.PolicyOther}, statements(t, qualified, device, seal), document.KindOther},
		"a type that cannot be read":         {testpki.LeafOptions{Policy: testpki.PolicyOther}, statements(t, qualified, device, statement(t, 6, 1)), document.KindOther},
		"a type of nothing":                  {testpki.LeafOptions{Policy: testpki.PolicyOther}, statements(t, qualified, device, statement(t, 6, nil)), document.KindOther},
		"statements that end early":          {testpki.LeafOptions{Policy: testpki.PolicyOther}, statements(t, qualified, device[:5]), document.KindOther},
		"33 statements":                      {testpki.LeafOptions{Policy: testpki.PolicyOther}, statements(t, bytes.Repeat(qualified, 32), device), document.KindOther},
		"the CNS":                            {testpki.LeafOptions{}, nil, document.KindFEA},
		"Lombardy's":                         {testpki.LeafOptions{Policy: testpki.PolicyLombardy}, nil, document.KindFEA},
		"the CNS with a qualified seal":      {testpki.LeafOptions{}, statements(t, qualified, device, seal), document.KindFEA},
		"qualified":                          {testpki.LeafOptions{Policy: testpki.PolicyOther}, statements(t, qualified, device, person), document.KindFEQ},
		"qualified, before there were types": {testpki.LeafOptions{Policy: testpki.PolicyOther}, statements(t, qualified, device), document.KindFEQ},
		"qualified for both":                 {testpki.LeafOptions{Policy: testpki.PolicyOther}, statements(t, qualified, device, statement(t, 6, kinds(2, 1))), document.KindFEQ},
	} {
		cert := issue(t, c.options, c.change)
		if got := document.KindOf(cert); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if got := judged(t, trust(t, nil), cert).Kind; got != c.want {
			t.Errorf("%s, judged: %q, want %q", name, got, c.want)
		}
	}
}

func TestThePoliciesOfACNSCanBeChosen(t *testing.T) {
	only := trust(t, func(o *document.Options) { o.Policies = []string{"1.3.76.47.4"} })
	if got := judged(t, only, issue(t, testpki.LeafOptions{Policy: testpki.PolicyCIE}, nil)).Kind; got != document.KindFEA {
		t.Errorf("the identity card: %q", got)
	}
	if got := judged(t, only, issue(t, testpki.LeafOptions{}, nil)).Kind; got != document.KindOther {
		t.Errorf("the CNS: %q", got)
	}
}

func TestARefusalIsComparedByItsFault(t *testing.T) {
	cause := errors.New("the cause")
	r := document.RefuseFor(document.FaultFormat, cause)
	if !errors.Is(r, &document.Refusal{Fault: document.FaultFormat}) || errors.Is(r, &document.Refusal{Fault: document.FaultExpired}) || !errors.Is(r, cause) {
		t.Errorf("%v", r)
	}
	if long := document.Refuse(document.FaultFormat, strings.Repeat("è", 1000)); len(long.Error()) > 400 || !strings.HasSuffix(long.Detail, "...") {
		t.Errorf("%d bytes", len(long.Error()))
	}
	var s document.Signature
	s.Add(r)
	s.AddError(r, document.FaultExpired)
	s.AddError(cause, document.FaultExpired)
	documenttest.WantFaults(t, s, document.FaultFormat, document.FaultExpired)
}

func TestEveryFaultIsListedOnce(t *testing.T) {
	all := document.Faults()
	if len(all) != 28 || len(slices.Compact(slices.Sorted(slices.Values(all)))) != len(all) {
		t.Errorf("%d faults", len(all))
	}
}
