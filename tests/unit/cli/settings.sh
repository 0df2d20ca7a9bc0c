#!/usr/bin/env bash
# Configs, secrets and API keys against a real cloud; doctor, status and the manual page.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$T"
"$MICROVISORD" --state "$T/state" >cloud.log 2>&1 &
SERVER_PID=$!
for _ in $(seq 300); do [ -f state/run.json ] && break || sleep 0.1; done
check 1 '' "$MV" doctor --json
grep -q '"subject":"login","verdict":"bad"' out || fail "doctor without a login"
check 0 '' "$MV" login --from "$T/state"
check 0 '' "$MV" devices provision --identity-out id.bin --unique-name 'my dev'

# Each of the four lists; keys and names of any kind.
for scope in '' --device='my dev'; do
    for kind in configs secrets; do
        scoped() { if [ -n "$scope" ]; then "$MV" "$@" "$scope"; else "$MV" "$@"; fi; }
        check 0 '' scoped $kind list
        grep -q 'There are no' out || fail "an empty list"
        printf 'first value\n' | scoped $kind set 'a/b c?' >out 2>err || fail "$kind set"
        grep -qx "Set ${kind%s} a/b c?" out || fail "what $kind set says"
        printf 'line 1\nsecond é\n\n' >value.txt
        check 0 '' scoped $kind set 'a/b c?' --file value.txt
        check 0 '' scoped $kind show 'a/b c?' --json
        ! grep -q '"value"' out || [ $kind = configs ] || fail "a secret's value came back"
        check 0 '' scoped $kind list --json
        grep -q '"key":"a/b c?"' out || fail "$kind list"
        check 0 '' scoped $kind list
        if [ $kind = configs ]; then
            check 0 '' scoped $kind show 'a/b c?' --raw
            printf 'line 1\nsecond é\n' | cmp - out || fail "the value is not as it was set"
            check 0 '' scoped $kind set plain 'from the line'
            check 0 '' scoped $kind show plain --raw
            [ "$(cat out)" = 'from the line' ] || fail "a value of the command line"
            check 2 'exclude each other' scoped $kind set plain x --file value.txt
            check 0 '' scoped $kind remove plain
        else
            check 2 'one argument too many' scoped $kind set key value
        fi
        check 0 '' scoped $kind remove 'a/b c?'
        check 1 'not found' scoped $kind show 'a/b c?'
        check 1 'not found' scoped $kind remove 'a/b c?'
        check 2 'not valid' scoped $kind show ''
        head -c 4097 /dev/zero | tr '\0' v >long.txt
        check 1 '4096 characters' scoped $kind set long --file long.txt
        printf 'a\0b' >binary.txt
        check 1 'base64' scoped $kind set binary --file binary.txt
        check 1 'No such file' scoped $kind set none --file none.txt
    done
done
check 1 'not found' "$MV" configs set key value --device nobody
! grep -q 'first value' cloud.log || fail "a value is in the cloud's log"

# API keys: made, used in place of the account, changed, rotated, revoked.
check 2 'role' "$MV" keys create
check 1 'Role must be' "$MV" keys create --role root
check 0 '' "$MV" keys create --role read --name 'build server' --devices 'my dev' --secret-out key.txt --json
[ "$(stat -c %a key.txt)" = 600 ] && ! grep -q "$(cat key.txt)" out || fail "the secret was shown"
key=$(/usr/bin/python3 -c 'import json; print(json.load(open("out"))["sid"])')
as_key() { env MICROVISOR_URL="$url" MICROVISOR_ACCOUNT_SID="$key" MICROVISOR_AUTH_TOKEN="$(cat key.txt)" "$@"; }
url=$(/usr/bin/python3 -c 'import json; print(json.load(open("state/run.json"))["api_url"])')
check 0 '' as_key "$MV" devices list
check 1 'role or the reach' as_key "$MV" configs set key value
check 1 '"code":"forbidden"' as_key "$MV" configs list --json
check 0 '' "$MV" keys update "$key" --role operate --devices all
check 0 '' as_key "$MV" configs set key value
check 0 '' "$MV" keys show "$key"
grep -q 'Devices *all' out || fail "keys show"
check 0 '' "$MV" keys rotate "$key" --secret-out key.txt
check 0 '' as_key "$MV" devices list
check 0 '' "$MV" keys create --role admin
secret=$(sed -n 's/^Secret *//p' out)
[ ${#secret} = 64 ] || fail "no secret was shown"
check 0 '' "$MV" keys list
! grep -q "$secret" out || fail "a list shows secrets"
check 2 'nothing to change' "$MV" keys update "$key"
check 2 'commas' "$MV" keys update "$key" --devices 'a,,b'
check 0 '' "$MV" keys remove "$key"
check 1 'authentication' as_key "$MV" devices list

# The whole picture.
check 0 '' "$MV" status
grep -q 'No target *1' out || fail "status of all devices"
check 0 '' "$MV" status 'my dev'
grep -q 'no App is targeted' out || fail "status of one device"
check 0 '' "$MV" doctor
grep -q '^credentials *ok' out || fail "doctor does not accept the credentials"
check 1 '' env MICROVISOR_AUTH_TOKEN=wrong "$MV" doctor
grep -q '^credentials *bad' out || fail "doctor accepts wrong credentials"
check 1 '' env MICROVISOR_URL=http://127.0.0.1:1 "$MV" doctor --json
grep -q '"subject":"cloud","verdict":"bad"' out || fail "doctor finds a cloud where there is none"

# Each command has its manual page, and groff does not complain about a line of any.
mkdir pages
check 0 '' "$MV" man --out pages
/usr/bin/env -i "$MV" help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\( [a-z]*\)\?\)  .*/\1/p' >commands
[ "$(wc -l <commands)" -gt 30 ] || fail "help does not list the commands"
while read -r command; do
    page=pages/microvisor-${command// /-}.1
    grep -q "^\.B microvisor $command\$" "$page" || fail "no page of '$command'"
    grep -q "^\.B $command\$" pages/microvisor.1 || fail "the program's page lacks '$command'"
done <commands
for page in pages/*.1; do
    groff -man -Kutf8 -Tutf8 -ww "$page" >/dev/null 2>err || fail "groff $page"
    [ ! -s err ] || fail "$page"
done
check 0 '' "$MV" man keys rotate
cmp out pages/microvisor-keys-rotate.1
