#!/bin/sh
# Makes a guest of Debian's own riscv64 kernel, OpenSBI, U-Boot and static busybox, all fetched by package name.
#
# Usage: debian-riscv64.sh FOLDER
#   FOLDER gets Image, fw_dynamic.bin, u-boot, initrd.cpio.gz, disk.img and guest.json. A FOLDER that was made by this
#   version of the script from the packages in the cache is left as it is.
# Environment: REPRISE_CACHE is where packages are kept (default ~/.cache/reprise); see also debian-packages.sh.
set -eu
LC_ALL=C TZ=UTC
export LC_ALL TZ
umask 022

fail() {
    echo "debian-riscv64: $*" >&2
    exit 1
}

[ $# -eq 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
cache=${REPRISE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/reprise}
suite=trixie
packages=$cache/debian-$suite-riscv64
# our own program for work with disks and networks
iowork=$here/../../distribution/guests/iowork-riscv64/iowork

"$here/prerequisites.sh" guest
"$here/debian-packages.sh" "$packages" "$suite" riscv64 linux-image-riscv64: opensbi u-boot-qemu busybox-static

mkdir -p "$1"
out=$(cd "$1" && pwd)
made_from=$(cat "$packages/SHA256SUMS" "$0" "$here/init-riscv64.sh" "$here/dhcp-riscv64.sh" "$iowork" | sha256sum | cut -d' ' -f1)
if [ -f "$out/guest.json" ] && [ "$(cat "$out/made-from" 2>/dev/null)" = "$made_from" ]; then
    complete=true
    for file in Image fw_dynamic.bin u-boot initrd.cpio.gz disk.img; do
        [ -s "$out/$file" ] || complete=false
    done
    if $complete; then
        echo "$out/guest.json"
        exit 0
    fi
fi
rm -f "$out/made-from"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
for file in "$packages"/*.deb; do
    dpkg-deb -x "$file" "$work/root"
done

# one DESCRIPTION PATH: the only file that matches the path
one() {
    what=$1
    shift
    [ $# -eq 1 ] && [ -f "$1" ] || fail "no single $what in Debian's packages (looked for $*)"
    echo "$1"
}

cp "$(one 'kernel Image' "$work"/root/boot/vmlinu[xz]-*)" "$work/Image"
# Boot image header of Documentation/arch/riscv/boot-image-header.rst: the second magic, "RSC\x05", at byte 56.
[ "$(od -An -tx1 -j56 -N4 "$work/Image" | tr -d ' ')" = 52534305 ] || fail "Debian's kernel is not a plain riscv Image"
cp "$(one 'OpenSBI firmware' "$work"/root/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin)" "$work/fw_dynamic.bin"
cp "$(one 'U-Boot' "$work"/root/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf)" "$work/u-boot"

# The initramfs: busybox, the modules for the board's virtio devices in the order they must be loaded, and /init. Modules of
# devices that are used only when the kernel's command line says so have folders of their own.
tree=$work/initrd
mkdir -p "$tree/lib/modules/net" "$tree/lib/modules/console"
mkdir -p "$tree/bin" "$tree/etc" "$tree/proc" "$tree/sys" "$tree/dev" "$tree/tmp" "$tree/root"
# Newer suites put it in /usr/bin, older ones in /bin.
busybox=$work/root/usr/bin/busybox
[ -f "$busybox" ] || busybox=$work/root/bin/busybox
cp "$(one 'static busybox' "$busybox")" "$tree/bin/busybox"
chmod 755 "$tree/bin/busybox"
ln -s busybox "$tree/bin/sh"
cp "$here/init-riscv64.sh" "$tree/init"
cp "$here/dhcp-riscv64.sh" "$tree/etc/dhcp"
cp "$iowork" "$tree/bin/iowork"
chmod 755 "$tree/init" "$tree/etc/dhcp" "$tree/bin/iowork"

count=10
# add_module FOLDER NAME
add_module() {
    folder=$1
    name=$2
    for loaded in "$tree"/lib/modules/*-"$name".ko "$folder"/*-"$name".ko; do
        [ ! -f "$loaded" ] || return 0
    done
    # A module's file name may have '-' where its name has '_'.
    pattern=$(echo "$name" | sed 's/[-_]/[-_]/g')
    found=$(find "$work/root" -path '*/kernel/*' \( -name "$pattern.ko" -o -name "$pattern.ko.xz" \) | head -n 1)
    case $found in
        "") return 0 ;; # built into the kernel
        *.xz) xz -dc "$found" >"$work/module" ;;
        *) cp "$found" "$work/module" ;;
    esac
    needs=$(tr '\0' '\n' <"$work/module" | sed -n 's/^depends=//p' | head -n 1 | tr ',' ' ')
    mv "$work/module" "$work/module-$name"
    for need in $needs; do
        add_module "$folder" "$need"
    done
    name=$2
    mv "$work/module-$name" "$folder/$count-$name.ko"
    count=$((count + 1))
}
for module in virtio virtio_ring virtio_mmio virtio_blk rng-core virtio-rng; do
    add_module "$tree/lib/modules" "$module"
done
add_module "$tree/lib/modules/net" virtio_net
add_module "$tree/lib/modules/console" virtio_console

# The same packages give the same bytes: sorted names, no times, owners or inode numbers.
find "$tree" -exec touch -h -d @0 {} +
(cd "$tree" && find . | sort | cpio --quiet --reproducible --owner=0:0 -o -H newc) | gzip -n -9 >"$work/initrd.cpio.gz"

# 8 MiB of numbered lines of the "minimal standard" generator of Park and Miller, 64 bytes each.
awk 'BEGIN {
    x = 1
    for (i = 0; i < 131072; i++) {
        line = sprintf("%08x", i)
        for (j = 0; j < 6; j++) {
            x = x * 16807 % 2147483647
            line = line sprintf(" %08x", x)
        }
        printf "%s\n", line "."
    }
}' >"$work/disk.img"
[ "$(wc -c <"$work/disk.img")" -eq 8388608 ] || fail "the disk image came out $(wc -c <"$work/disk.img") bytes long, not 8388608"

versions=$(awk '{ printf "%s\n    \"%s\": \"%s\"", (NR > 1 ? "," : ""), $1, $2 }' "$packages/packages.list")
cat >"$work/guest.json" <<END
{
  "name": "debian-riscv64",
  "feature": "virt-riscv64",
  "description": "Debian's riscv64 kernel and OpenSBI with a busybox shell",
  "settings": {
    "machine.ram": "512M",
    "loader.append": "console=ttyS0 earlycon=sbi panic=-1"
  },
  "files": {
    "loader.firmware": "fw_dynamic.bin",
    "loader.kernel": "Image",
    "loader.initrd": "initrd.cpio.gz",
    "disk0.file": "disk.img"
  },
  "packages": {$versions
  }
}
END
for file in Image fw_dynamic.bin u-boot initrd.cpio.gz disk.img guest.json; do
    chmod 644 "$work/$file"
    mv "$work/$file" "$out/$file"
done
echo "$made_from" >"$out/made-from"
echo "$out/guest.json"
