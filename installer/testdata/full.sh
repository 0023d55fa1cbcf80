# SPDX-License-Identifier: EUPL-1.2
# The disk is full while a package is installed, and then while it is updated: what was there before still works.
. /srv/checks.sh

if dpkg -i "$old" >/srv/log 2>&1; then fail "installed on a full disk"; fi
grep -q 'No space left' /srv/log || fail "$(cat /srv/log)"
[ ! -e /usr/lib/ponte/ponte ] || fail "half of it is installed"
mount -o remount,size=1g /srv/layer
dpkg -i "$old" >/dev/null
intact ponte

used=$(df --output=used -k /srv/layer | tail -1)
mount -o remount,size=$((used + 8000))k /srv/layer
if dpkg -i "$new" >/srv/log 2>&1; then fail "updated on a full disk"; fi
[ "$(ponte version)" = "ponte 0.9.0" ] || fail "the version before does not work any more"
mount -o remount,size=1g /srv/layer
dpkg -i "$new" >/dev/null
intact ponte
dpkg -P ponte >/dev/null
