// SPDX-License-Identifier: EUPL-1.2

package protocol

// Methods of portals (PROTOCOL.md, section 4) and of the extension itself (section 2).
const (
	MethodHello           = "bridge.hello"
	MethodStatus          = "card.status"
	MethodWatch           = "card.watch"
	MethodUnwatch         = "card.unwatch"
	MethodLogin           = "auth.login"
	MethodIdentity        = "identity.read"
	MethodCancel          = "request.cancel"
	NotifyChanged         = "card.changed"
	MethodExtensionKnows  = "extension.knows"
	MethodExtensionStatus = "extension.status"
)

// HelloParams are those of bridge.hello.
type HelloParams struct {
	Protocol int    `json:"protocol"`
	Client   Client `json:"client"`
}

// Client is the program that a portal's page uses to speak with us.
type Client struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// HelloResult answers bridge.hello.
type HelloResult struct {
	Protocol int      `json:"protocol"`
	Bridge   string   `json:"bridge"`
	Features []string `json:"features"`
}

// CardState is what is in the reader.
type CardState string

// The card states of PROTOCOL.md, section 4.
const (
	StateNoReader CardState = "no-reader"
	StateNoCard   CardState = "no-card"
	StateMute     CardState = "mute"
	StateUnknown  CardState = "unknown"
	StateReady    CardState = "ready"
)

// Status is the result of card.status and the params of card.changed. It tells nothing about the holder.
type Status struct {
	State         CardState `json:"state"`
	Problem       *Code     `json:"problem"`
	PIN           PINStatus `json:"pin"`
	ExpiresInDays *int      `json:"expiresInDays"`
}

// PINStatus is what the card says about its PIN without being asked to verify one.
type PINStatus struct {
	TriesLeft *int `json:"triesLeft"`
	Blocked   bool `json:"blocked"`
}

// LoginParams are those of auth.login.
type LoginParams struct {
	ChallengeNonce string `json:"challengeNonce"`
	Lang           string `json:"lang,omitempty"`
	TimeoutMs      int    `json:"timeoutMs,omitempty"`
}

// CancelParams are those of request.cancel.
type CancelParams struct {
	ID ID `json:"id"`
}

// CancelResult answers request.cancel.
type CancelResult struct {
	Cancelled bool `json:"cancelled"`
}

// KnowsParams are those of extension.knows.
type KnowsParams struct {
	Origin Origin `json:"origin"`
}

// KnowsResult answers extension.knows.
type KnowsResult struct {
	Known bool `json:"known"`
}

// Advice is what a person is told of readers and cards, in the citizen's language: the agent composes it, so that every
// window says the same.
type Advice struct {
	Mood  Mood     `json:"mood"`
	Title string   `json:"title"`           // what is, in a few words
	Cause string   `json:"cause,omitempty"` // why
	Next  string   `json:"next,omitempty"`  // what to do
	Where string   `json:"where,omitempty"` // where to go, by the Region that issued the card
	Notes []string `json:"notes,omitempty"` // what else should be known, such as a card that expires soon
}

// Mood is whether a login could go on.
type Mood string

// The moods.
const (
	MoodGood Mood = "good" // a login can go on
	MoodWait Mood = "wait" // something has to be put in or plugged in
	MoodBad  Mood = "bad"  // something has to be mended
)

// ExtensionStatus answers extension.status.
type ExtensionStatus struct {
	Bridge   string `json:"bridge"`
	Language string `json:"language"`
	Card     Status `json:"card"`
	Advice   Advice `json:"advice"`

	// UpdateNotice lets the popup say that a newer version is out: browsers update the extension by themselves, so that its
	// own version tells.
	UpdateNotice bool `json:"updateNotice"`
}

// IdentityField names a datum of identity.read.
type IdentityField string

// The fields of identity.read, from EF.Dati_personali and EF.ID_Carta (cns-card.md A4). Dates are YYYY-MM-DD,
// municipalities their cadastral code.
const (
	FieldFiscalCode            IdentityField = "fiscalCode"
	FieldName                  IdentityField = "name"
	FieldSurname               IdentityField = "surname"
	FieldBirthDate             IdentityField = "birthDate"
	FieldSex                   IdentityField = "sex"
	FieldBirthMunicipality     IdentityField = "birthMunicipality"
	FieldResidenceMunicipality IdentityField = "residenceMunicipality"
	FieldIssueDate             IdentityField = "issueDate"
	FieldExpiryDate            IdentityField = "expiryDate"
	FieldCardNumber            IdentityField = "cardNumber"
)

// IdentityFields lists the fields in the order in which a dialog shows them.
var IdentityFields = [...]IdentityField{
	FieldFiscalCode, FieldName, FieldSurname, FieldBirthDate, FieldSex, FieldBirthMunicipality, FieldResidenceMunicipality,
	FieldIssueDate, FieldExpiryDate, FieldCardNumber,
}

// IdentityParams are those of identity.read. The result is an object with these fields; one that the card leaves empty
// is not there.
type IdentityParams struct {
	Fields []IdentityField `json:"fields"`
	Lang   string          `json:"lang,omitempty"`
}
