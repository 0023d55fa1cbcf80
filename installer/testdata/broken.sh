# SPDX-License-Identifier: EUPL-1.2
# A package is installed over a copy that somebody has removed by hand, and where nothing of systemd is.
. /srv/checks.sh

mount --bind /dev/null /usr/bin/systemctl
if command -v systemctl; then fail "systemd is still there"; fi
dpkg -i "$old" >/dev/null
rm -r /usr/lib/ponte/ponte-tray /usr/lib/ponte/ponte /etc/chromium/native-messaging-hosts/it.ponte.host.json
ln -sf /nowhere /usr/bin/ponte
echo 'exit 1' >/var/lib/dpkg/info/ponte.prerm
mkdir -p /usr/lib/ponte && echo old >/usr/lib/ponte/ponte
dpkg -i "$old" >/dev/null
intact ponte
ponte version >/dev/null
dpkg -P ponte >/dev/null
