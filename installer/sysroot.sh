#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Fetches what the programs for another architecture of Linux are built with: the headers and libraries of this computer's
# own distribution, unpacked in build/sysroot-ARCHITECTURE. apt checks them by its signatures, and nothing is installed: beside
# the libraries of this computer they would replace some. Usage: installer/sysroot.sh ARCHITECTURE COMPILER
set -eu
cd "$(dirname "$0")/.."
arch=$1 compiler=$2
packages='libc6-dev libpcsclite-dev libayatana-appindicator3-dev'
place=$PWD/build/sysroot-$arch

fail() {
	echo "$*" >&2
	exit 1
}

# A compiler of this name that comes first in PATH may be the one that is made below.
real=
IFS=:
for folder in $PATH; do
	[ "$folder" = "$place/bin" ] || [ ! -x "$folder/$compiler" ] || { real=$folder/$compiler && break; }
done
unset IFS
[ -n "$real" ] || fail "there is no $compiler (package gcc-${compiler%-gcc} of Debian)"
command -v pkg-config >/dev/null || fail "there is no pkg-config"
command -v apt-get >/dev/null || fail "there is no apt-get to fetch the libraries for $arch with"

# What is there was made by this script, of this distribution, or is made again.
stamp=$(cat installer/sysroot.sh /etc/os-release | sha256sum)
[ "$(cat "$place/stamp" 2>/dev/null)" != "$stamp" ] || exit 0
rm -rf "$place"
mkdir -p "$place/apt/lists/partial" "$place/apt/archives/partial" "$place/root" "$place/bin"

# apt uses the sources, keys and proxies of this computer, with a state of its own in which no package is installed.
# What other programs do after an update is for the computer's own state only.
: >"$place/apt/status"
cat >"$place/apt/conf" <<-END
	Dir::State "$place/apt/";
	Dir::State::status "$place/apt/status";
	Dir::Cache "$place/apt/";
	Dir::Log "$place/apt/";
	APT::Architecture "$arch";
	APT::Architectures { "$arch"; };
	APT::Get::AllowUnauthenticated "false";
	Acquire::AllowInsecureRepositories "false";
	Acquire::AllowDowngradeToInsecureRepositories "false";
	Acquire::Languages "none";
	#clear APT::Update::Pre-Invoke;
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
END
apt() {
	LC_ALL=C apt-get -c "$place/apt/conf" -q -o Dpkg::Use-Pty=0 "$@" >"$place/apt/log" 2>&1
}
why() {
	grep '^E:' "$place/apt/log" | head -n 1 | cut -c 4- || :
}
echo "fetching the libraries for $arch, some 160 MB, the first time"
apt update || fail "apt-get cannot fetch the lists of packages for $arch: $(why)"
# shellcheck disable=SC2086 # a list of words
apt install -y --no-install-recommends --download-only $packages || fail "apt-get cannot fetch $packages for $arch: $(why)"

# Headers and libraries only. What is linked to a path of the whole computer is linked to the same one below this folder.
for package in "$place"/apt/archives/*.deb; do
	dpkg-deb --fsys-tarfile "$package" >"$place/apt/files.tar"
	tar -x -C "$place/root" --no-same-owner -f "$place/apt/files.tar" \
		--exclude='./bin' --exclude='./sbin' --exclude='./usr/bin' --exclude='./usr/sbin' --exclude='./etc' --exclude='./var' --exclude='./usr/share/[!p]*'
done
find "$place/root" -type l -lname '/*' | while read -r link; do
	ln -sfnr "$place/root$(readlink "$link")" "$link"
done
rm -rf "$place/apt"

# The compiler's own name, so that no path of this computer gets into what Go calls the identity of a build.
cat >"$place/bin/$compiler" <<-END
	#!/bin/sh
	exec $real --sysroot="\$(dirname "\$0")/../root" "\$@"
END
chmod +x "$place/bin/$compiler"
echo "$stamp" >"$place/stamp"
