// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of the modules of card makers, with their placeholders.
const (
	ModulesWorker Text = "modules.worker"
)
