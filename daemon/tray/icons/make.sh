#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Makes the pictures of the tray from their SVG sources: PNG for Linux, ICO with bitmaps for Windows (some shells swap the
# colours of a PNG inside an ICO), black templates for macOS. Needs rsvg-convert (librsvg2-bin) and convert (imagemagick).
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for state in absent waiting ready busy attention; do
	rsvg-convert -w 64 -h 64 "$state.svg" -o "$work/$state.png"
	convert "$work/$state.png" -strip -define png:exclude-chunks=date,time "$state.png"
	for size in 16 20 24 32 48; do
		rsvg-convert -w $size -h $size "$state.svg" -o "$work/$size.png"
	done
	convert "$work/16.png" "$work/20.png" "$work/24.png" "$work/32.png" "$work/48.png" "$state.ico"
	sed 's/#[0-9a-f]\{6\}/#000000/g' "$state.svg" >"$work/$state.svg"
	rsvg-convert -w 44 -h 44 "$work/$state.svg" -o "$work/template.png"
	convert "$work/template.png" -strip -define png:exclude-chunks=date,time "$state.template.png"
done
