// SPDX-License-Identifier: BSD-3-Clause

package trustlist_test

import (
	"testing"

	"github.com/ponte-cns/ponte/portal/trustlist"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// FuzzParse looks for a list that makes Parse panic, or that it accepts with an authority that nobody signed for.
func FuzzParse(f *testing.F) {
	good := pki.SignedTrustedList(testpki.ListOptions{})
	f.Add(good)
	f.Add(pki.SignedTrustedList(testpki.ListOptions{ByURI: true}))
	f.Add(pki.SignedTrustedList(testpki.ListOptions{SHA1: true}))
	f.Add(pki.TrustedList())
	f.Add(good[:len(good)/2])
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`))
	f.Add([]byte(`<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature></TrustServiceStatusList>`))
	f.Add([]byte(`<a:b xmlns:a=""/>`))
	f.Fuzz(func(t *testing.T, list []byte) {
		l, err := trustlist.Parse(list, options())
		if err != nil {
			return
		}
		if len(l.Authorities) != 1 || !l.Authorities[0].Certificate.Equal(pki.CA()) {
			t.Errorf("it trusts %v", names(l.Authorities))
		}
	})
}
