#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# After the programs are in place: the units start with the next session. An agent of the version before is asked to end;
# the browser, or the session, starts the new one.
set -e

case ${1:-} in
abort-*) exit 0 ;;
esac

if command -v systemctl >/dev/null; then
	systemctl --global preset ponte.service ponte-tray.service >/dev/null 2>&1 || :
	if [ -d /run/systemd/system ]; then
		for user in /run/user/*/systemd; do
			[ -d "$user" ] || continue
			uid=${user#/run/user/}
			uid=${uid%/systemd}
			SYSTEMD_BUS_TIMEOUT=10 systemctl --user --machine="$uid@" daemon-reload >/dev/null 2>&1 || :
			SYSTEMD_BUS_TIMEOUT=10 systemctl --user --machine="$uid@" try-restart ponte.service ponte-tray.service >/dev/null 2>&1 || :
		done
	fi
fi

for process in /proc/[0-9]*; do
	[ "$process/root/." -ef / ] || continue # a program of the same name in a container
	case $(readlink "$process/exe" 2>/dev/null) in
	'/usr/lib/ponte/ponte (deleted)' | '/usr/lib/ponte/ponte-tray (deleted)') kill -TERM "${process#/proc/}" 2>/dev/null || : ;;
	esac
done
