// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of `ponte sites` and `ponte log` beside those of the command line, with their placeholders.
const (
	SitesRepair   Text = "sites.repair"
	SitesDamaged  Text = "sites.damaged"  // File
	SitesRepaired Text = "sites.repaired" // File
	SitesWhole    Text = "sites.whole"
	LogClear      Text = "log.clear"
	LogCleared    Text = "log.cleared"
)
