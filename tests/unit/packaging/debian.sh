#!/usr/bin/env bash
# Builds the Debian packages, checks them as an archive would, unpacks them into a folder of their own and
# uses what was installed there: cloud, command line, completion, manual pages, simulator, SDK.
set -euo pipefail
MV_ROOT=${MV_ROOT:?the project folder}
MV_BUILD=${MV_BUILD:?the build folder}
T=$(mktemp -d "${TMPDIR:-/tmp}/mv-package-XXXXXX")
SERVER_PID=
finish() {
    [ -z "$SERVER_PID" ] || kill "$SERVER_PID" 2>/dev/null || true
    rm -rf "$T"
}
trap finish EXIT
fail() {
    echo "FAILED: $*" >&2
    cat "$T/log" >&2 2>/dev/null || true
    exit 1
}
cd "$T"
"$MV_ROOT/scripts/package.sh" --programs "$MV_BUILD/host/bin" --out "$T/packages" >log 2>&1 || fail "packages cannot be made"
cp -r packages first
"$MV_ROOT/scripts/package.sh" --programs "$MV_BUILD/host/bin" --out "$T/packages" >log 2>&1 || fail "a second time"
for package in packages/*.deb; do
    cmp "$package" "first/${package#packages/}" || fail "the same tree gives different packages"
done

# Fields, owners, permissions, sums, nothing that belongs to this machine.
field() { dpkg-deb -f packages/"$1"_*.deb "$2"; }
for name in microvisor microvisord mvsim microvisor-sdk; do
    package=$(echo packages/"$name"_*.deb)
    [ "$(field "$name" Package)" = "$name" ] || fail "$name is missing"
    for wanted in Version Architecture Maintainer Section Priority Installed-Size Description; do
        [ -n "$(field "$name" $wanted)" ] || fail "$name has no $wanted"
    done
    dpkg-deb --fsys-tarfile "$package" | tar -tv >listing
    ! awk '$2 != "root/root"' listing | grep . || fail "$name: files of other users"
    ! awk '$1 ~ /^-/ && $1 ~ /^.....w|^........w|^...s|^......s/' listing | grep . || fail "$name: open permissions"
    ! grep -E ' \./usr/local| \./(home|root|tmp|build)/' listing || fail "$name: files in a wrong place"
    grep -q "usr/share/doc/$name/copyright" listing && grep -q "usr/share/doc/$name/changelog.gz" listing ||
        fail "$name has no copyright or changelog"
    dpkg-deb -x "$package" tree
    dpkg-deb -e "$package" control
    (cd tree && md5sum --quiet -c ../control/md5sums) || fail "$name: sums"
    for script in control/post* control/pre*; do
        [ ! -e "$script" ] || sh -n "$script" || fail "$script"
    done
    rm -rf control
done
[ "$(field microvisor-sdk Architecture)" = all ] || fail "the SDK is for one machine only"
for needed in libcurl4 libc6 libjansson4 libzip4; do
    field microvisor Depends | grep -q "$needed" || fail "microvisor does not depend on $needed"
done
! grep -rlE "$MV_ROOT|$MV_BUILD" tree --include='*' | grep -v '/bin/\|/sbin/' || fail "paths of the build machine"
! find tree/usr/share/man -name '*.gz' -exec zcat {} + | grep -q "$MV_ROOT" || fail "paths in manual pages"
if command -v lintian >/dev/null; then
    lintian --no-cfg --allow-root --fail-on error packages/*.deb >log 2>&1 || fail "lintian"
fi

# Manual pages of every program and command, found as man finds them.
MANPATH=$PWD/tree/usr/share/man
for page in microvisor microvisor-deploy microvisor-apps-bundle microvisord mvsim; do
    file=$(find "$MANPATH" -name "$page.[18].gz")
    [ -n "$file" ] && zcat "$file" | groff -man -Kutf8 -Tutf8 -ww >page.txt 2>log && [ ! -s log ] || fail "manual page $page"
    grep -q "$page" page.txt || fail "manual page $page is empty"
done

# The service: the unit and its configuration fit together, and it starts with them, in a folder of its own.
grep -q '^ExecStart=/usr/sbin/microvisord --config /etc/microvisord/microvisord.json$' \
    tree/lib/systemd/system/microvisord.service || fail "ExecStart"
[ -x tree/usr/sbin/microvisord ] && [ "$(stat -c %a tree/etc/microvisord/microvisord.json)" = 640 ] || fail "the service's files"
if command -v systemd-analyze >/dev/null; then
    cp tree/lib/systemd/system/microvisord.service unit.service
    sed -i "s|=/usr/sbin/microvisord|=$PWD/tree/usr/sbin/microvisord|; /^Documentation=/d" unit.service
    systemd-analyze verify ./unit.service >log 2>&1 && [ ! -s log ] || fail "the unit"
fi
sed "s|/var/lib/microvisord|$PWD/state|; s|:8080|:0|; s|0.0.0.0:8883|127.0.0.1:0|" tree/etc/microvisord/microvisord.json >config.json
tree/usr/sbin/microvisord --config config.json >log 2>&1 &
SERVER_PID=$!
for _ in $(seq 300); do [ -f state/run.json ] && break || sleep 0.1; done
export HOME=$T/home XDG_CONFIG_HOME= PATH=$PWD/tree/usr/bin:$PATH
mkdir "$HOME"
unset MICROVISOR_URL MICROVISOR_ACCOUNT_SID MICROVISOR_AUTH_TOKEN MICROVISOR_PROFILE
microvisor login --from state >log 2>&1 || fail "login at the installed cloud"
microvisor devices provision --identity-out id.bin --unique-name packaged >log 2>&1 || fail "provision"

# Completion, from where the shells look for it.
bash -c 'source tree/usr/share/bash-completion/completions/microvisor
    COMP_WORDS=(microvisor devices show pa) COMP_CWORD=3
    _microvisor 2>/dev/null
    [ "${COMPREPLY[*]}" = packaged ]' || fail "completion in bash"
[ -s tree/usr/share/zsh/vendor-completions/_microvisor ] || fail "completion for zsh"
[ "$(fish --no-config -c "source tree/usr/share/fish/vendor_completions.d/microvisor.fish
    complete -C 'microvisor devices show pa'" | cut -f1)" = packaged ] || fail "completion in fish"

# An application of the installed SDK, deployed by the installed command line, on the installed board.
cp -r tree/usr/lib/microvisor/sdk sdk
microvisor deploy sdk/examples/first_light --device packaged >log 2>&1 || fail "deploy of the sample"
mvsim run --app sdk/examples/first_light/build/first_light.elf --until 400 >log 2>&1 || fail "mvsim --app"
grep -q 'First light on device' log || fail "the sample says nothing"
