// SPDX-License-Identifier: BSD-3-Clause

package portal

import "strings"

// Reason names why a login was refused. Names are only ever added.
type Reason string

// The reasons, in the order of the checks.
const (
	ReasonNonceUnknown     Reason = "nonce-unknown"      // never issued to this session, or long forgotten
	ReasonNonceUsed        Reason = "nonce-used"         // redeemed before
	ReasonNonceExpired     Reason = "nonce-expired"      // issued too long ago
	ReasonOrigin           Reason = "origin"             // the portal's own origin is not https
	ReasonFormat           Reason = "format"             // not a Web eID token
	ReasonAlgorithm        Reason = "algorithm"          // none of RS256, PS256, ES256 and ES384, or a key that is not for it
	ReasonKeySize          Reason = "key-size"           // RSA key too short or too long
	ReasonKeyUsage         Reason = "key-usage"          // not a certificate for authentication
	ReasonExtendedKeyUsage Reason = "extended-key-usage" // not for client authentication
	ReasonPolicy           Reason = "policy"             // not the certificate of a CNS
	ReasonNotYetValid      Reason = "not-yet-valid"
	ReasonExpired          Reason = "expired"
	ReasonChain            Reason = "chain"      // no trusted authority signed it
	ReasonSignature        Reason = "signature"  // not signed by that key for this origin and challenge
	ReasonSubject          Reason = "subject"    // no valid fiscal code in the certificate
	ReasonRevocation       Reason = "revocation" // revoked or suspended, or that could not be found out
)

// Reasons lists every reason, in the order of the checks.
func Reasons() []Reason {
	return []Reason{
		ReasonNonceUnknown, ReasonNonceUsed, ReasonNonceExpired, ReasonOrigin, ReasonFormat, ReasonAlgorithm,
		ReasonKeySize, ReasonKeyUsage, ReasonExtendedKeyUsage, ReasonPolicy, ReasonNotYetValid, ReasonExpired,
		ReasonChain, ReasonSignature, ReasonSubject, ReasonRevocation,
	}
}

// Refusal is the error of a login that is not accepted.
type Refusal struct {
	Reason Reason
	Detail string // for developers and the log, in English; holds nothing about the holder of a genuine card

	cause error
}

func refuse(r Reason, detail string) *Refusal { return &Refusal{Reason: r, Detail: clip(detail)} }

func (e *Refusal) Error() string {
	if e.Detail == "" {
		return "login refused: " + string(e.Reason)
	}
	return "login refused: " + string(e.Reason) + ": " + e.Detail
}

// Unwrap gives what Options.Revocation answered.
func (e *Refusal) Unwrap() error { return e.cause }

// Is makes errors.Is(err, &Refusal{Reason: ReasonExpired}) compare reasons alone.
func (e *Refusal) Is(target error) bool {
	t, ok := target.(*Refusal)
	return ok && t.Reason == e.Reason
}

// clip keeps texts that may come from outside short.
func clip(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
