// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of `ponte service`.
const (
	ServiceCommand   Text = "service.command"
	ServiceInstall   Text = "service.install"
	ServiceUninstall Text = "service.uninstall"
	ServiceStart     Text = "service.start"
	ServiceStop      Text = "service.stop"
	ServiceStatus    Text = "service.status"
	UnitRunning      Text = "service.running"
	UnitStopped      Text = "service.stopped"
	UnitFailed       Text = "service.failed"
	UnitNotInstalled Text = "service.not-installed"
)
