#!/usr/bin/env bash
# What a person gets for bad input on the command line: a clear error, the right exit code, nothing
# changed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cloud_start "$T/cloud"
mv_=$MV_BIN/microvisor

check_fails 2 'usage|unknown' "$mv_" frobnicate
check_fails 2 'usage|needs|missing' "$mv_" apps bundle
printf 'this is no zip' >"$T/no.zip"
check_fails 1 'zip' "$mv_" apps create "$T/no.zip"
(cd "$T" && printf 'garbage garbage garbage' >manifest && zip -q bad-manifest.zip manifest)
check_fails 1 'manifest' "$mv_" apps create "$T/bad-manifest.zip"
head -c 1048576 /dev/zero >"$T/big.bin"
check_fails 1 '1 MiB|1048576|too large|too big' "$mv_" apps bundle "$T/big.bin" "$T/big.zip"
head -c 3000 /dev/urandom >"$T/app.bin"
"$mv_" apps bundle "$T/app.bin" "$T/app.zip"
head -c 1500 "$T/app.zip" >"$T/cut.zip"
check_fails 1 'zip|bundle' "$mv_" apps create "$T/cut.zip"
# A layer whose content is not what its name says.
mkdir "$T/unpacked" && (cd "$T/unpacked" && unzip -q ../app.zip && layer=$(ls | grep -v manifest) &&
    printf 'X' | dd of="$layer" bs=1 seek=10 conv=notrunc status=none && zip -q ../wrong.zip ./*)
check_fails 1 'hash' "$mv_" apps create "$T/wrong.zip"
check_fails 1 'not found|no device|unknown' "$mv_" devices show UV00000000000000000000000000000000
check_fails 1 'not found|unknown|no such|no app' "$mv_" devices update UV00000000000000000000000000000000 --target-app nothing
token=$MICROVISOR_AUTH_TOKEN
MICROVISOR_AUTH_TOKEN=wrong check_fails 1 'authenticat|credential' "$mv_" apps list
MICROVISOR_AUTH_TOKEN=$token
[ "$("$mv_" apps list --json | /usr/bin/python3 -c 'import json,sys; d=json.load(sys.stdin); print(len(d if isinstance(d,list) else d["apps"]))')" = 0 ] ||
    fail "a refused upload left an application behind"
# The server is not there: try again (3).
world_end "$CLOUD_PID"
check_fails 3 'connect|reach' "$mv_" apps list
# Nothing of it showed the token.
grep -rq "$token" "$T/cloud/microvisord.log" && fail "the server's log holds the token"
exit 0
