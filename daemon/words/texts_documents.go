// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of `ponte verify-document`, with their placeholders. What is said of faults, of what a signature is worth and of
// whether a document changed is in package portal, which portals use too.
const (
	DocumentsVerify         Text = "documents.verify"
	DocumentsFlagContent    Text = "documents.flag-content"
	DocumentsFlagExtract    Text = "documents.flag-extract"
	DocumentsFlagTrust      Text = "documents.flag-trust"
	DocumentsFlagTimeTrust  Text = "documents.flag-time-trust"
	DocumentsFlagOther      Text = "documents.flag-accept-other"
	DocumentsFlagLocalhost  Text = "documents.flag-allow-localhost"
	DocumentsGood           Text = "documents.good"       // File
	DocumentsBad            Text = "documents.bad"        // File
	DocumentsUnverified     Text = "documents.unverified" // File
	DocumentsHalf           Text = "documents.half"       // File
	DocumentsSignature      Text = "documents.signature"  // Number, Count
	DocumentsInOrder        Text = "documents.in-order"
	DocumentsNotInOrder     Text = "documents.not-in-order"
	DocumentsRowWho         Text = "documents.row-who"
	DocumentsRowIssuer      Text = "documents.row-issuer"
	DocumentsRowWhen        Text = "documents.row-when"
	DocumentsRowDocument    Text = "documents.row-document"
	DocumentsRowWorth       Text = "documents.row-worth"
	DocumentsRowFormat      Text = "documents.row-format"
	DocumentsRowReason      Text = "documents.row-reason"
	DocumentsRowProblem     Text = "documents.row-problem"
	DocumentsRowNote        Text = "documents.row-note"
	DocumentsRowStamp       Text = "documents.row-stamp"
	DocumentsFiscalCode     Text = "documents.fiscal-code" // Name, FiscalCode
	DocumentsOnlyCode       Text = "documents.only-code"   // FiscalCode
	DocumentsNobody         Text = "documents.nobody"
	DocumentsSelfSaid       Text = "documents.self-said" // Name
	DocumentsProven         Text = "documents.proven"    // Time
	DocumentsClaimed        Text = "documents.claimed"   // Time
	DocumentsNoTime         Text = "documents.no-time"
	DocumentsLevel          Text = "documents.level"    // Format, Level
	DocumentsNoLevel        Text = "documents.no-level" // Format
	DocumentsRevocationOff  Text = "documents.revocation-off"
	DocumentsRevocationNone Text = "documents.revocation-unavailable"
	DocumentsRevocationGood Text = "documents.revocation-good"
	DocumentsNested         Text = "documents.nested"
	DocumentsExtracted      Text = "documents.extracted" // File
	DocumentsNotExtracted   Text = "documents.not-extracted"
	DocumentsNothingInside  Text = "documents.nothing-inside"
	DocumentsContentInside  Text = "documents.content-inside"
	DocumentsAbsent         Text = "documents.absent"    // File
	DocumentsNotFile        Text = "documents.not-file"  // File
	DocumentsTooLarge       Text = "documents.too-large" // File, Megabytes
	DocumentsExists         Text = "documents.exists"    // File
	DocumentsOneFile        Text = "documents.one-file"
	DocumentsNeedsTrust     Text = "documents.needs-trust"
)
