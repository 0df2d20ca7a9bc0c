#!/usr/bin/env bash
# ./run package [--programs DIR] [--out DIR]: Debian packages of command line, cloud, simulator and SDK.
# Without --programs the programs are built for it, with Debian's hardening flags.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

programs=
out=$BUILD/packages
while [ $# -gt 0 ]; do
    case "$1" in
    --programs | --out)
        [ $# -ge 2 ] || die_usage "$1 takes a folder"
        [ "$1" = --out ] && out=$2 || programs=$2
        shift 2
        ;;
    *) die_usage "package does not know '$1'" ;;
    esac
done

version=$(sed -n 's/^project(microvisor .*VERSION \([0-9.]*\))$/\1/p' "$ROOT/CMakeLists.txt")
architecture=$(dpkg --print-architecture)
maintainer=$(git -C "$ROOT" log -1 --format='%an <%ae>' 2>/dev/null || echo 'Microvisor maintainers <root@localhost>')
# Times of the files: the last change, so that the same tree gives the same packages.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$ROOT" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
stage=$BUILD/package-stage

build_hardened() {
    local flags=hardening=+bindnow
    CFLAGS=$(DEB_BUILD_MAINT_OPTIONS=$flags dpkg-buildflags --get CFLAGS) \
    CPPFLAGS=$(DEB_BUILD_MAINT_OPTIONS=$flags dpkg-buildflags --get CPPFLAGS) \
    LDFLAGS=$(DEB_BUILD_MAINT_OPTIONS=$flags dpkg-buildflags --get LDFLAGS)
    CFLAGS="$CFLAGS $CPPFLAGS" LDFLAGS=$LDFLAGS configure_host "$BUILD/package-host" -DCMAKE_BUILD_TYPE=Release
    cmake --build "$BUILD/package-host" -j "$JOBS" --target microvisor microvisord mvsim
}

install_program() { # FROM TO
    install -D -m 755 "$1" "$2"
    strip --strip-unneeded -R .comment -R .note "$2"
}

install_page() { # FROM FOLDER
    install -d "$2"
    gzip -9nc "$1" >"$2/$(basename "$1").gz"
    chmod 644 "$2/$(basename "$1").gz"
}

