#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Before the programs go: nothing of ours stays running or starts again.
set -e

# dpkg says "remove" or "upgrade", rpm how many versions will be left.
case ${1:-} in
remove | 0) ;;
*) exit 0 ;;
esac

if command -v systemctl >/dev/null; then
	systemctl --global disable ponte.service ponte-tray.service >/dev/null 2>&1 || :
	if [ -d /run/systemd/system ]; then
		for user in /run/user/*/systemd; do
			[ -d "$user" ] || continue
			uid=${user#/run/user/}
			uid=${uid%/systemd}
			SYSTEMD_BUS_TIMEOUT=10 systemctl --user --machine="$uid@" stop ponte-tray.service ponte.service >/dev/null 2>&1 || :
		done
	fi
fi

for process in /proc/[0-9]*; do
	[ "$process/root/." -ef / ] || continue # a program of the same name in a container
	case $(readlink "$process/exe" 2>/dev/null) in
	/usr/lib/ponte/*) kill -TERM "${process#/proc/}" 2>/dev/null || : ;;
	esac
done
