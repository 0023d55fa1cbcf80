// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"fmt"
	"strings"
	"time"
)

// What wixl 0.101 cannot say is written into the tables of the package afterwards.

// Attributes in the tables Component and CustomAction, and below others (documentation of Windows Installer).
const (
	keyPathInRegistry = 4
	transitive        = 64 // the condition is looked at again in a repair and an upgrade
	is64Bit           = 256
	setProperty       = 51

	migrateFeatures     = 1 // table Upgrade
	versionMaxInclusive = 512
	cannotBeAbsent      = 16 // table Feature
)

// conditions of the components that are programs.
var conditions = map[string]string{"ponte-service.exe": `INSTALLSERVICE = "1" AND AUTOSTART = "1"`}

func (c *contents) edits() []string {
	var all []string
	for name, condition := range conditions {
		all = append(all, setCondition(name, condition, is64Bit|transitive))
	}
	for _, component := range c.Components {
		if component.Condition != "" {
			all = append(all, setCondition(component.ID, component.Condition, is64Bit|keyPathInRegistry|transitive))
		}
	}
	all = append(all, remember(c.Properties)...)
	for _, w := range wants {
		all = append(all, fmt.Sprintf("INSERT INTO `LaunchCondition` (`Condition`, `Description`) VALUES ('%s', '%s')", w.condition, w.message))
	}
	secure := []string{"WIX_UPGRADE_DETECTED", "WIX_DOWNGRADE_DETECTED"}
	for _, p := range c.Properties {
		secure = append(secure, p.Name)
	}
	return append(all,
		// Without it public properties do not reach the part of the installer that runs as the system.
		fmt.Sprintf("UPDATE `Property` SET `Value` = '%s' WHERE `Property` = 'SecureCustomProperties'", strings.Join(secure, ";")),
		// A package of the same number, from another commit, replaces the one that is there.
		"DELETE FROM `Upgrade` WHERE `ActionProperty` = 'WIX_UPGRADE_DETECTED'",
		fmt.Sprintf("INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMax`, `Attributes`, `ActionProperty`) VALUES ('{%s}', '%s', %d, 'WIX_UPGRADE_DETECTED')",
			c.UpgradeCode, c.Version, migrateFeatures|versionMaxInclusive),
		fmt.Sprintf("UPDATE `Feature` SET `Attributes` = %d WHERE `Feature` = 'Agent'", cannotBeAbsent),
		"INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('Where', 51, 'ARPINSTALLLOCATION', '[INSTALLDIR]')",
		"INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('Where', 1010)", // after CostFinalize
		// Programs end after the service, which would start them again, and before their files go.
		"UPDATE `InstallExecuteSequence` SET `Sequence` = 1950 WHERE `Action` = 'EndPrograms'",
		"UPDATE `InstallExecuteSequence` SET `Sequence` = 1951 WHERE `Action` = 'TakeLoopback'",
		// wixl puts it after InstallFinalize.
		"UPDATE `InstallExecuteSequence` SET `Sequence` = 5010 WHERE `Action` = 'SetLoopback'",
		"UPDATE `Shortcut` SET `ShowCmd` = 7 WHERE `Shortcut` = 'Panel'", // minimised: the command line has a window
		// The old version is removed inside the transaction: when the new one cannot be installed, the old one is there again.
		"UPDATE `InstallExecuteSequence` SET `Sequence` = 1510 WHERE `Action` = 'RemoveExistingProducts'",
	)
}

func setCondition(id, condition string, attributes int) string {
	return fmt.Sprintf("UPDATE `Component` SET `Condition` = '%s', `Attributes` = %d WHERE `Component` = '%s'", condition, attributes, id)
}

// remember makes custom actions around AppSearch, which reads into each property what was remembered: what is given is put
// aside before, and wins after. Only then the default counts: a default from the start would look as if it were given.
func remember(properties []property) []string {
	var all []string
	action := func(name, property, text, condition string, sequence int) {
		all = append(all, fmt.Sprintf("INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('%s', %d, '%s', '%s')", name, setProperty, property, text))
		for _, table := range []string{"InstallUISequence", "InstallExecuteSequence"} {
			all = append(all, fmt.Sprintf("INSERT INTO `%s` (`Action`, `Condition`, `Sequence`) VALUES ('%s', '%s', %d)", table, name, condition, sequence))
		}
	}
	for i, p := range properties { // AppSearch is number 50
		action("Given_"+p.Name, "GIVEN_"+p.Name, "["+p.Name+"]", p.Name, 10+i)
		action("Take_"+p.Name, p.Name, "[GIVEN_"+p.Name+"]", "GIVEN_"+p.Name, 60+i)
		if p.Default != "" {
			action("Default_"+p.Name, p.Name, p.Default, "NOT "+p.Name, 70+i)
		}
	}
	return all
}

// summary is the summary information (table _SummaryInformation as msibuild imports it), with the times of the release.
func (c *contents) summary(at time.Time) string {
	const stamp = "2006/01/02 15:04:05"
	rows := [][2]string{
		{"1", "1252"}, {"2", "Installation Database"}, {"3", "Ponte " + c.FullVersion}, {"4", "Ponte"}, {"5", "Installer"},
		{"6", "The health card (TS-CNS) in the browser"}, {"7", "x64;1033"}, {"9", c.PackageCode},
		{"12", at.Format(stamp)}, {"13", at.Format(stamp)}, {"14", "500"}, {"15", "2"}, {"18", "msitools"}, {"19", "2"},
	}
	var b strings.Builder
	b.WriteString("PropertyId\tValue\r\ni2\tl255\r\n_SummaryInformation\tPropertyId\r\n")
	for _, r := range rows {
		b.WriteString(r[0] + "\t" + r[1] + "\r\n")
	}
	return b.String()
}
