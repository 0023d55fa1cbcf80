// SPDX-License-Identifier: BSD-3-Clause

package xades_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/ponte-cns/ponte/portal/document"
	"github.com/ponte-cns/ponte/portal/documenttest"
	"github.com/ponte-cns/ponte/portal/xades"
	"github.com/ponte-cns/ponte/testcard/testpki"
)

const simple = `<domanda xmlns:z="urn:z" Id="d1"><testo>chiede poco</testo></domanda>`

// TestAGenuineSignatureAroundOtherContentVouchesForNothingElse moves genuine signatures and what they sign to where a
// program that is less careful would believe them.
func TestAGenuineSignatureAroundOtherContentVouchesForNothingElse(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	whole := written(t, giada.enveloped(t, simple), nil)
	byID := xades.Resign(change(t, whole, `URI=""`, `URI="#d1"`), giada.key)
	if s := documenttest.Only(t, verify(t, byID)); !s.Good() || s.Cover != document.CoverWhole {
		t.Fatalf("%+v", s)
	}
	inside := strings.TrimPrefix(written(t, giada.enveloping(t, text), text), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	forged := strings.Replace(simple, "poco", "molto", 1)
	other := strings.Replace(forged, `Id="d1"`, `Id="d2"`, 1)
	list, signature := cut(t, byID, "<ds:Signature ", "</ds:Signature>")
	_, properties := cut(t, signature, "<xades:SignedProperties", "</xades:SignedProperties>")
	_, object := cut(t, inside, `<ds:Object Id="`, "</ds:Object>")
	moved := func(part string) string { // with the prefixes that it had around it
		return strings.Replace(part, " Id=", ` xmlns:ds="`+nsDSig+`" xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" Id=`, 1)
	}
	into := func(document, content string) string {
		return strings.Replace(document, "</domanda>", content+"</domanda>", 1)
	}
	after := func(signature, what string) string {
		return strings.Replace(signature, "</ds:Signature>", what+"</ds:Signature>", 1)
	}
	for name, wrapped := range map[string]string{
		"the signature in the forged document":                    into(forged, signature),
		"the same, and its root has another Id":                   into(other, signature),
		"the genuine document inside the forged one":              into(other, byID),
		"the genuine document inside, the signature at the end":   into(other, list+signature),
		"the genuine document in an Object of the signature":      into(other, after(signature, "<ds:Object>"+list+"</ds:Object>")),
		"the forged document in an Object of the signature":       into(list, after(signature, "<ds:Object>"+other+"</ds:Object>")),
		"both below a root of another name":                       "<x>" + other + byID + "</x>",
		"both with one Id":                                        "<x>" + forged + byID + "</x>",
		"the genuine document with the forged one inside":         into(into(list, other), signature),
		"the properties moved out of the signature":               into(list, strings.Replace(signature, properties, "", 1)+moved(properties)),
		"the properties moved, others in their place":             into(list, strings.Replace(signature, properties, strings.Replace(properties, "<xades:SigningTime>2", "<xades:SigningTime>1", 1), 1)+moved(properties)),
		"the properties in an Object, others in their place":      into(list, after(strings.Replace(signature, properties, strings.Replace(strings.Replace(properties, ` Id="`, ` Id="x`, 1), "<xades:SigningTime>2", "<xades:SigningTime>1", 1), 1), "<ds:Object>"+moved(properties)+"</ds:Object>")),
		"the document of an enveloping one moved out":             "<x>" + strings.Replace(inside, object, "", 1) + moved(object) + "</x>",
		"the document of an enveloping one beside another":        after(inside, `<ds:Object Encoding="`+nsDSig+`base64">eA==</ds:Object>`),
		"the document of an enveloping one twice":                 after(inside, object),
		"the document of an enveloping one inside another Object": strings.Replace(inside, object, "<ds:Object>"+object+"eA==</ds:Object>", 1),
		"an enveloping one in a document":                         into(list, inside),
	} {
		t.Run(name, func(t *testing.T) {
			m, err := xades.Read([]byte(wrapped))
			if err != nil {
				t.Fatal(err)
			}
			found, err := m.Verify(t.Context(), trust(t, nil), xades.Input{})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range found {
				if s.Good() || len(s.Covered) > 0 {
					t.Errorf("good: it covers %s", covered(t, s))
				}
			}
		})
	}
}

// A detached signature is of what the caller names, and of nothing in the XML around it.
func TestADetachedSignatureIsOfItsDocumentOnly(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	detached := written(t, giada.detached(t, text, "domanda.txt"), nil)
	_, signature := cut(t, detached, "<ds:Signature ", "</ds:Signature>")
	wantFaults(t, documenttest.Only(t, verify(t, detached)), document.FaultNoContent)
	wantFaults(t, documenttest.Only(t, verify(t, detached, "altra.txt", string(text))), document.FaultNoContent)
	wantFaults(t, documenttest.Only(t, verify(t, detached, "domanda.txt", "altro")), document.FaultDocumentChanged)
	wantPart := documenttest.Only(t, verify(t, "<x>chiede molto"+signature+"</x>", "domanda.txt", string(text)))
	if !wantPart.Has(document.FaultPartialCover) || wantPart.Cover != document.CoverPart {
		t.Errorf("%+v", wantPart)
	}
	transformed := change(t, detached, "<ds:DigestMethod", `<ds:Transforms><ds:Transform Algorithm="`+exc+`"/></ds:Transforms><ds:DigestMethod`)
	wantFaults(t, documenttest.Only(t, verify(t, xades.Resign(transformed, giada.key), "domanda.txt", string(text))), document.FaultAlgorithm)
	beside := change(t, change(t, detached, "<ds:Signature ", `<c:XAdESSignatures xmlns:c="http://uri.etsi.org/02918/v1.2.1#"><a Id="a"/><ds:Signature `), "</ds:Signature>", "</ds:Signature></c:XAdESSignatures>")
	wantFaults(t, documenttest.Only(t, verify(t, xades.Resign(change(t, beside, `URI="domanda.txt"`, `URI="#a"`), giada.key))), document.FaultPartialCover)
	s := documenttest.Only(t, verify(t, detached, "domanda.txt", string(text), "altra.txt", "altro"))
	wantGood(t, s)
	if !s.Covered[0].Outside() || s.Covered[0].URI != "domanda.txt" {
		t.Errorf("%+v", s.Covered)
	}
	if _, err := s.Covered[0].WriteTo(io.Discard); !isRefusal(err, document.FaultNoContent) {
		t.Errorf("what is outside is written: %v", err)
	}
	if uris := read(t, detached).URIs(); len(uris) != 1 || uris[0] != "domanda.txt" {
		t.Errorf("%v", uris)
	}
}

func TestWhatIsCoveredIsWhatIsReturned(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	binary := append([]byte{0, 1, 2, 255}, bytes.Repeat(text, 5000)...)
	s := documenttest.Only(t, verify(t, written(t, giada.enveloping(t, binary), binary)))
	wantGood(t, s)
	if got := covered(t, s); !bytes.Equal(got, binary) || s.Covered[0].Element != "Object" {
		t.Errorf("%d bytes of %d", len(got), len(binary))
	}
	empty := documenttest.Only(t, verify(t, written(t, giada.enveloping(t, []byte{}), []byte{})))
	wantGood(t, empty)
	if got := covered(t, empty); len(got) != 0 {
		t.Errorf("%q", got)
	}
	s = documenttest.Only(t, verify(t, written(t, giada.enveloped(t, "<a><!-- x --><b>1</b>\n</a>"), nil)))
	if got := covered(t, s); string(got) != "<a><b>1</b>\n</a>" || s.Covered[0].Element != "a" || len(s.Notes) != 2 {
		t.Errorf("%s %+v", got, s)
	}
}

// Leaving out every signature of a part of a signature leaves nothing, whose digest anybody knows.
func TestAPartOfASignatureThatLeavesOutSignaturesIsRefused(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	forged := change(t, written(t, giada.enveloping(t, text), text), `<ds:Transform Algorithm="`+nsDSig+`base64"></ds:Transform>`,
		`<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath></ds:Transform>`)
	wantFaults(t, documenttest.Only(t, verify(t, xades.Resign(forged, giada.key))), document.FaultReference)
}

func TestTheManifestOfOtherThingsIsNoDocument(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	good := written(t, giada.enveloping(t, text), text)
	s := documenttest.Only(t, verify(t, xades.Resign(change(t, good, `<ds:Reference Id`, `<ds:Reference Type="`+nsDSig+`Manifest" Id`), giada.key)))
	if !s.Has(document.FaultPartialCover) {
		t.Errorf("%+v", s)
	}
}

// Signatures that cover each other over and over, or one name that must be written a million times, cost what one costs.
func TestWhatIsHashedHasACeiling(t *testing.T) {
	giada := card(testpki.LeafOptions{})
	name := strings.Repeat("x", 1<<20)
	bomb := `<a xmlns:p="` + name + `">` + strings.Repeat("<p:b/>", 300) + "</a>"
	p, err := xades.PrepareEnveloped([]byte(bomb), giada.options())
	if !isRefusal(err, document.FaultTooLarge) {
		t.Errorf("it is signed: %v %v", p, err)
	}
	good := written(t, giada.enveloped(t, `<a xmlns:p="`+name+`"><p:b/></a>`), nil)
	wantFaults(t, documenttest.Only(t, verify(t, change(t, good, "<p:b/>", strings.Repeat("<p:b/>", 300)))), document.FaultTooLarge)
}

func TestNoMoreThan32SignaturesAreRead(t *testing.T) {
	one := "<ds:Signature xmlns:ds=\"" + nsDSig + "\"/>"
	if _, err := xades.Read([]byte("<a>" + strings.Repeat(one, 33) + "</a>")); !isRefusal(err, document.FaultTooLarge) {
		t.Errorf("%v", err)
	}
	found := verify(t, "<a>"+strings.Repeat(one, 32)+"</a>")
	if len(found) != 32 || !found[31].Has(document.FaultFormat) {
		t.Errorf("%d signatures", len(found))
	}
	if _, err := xades.Read([]byte("<a/>")); !isRefusal(err, document.FaultNoSignature) {
		t.Errorf("none: %v", err)
	}
	if _, err := xades.Read([]byte("<!DOCTYPE a><a/>")); !isRefusal(err, document.FaultFormat) {
		t.Errorf("a type: %v", err)
	}
}
