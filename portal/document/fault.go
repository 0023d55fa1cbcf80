// SPDX-License-Identifier: BSD-3-Clause

package document

import "strings"

// Fault names what is wrong with a signature, or why a document cannot be signed or read. Names are only ever added.
type Fault string

// Faults of any format, from the outside of a document to the certificate.
const (
	FaultFormat      Fault = "format"       // not a document of this format, or a damaged one
	FaultTooLarge    Fault = "too-large"    // more bytes, parts or levels than are read
	FaultNoSignature Fault = "no-signature" // a document of this format that nobody has signed
	FaultEncrypted   Fault = "encrypted"    // the document needs a password
	FaultNotAllowed  Fault = "not-allowed"  // the document forbids another signature, or the others could not be kept
	FaultNoContent   Fault = "no-content"   // the signature is apart from its document, which was not given

	FaultDocumentChanged Fault = "document-changed"     // the document is not the one that was signed
	FaultPartialCover    Fault = "partial-cover"        // the signature covers a part of the document only
	FaultChangedAfter    Fault = "changed-after"        // what the signature covers is whole, but something was added that changes what one sees
	FaultReference       Fault = "reference"            // it is not clear what the signature refers to: wrapping, repeated ids
	FaultSignature       Fault = "signature"            // the key of the certificate did not sign this
	FaultWeakAlgorithm   Fault = "weak-algorithm"       // SHA-1, MD5 and the like
	FaultAlgorithm       Fault = "algorithm"            // an algorithm that is not known here, or several that do not fit together
	FaultWeakKey         Fault = "weak-key"             // a key too short
	FaultAttributeAbsent Fault = "attribute-missing"    // a signed attribute that must be there is not
	FaultAttribute       Fault = "attribute"            // a signed attribute that is there twice, out of order or wrong
	FaultSigningCert     Fault = "signing-certificate"  // the signed attribute names another certificate
	FaultNoCertificate   Fault = "certificate-missing"  // the certificate of the signer is not in the signature
	FaultKeyUsage        Fault = "key-usage"            // the certificate is not for signatures
	FaultPolicy          Fault = "policy"               // the certificate is neither that of a CNS nor a qualified one, where one of them is asked for
	FaultUntrusted       Fault = "untrusted"            // no trusted authority issued the certificate
	FaultNotYetValid     Fault = "not-yet-valid"        // the certificate, at the time that counts
	FaultExpired         Fault = "expired"              // the certificate, at the time that counts
	FaultRevoked         Fault = "revoked"              // the certificate, at the time that counts
	FaultSuspended       Fault = "suspended"            // the certificate, at the time that counts: a lost card looks so
	FaultRevocation      Fault = "revocation-unknown"   // nobody could say whether the certificate was revoked
	FaultTimeStamp       Fault = "time-stamp"           // a time stamp that is damaged, or of something else
	FaultTimeAuthority   Fault = "time-stamp-authority" // a time stamp of an authority that is not trusted
)

// Faults lists every fault, in the order above.
func Faults() []Fault {
	return []Fault{
		FaultFormat, FaultTooLarge, FaultNoSignature, FaultEncrypted, FaultNotAllowed, FaultNoContent,
		FaultDocumentChanged, FaultPartialCover, FaultChangedAfter, FaultReference, FaultSignature, FaultWeakAlgorithm,
		FaultAlgorithm, FaultWeakKey, FaultAttributeAbsent, FaultAttribute, FaultSigningCert, FaultNoCertificate,
		FaultKeyUsage, FaultPolicy, FaultUntrusted, FaultNotYetValid, FaultExpired, FaultRevoked, FaultSuspended,
		FaultRevocation, FaultTimeStamp, FaultTimeAuthority,
	}
}

// Refusal is one fault with its circumstances: among those of a Signature, and as the error of what cannot be done.
type Refusal struct {
	Fault  Fault
	Detail string // for developers and the log, in English; holds nothing about the holder of a certificate

	cause error
}

// Refuse makes a Refusal.
func Refuse(f Fault, detail string) *Refusal { return &Refusal{Fault: f, Detail: clip(detail)} }

// RefuseFor makes a Refusal whose detail is an error.
func RefuseFor(f Fault, cause error) *Refusal {
	return &Refusal{Fault: f, Detail: clip(cause.Error()), cause: cause}
}

func (e *Refusal) Error() string {
	if e.Detail == "" {
		return string(e.Fault)
	}
	return string(e.Fault) + ": " + e.Detail
}

// Unwrap gives the error of RefuseFor.
func (e *Refusal) Unwrap() error { return e.cause }

// Is makes errors.Is(err, &Refusal{Fault: FaultExpired}) compare faults alone.
func (e *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Fault == e.Fault
}

// clip keeps texts that may come from outside short.
func clip(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
