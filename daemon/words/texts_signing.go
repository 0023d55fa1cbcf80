// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of signatures, with their placeholders.
const (
	SigningRefusalEncrypted   Text = "signing.refusal-encrypted"
	SigningRefusalCertified   Text = "signing.refusal-certified"
	SigningRefusalNotAllowed  Text = "signing.refusal-not-allowed"
	SigningRefusalDamaged     Text = "signing.refusal-damaged"
	SigningRefusalTooLarge    Text = "signing.refusal-too-large"
	SigningRefusalEmpty       Text = "signing.refusal-empty"
	SigningRefusalUnsupported Text = "signing.refusal-unsupported"
	SigningRefusalIncomplete  Text = "signing.refusal-incomplete"
	SigningRefusalName        Text = "signing.refusal-name"
	SigningRefusalTooMany     Text = "signing.refusal-too-many"
	SigningRefusalFormat      Text = "signing.refusal-format"
	SigningRefusalText        Text = "signing.refusal-text"
	SigningRefusalPage        Text = "signing.refusal-page"
	SigningRefusalBox         Text = "signing.refusal-box"
	SigningRefusalCertificate Text = "signing.refusal-certificate"
	SigningRefusalSignature   Text = "signing.refusal-signature"
	SigningRefusalTimeStamp   Text = "signing.refusal-time-stamp"
	SigningRefusalOrder       Text = "signing.refusal-order"

	SigningNoteJavaScript      Text = "signing.note-javascript"
	SigningNoteXFA             Text = "signing.note-xfa"
	SigningNoteLaunch          Text = "signing.note-launch"
	SigningNoteAttachments     Text = "signing.note-attachments"
	SigningNoteUsageRights     Text = "signing.note-usage-rights"
	SigningNoteSignedAlready   Text = "signing.note-signed-already"
	SigningNoteSignatureBroken Text = "signing.note-signature-broken"
	SigningNoteTypeDiffers     Text = "signing.note-type-differs"
	SigningNoteUnreadable      Text = "signing.note-unreadable"

	// ponte sign
	SigningCommand      Text = "signing.command"
	SigningHowMany      Text = "signing.how-many" // Most
	SigningFlagFormat   Text = "signing.flag-format"
	SigningFlagShape    Text = "signing.flag-shape"
	SigningFlagLevel    Text = "signing.flag-level"
	SigningFlagVisible  Text = "signing.flag-visible"
	SigningFlagReason   Text = "signing.flag-reason"
	SigningFlagLocation Text = "signing.flag-location"
	SigningFlagOut      Text = "signing.flag-out"
	SigningFlagForce    Text = "signing.flag-force"
	SigningBadOptions   Text = "signing.bad-options"
	SigningBadVisible   Text = "signing.bad-visible"
	SigningNotFile      Text = "signing.not-file"    // File
	SigningOutFolder    Text = "signing.out-folder"  // Out
	SigningTwice        Text = "signing.twice"       // File
	SigningExists       Text = "signing.exists"      // File
	SigningChanged      Text = "signing.changed"     // File
	SigningNotWritten   Text = "signing.not-written" // File
	SigningDiskFull     Text = "signing.disk-full"   // File
	SigningSigned       Text = "signing.signed"      // File, Signed
	SigningNotSigned    Text = "signing.not-signed"  // File, Reason
	SigningReading      Text = "signing.reading"
	SigningAsking       Text = "signing.asking"
	SigningProgress     Text = "signing.progress" // Done, Total
)
