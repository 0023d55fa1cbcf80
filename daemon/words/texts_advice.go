// SPDX-License-Identifier: EUPL-1.2

package words

// The notes of an advice, with their placeholders. Its other texts are named by their topic: see Advise.
const (
	AdviceLastTry      Text = "advice-note.last-try"
	AdviceTries        Text = "advice-note.tries" // Tries: two or more
	AdviceExpires      Text = "advice-note.expires"
	AdviceExpiresToday Text = "advice-note.expires-today"
)
