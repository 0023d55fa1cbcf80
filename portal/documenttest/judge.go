// SPDX-License-Identifier: BSD-3-Clause

package documenttest

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/timestamp"
)

// Trust trusts one authority, for signers and for time stamps. change, if not nil, changes the options.
func Trust(t testing.TB, ca *x509.Certificate, change func(*document.Options)) *document.Trust {
	t.Helper()
	o := document.Options{TrustAnchors: []*x509.Certificate{ca}, TimeAuthorities: []*x509.Certificate{ca}}
	if change != nil {
		change(&o)
	}
	trust, err := document.NewTrust(o)
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

// Authority serves a time stamp authority and gives its client.
func Authority(t testing.TB, tsa http.Handler) *timestamp.Client {
	t.Helper()
	server := httptest.NewServer(tsa)
	t.Cleanup(server.Close)
	client, err := timestamp.NewClient(timestamp.Options{URL: server.URL, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Only gives the one signature, which must be the only one.
func Only[S any](t testing.TB, found []S) S {
	t.Helper()
	if len(found) != 1 {
		t.Fatalf("%d signatures", len(found))
	}
	return found[0]
}

// WantGood wants no fault.
func WantGood(t testing.TB, s document.Signature) {
	t.Helper()
	if !s.Good() {
		t.Errorf("faults: %v", s.Faults)
	}
}

// WantFaults wants these faults and no others.
func WantFaults(t testing.TB, s document.Signature, want ...document.Fault) {
	t.Helper()
	for _, f := range want {
		if !s.Has(f) {
			t.Errorf("%s is not among the faults %v", f, s.Faults)
		}
	}
	if len(s.Faults) != len(want) {
		t.Errorf("faults %v, want %v", s.Faults, want)
	}
}
