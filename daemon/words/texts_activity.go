// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of the activity log, on the control page and on the command line.
const (
	ActivityDidYou         Text = "activity.did-you"
	ActivityDidLogin       Text = "activity.did-login"
	ActivityDidIdentity    Text = "activity.did-identity"
	ActivityDidAdmit       Text = "activity.did-admit"
	ActivityDidStatus      Text = "activity.did-status"
	ActivityDidCertificate Text = "activity.did-certificate"
	ActivityDidSign        Text = "activity.did-sign"
	ActivityDidChange      Text = "activity.did-change"
	ActivityDidUnblock     Text = "activity.did-unblock"
	ActivityDidProgram     Text = "activity.did-program"
	ActivityEndedDone      Text = "activity.ended-done"
	ActivityEndedCancelled Text = "activity.ended-cancelled"
	ActivityEndedTimeout   Text = "activity.ended-timeout"
	ActivityEndedDenied    Text = "activity.ended-denied"
	ActivityEndedFailed    Text = "activity.ended-failed"
)