stage_microvisor() {
    local root=$1 page
    install_program "$programs/microvisor" "$root/usr/bin/microvisor"
    "$programs/microvisor" man --out "$stage/pages"
    for page in "$stage"/pages/*.1; do
        install_page "$page" "$root/usr/share/man/man1"
    done
    install -d "$root/usr/share/bash-completion/completions" "$root/usr/share/zsh/vendor-completions" \
        "$root/usr/share/fish/vendor_completions.d"
    "$programs/microvisor" completion bash >"$root/usr/share/bash-completion/completions/microvisor"
    "$programs/microvisor" completion zsh >"$root/usr/share/zsh/vendor-completions/_microvisor"
    "$programs/microvisor" completion fish >"$root/usr/share/fish/vendor_completions.d/microvisor.fish"
    install -D -m 644 "$ROOT/cli/README.md" "$root/usr/share/doc/microvisor/README.md"
}

stage_microvisord() {
    local root=$1
    install_program "$programs/microvisord" "$root/usr/sbin/microvisord"
    install -D -m 644 "$ROOT/packaging/microvisord.service" "$root/lib/systemd/system/microvisord.service"
    install -D -m 640 "$ROOT/packaging/microvisord.json" "$root/etc/microvisord/microvisord.json"
    "$programs/microvisord" --help | /usr/bin/python3 "$ROOT/packaging/manual.py" 8 microvisord \
        'the Microvisor cloud' >"$stage/microvisord.8"
    install_page "$stage/microvisord.8" "$root/usr/share/man/man8"
    install -D -m 644 "$ROOT/docs/cloud.md" "$root/usr/share/doc/microvisord/cloud.md"
    install -D -m 644 "$ROOT/docs/errors.md" "$root/usr/share/doc/microvisord/errors.md"
}

stage_mvsim() {
    local root=$1
    install_program "$programs/mvsim" "$root/usr/bin/mvsim"
    install -D -m 644 -t "$root/usr/share/mvsim" "$BUILD/firmware/kernel.img" "$BUILD/firmware/boot.img"
    "$programs/mvsim" --help | /usr/bin/python3 "$ROOT/packaging/manual.py" 1 mvsim \
        'simulated board with the Microvisor kernel' >"$stage/mvsim.1"
    install_page "$stage/mvsim.1" "$root/usr/share/man/man1"
    install -D -m 644 "$ROOT/docs/simulator.md" "$root/usr/share/doc/mvsim/simulator.md"
}

stage_microvisor-sdk() {
    local sdk=$1/usr/lib/microvisor/sdk
    install -d "$sdk"
    cp -r "$BUILD/sdk/." "$sdk/"
    find "$sdk" -name build -type d -prune -exec rm -rf {} +
    rm -f "$sdk/LICENSE" # it is in the copyright file
    chmod -R u=rwX,go=rX "$sdk"
}

write_documents() { # ROOT NAME
    local doc=$1/usr/share/doc/$2
    install -d "$doc"
    {
        echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
        printf '\nFiles: *\nCopyright: 2026 the Microvisor maintainers\nLicense: Apache-2.0\n'
        echo ' On Debian systems the text of the Apache License, version 2.0, is in'
        echo ' /usr/share/common-licenses/Apache-2.0.'
    } >"$doc/copyright"
    {
        printf 'microvisor (%s) unstable; urgency=medium\n\n  * Built from its source tree.\n\n' "$version"
        printf ' -- %s  %s\n' "$maintainer" "$(date -R -u -d "@$SOURCE_DATE_EPOCH")"
    } | gzip -9n >"$doc/changelog.gz"
    chmod 644 "$doc"/*
}

# The libraries that the programs of a package are linked with, as packages with versions.
library_packages() { # ROOT
    local programs
    mapfile -t programs < <(find "$1/usr/bin" "$1/usr/sbin" -type f 2>/dev/null)
    [ ${#programs[@]} -gt 0 ] || return 0
    mkdir -p "$stage/debian"
    printf 'Source: microvisor\n\nPackage: microvisor\nArchitecture: any\n' >"$stage/debian/control"
    (cd "$stage" && dpkg-shlibdeps -O "${programs[@]}" 2>/dev/null) | sed -n 's/^shlibs:Depends=//p'
}

write_control() { # ROOT NAME ARCHITECTURE SECTION NEEDS SUMMARY
    local root=$1 name=$2 depends
    depends=$(library_packages "$root")
    [ -z "$5" ] || depends=${depends:+$depends, }$5
    install -d "$root/DEBIAN"
    {
        printf 'Package: %s\nVersion: %s\nArchitecture: %s\n' "$name" "$version" "$3"
        printf 'Maintainer: %s\nSection: %s\nPriority: optional\n' "$maintainer" "$4"
        printf 'Installed-Size: %s\n' "$(du -k -s --apparent-size "$root" | cut -f1)"
        [ -z "$depends" ] || printf 'Depends: %s\n' "$depends"
        printf 'Description: %s\n' "$6"
        sed 's/^/ /' "$ROOT/packaging/$name.txt"
    } >"$root/DEBIAN/control"
    (cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) \
        >"$root/DEBIAN/md5sums"
    if [ -d "$root/etc" ]; then
        (cd "$root" && find etc -type f -printf '/%p\n' | LC_ALL=C sort) >"$root/DEBIAN/conffiles"
    fi
    local script
    for script in postinst prerm postrm; do
        [ ! -f "$ROOT/packaging/$name.$script" ] ||
            install -m 755 "$ROOT/packaging/$name.$script" "$root/DEBIAN/$script"
    done
}

build_package() { # NAME ARCHITECTURE SECTION NEEDS SUMMARY
    local name=$1 root=$stage/$1 kind=$2
    [ "$kind" = all ] || kind=$architecture
    "stage_$name" "$root"
    write_documents "$root" "$name"
    if [ -f "$ROOT/packaging/$name.lintian-overrides" ]; then
        install -D -m 644 "$ROOT/packaging/$name.lintian-overrides" "$root/usr/share/lintian/overrides/$name"
    fi
    write_control "$root" "$name" "$kind" "$3" "$4" "$5"
    find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    dpkg-deb --root-owner-group -Zxz --build "$root" "$out/${name}_${version}_$kind.deb"
}

build_packages() {
    local name kind section needs summary
    umask 022
    rm -rf "$stage"
    mkdir -p "$stage/pages" "$out"
    while IFS='|' read -r name kind section needs summary; do
        case "$name" in '' | '#'*) continue ;; esac
        rm -f "$out/${name}"_*.deb
        build_package "$name" "$kind" "$section" "$needs" "$summary"
    done <"$ROOT/packaging/packages.txt"
}

if [ -z "$programs" ]; then
    build_all
    step "build the programs with hardening" build_hardened
    programs=$BUILD/package-host/bin
fi
step "make the Debian packages" build_packages
(cd "$out" && sha256sum ./*.deb | sed "s|\./||")
say "install with: apt install $out/*.deb"
