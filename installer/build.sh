#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Builds the programs of programs.txt. Usage: installer/build.sh FOLDER [linux|windows|darwin [ARCHITECTURE]]
# VERSION is what they say of themselves; GO_BUILD are further arguments for the go command, C_FLAGS for the C compiler.
set -eu
cd "$(dirname "$0")/.."
out=$(mkdir -p "$1" && cd "$1" && pwd)
system=${2:-$(go env GOHOSTOS)}
arch=${3:-$(go env GOHOSTARCH)}
export GOFLAGS=-buildvcs=false
node daemon/panel/viewer.mjs # what ponte-panel embeds to show PDFs

# compile CGO_ENABLED LINKER-FLAGS PROGRAM PACKAGE
compile() {
	# shellcheck disable=SC2086 # a list of words
	GOOS=$system GOARCH=$arch CGO_ENABLED=$1 go build -trimpath ${GO_BUILD:-} \
		-ldflags="-s -w ${VERSION:+-X main.version=$VERSION} $2" -o "$out/$3" "./$4"
}

exe= link=
if [ "$system" = windows ]; then
	exe=.exe link=-extldflags=-Wl,--no-insert-timestamp
	: "${CC:=x86_64-w64-mingw32-gcc}"
	export CC
fi
while read -r file package linux windows darwin; do
	case $file in '#'* | '') continue ;; esac
	case $system in
	linux) how=$linux ;;
	windows) how=$windows ;;
	darwin) how=$darwin ;;
	*) echo "build.sh: no system is called $system" >&2; exit 2 ;;
	esac
	case $how in
	go) compile 0 "" "$file$exe" "$package" ;;
	gui) compile 0 "-H=windowsgui" "$file$exe" "$package" ;;
	cgo) compile 1 "$link" "$file$exe" "$package" ;;
	c) ${MAKE:-make} -s -C "$package" OUT="$out" ${C_FLAGS:+CFLAGS="$C_FLAGS"} "$system" ;;
	-) ;;
	*) echo "build.sh: $file: nothing is built as $how" >&2; exit 2 ;;
	esac
done <installer/programs.txt
