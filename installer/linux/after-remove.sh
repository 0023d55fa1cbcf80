#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# After the programs are gone. The policy is the administrator's and stays until the package is purged; rpm knows no purge
# and leaves it.
set -e

case ${1:-} in
purge)
	rm -f /etc/ponte/policy.toml
	rmdir /etc/ponte 2>/dev/null || :
	;;
esac
