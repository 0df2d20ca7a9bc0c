#!/usr/bin/env bash
# Checks that docs/boundary.md lists the attacks that there are; with --write, writes them into it.
# Usage: docs.sh BOARD_ATTACKS DOCUMENT [--write]
set -euo pipefail
begin='<!-- attacks: tests/board/docs.sh --write -->' end='<!-- end of attacks -->'
work=$(mktemp)
trap 'rm -f "$work"' EXIT
{
    sed "/^$(printf '%s' "$begin" | sed 's/[/.]/\\&/g')$/q" "$2"
    "$1" list
    printf '\n'
    sed -n "/^$end$/,\$p" "$2"
} >"$work"
if [ "${3:-}" = --write ]; then
    cp "$work" "$2"
elif ! cmp -s "$work" "$2"; then
    echo "$2 is not what board_attacks lists; tests/board/docs.sh $1 $2 --write" >&2
    exit 1
fi
