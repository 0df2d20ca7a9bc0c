#!/usr/bin/env bash
# Fetches the Debian source packages named in sources.lock and unpacks them to build/third_party/<name>.
#
# The source list is the machine's own apt configuration with deb turned into deb-src, in a private apt
# folder, so nothing of the system changes and no host is named here. Every file must have the locked
# SHA-256. What is already unpacked is left alone, so a second run takes milliseconds and needs no network.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
lock=$root/scripts/sources.lock
dest=${MV_THIRD_PARTY:-$root/build/third_party}
apt_dir=$dest/apt
downloads=$dest/download

fail() {
    echo "fetch_sources: $*" >&2
    exit 1
}

# locked_names: the packages of the lock file, one "name version" a line.
locked_names() {
    awk '/^#/ || NF != 2 { next } length($1) != 64 { print }' "$lock"
}

# locked_files NAME: the "sha256  file" lines of one package, as sha256sum wants them.
locked_files() {
    awk -v name="$1" '/^#/ { next } length($1) != 64 { on = ($1 == name); next } on { print $1 "  " $2 }' "$lock"
}

# stamp NAME: what the unpacked folder must say to be the locked one.
stamp() {
    locked_files "$1" | sha256sum | cut -d' ' -f1
}

unpacked() {
    [ -f "$dest/$1/.locked" ] && [ "$(cat "$dest/$1/.locked")" = "$(stamp "$1")" ]
}

downloaded() {
    (cd "$downloads" && locked_files "$1" | sha256sum --check --status 2>/dev/null)
}

# apt_sources: writes the machine's own package sources to $apt_dir/sources as deb-src entries.
apt_sources() {
    local list=/etc/apt/sources.list parts=/etc/apt/sources.list.d file
    command -v apt-get >/dev/null || fail "apt-get is not here; this script needs Debian"
    eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
    rm -rf "$apt_dir/sources"
    mkdir -p "$apt_dir/sources" "$apt_dir/state/lists/partial" "$apt_dir/cache/archives/partial"
    for file in "$list" "${parts%/}"/*.list; do
        [ -f "$file" ] || continue
        sed -nE 's/^[[:space:]]*deb(-src)?([[:space:]])/deb-src\2/p' "$file" | sort -u \
            >"$apt_dir/sources/$(basename "$file" .list).list"
    done
    for file in "${parts%/}"/*.sources; do
        [ -f "$file" ] || continue
        sed -E 's/^Types:.*/Types: deb-src/I' "$file" >"$apt_dir/sources/$(basename "$file")"
    done
    cat >"$apt_dir/apt.conf" <<CONF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt_dir/sources";
Dir::State "$apt_dir/state";
Dir::Cache "$apt_dir/cache";
APT::Sandbox::User "root";
Acquire::Retries "3";
Acquire::Languages "none";
CONF
}

private_apt() {
    APT_CONFIG=$apt_dir/apt.conf "$@"
}

# known NAME VERSION: the private lists have this very version.
known() {
    private_apt apt-cache showsrc "$1" 2>/dev/null | grep -qxF "Version: $2"
}

# download NAME VERSION: fills $downloads with the locked files.
download() {
    if [ ! -f "$apt_dir/apt.conf" ] || ! known "$1" "$2"; then
        apt_sources
        # A third-party source without a deb-src half fails alone; what counts is that our package is known.
        private_apt apt-get -q update >"$apt_dir/update.log" 2>&1 || true
        known "$1" "$2" || fail "no package source offers $1 $2 (is the network there? see $apt_dir/update.log)"
    fi
    (cd "$downloads" && private_apt apt-get -q source --download-only "$1=$2" >"$apt_dir/$1.log" 2>&1) ||
        fail "cannot download $1 $2 (is the network there? see $apt_dir/$1.log)"
    downloaded "$1" || fail "$1 $2 does not have the checksums of scripts/sources.lock"
}

unpack() {
    local dsc
    dsc=$(locked_files "$1" | awk '$2 ~ /\.dsc$/ { print $2 }')
    rm -rf "$dest/$1" "$dest/$1.new"
    dpkg-source --no-check --no-copy -x "$downloads/$dsc" "$dest/$1.new" >/dev/null
    stamp "$1" >"$dest/$1.new/.locked"
    mv "$dest/$1.new" "$dest/$1"
}

mkdir -p "$downloads"
exec 9>"$dest/.lock"
flock 9
while read -r name version; do
    unpacked "$name" && continue
    echo "fetching source package $name $version"
    downloaded "$name" || download "$name" "$version"
    unpack "$name"
done < <(locked_names)
