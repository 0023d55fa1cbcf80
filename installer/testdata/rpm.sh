# SPDX-License-Identifier: EUPL-1.2
# The other family of packages. This computer has no others of it: what they depend on is looked at in the test.
. /srv/checks.sh

rpm -i --nodeps /srv/packages/ponte-0.9.0-1.*.rpm
rpm -V --nodeps ponte || fail "$(rpm -V --nodeps ponte)"
[ "$(ponte version)" = "ponte 0.9.0" ] || fail "$(ponte version)"
[ -e /usr/lib64/mozilla/native-messaging-hosts/it.ponte.host.json ] || fail "no manifest for Fedora's Firefox"
start_agent
first=$agent
echo 'language = "de"' >/etc/ponte/policy.toml
rpm -U --nodeps /srv/packages/ponte-1.0.0-1.*.rpm
until_true "ended $first"
[ "$(ponte version)" = "ponte 1.0.0" ] || fail "$(ponte version)"
[ -e /usr/lib/systemd/user/ponte.service ] && [ -L /etc/systemd/user/graphical-session.target.wants/ponte.service ] || fail "the units are gone after an update"
grep -q de /etc/ponte/policy.toml || fail "the policy is lost"
start_agent
rpm -e --nodeps ponte
until_true "ended $agent"
grep -q de /etc/ponte/policy.toml || fail "the policy is lost"
rm -r /etc/ponte

rpm -i --nodeps /srv/packages/ponte-browser-policies-1.0.0-1.noarch.rpm
rpm -V ponte-browser-policies --nodeps || fail "the policies are damaged"
rpm -e ponte-browser-policies
