// SPDX-License-Identifier: BSD-3-Clause

package xades

import (
	"crypto"
	"fmt"

	"github.com/ponte-cns/ponte/portal/document"
)

// Namespaces.
const (
	nsDSig   = "http://www.w3.org/2000/09/xmldsig#"
	nsXAdES  = "http://uri.etsi.org/01903/v1.3.2#"
	nsASiC   = "http://uri.etsi.org/02918/v1.2.1#"
	nsFilter = "http://www.w3.org/2002/06/xmldsig-filter2"
	nsExc    = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

// Types of references.
const (
	typeSignedProperties = "http://uri.etsi.org/01903#SignedProperties" // EN 319 132-1
	typeManifest         = nsDSig + "Manifest"                          // xmldsig-core1, 5.1
)

// Algorithms (xmldsig-core1, 6).
const (
	algExclusive = nsExc
	algEnveloped = nsDSig + "enveloped-signature"
	algXPath     = "http://www.w3.org/TR/1999/REC-xpath-19991116"
	algFilter    = nsFilter
	algBase64    = nsDSig + "base64"
	algSHA256    = "http://www.w3.org/2001/04/xmlenc#sha256"
	algRSASHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
)

// The digest methods that are accepted, and those that are known to be broken.
var (
	digestMethods = map[string]crypto.Hash{
		algSHA256: crypto.SHA256,
		"http://www.w3.org/2001/04/xmldsig-more#sha384": crypto.SHA384,
		"http://www.w3.org/2001/04/xmlenc#sha512":       crypto.SHA512,
	}
	weakDigests = map[string]bool{nsDSig + "sha1": true, "http://www.w3.org/2001/04/xmldsig-more#md5": true}
)

// scheme is how a signature is computed.
type scheme int

const (
	schemePKCS1 scheme = iota + 1 // RFC 8017, 8.2
	schemePSS                     // RFC 8017, 8.1, with the parameters of RFC 6931, 2.3.10
	schemeECDSA                   // RFC 6931, 2.3.6: r and s, each as long as the order of the curve
)

type method struct {
	scheme scheme
	hash   crypto.Hash
}

// The signature methods that are accepted: none with a key that both sides know, so that the public key of a certificate
// can never be taken for one.
var (
	signatureMethods = map[string]method{
		algRSASHA256: {schemePKCS1, crypto.SHA256},
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384":      {schemePKCS1, crypto.SHA384},
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512":      {schemePKCS1, crypto.SHA512},
		"http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1": {schemePSS, crypto.SHA256},
		"http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1": {schemePSS, crypto.SHA384},
		"http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1": {schemePSS, crypto.SHA512},
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256":    {schemeECDSA, crypto.SHA256},
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384":    {schemeECDSA, crypto.SHA384},
		"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512":    {schemeECDSA, crypto.SHA512},
	}
	weakSignatures = map[string]bool{
		nsDSig + "rsa-sha1": true, nsDSig + "dsa-sha1": true, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1": true,
		"http://www.w3.org/2001/04/xmldsig-more#rsa-md5": true, "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1": true,
	}
)

func refuse(f document.Fault, format string, a ...any) *document.Refusal {
	return document.Refuse(f, fmt.Sprintf(format, a...))
}

func hashOf(algorithm string) (crypto.Hash, error) {
	if weakDigests[algorithm] {
		return 0, refuse(document.FaultWeakAlgorithm, "a digest made with %.80q", algorithm)
	}
	h, ok := digestMethods[algorithm]
	if !ok {
		return 0, refuse(document.FaultAlgorithm, "a hash function that is not known here: %.80q", algorithm)
	}
	return h, nil
}

func methodOf(algorithm string) (method, error) {
	if weakSignatures[algorithm] {
		return method{}, refuse(document.FaultWeakAlgorithm, "a signature made with %.80q", algorithm)
	}
	m, ok := signatureMethods[algorithm]
	if !ok {
		return method{}, refuse(document.FaultAlgorithm, "a signature algorithm that is not accepted: %.80q", algorithm)
	}
	return m, nil
}
