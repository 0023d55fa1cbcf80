#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Runs a script on a copy of this computer: its file system with a layer in memory over it, its own processes and nothing
# else of them. Whatever the script does is gone when it ends, and so is what it has started.
# Usage: machine.sh SCRIPT PACKAGES SIZE, in a mount and process name space of its own.
set -eu
script=$1 packages=$2 size=$3
machine=$(mktemp -d)
mount --make-rprivate /
mount -t tmpfs -o "size=$size" tmpfs "$machine"
mkdir "$machine/upper" "$machine/work" "$machine/root"
mount -t overlay -o "lowerdir=/,upperdir=$machine/upper,workdir=$machine/work" overlay "$machine/root"
mount -t proc proc "$machine/root/proc"
mount --rbind /dev "$machine/root/dev"
for folder in tmp run srv; do mount -t tmpfs tmpfs "$machine/root/$folder"; done
mkdir "$machine/root/srv/packages"
mount --bind "$packages" "$machine/root/srv/packages"
mkdir "$machine/root/srv/layer"
mount --bind "$machine" "$machine/root/srv/layer" # so that the disk can grow
cp "$script" "$(dirname "$script")/checks.sh" "$machine/root/srv/"

LC_ALL=C.UTF-8 HOME=/srv/home chroot "$machine/root" sh -eu "/srv/$(basename "$script")"

# What is left in the layer is what installing and removing has left on the computer. The databases of dpkg, rpm and of
# what watches installations are theirs.
cd "$machine/upper"
find . ! -type d ! -path './var/lib/dpkg/*' ! -path './var/lib/rpm/*' ! -path './var/log/*' ! -path './var/cache/*' \
	! -path './etc/ld.so.cache' ! -path './usr/share/icons/hicolor/icon-theme.cache' ! -path './usr/share/applications/mimeinfo.cache' |
	while read -r file; do
		# A device in the layer stands for what was taken away. dpkg takes folders too that nobody owns and that are empty.
		[ -c "$file" ] && [ -d "/$file" ] && [ -z "$(ls -A "/$file")" ] || echo "LEFT $file"
	done
find . -type d ! -path './var/lib/rpm*' | while read -r folder; do
	[ -d "/$folder" ] || echo "LEFT $folder"
done
echo "THE END"
