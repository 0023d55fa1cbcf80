// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of the care of the PIN, with their placeholders.
const (
	PINCareChangeTitle  Text = "pincare.change-title"
	PINCareUnblockTitle Text = "pincare.unblock-title"
	PINCareNext         Text = "pincare.next"
	PINCareChangeOK     Text = "pincare.change-ok"
	PINCareUnblockOK    Text = "pincare.unblock-ok"
	PINCareClose        Text = "pincare.close"

	PINCareCurrentText  Text = "pincare.current-text"
	PINCareCurrentLabel Text = "pincare.current-label"
	PINCareCurrentRules Text = "pincare.current-rules"

	PINCareNewText  Text = "pincare.new-text"
	PINCareNewNote  Text = "pincare.new-note"
	PINCareNewLabel Text = "pincare.new-label"

	PINCareRepeatText  Text = "pincare.repeat-text"
	PINCareRepeatLabel Text = "pincare.repeat-label"

	PINCarePUKText         Text = "pincare.puk-text"
	PINCarePUKLabel        Text = "pincare.puk-label"
	PINCarePUKRules        Text = "pincare.puk-rules"
	PINCarePUKTries        Text = "pincare.puk-tries" // plural
	PINCarePUKTriesUnknown Text = "pincare.puk-tries-unknown"
	PINCarePUKLastTry      Text = "pincare.puk-last-try"
	PINCarePUKWrong        Text = "pincare.puk-wrong" // plural
	PINCarePUKWrongUnknown Text = "pincare.puk-wrong-unknown"
	PINCarePUKBadFormat    Text = "pincare.puk-bad-format"

	PINCareMismatch  Text = "pincare.mismatch"
	PINCareUnchanged Text = "pincare.unchanged"
	PINCareRefused   Text = "pincare.refused"

	PINCareLastPUKText    Text = "pincare.last-puk-text"
	PINCareUnknownPUKText Text = "pincare.unknown-puk-text"

	PINCareWeakText    Text = "pincare.weak-text"
	PINCareWeakOK      Text = "pincare.weak-ok"
	PINCareWeakAnother Text = "pincare.weak-another"
	PINCareWeakTyped   Text = "pincare.weak-typed" // Yes

	PINCareNotBlocked       Text = "pincare.not-blocked" // plural
	PINCareNotBlockedAdvice Text = "pincare.not-blocked-advice"
	PINCareNotBlockedOK     Text = "pincare.not-blocked-ok"

	PINCareChanged          Text = "pincare.changed"
	PINCareUnblocked        Text = "pincare.unblocked"
	PINCareNotChanged       Text = "pincare.not-changed"
	PINCareNotUnblocked     Text = "pincare.not-unblocked"
	PINCareRemoved          Text = "pincare.removed"
	PINCareUncertainChange  Text = "pincare.uncertain-change"
	PINCareUncertainUnblock Text = "pincare.uncertain-unblock"
	PINCareCancelled        Text = "pincare.cancelled"
	PINCareTimeout          Text = "pincare.timeout"

	PINCareCommand        Text = "pincare.command"
	PINCareCommandChange  Text = "pincare.command-change"
	PINCareCommandUnblock Text = "pincare.command-unblock"
)
