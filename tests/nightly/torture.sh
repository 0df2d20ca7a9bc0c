#!/usr/bin/env bash
# The C torture programs of GCC's test suite on mvsim-an505 and on stock QEMU.
#
#   torture.sh [--sample N] [--no-fetch] [--list FILE]
#
# Builds each program for the Cortex-M33 and runs it on both; every program that passes on QEMU must pass on ours.
# The programs come from the Debian package gcc-12-source (83 MB), fetched by apt into build/third_party and unpacked
# there; with --no-fetch a missing package means "skipped" (exit 77). --sample takes every n-th so that about N run.
# Programs under test: MV_BIN (default build/host/bin). More compiler flags: MV_TORTURE_FLAGS.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${MV_BUILD:-$root/build}
bin=${MV_BIN:-$build/host/bin}
package=gcc-12-source
source=$build/third_party/$package
programs=$source/execute
guest=$root/tests/unit/simcpu/guest

sample=0
fetch=true
list=
while [ $# -gt 0 ]; do
    case "$1" in
    --sample) sample=$2 && shift 2 ;;
    --no-fetch) fetch=false && shift ;;
    --list) list=$2 && shift 2 ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
done

# unpack DEB_OR_TARBALL_FOLDER: leaves only the programs, 1,600 small files.
unpack() {
    tar -xJf "$1" -C "$source" --strip-components=4 --wildcards '*/gcc/testsuite/gcc.c-torture/execute'
}

fetch_programs() {
    local installed=/usr/src/gcc-12
    mkdir -p "$source"
    if compgen -G "$installed/gcc-*.tar.xz" >/dev/null; then
        unpack "$installed"/gcc-*.tar.xz
        return
    fi
    $fetch || { echo "skipped: $package is not here" && exit 77; }
    (cd "$source" && compgen -G "$package*.deb" >/dev/null || apt-get download -q "$package")
    mkdir -p "$source/deb"
    dpkg-deb --fsys-tarfile "$source/$package"*.deb |
        tar -x -C "$source/deb" --wildcards --strip-components=4 './usr/src/gcc-12/gcc-1*.tar.xz'
    unpack "$source"/deb/gcc-1*.tar.xz
    rm -rf "$source/deb"
}
[ -d "$programs" ] || fetch_programs

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpu=(-mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16)
flags=(-O2 -w -std=gnu17 -fno-diagnostics-color ${MV_TORTURE_FLAGS:-})
for part in "$guest/start.c" "$here/torture/runtime.c"; do
    arm-none-eabi-gcc "${cpu[@]}" -O2 -c "$part" -o "$work/$(basename "$part" .c).o"
done

# wanted FILE: some programs name options that they depend on.
wanted() {
    sed -nE 's/.*dg-(additional-)?options "([^"]*)".*/\2/p' "$1" | head -n 1
}

compile() {
    local extra
    read -ra extra <<<"$(wanted "$1")"
    case "$1" in # these bring a library of their own that tells whether calls were expanded
    */builtins/*) extra+=("${1%.c}-lib.c" "$programs/builtins/lib/main.c" -fno-tree-dse
        -fno-tree-loop-distribute-patterns) ;;
    esac
    arm-none-eabi-gcc "${cpu[@]}" "${flags[@]}" "${extra[@]}" "$1" "$work"/start.o "$work"/runtime.o \
        -nostartfiles -T "$guest/an505.ld" -lm -o "$2" 2>/dev/null
}

verdict() { # COMMAND…: pass, fail or stuck
    local status=0
    "$@" >/dev/null 2>&1 </dev/null || status=$?
    case $status in 0) echo pass ;; 124) echo stuck ;; *) echo "fail($status)" ;; esac
}

mapfile -t files < <(find "$programs" -name '*.c' ! -name '*-lib.c' ! -path '*/lib/*' | LC_ALL=C sort)
step=1
[ "$sample" -eq 0 ] || step=$((${#files[@]} / sample))
[ -z "$list" ] || : >"$list"
total=0 built=0 passed=0 both_fail=0 worse=0 better=0
for ((i = 0; i < ${#files[@]}; i += step)); do
    file=${files[i]}
    name=${file#"$programs"/}
    total=$((total + 1))
    if ! compile "$file" "$work/program.elf"; then
        [ -z "$list" ] || echo "$name does-not-build" >>"$list"
        continue
    fi
    built=$((built + 1))
    ours=$(verdict "$bin/mvsim-an505" --cycles 4000000000 "$work/program.elf")
    theirs=$(verdict timeout 30 qemu-system-arm -M mps2-an505 -display none -monitor none -serial null \
        -semihosting-config enable=on,target=native -kernel "$work/program.elf")
    [ -z "$list" ] || echo "$name ours=$ours qemu=$theirs" >>"$list"
    case $ours:$theirs in
    pass:pass) passed=$((passed + 1)) ;;
    pass:*) better=$((better + 1)) ;;
    *:pass) worse=$((worse + 1)) && echo "FAIL $name: ours $ours, QEMU passes" ;;
    *) both_fail=$((both_fail + 1)) ;;
    esac
done
echo "$total programs, $built built, $passed pass on both, $both_fail fail on both, $better pass only here, $worse only on QEMU"
[ "$worse" -eq 0 ] && [ $((passed * 10)) -ge $((total * 9)) ]
