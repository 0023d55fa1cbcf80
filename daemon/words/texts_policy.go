// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of `ponte policy`, with their placeholders.
const (
	PolicyCommand     Text = "policy.command"
	PolicyShow        Text = "policy.show"
	PolicyFromPolicy  Text = "policy.from-policy"
	PolicyFromUser    Text = "policy.from-user"
	PolicyFromDefault Text = "policy.from-default"
	PolicyFromCaution Text = "policy.from-caution"
	PolicyPlaces      Text = "policy.places"  // Managed, File
	PolicyUnknown     Text = "policy.unknown" // Where, Reason
	PolicyMistake     Text = "policy.mistake" // Where, Reason
)
