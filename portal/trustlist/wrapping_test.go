// SPDX-License-Identifier: BSD-3-Clause

package trustlist_test

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal/trustlist"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

// cut takes a signed list apart: the declaration, the list without its signature, the signature.
func cut(t *testing.T, signed []byte) (head, list, signature string) {
	t.Helper()
	s := string(signed)
	begin, from := strings.Index(s, "<TrustServiceStatusList"), strings.Index(s, "<ds:Signature ")
	const end = "</ds:Signature>"
	to := strings.Index(s, end)
	if begin < 0 || from < 0 || to < 0 {
		t.Fatal("not a signed list")
	}
	return s[:begin], s[begin:from] + s[to+len(end):], s[from : to+len(end)]
}

// TestASignatureAroundOtherContentIsRefused moves the genuine list and its signature into, beside and below a forged one.
func TestASignatureAroundOtherContentIsRefused(t *testing.T) {
	const end = "</TrustServiceStatusList>"
	forger := authority(t, "the forger", nil)
	for _, byURI := range []bool{false, true} {
		genuine := pki.SignedTrustedList(testpki.ListOptions{ByURI: byURI})
		head, list, signature := cut(t, genuine)
		whole := strings.TrimPrefix(string(genuine), head)
		_, forged, forgedSignature := cut(t, pki.SignedTrustedList(testpki.ListOptions{
			ByURI: byURI, SignedBy: testpki.OtherOperator, Services: []testpki.ListService{idv("the forger", forger)}}))
		otherID := strings.Replace(forged, `Id="ID100001"`, `Id="other"`, 1)
		noID := strings.Replace(forged, ` Id="ID100001"`, ``, 1)
		into := func(list, content string) string { return strings.Replace(list, end, content+end, 1) }

		for name, document := range map[string]string{
			"the genuine signature on the forged list":                 into(forged, signature),
			"the same, and the root has another Id":                    into(otherID, signature),
			"the same, and the root has no Id":                         into(noID, signature),
			"the genuine list inside the forged one":                   into(forged, whole),
			"the genuine list inside, the signature moved to the root": into(otherID, list+signature),
			"the genuine list inside an object of the signature":       into(otherID, strings.Replace(signature, "</ds:Signature>", "<ds:Object>"+list+"</ds:Object></ds:Signature>", 1)),
			"both lists below a root of another name":                  `<x xmlns="http://uri.etsi.org/02231/v2#">` + otherID + whole + `</x>`,
			"the genuine signature deeper in the genuine list":         strings.Replace(list, "</TrustServiceProviderList>", signature+"</TrustServiceProviderList>", 1),
			"both signatures":                                            into(forged, signature+forgedSignature),
			"both signatures, the forged one first":                      into(forged, forgedSignature+signature),
			"the forged list with the references of the genuine one too": into(forged, addReference(forgedSignature, signature)),
			"the genuine list with a forged one inside":                  into(into(list, otherID), signature),
			"a further service outside of the signature":                 into(list, signature+"<TrustServiceProviderList></TrustServiceProviderList>"),
			"a service inside the signature":                             into(list, strings.Replace(signature, "</ds:Signature>", "<ds:Object>"+otherID+"</ds:Object></ds:Signature>", 1)),
			"a transform that takes everything out": into(list, strings.Replace(signature, `Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms>`,
				`Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>false()</ds:XPath></ds:Transform></ds:Transforms>`, 1)),
		} {
			t.Run(name, func(t *testing.T) {
				l, err := trustlist.Parse([]byte(head+document), options())
				if err == nil && (len(l.Authorities) != 1 || !l.Authorities[0].Certificate.Equal(pki.CA())) {
					t.Fatalf("it trusts %v", names(l.Authorities))
				}
				if err == nil && name != "a service inside the signature" { // there it is dead text, which nobody reads
					t.Error("accepted")
				}
			})
		}
	}
}

// addReference puts the first reference of one signature into another.
func addReference(into, from string) string {
	begin, end := strings.Index(from, "<ds:Reference "), strings.Index(from, "</ds:Reference>")
	return strings.Replace(into, "<ds:Reference ", from[begin:end]+"</ds:Reference><ds:Reference ", 1)
}

func TestASignatureThatDoesNotCoverTheRootIsRefused(t *testing.T) {
	part := pki.SignedTrustedList(testpki.ListOptions{Edit: func(list string) string {
		return strings.Replace(strings.Replace(list, ` Id="ID100001"`, ` Id="root"`, 1), "<SchemeInformation>", `<SchemeInformation Id="ID100001">`, 1)
	}})
	_, err := trustlist.Parse(part, options())
	wantError(t, err, trustlist.ErrSignature)
}

func TestTheCertificateInsideTheListIsNotTrusted(t *testing.T) {
	forged := pki.SignedTrustedList(testpki.ListOptions{SignedBy: testpki.OtherOperator})
	_, err := trustlist.Parse(forged, options())
	wantError(t, err, trustlist.ErrSignature)
	o := options()
	o.Signers = []*x509.Certificate{pki.ListSigner(testpki.OtherOperator)}
	if _, err := trustlist.Parse(forged, o); err != nil {
		t.Errorf("the list of the test is not good: %v", err)
	}
}
