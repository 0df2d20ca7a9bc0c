#!/usr/bin/env bash
# Commands that need no cloud: usage, bundles, keys, builds.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$T"

# Usage.
check 0 '' "$MV" --help
check 0 '' "$MV" --version
check 0 '' "$MV" deploy --help
check 0 '' "$MV" apps -h
check 2 'usage' "$MV"
check 2 "unknown command 'frobnicate'" "$MV" frobnicate
check 2 "unknown command 'apps frobnicate'" "$MV" apps frobnicate
check 2 'a command is missing' "$MV" apps
check 2 "missing argument 'OUT'" "$MV" apps bundle x.elf
check 2 'one argument too many' "$MV" apps bundle a b c
check 2 "unknown option '--frob'" "$MV" apps list --frob
check 2 'a value is needed' "$MV" logs dev --lines
check 2 'whole number from 1' "$MV" logs dev --lines 0
check 2 'whole number' "$MV" logs dev --lines -5
check 2 'whole number' "$MV" logs dev --lines 12x
check 2 'no value may be given' "$MV" deploy --wait=5
check 2 'not a SID or unique name' env MICROVISOR_URL=http://localhost:1 "$MV" devices show ''
for command in $(grep -oE '^[[:space:]]*\{\.name = "[a-z ]+"' "$MV_ROOT/cli/commands.c" |
    grep -oE '"[a-z ]+"' | tr -d '"' | tr ' ' '_'); do
    check 0 '' "$MV" ${command//_/ } --help
done
check 0 '' "$MV" help
check 0 '' "$MV" help apps
grep -q '  apps bundle ' out || fail "help of a group"
check 0 '' "$MV" help apps bundle
grep -q '^usage: microvisor apps bundle FILE OUT' out || fail "help of a command"
check 2 "unknown command 'frob'" "$MV" help frob
check 2 "unknown command 'deploy now'" "$MV" help deploy now
check 2 "table, json or tsv, not 'xml'" "$MV" apps list -o xml
check 2 'no value may be given' "$MV" apps list --json=yes
check 2 'no completion for' "$MV" completion tcsh

# Errors for programs.
check 2 '^\{"code":"usage","message":.*"hint":.*"doc":"cli/README.md#usage","retryable":false\}$' \
    "$MV" frobnicate --json
[ ! -s out ] || fail "an error went to standard output"

# Every error code that the program can give is explained.
grep -hoE 'CLI_(FAILED|USAGE|TRY_AGAIN), *"[a-z_]+"' "$MV_ROOT"/cli/*.c | grep -oE '"[a-z_]+"' |
    tr -d '"' | sort -u | while read -r code; do
    grep -q "^### $code\$" "$MV_ROOT/cli/README.md" || fail "cli/README.md does not explain '$code'"
done

# Bundles: the same image as ELF and as binary gives the same bytes.
cmake -S "$MV_ROOT/sdk/examples/first_light" -B app >log 2>&1 && cmake --build app >>log 2>&1 ||
    { cat log; fail "the sample does not build"; }
check 0 '' "$MV" apps bundle app/first_light.elf elf.zip
check 0 '' "$MV" apps bundle app/first_light.bin bin.zip
cmp elf.zip bin.zip || fail "an ELF and its binary give different bundles"
check 0 '' "$MV" apps:bundle app/first_light.elf colon.zip
check 0 '' "$MV" microvisor:apps:bundle app/first_light.elf colon.zip -o json
cmp elf.zip colon.zip
grep -q '"image_bytes":' out || fail "-o json gave no JSON"

# What is in it, seen with other tools.
unzip -q elf.zip -d unpacked
layer=$(ls unpacked | grep -v manifest)
[ "$layer" = "$(sha256sum <unpacked/"$layer" | cut -d' ' -f1)" ] || fail "the layer has a wrong name"
cmp unpacked/"$layer" app/first_light.bin || fail "the layer is not the image"
protoc -I "$MV_ROOT/formats" --decode=bundle.AppManifest manifest.proto <unpacked/manifest >text
measured=$( (cat app/first_light.bin && head -c 1048576 /dev/zero | tr '\0' '\377') |
    head -c 1048576 | sha256sum | cut -d' ' -f1)
/usr/bin/python3 - "$layer" "$measured" unpacked/manifest <<'PYTHON' || fail "the manifest's bytes"
import sys
fetch, measured, manifest = bytes.fromhex(sys.argv[1]), bytes.fromhex(sys.argv[2]), sys.argv[3]
layer = bytes.fromhex("0a060a0410808040") + b"\x1a\x20" + fetch + b"\x22\x20" + measured
body = b"\x0a" + bytes([len(layer)]) + layer + b"\x22\x00\x2a\x00"
sys.exit(open(manifest, "rb").read() != b"\x12" + bytes([len(body)]) + body)
PYTHON
check 0 '' "$MV" apps bundle app/first_light.bin opt.zip --connection-grace-time 60 \
    --minimum-check-in-time=3600 --minimum-kernel-version 7 --maximum-politeness-time 90 \
    --minimum-restart-interval 500 --maximum-restart-interval 8000
unzip -p opt.zip manifest | protoc -I "$MV_ROOT/formats" --decode=bundle.AppManifest manifest.proto >text
grep -q 'connection_grace_time_sec: 60' text && grep -q 'minimum_check_in_time_sec: 3600' text &&
    grep -q 'minimum_kernel_version: 7' text && grep -q 'maximum_politeness_time_sec: 90' text &&
    grep -q 'minimum_restart_ms: 500' text && grep -q 'maximum_restart_ms: 8000' text || fail "an option did not reach the manifest"

# Files that cannot be bundled. Nothing is written then.
head -c 1048576 /dev/zero >big.bin
check 1 '1 MiB' "$MV" apps bundle big.bin refused.zip
: >empty.bin
check 1 'empty' "$MV" apps bundle empty.bin refused.zip
echo text >text.elf
check 1 'not an ELF' "$MV" apps bundle text.elf refused.zip
check 1 'not built for a 32-bit Arm' "$MV" apps bundle /bin/ls refused.zip
check 1 'object file' "$MV" apps bundle "$MV_ROOT/sdk/stm32u5/mv_syscalls.o" refused.zip
head -c 5000 app/first_light.elf >cut.elf
check 1 'cut short' "$MV" apps bundle cut.elf refused.zip
check 1 'No such file' "$MV" apps bundle none.bin refused.zip
check 1 'cannot write' "$MV" apps bundle app/first_light.bin no/such/folder.zip
[ ! -e refused.zip ] || fail "a refused bundle was written"
head -c 3000 /dev/zero >zeros.bin
check 0 'warning.*vector table' "$MV" apps bundle zeros.bin zeros.zip

# Debug keys.
check 0 '' "$MV" debug keypair --debug-auth-privkey priv.pem --debug-auth-pubkey pub.pem
[ "$(stat -c %a priv.pem)" = 600 ] || fail "the private key can be read by others"
openssl pkey -in priv.pem -pubout | cmp - pub.pem || fail "the halves do not belong together"
check 1 'exists' "$MV" debug keypair --debug-auth-privkey priv.pem --debug-auth-pubkey new.pem
check 0 '' "$MV" debug:generate_keypair --debug-auth-privkey=priv.pem --debug-auth-pubkey=pub.pem --force
check 0 '' "$MV" apps bundle app/first_light.bin debug.zip -k pub.pem
point=$(openssl pkey -pubin -in pub.pem -outform DER | tail -c 65 | od -An -tx1 | tr -d ' \n')
unzip -p debug.zip manifest | od -An -tx1 | tr -d ' \n' | grep -q "12431241$point" ||
    fail "the debug key is not in the manifest"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 2>/dev/null | openssl pkey -pubout >p384.pem
check 1 'P-256' "$MV" apps bundle app/first_light.bin no.zip -k p384.pem
check 1 'P-256' "$MV" apps bundle app/first_light.bin no.zip -k zeros.bin

# A project folder is built; without a cloud only as far as the bundle.
cp -r "$MV_ROOT/sdk" sdk
check 0 '' "$MV" deploy sdk/examples/first_light --build --genkeys
[ -f sdk/examples/first_light/build/first_light.zip ] || fail "the bundle is not beside the program"
[ "$(stat -c %a sdk/examples/first_light/build/debug_auth_priv_key.pem)" = 600 ] || fail "key mode"
echo 'int broken(' >>sdk/examples/first_light/main.c
check 1 'does not build' "$MV" deploy sdk/examples/first_light --build
check 1 'no CMakeLists.txt' "$MV" deploy "$HOME" --build

# Where the cloud is.
check 1 'MICROVISOR_URL is missing' "$MV" apps list
check 1 'MICROVISOR_AUTH_TOKEN is missing' env MICROVISOR_URL=https://x MICROVISOR_ACCOUNT_SID=AC1 "$MV" apps list
export MICROVISOR_ACCOUNT_SID=AC1 MICROVISOR_AUTH_TOKEN=secret
check 1 'plain http' env MICROVISOR_URL=http://example.com "$MV" apps list
check 1 'plain http' env MICROVISOR_URL=http://localhost.example.com "$MV" apps list
check 2 'not the URL' env MICROVISOR_URL=ftp://localhost "$MV" apps list
check 3 'cannot reach' env MICROVISOR_URL=http://127.0.0.1:1 "$MV" apps list
check 3 '"retryable":true' env MICROVISOR_URL=http://127.0.0.1:1 "$MV" apps list --json
check 3 'cannot reach' env MICROVISOR_URL=http://127.0.0.1:1 "$MV" logs dev
check 2 '--device DEVICE' "$MV" deploy app/first_light.elf --url http://127.0.0.1:1
mkdir -p "$HOME/.config/microvisor"
echo '{ broken' >"$HOME/.config/microvisor/config.json"
chmod 644 "$HOME/.config/microvisor/config.json"
check 1 'config.json. line 1' "$MV" apps list
check 1 'chmod 600' "$MV" apps list
