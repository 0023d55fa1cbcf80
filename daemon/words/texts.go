// SPDX-License-Identifier: EUPL-1.2

package words

// Text is the id of a text in the TOML files.
type Text string

// The texts of dialogs and of the command line, with their placeholders.
const (
	DialogTitle         Text = "dialog.title"
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

	CLIRoot               Text = "cli.root"
	CLIRun                Text = "cli.run"
	CLIStatus             Text = "cli.status"
	CLICard               Text = "cli.card"
	CLICardInfo           Text = "cli.card-info"
	CLICardCertificate    Text = "cli.card-certificate"
	CLILogin              Text = "cli.login"
	CLIVerify             Text = "cli.verify"
	CLISites              Text = "cli.sites"
	CLISitesList          Text = "cli.sites-list"
	CLISitesAllow         Text = "cli.sites-allow"
	CLISitesBlock         Text = "cli.sites-block"
	CLISitesForget        Text = "cli.sites-forget"
	CLILog                Text = "cli.log"
	CLIBrowsers           Text = "cli.browsers"
	CLIBrowsersList       Text = "cli.browsers-list"
	CLIBrowsersRegister   Text = "cli.browsers-register"
	CLIBrowsersUnregister Text = "cli.browsers-unregister"
	CLIVersion            Text = "cli.version"
	CLIFlagJSON           Text = "cli.flag-json"
	CLIFlagPEM            Text = "cli.flag-pem"
	CLIFlagOrigin         Text = "cli.flag-origin"
	CLIFlagNonce          Text = "cli.flag-nonce"
	CLIFlagLang           Text = "cli.flag-lang"
	CLIFlagTrust          Text = "cli.flag-trust"
	CLIFlagRevocation     Text = "cli.flag-revocation"
	CLIFlagAllow1024      Text = "cli.flag-allow1024"
	CLIFlagAllowLocalhost Text = "cli.flag-allow-localhost"
	CLIFlagDir            Text = "cli.flag-dir"
	CLIFlagFamily         Text = "cli.flag-family"
	CLIFlagHost           Text = "cli.flag-host"
	CLIAgentRunning       Text = "cli.agent-running"
	CLIAgentAbsent        Text = "cli.agent-absent"
	CLIVerified           Text = "cli.verified"
	CLIRefused            Text = "cli.refused"
	CLISiteAllowed        Text = "cli.site-allowed"
	CLISiteBlocked        Text = "cli.site-blocked"
	CLISiteForgotten      Text = "cli.site-forgotten"
	CLIAllowed            Text = "cli.allowed"
	CLIBlocked            Text = "cli.blocked"
	CLIByYou              Text = "cli.by-you"
	CLIByAdministrator    Text = "cli.by-administrator"
	CLIDone               Text = "cli.done"
	CLIRegistered         Text = "cli.registered"
	CLINotRegistered      Text = "cli.not-registered"
	CLIRowReader          Text = "cli.row-reader"
	CLIRowState           Text = "cli.row-state"
	CLIRowHolder          Text = "cli.row-holder"
	CLIRowFiscalCode      Text = "cli.row-fiscal-code"
	CLIRowCardNumber      Text = "cli.row-card-number"
	CLIRowIssuer          Text = "cli.row-issuer"
	CLIRowValidity        Text = "cli.row-validity"
	CLIRowPIN             Text = "cli.row-pin"
	CLIRowProblem         Text = "cli.row-problem"
	CLIUsageTitle         Text = "cli.usage-title"
	CLIUsageCommands      Text = "cli.usage-commands"
	CLIUsageFlags         Text = "cli.usage-flags"
	CLIUsageMore          Text = "cli.usage-more"
	CLIHelp               Text = "cli.help"
	CLICompletion         Text = "cli.completion"
	CLIFlagHelp           Text = "cli.flag-help"
)
