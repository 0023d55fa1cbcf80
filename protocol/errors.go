// SPDX-License-Identifier: EUPL-1.2

package protocol

// Code names why a request failed (PROTOCOL.md, section 5). Names are only ever added.
type Code string

// The codes, grouped by whose turn it is.
const (
	UserCancelled Code = "USER_CANCELLED"
	UserTimeout   Code = "USER_TIMEOUT"
	ConsentDenied Code = "CONSENT_DENIED"

	NoReader               Code = "NO_READER"
	NoCard                 Code = "NO_CARD"
	CardMute               Code = "CARD_MUTE"
	CardUnsupported        Code = "CARD_UNSUPPORTED"
	CardRemoved            Code = "CARD_REMOVED"
	CardBusy               Code = "CARD_BUSY"
	PINBlocked             Code = "PIN_BLOCKED"
	PUKBlocked             Code = "PUK_BLOCKED"
	CardNotActivated       Code = "CARD_NOT_ACTIVATED"
	CertificateExpired     Code = "CERTIFICATE_EXPIRED"
	CertificateNotYetValid Code = "CERTIFICATE_NOT_YET_VALID"
	CertificateMissing     Code = "CERTIFICATE_MISSING"
	KeyMismatch            Code = "KEY_MISMATCH"
	ReaderLimited          Code = "READER_LIMITED"
	SigningNotAllowed      Code = "SIGNING_NOT_ALLOWED"

	PCSCUnavailable     Code = "PCSC_UNAVAILABLE"
	ModuleFailed        Code = "MODULE_FAILED"
	PromptUnavailable   Code = "PROMPT_UNAVAILABLE"
	BridgeBusy          Code = "BRIDGE_BUSY"
	BridgeUnreachable   Code = "BRIDGE_UNREACHABLE"
	ExtensionMissing    Code = "EXTENSION_MISSING"
	VersionMismatch     Code = "VERSION_MISMATCH"
	LocalNetworkBlocked Code = "LOCAL_NETWORK_BLOCKED"
	TimeStampFailed     Code = "TIME_STAMP_FAILED"

	OriginDenied    Code = "ORIGIN_DENIED"
	OriginInsecure  Code = "ORIGIN_INSECURE"
	InvalidArgument Code = "INVALID_ARGUMENT"
	DocumentRefused Code = "DOCUMENT_REFUSED"
	RateLimited     Code = "RATE_LIMITED"

	Internal Code = "INTERNAL"
)

// codes tells, for each code, the text of the JSON-RPC error and whether the same request can succeed later.
var codes = map[Code]struct {
	message string
	retry   bool
}{
	UserCancelled:          {"cancelled", true},
	UserTimeout:            {"nobody answered in time", true},
	ConsentDenied:          {"the user has not allowed this", false},
	NoReader:               {"no smart card reader", true},
	NoCard:                 {"no card in the reader", true},
	CardMute:               {"the card does not answer", true},
	CardUnsupported:        {"the card is not a CNS that Ponte can use", false},
	CardRemoved:            {"the card was removed", true},
	CardBusy:               {"another program holds the card", true},
	PINBlocked:             {"the PIN is blocked", false},
	PUKBlocked:             {"PIN and PUK are blocked", false},
	CardNotActivated:       {"the CNS is not activated", false},
	CertificateExpired:     {"the certificate has expired", false},
	CertificateNotYetValid: {"the certificate is not valid yet", false},
	CertificateMissing:     {"no certificate on the card", false},
	KeyMismatch:            {"the card's key does not belong to its certificate", false},
	ReaderLimited:          {"the reader does not support extended APDUs", false},
	SigningNotAllowed:      {"documents cannot be signed with this", false},
	PCSCUnavailable:        {"the smart card service does not answer", true},
	ModuleFailed:           {"the vendor module failed", true},
	PromptUnavailable:      {"no program can show a PIN dialog", false},
	BridgeBusy:             {"another request is open", true},
	BridgeUnreachable:      {"the agent cannot be reached", true},
	ExtensionMissing:       {"neither extension nor agent answered", false},
	VersionMismatch:        {"unknown protocol version", false},
	LocalNetworkBlocked:    {"the browser blocks loopback", false},
	TimeStampFailed:        {"the time stamp authority gave no time stamp", true},
	OriginDenied:           {"this site may not ask", false},
	OriginInsecure:         {"the site is not https", false},
	InvalidArgument:        {"invalid argument", false},
	DocumentRefused:        {"the document cannot be signed", false},
	RateLimited:            {"too many requests", true},
	Internal:               {"internal error", true},
}

// Retry says whether the same request can succeed later without help from outside.
func (c Code) Retry() bool { return codes[c].retry }

// Known says that c is a code of PROTOCOL.md.
func (c Code) Known() bool { _, ok := codes[c]; return ok }

// Message is the English text of the JSON-RPC error. Citizens read the hint instead.
func (c Code) Message() string { return codes[c].message }

// Codes lists every code, in no order.
func Codes() []Code {
	all := make([]Code, 0, len(codes))
	for c := range codes {
		all = append(all, c)
	}
	return all
}

// Reason says more about a code, where the citizen can do different things about it. Names are only ever added.
type Reason string

// The reasons of DOCUMENT_REFUSED.
const (
	ReasonEncrypted   Reason = "encrypted"   // it needs a password
	ReasonCertified   Reason = "certified"   // its author has forbidden changes, and a signature is one
	ReasonNotAllowed  Reason = "not-allowed" // the signatures that are there would not stay valid, or the same holder has signed it
	ReasonDamaged     Reason = "damaged"     // it is not what it should be
	ReasonTooLarge    Reason = "too-large"   // too many pages or parts
	ReasonEmpty       Reason = "empty"       // no bytes
	ReasonUnsupported Reason = "unsupported" // it cannot be signed in that format
)

// The reasons of SIGNING_NOT_ALLOWED.
const (
	ReasonSwitchedOff Reason = "switched-off" // signatures are switched off on this computer
	ReasonKeyUsage    Reason = "key-usage"    // the certificate is not one for signatures
	ReasonPolicy      Reason = "policy"       // the certificate's policies are none of those that are allowed
)

// Error is a failure with a code: what a request is answered with.
type Error struct {
	Code   Code
	Reason Reason // empty: the code says it all
	Detail string // for developers and the log; never a secret, never personal data
}

// Fail makes an Error: Fail(NoCard, "") or Fail(InvalidArgument, "challengeNonce: 44 to 128 characters").
func Fail(c Code, detail string) *Error { return &Error{Code: c, Detail: detail} }

// Because makes an Error whose code has reasons.
func Because(c Code, r Reason, detail string) *Error {
	return &Error{Code: c, Reason: r, Detail: detail}
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Code.Message()
	}
	return e.Code.Message() + ": " + e.Detail
}

// Is makes errors.Is(err, &Error{Code: NoCard}) compare codes alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}
