// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of the modules of card makers, with their placeholders.
const (
	ModulesWorker        Text = "modules.worker"
	ModulesCommand       Text = "modules.command"
	ModulesRowATR        Text = "modules.row-atr"
	ModulesRowFamily     Text = "modules.row-family"
	ModulesRowDriver     Text = "modules.row-driver"
	ModulesByPonte       Text = "modules.by-ponte"
	ModulesByNothing     Text = "modules.by-nothing"
	ModulesUsed          Text = "modules.used"
	ModulesAbsent        Text = "modules.absent"
	ModulesNotAllowed    Text = "modules.not-allowed"
	ModulesUntrusted     Text = "modules.untrusted"
	ModulesUnloadable    Text = "modules.unloadable"
	ModulesFailed        Text = "modules.failed"
	ModulesNotTried      Text = "modules.not-tried"
	ModulesNoToken       Text = "modules.no-token"
	ModulesNoCertificate Text = "modules.no-certificate"
	ModulesChosen        Text = "modules.chosen"
	ModulesAnyCard       Text = "modules.any-card"
	ModulesRemembered    Text = "modules.remembered"
	ModulesTable         Text = "modules.table"
	ModulesKit           Text = "modules.p11-kit"
	ModulesNotInstalled  Text = "modules.not-installed"
)
