# SPDX-License-Identifier: EUPL-1.2
# What the scripts of this folder share.

old=$(echo /srv/packages/ponte_0.9.0-1_*.deb)
new=$(echo /srv/packages/ponte_1.0.0-1_*.deb)

fail() {
	echo "FAILED: $*"
	exit 1
}

# until_true waits for a condition, for a minute at most.
until_true() {
	tries=0
	while ! eval "$1"; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || fail "never true: $1"
		sleep 0.1
	done
}

export XDG_RUNTIME_DIR=/run/user/0 XDG_CONFIG_HOME=/srv/home/config XDG_STATE_HOME=/srv/home/state
mkdir -p /srv/home $XDG_RUNTIME_DIR

# start_agent starts the agent as the unit says.
start_agent() {
	line=$(sed -n 's/^ExecStart=//p' /usr/lib/systemd/user/ponte.service)
	$line 2>/srv/agent.log &
	agent=$!
	until_true '[ -S $XDG_RUNTIME_DIR/ponte/control.sock ] && ponte status --json | grep -q "\"running\": true"'
}

ended() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"; }

intact() { # every file of a package is as it was packed
	(cd / && md5sum --quiet -c "/var/lib/dpkg/info/$1.md5sums") || fail "$1 is damaged"
	[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1")" = "ii " ] || fail "$1 is not installed"
}
