# SPDX-License-Identifier: EUPL-1.2
# Chromium and Firefox install the extension because the package of policies says so.
. /srv/checks.sh

dpkg -i "$old" /srv/packages/ponte-browser-policies_0.9.0-1_all.deb >/dev/null
id=$(sed -n 's/.*appid="\([a-p]*\)".*/\1/p' /usr/share/ponte/extension/update.xml)
[ ${#id} -eq 32 ] || fail "the update manifest names no extension: $id"
export HOME=/srv/home TMPDIR=/tmp

/usr/lib/chromium/chromium --headless=new --no-sandbox --disable-gpu --no-first-run --disable-component-update --disable-sync \
	--user-data-dir=/srv/chromium about:blank >/srv/chromium.log 2>&1 &
chromium=$!
until_true '[ -n "$(find /srv/chromium/Default/Extensions/$id -name manifest.json 2>/dev/null)" ]'
kill $chromium
until_true 'ended $chromium'

# For the trial only: a release of Firefox installs what Mozilla has signed.
sed -i 's|"policies": {|"policies": { "Preferences": { "xpinstall.signatures.required": { "Value": false, "Status": "locked" } },|' /etc/firefox/policies/policies.json
mkdir /srv/firefox
MOZ_HEADLESS=1 firefox-esr --no-remote --profile /srv/firefox about:blank >/srv/firefox.log 2>&1 &
firefox=$!
until_true 'grep -q "\"id\":\"ponte@ponte-cns\"" /srv/firefox/extensions.json 2>/dev/null'
active='"id":"ponte@ponte-cns".{0,1500}"active":true'
until_true 'grep -Eq "$active" /srv/firefox/extensions.json' || fail "$(cat /srv/firefox/extensions.json)"
kill $firefox
until_true 'ended $firefox'
dpkg -P ponte ponte-browser-policies >/dev/null 2>&1
