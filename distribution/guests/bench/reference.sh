#!/bin/sh
# Runs every benchmark program on the reference emulator, one instruction per nanosecond of guest time, and prints for each
# its name, checksum and instructions retired.
#
# Usage: reference.sh           print them
#        reference.sh --check   compare them with ../bench-riscv64/expected.txt
set -eu
here=$(cd "$(dirname "$0")" && pwd)
programs=$here/../bench-riscv64
"$here/../../../tools/guest/prerequisites.sh" oracle

run_all() {
    for program in "$programs"/*.elf; do
        timeout 120 qemu-system-riscv64 -M virt -m 64 -display none -serial stdio -monitor none -icount shift=0,sleep=off \
            -bios "$program" </dev/null | tr -d '\r' | sed -n 's/ checksum / /; s/ instret / /p'
    done
}

case ${1-} in
    "") run_all ;;
    --check)
        run_all | diff "$programs/expected.txt" - && echo "bench: $(wc -l <"$programs/expected.txt") programs ran as expected"
        ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
