#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Makes a machine ready to build, test or try Ponte: installs the Debian packages that are missing, and says clearly what
# it cannot install. Usage: tools/setup.sh build|dist|dist-check|demo|test|interop|fuzz
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-build}

say() { printf 'setup: %s\n' "$*" >&2; }

# --- programs that no package of an old distribution has in the right version
missing=
if ! command -v go >/dev/null || ! go version | awk '{ split(substr($3, 3), v, "."); exit !(v[1] > 1 || v[2] >= 26) }'; then
	missing="$missing
  - Go 1.26 or newer (command go)"
fi
if ! command -v node >/dev/null || [ "$(node --version | sed 's/^v//; s/\..*//')" -lt 20 ]; then
	missing="$missing
  - Node.js 20 or newer (commands node and npm)"
fi
if [ -n "$missing" ]; then
	say "these must be installed first:$missing"
	exit 1
fi

# --- packages: what each purpose needs, as package:file-or-command that shows it is there
build='gcc:gcc pkg-config:pkg-config libpcsclite-dev:/usr/include/PCSC/winscard.h
	libayatana-appindicator3-dev:/usr/include/libayatana-appindicator3-0.1/libayatana-appindicator/app-indicator.h'
dist="$build gcc-mingw-w64-x86-64-win32:x86_64-w64-mingw32-gcc"
# make dist leaves out, and names, what cannot be made without these. One of the two compilers is this computer's own.
packers="gcc-x86-64-linux-gnu:x86_64-linux-gnu-gcc gcc-aarch64-linux-gnu:aarch64-linux-gnu-gcc wixl:wixl msitools:msibuild"
check="$dist $packers qemu-user:qemu-aarch64 lintian:lintian rpm:rpm pcscd:pcscd vsmartcard-vpcd:/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
demo="$build pcscd:pcscd vsmartcard-vpcd:/usr/lib/pcsc/drivers/serial/libifdvpcd.so openssl:openssl pinentry-gtk2:pinentry-gtk-2 chromium:chromium"
tests="$demo opensc:opensc-tool opensc-pkcs11:pkcs11-tool libengine-pkcs11-openssl:/usr/lib/*/engines-*/pkcs11.so
	softhsm2:softhsm2-util p11-kit:p11-kit p11-kit-modules:/usr/lib/*/p11-kit-proxy.so
	pinentry-qt:pinentry-qt pinentry-gnome3:pinentry-gnome3 gcr:/usr/libexec/gcr-prompter zenity:zenity firefox-esr:firefox-esr
	xvfb:Xvfb xdotool:xdotool openbox:openbox dbus:dbus-daemon dbus-x11:dbus-launch imagemagick:convert x11-utils:xwininfo
	xfce4-panel:xfce4-panel libnss3-tools:modutil gnutls-bin:p11tool apache2:apache2 nginx:nginx
	poppler-utils:pdfsig qpdf:qpdf xmlsec1:xmlsec1 libxml2-utils:xmllint unzip:unzip
	util-linux:unshare iproute2:ip git:git procps:pgrep redis-server:redis-server
	rpm:rpm cpio:cpio lintian:lintian appstream:appstreamcli desktop-file-utils:desktop-file-validate systemd:systemd-analyze man-db:man gpg:gpg
	wixl:wixl msitools:msibuild osslsigncode:osslsigncode
	wine64:/usr/lib/wine/wine64 gcc-mingw-w64-x86-64-win32:x86_64-w64-mingw32-gcc"
fuzz="$build afl++:afl-fuzz libclang-rt-dev:/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.asan-x86_64.a"
interop="$build python3-venv:/usr/lib/python3*/ensurepip/__init__.py maven:mvn default-jdk-headless:javac"
wish=
case $purpose in
build) need=$build ;;
dist) need=$dist wish=$packers ;;
dist-check) need=$check ;;
demo) need=$demo ;;
test) need=$tests ;;
interop) need=$interop ;;
fuzz) need=$fuzz ;;
*) say "unknown purpose $purpose: use build, dist, dist-check, demo, test, interop or fuzz"; exit 2 ;;
esac

there() { # a path pattern, or a command
	case $1 in
	/*) for f in $1; do [ -e "$f" ] && return 0; done; return 1 ;;
	*) command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] ;;
	esac
}

missing_of() { # of a list like those above, the packages that are not there
	for p in $1; do there "${p#*:}" || printf ' %s' "${p%%:*}"; done
}

install() { # packages; says what is to be done where it cannot
	if ! command -v apt-get >/dev/null; then
		say "install these packages (Debian names), then try again:$1"
		return 1
	fi
	sudo=
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || { say "run as root: apt-get install$1"; return 1; }
		sudo=sudo
	fi
	say "installing$1"
	$sudo apt-get update -q >&2 &&
		# shellcheck disable=SC2086 # a list of words
		$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $1 >&2 || {
		say "apt-get could not install:$1"
		return 1
	}
}

packages=$(missing_of "$need")
wished=$(missing_of "$wish")
if [ "$(uname -s)" = Darwin ]; then
	# PC/SC is part of macOS and there is no virtual reader: the demo brings its card along.
	[ -z "$packages" ] || [ "$purpose" != test ] || { say "the tests need Linux: pcscd and a virtual reader do not exist here"; exit 1; }
else
	[ -z "$packages" ] || install "$packages" || exit 1
	[ -z "$wished" ] || install "$wished" || say "going on without$wished"
fi

# --- JavaScript packages, as package-lock.json pins them
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
	say "installing JavaScript packages"
	npm ci --no-audit --no-fund --loglevel=error >&2
fi
