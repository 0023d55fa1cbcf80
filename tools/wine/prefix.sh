#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Makes a wine prefix in which programs written in Go run, and prints its folder. It is made once, in build/wine; with
# another folder as argument, there. Needs the packages wine64 and gcc-mingw-w64-x86-64-win32.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$tools/../../build/wine}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

exec 9>"$dir/lock"
flock 9 # two tests may want it at the same moment
if [ ! -e "$dir/prefix/ready" ]; then
	rm -rf "$dir/prefix"
	export WINEPREFIX="$dir/prefix" WINEARCH=win64 WINEDEBUG=-all
	export WINEDLLOVERRIDES="mscoree,mshtml=" # nobody is asked whether .NET and a browser shall be downloaded
	unset DISPLAY WAYLAND_DISPLAY # else wine's desktop would live on the display of whoever came first
	wine=/usr/lib/wine/wine64
	$wine wineboot --init >&2
	# Windows 10, not the 7 that this wine pretends to be.
	$wine winecfg -v win10 >&2
	x86_64-w64-mingw32-gcc -shared -O2 -s -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
		"$tools/bcryptprimitives.c" -ladvapi32 >&2
	/usr/lib/wine/wineserver64 -w # the registry is on the disk when it has ended
	touch "$dir/prefix/ready"
fi
echo "$dir/prefix"
