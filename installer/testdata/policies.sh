# SPDX-License-Identifier: EUPL-1.2
# The policies of the browsers are the administrator's to change, and go with their package.
. /srv/checks.sh

dpkg -i /srv/packages/ponte-browser-policies_0.9.0-1_all.deb >/dev/null
intact ponte-browser-policies
file=/etc/chromium/policies/managed/ponte.json
sed -i 's|"LoopbackNetworkAllowedForUrls": \[\]|"LoopbackNetworkAllowedForUrls": ["https://portal.example"]|' $file
grep -q portal.example $file || fail "$(cat $file)"
dpkg -i --force-confdef --force-confold /srv/packages/ponte-browser-policies_1.0.0-1_all.deb >/dev/null 2>&1 </dev/null
grep -q portal.example $file || fail "what the administrator has changed is lost"
dpkg -P ponte-browser-policies >/dev/null
