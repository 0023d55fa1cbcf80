// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of readers with keys, of several cards and of cards of other kinds, with their placeholders.
const (
	CardsOnReader       Text = "cards.on-reader"
	CardsChangeOnReader Text = "cards.change-on-reader"
	CardsCancelOnReader Text = "cards.cancel-on-reader"
	CardsReaderFailed   Text = "cards.reader-failed"
	CardsRecord         Text = "cards.record"
	CardsRecordReader   Text = "cards.record-reader"
	CardsRecorded       Text = "cards.recorded" // Path
	CardsKind           Text = "cards.kind"     // Kind
	CardsIssuer         Text = "cards.issuer"   // Name
	CardsCNS            Text = "cards.cns"
	CardsRowFamily      Text = "cards.row-family"
	CardsCIEPIN         Text = "cards.cie-pin"
	CardsCIEFormat      Text = "cards.cie-format"
	CardsCIE            Text = "cards.cie"
	CardsSetPad         Text = "cards.set-pad"
	CardsSetPadHelp     Text = "cards.set-pad-help"
	CardsPadAuto        Text = "cards.pad-auto"
	CardsPadOff         Text = "cards.pad-off"
)
