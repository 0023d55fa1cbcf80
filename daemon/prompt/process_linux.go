// SPDX-License-Identifier: EUPL-1.2

package prompt

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// processAttributes put a dialog in a process group of its own, which dies with the agent.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// await waits until the program has ended, and leaves it to end to reap it.
func (p *process) await() error {
	for {
		err := unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// passed are the variables that a dialog needs to find the desktop, the person's settings and the input method.
var passed = []string{
	"DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "XAUTHORITY", "ICEAUTHORITY", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "XDG_SESSION_DESKTOP",
	"DESKTOP_SESSION", "XDG_RUNTIME_DIR", "XDG_DATA_DIRS", "XDG_DATA_HOME", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME",
	"XDG_CACHE_HOME", "DBUS_SESSION_BUS_ADDRESS", "AT_SPI_BUS_ADDRESS", "NO_AT_BRIDGE", "QT_ACCESSIBILITY",
	"QT_LINUX_ACCESSIBILITY_ALWAYS_ON", "GDK_BACKEND", "GDK_SCALE", "GDK_DPI_SCALE", "GTK_THEME", "GTK_IM_MODULE",
	"QT_QPA_PLATFORM", "QT_QPA_PLATFORMTHEME", "QT_STYLE_OVERRIDE", "QT_SCALE_FACTOR", "QT_AUTO_SCREEN_SCALE_FACTOR",
	"QT_IM_MODULE", "XMODIFIERS", "XCURSOR_THEME", "XCURSOR_SIZE", "HOME", "USER", "LOGNAME", "PATH", "TMPDIR",
}

// alwaysInstalled is a locale that every system has.
const alwaysInstalled = "C.UTF-8"
