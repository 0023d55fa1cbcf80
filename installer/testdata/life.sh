# SPDX-License-Identifier: EUPL-1.2
# A package is installed, used, updated and removed, each time with the agent running.
. /srv/checks.sh

dpkg -i "$old" >/dev/null
intact ponte
[ "$(ponte version)" = "ponte 0.9.0" ] || fail "$(ponte version)"
for unit in ponte ponte-tray; do
	[ -L "/etc/systemd/user/graphical-session.target.wants/$unit.service" ] || fail "$unit does not start with the session"
done
start_agent
first=$agent
mkdir -p /srv/home/config/ponte
echo 'log_level = "debug"' >/srv/home/config/ponte/config.toml
echo 'language = "de"' >/etc/ponte/policy.toml

dpkg -i "$new" >/dev/null
intact ponte
until_true "ended $first"
[ "$(ponte version)" = "ponte 1.0.0" ] || fail "$(ponte version)"
ponte policy show | grep -q 'language *de *Administrator' || fail "the policy is lost: $(ponte policy show)"
grep -q debug /srv/home/config/ponte/config.toml || fail "the settings are lost"
if dpkg -i "$old" >/srv/downgrade 2>&1; then grep -q downgrading /srv/downgrade || fail "a downgrade was silent"; fi
dpkg -i "$new" >/dev/null
start_agent

dpkg -r ponte >/dev/null
until_true "ended $agent"
[ ! -e /usr/bin/ponte ] && [ ! -e /usr/lib/ponte ] || fail "programs are left"
find / -xdev -name it.ponte.host.json -not -path '/srv/*' -not -path '/root/*' -not -path '/home/*' -path '*native*' | grep . && fail "a browser still finds Ponte"
find /etc/systemd/user -name 'ponte*' | grep . && fail "a unit is left"
[ -e /etc/ponte/policy.toml ] || fail "the policy is gone before the package is purged"
dpkg -P ponte >/dev/null
for process in /proc/[0-9]*; do
	case $(readlink "$process/exe" 2>/dev/null) in */ponte/ponte*) fail "still running: $(readlink "$process/exe")" ;; esac
done
