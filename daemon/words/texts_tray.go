// SPDX-License-Identifier: EUPL-1.2

package words

// The texts of the tray: its menu and its notifications, with their placeholders. What is said of the card itself is an
// advice.
const (
	TrayStarting     Text = "tray.starting"
	TrayAbsent       Text = "tray.absent"
	TrayAbsentNext   Text = "tray.absent-next"
	TrayBusy         Text = "tray.busy"
	TrayBusyNext     Text = "tray.busy-next"
	TrayOpen         Text = "tray.open"
	TrayChangePIN    Text = "tray.change-pin"
	TrayUnblockPIN   Text = "tray.unblock-pin"
	TrayActivity     Text = "tray.activity"
	TrayDoctor       Text = "tray.doctor"
	TrayLanguage     Text = "tray.language"
	TrayQuit         Text = "tray.quit"
	TrayReadyBody    Text = "tray.ready-body"
	TrayExpiresTitle Text = "tray.expires-title"
	TrayNoDesktop    Text = "tray.no-desktop"
	TrayNoArguments  Text = "tray.no-arguments"
)
