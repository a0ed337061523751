#!/bin/sh
# Installs, by Debian package name, what a purpose needs and this machine lacks. Safe to repeat.
#
# Usage: prerequisites.sh PURPOSE...
#   guest    to fetch and build the Debian guest
#   oracle   the reference emulator, its image tools, debugger and compiler whose results tests compare with
#   cross    the cross compilers that our own guest programs are built with
set -eu

fail() {
    echo "prerequisites: $*" >&2
    exit 1
}

usage() {
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

[ $# -gt 0 ] || usage

wanted=
for purpose in "$@"; do
    case $purpose in
        guest) wanted="$wanted cpio gzip xz-utils" ;;
        oracle) wanted="$wanted qemu-system-misc qemu-utils gdb-multiarch device-tree-compiler asciinema gcc libc6-dev" ;;
        cross) wanted="$wanted gcc-riscv64-unknown-elf binutils-riscv64-unknown-elf" ;;
        *) echo "prerequisites: unknown purpose '$purpose'" >&2; usage ;;
    esac
done

command -v dpkg-query >/dev/null || fail "no dpkg here: the packages$wanted are Debian's; install their equivalents by hand"

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$state" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=sudo
elif command -v sudo >/dev/null && [ -t 0 ]; then
    as_root=sudo
else
    fail "missing packages:$missing; run as root: apt-get install$missing"
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Third-party sources on a machine may be out of reach: an update that fails in part is good enough if the install then works.
$as_root apt-get -q update >"$log" 2>&1 || true
if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing >>"$log" 2>&1; then
    tail -n 15 "$log" >&2
    fail "apt-get could not install:$missing"
fi
echo "prerequisites: installed$missing"
