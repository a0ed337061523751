#!/bin/sh
# Builds our own guest programs with Debian's bare-metal RISC-V compiler.
#
# Usage: build.sh           rebuild and replace the binaries beside the sources
#        build.sh --check   rebuild elsewhere and compare byte by byte with the binaries that are here
#        build.sh --debug FOLDER   build there, with symbols and frame pointers, as debuggers and profilers like it
set -eu
LC_ALL=C
export LC_ALL

here=$(cd "$(dirname "$0")" && pwd)
prefix=riscv64-unknown-elf-
check=false
debug=
flags=-Wl,-s
case ${1-} in
    "") ;;
    --check) check=true ;;
    --debug) debug=${2:?FOLDER is missing} flags=-fno-omit-frame-pointer ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

command -v ${prefix}gcc >/dev/null || "$here/../../tools/guest/prerequisites.sh" cross

# The same source gives the same bytes only with the same compiler.
toolchain="gcc $(${prefix}gcc -dumpfullversion), $(${prefix}ld --version | sed -n '1s/.*) *//p')"
out=$here
if [ -n "$debug" ]; then
    mkdir -p "$debug"
    out=$(cd "$debug" && pwd)
elif $check; then
    built_with=$(cat "$here/TOOLCHAIN")
    if [ "$toolchain" != "$built_with" ]; then
        echo "build.sh: the committed guests were built with '$built_with', this machine has '$toolchain':" \
             "nothing to compare; run build.sh and commit its output, or use the first" >&2
        exit 3
    fi
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
fi

# compile ARCH ABI OUTPUT FLAGS... SOURCES...
compile() {
    arch=$1 abi=$2 output=$3
    shift 3
    mkdir -p "$out/$(dirname "$output")"
    # One command and fixed relative paths, so that nothing of this machine gets into the file.
    (cd "$here" && ${prefix}gcc -march="$arch" -mabi="$abi" -mcmodel=medany -std=gnu11 -O2 -Wall -Wextra -Werror \
        -ffreestanding -fno-builtin -fno-common -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
        -fno-math-errno -ffp-contract=off -ffunction-sections -fdata-sections -ffile-prefix-map="$here=." -Wa,--debug-prefix-map="$here=." -Wno-main \
        -nostdlib -nostartfiles -static -Iruntime \
        "$@" runtime/start.S -lgcc \
        -Wl,-T,runtime/link.ld -Wl,--gc-sections -Wl,--build-id=none -Wl,-n $flags -Wl,--no-warn-rwx-segments \
        -o "$out/$output")
}

demo="demo/main.c demo/interrupts.c demo/input.c demo/virtio.c demo/devices.c demo/compute.c runtime/runtime.c runtime/sha256.c"
compile rv64imafdc lp64d demo-riscv64/demo.elf $demo
compile rv32imafdc ilp32d demo-riscv32/demo.elf $demo

for kernel in mix hash sort strings interpreter memory chase float paging traps; do
    compile rv64imafdc lp64d bench-riscv64/$kernel.elf -DNAME="\"$kernel\"" bench/main.c bench/$kernel.c \
        runtime/runtime.c runtime/sha256.c
done

# Ten times as long, with a mark when they are warm; the kernel of traps computes in U-mode and cannot print one.
for kernel in mix hash sort strings interpreter memory chase float paging; do
    compile rv64imafdc lp64d bench-riscv64/steady/$kernel.elf -DSTEADY -DNAME="\"$kernel\"" bench/main.c bench/$kernel.c \
        runtime/runtime.c runtime/sha256.c
done

float="float/guest.c float/cases.c runtime/runtime.c"
compile rv64imafdc lp64d float-riscv64/float.elf $float
compile rv32imafdc ilp32d float-riscv32/float.elf $float

# With names, lines and all callers, for a debugger.
(flags=-g; compile rv64imafdc lp64d hunt-riscv64/hunt.elf -fno-optimize-sibling-calls hunt/hunt.c runtime/runtime.c)

# A program for Linux without a C library: it is loaded by the kernel, so it has neither our entry nor our memory layout.
mkdir -p "$out/iowork-riscv64"
(cd "$here" && ${prefix}gcc -march=rv64imafdc -mabi=lp64d -std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-builtin \
    -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -ffile-prefix-map="$here=." -Wa,--debug-prefix-map="$here=." -nostdlib -nostartfiles -static \
    iowork/iowork.c -Wl,--no-relax -Wl,-z,max-page-size=4096 -Wl,--build-id=none $flags -o "$out/iowork-riscv64/iowork")

# The demonstration disk: 128 sectors, each one line of text that says which it is.
for width in 64 32; do
    awk 'BEGIN { for (i = 0; i < 128; i++) printf "%-511s\n", sprintf("Sector %d of the demonstration disk.", i) }' \
        >"$out/demo-riscv$width/disk.img"
done

if $check; then
    failed=false
    for file in $(cd "$out" && find . -type f | sort); do
        if ! cmp -s "$out/$file" "$here/$file"; then
            echo "build.sh: $file differs from what its source builds to; run build.sh and commit its output" >&2
            failed=true
        fi
    done
    $failed && exit 1
    echo "guests: $(cd "$out" && find . -type f | wc -l) files are what their sources build to ($toolchain)"
elif [ -z "$debug" ]; then
    echo "$toolchain" >"$here/TOOLCHAIN"
fi
