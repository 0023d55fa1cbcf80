#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# After the programs are gone. /etc/ponte is the administrator's and stays until it is purged; it goes only when empty.
set -e

case ${1:-} in
purge | 0) rmdir /etc/ponte 2>/dev/null || : ;;
esac
