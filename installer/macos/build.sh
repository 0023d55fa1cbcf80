#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Makes the package for macOS, on a Mac with Xcode's command line tools: programs for both processors in one file, the
# payload, a component and a product. Usage: installer/macos/build.sh FOLDER
# From the environment, each may be missing:
#   PONTE_MAC_APPLICATION  "Developer ID Application: …", signs the programs
#   PONTE_MAC_INSTALLER    "Developer ID Installer: …", signs the package
#   PONTE_MAC_NOTARY       profile of notarytool's keychain, has the package notarised
# It has not been run on a Mac yet.
set -eu
cd "$(dirname "$0")/../.."
[ "$(uname -s)" = Darwin ] || { echo "build.sh: this needs a Mac; make dist makes the payload elsewhere" >&2; exit 1; }
out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

go run ./installer -only macos -out "$work/release"
version=$(cat "$work/release/VERSION")
mkdir "$work/root"
tar -xzf "$work/release/ponte-$version-macos-payload.tar.gz" -C "$work"

for arch in arm64 amd64; do
	VERSION=$version CC="clang -arch $(echo $arch | sed s/amd64/x86_64/)" installer/build.sh "$work/$arch" darwin $arch
done
for program in "$work"/arm64/*; do
	name=$(basename "$program")
	lipo -create -output "$work/root/Library/Ponte/$name" "$work/arm64/$name" "$work/amd64/$name"
	chmod 755 "$work/root/Library/Ponte/$name"
	if [ -n "${PONTE_MAC_APPLICATION:-}" ]; then
		codesign --force --timestamp --options runtime --sign "$PONTE_MAC_APPLICATION" "$work/root/Library/Ponte/$name"
	fi
done

pkgbuild --root "$work/root" --scripts "$work/scripts" --identifier io.github.ponte-cns.ponte --version "${version%%-*}" \
	--ownership recommended --install-location / "$work/ponte-component.pkg"
set -- --distribution "$work/distribution.xml" --package-path "$work" --resources "$work"
[ -z "${PONTE_MAC_INSTALLER:-}" ] || set -- "$@" --sign "$PONTE_MAC_INSTALLER"
productbuild "$@" "$out/ponte-$version.pkg"
if [ -n "${PONTE_MAC_NOTARY:-}" ]; then
	xcrun notarytool submit --wait --keychain-profile "$PONTE_MAC_NOTARY" "$out/ponte-$version.pkg"
	xcrun stapler staple "$out/ponte-$version.pkg"
fi
pkgutil --check-signature "$out/ponte-$version.pkg" || echo "build.sh: the package is not signed" >&2
