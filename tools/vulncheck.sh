#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Fails when the Go programs call something with a known hole. Usage: tools/vulncheck.sh govulncheck@version
# Where the database of known holes cannot be reached it says so, and does not fail: lint must work without a network.
set -u
said=$(go run "$1" ./... 2>&1)
rc=$?
printf '%s\n' "$said"
[ "$rc" = 0 ] && exit 0
case $said in
*"fetching vulnerabilities: "*"dial tcp"*)
	echo "vulncheck: NOT CHECKED for known holes: their database cannot be reached from here" >&2
	exit 0
	;;
esac
exit 1
