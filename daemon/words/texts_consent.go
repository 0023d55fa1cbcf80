// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of the dialogs for signatures, with their placeholders.
const (
	SignTitle    Text = "sign.title"
	SignAsks     Text = "sign.asks" // plural
	SignOwn      Text = "sign.own"  // plural
	SignFEA      Text = "sign.fea"
	SignAdvice   Text = "sign.advice"
	SignMore     Text = "sign.more"      // plural
	SignMoreView Text = "sign.more-view" // plural
	SignRefused  Text = "sign.refused"   // plural
	SignWarned   Text = "sign.warned"    // plural
	SignReason   Text = "sign.reason"    // Text
	SignLocation Text = "sign.location"  // Text
	SignBox      Text = "sign.box"       // Page
	SignPages    Text = "sign.pages"     // plural
	SignSigned   Text = "sign.signed"    // plural
	SignStamp    Text = "sign.stamp"
	SignOK       Text = "sign.ok"
	SignView     Text = "sign.view"
	SignViewAll  Text = "sign.view-all"
	SignUnseen   Text = "sign.unseen"
	SignPINFor   Text = "sign.pin-for"  // plural
	SignDocument Text = "sign.document" // Name
	SignHeading  Text = "sign.heading"

	SignTyped     Text = "sign.typed"      // Yes, View
	SignTypedOnly Text = "sign.typed-only" // Yes
	SignTypedView Text = "sign.typed-view"

	SignBlind        Text = "sign-hash.asks"
	SignBlindOwn     Text = "sign-hash.own"
	SignBlindWarning Text = "sign-hash.warning"
	SignBlindLogin   Text = "sign-hash.login"
	SignBlindHash    Text = "sign-hash.fingerprint" // Function

	SignKindText  Text = "sign-kind.text"
	SignKindPNG   Text = "sign-kind.png"
	SignKindJPEG  Text = "sign-kind.jpeg"
	SignKindOther Text = "sign-kind.unknown"

	SignCertificate Text = "sign-certificate.text"

	SignProgressTitle Text = "sign-progress.title"
	SignProgressDone  Text = "sign-progress.done" // Done, Total
	SignProgressWait  Text = "sign-progress.wait"

	SignSetting     Text = "sign-setting.name"
	SignSettingHelp Text = "sign-setting.help"

	BecauseSwitchedOff Text = "because.switched-off"
	BecauseKeyUsage    Text = "because.key-usage"
	BecausePolicy      Text = "because.policy"
)
