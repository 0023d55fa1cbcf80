#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Takes Ponte away from this Mac: sudo /Library/Ponte/uninstall.sh. What users and administrators have set stays:
# ~/Library/Application Support/Ponte and /Library/Application Support/Ponte.
set -eu
[ "$(id -u)" -eq 0 ] || { echo "run this with sudo" >&2; exit 1; }
for uid in $(ps -axo uid=,comm= | awk '$2 ~ /\/loginwindow$/ { print $1 }' | sort -u); do
	for label in it.ponte.tray it.ponte.agent; do
		launchctl bootout "gui/$uid/$label" 2>/dev/null || :
	done
done
@FILES@
rmdir /Library/Ponte 2>/dev/null || :
pkgutil --forget io.github.ponte-cns.ponte >/dev/null 2>&1 || :
