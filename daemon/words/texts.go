// SPDX-License-Identifier: EUPL-1.2

package words

// Text is the id of a text in the TOML files.
type Text string

// The texts of dialogs, with their placeholders.
const (
	DialogTitle         Text = "dialog.title"
	DialogAsRoot        Text = "dialog.as-root" // here, because every agent has these texts in memory
	DialogCancel        Text = "dialog.cancel"
	DialogHolder        Text = "dialog.holder" // Name
	DialogHolderUnknown Text = "dialog.holder-unknown"
	DialogReader        Text = "dialog.reader"     // Reader
	DialogSiteASCII     Text = "dialog.site-ascii" // Host

	PINAction       Text = "pin.action"
	PINLabel        Text = "pin.label"
	PINHeading      Text = "pin.heading" // Site
	PINOK           Text = "pin.ok"
	PINTries        Text = "pin.tries" // plural
	PINTriesUnknown Text = "pin.tries-unknown"
	PINLastTry      Text = "pin.last-try"
	PINWrong        Text = "pin.wrong" // plural
	PINWrongUnknown Text = "pin.wrong-unknown"
	PINBadFormat    Text = "pin.bad-format"
	PINHalves       Text = "pin.halves"

	LastTryText      Text = "last-try.text"
	LastTryOK        Text = "last-try.ok"
	UnknownTriesText Text = "unknown-tries.text"

	CardText        Text = "card.text"
	CardOK          Text = "card.ok"
	CardAnother     Text = "card.another"
	CardAnotherText Text = "card.another-text"

	AdmitText   Text = "admit.text"
	AdmitAdvice Text = "admit.advice"
	AdmitOK     Text = "admit.ok"
	AdmitBlock  Text = "admit.block"
	AdmitLater  Text = "admit.later"

	DiscloseText   Text = "disclose.text"
	DiscloseAdvice Text = "disclose.advice"
	DiscloseOK     Text = "disclose.ok"

	TypedGoOn    Text = "typed.go-on" // Yes
	TypedAdmit   Text = "typed.admit" // Yes, No
	TypedHeading Text = "typed.heading"
	TypedConfirm Text = "typed.confirm"
	TypedYes     Text = "typed.yes"
	TypedNo      Text = "typed.no"
)
