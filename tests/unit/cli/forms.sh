#!/usr/bin/env bash
# Forms of output, --dry-run, profiles, the old tool's forms: against a real cloud.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$T"
"$MICROVISORD" --state "$T/state" >cloud.log 2>&1 &
SERVER_PID=$!
for _ in $(seq 300); do [ -f state/run.json ] && break || sleep 0.1; done
url=$(/usr/bin/python3 -c 'import json; print(json.load(open("state/run.json"))["api_url"])')
python_says() { /usr/bin/python3 -c "import json; $1" || fail "$1"; }

# Nothing is written by a dry run, not even the configuration file; wrong values are found all the same.
check 0 '' "$MV" login --from "$T/state" --dry-run
grep -q '^Would write .*config.json' out && [ ! -e "$HOME/.config" ] || fail "login --dry-run"
check 0 '' "$MV" login --from "$T/state"
check 0 '' "$MV" devices provision --identity-out id.bin --unique-name dev --dry-run
[ ! -e id.bin ] || fail "provision --dry-run"
check 0 '' "$MV" devices list --json
[ "$(cat out)" = '[]' ] || fail "provision --dry-run made a device"
check 0 '' "$MV" devices provision --identity-out id.bin --unique-name dev
head -c 4000 /dev/zero >app.bin
check 0 'vector table' "$MV" apps bundle app.bin app.zip --dry-run
[ ! -e app.zip ] || fail "apps bundle --dry-run"
check 0 'vector table' "$MV" apps bundle app.bin app.zip
check 0 '' "$MV" apps create app.zip --dry-run
check 0 '' "$MV" deploy app.zip --device dev --dry-run --json
python_says 'lines = [json.loads(line) for line in open("out")]
assert [line["path"] for line in lines][0] == "/v1/Apps" and len(lines) == 2
assert all(line["dry_run"] for line in lines)'
check 1 'not found' "$MV" deploy app.zip --device nobody --dry-run
check 0 '' "$MV" apps list --json
[ "$(cat out)" = '[]' ] || fail "a dry run made an App"
check 0 '' "$MV" apps create app.zip 'first app' --bundle-out signed.zip
check 0 '' "$MV" devices update dev --target-app 'first app' --unique-name other --dry-run
grep -qx 'Would send POST /v1/Devices/dev {"UniqueName": "other", "TargetApp": "first app"}' out ||
    fail "what a dry run says"
check 1 'not found' "$MV" devices update dev --target-app nothing --dry-run
check 1 'not found' "$MV" devices update nobody --restart-app --dry-run
check 0 '' "$MV" devices show dev --json
python_says 'device = json.load(open("out")); assert device["unique_name"] == "dev" and not device["app"]["target_sid"]'
printf 'do not tell' >value
check 0 '' "$MV" secrets set key --file value --dry-run
grep -q 'POST /v1/Secrets {"Key": "key", "Value": "(11 bytes)"}' out || fail "a secret in a dry run"
check 0 '' "$MV" secrets set key --file value
check 0 '' "$MV" secrets set key --file value --dry-run
grep -q 'POST /v1/Secrets/key {"Value": "(11 bytes)"}' out || fail "a change in a dry run"
check 0 '' "$MV" secrets remove key --dry-run
check 0 '' "$MV" secrets show key
check 0 '' "$MV" apps remove 'first app' --dry-run
check 0 '' "$MV" apps show 'first app'
check 0 '' "$MV" devices retire dev --dry-run
check 0 '' "$MV" debug keypair --debug-auth-privkey a.pem --debug-auth-pubkey b.pem --dry-run
[ ! -e a.pem ] && [ ! -e b.pem ] || fail "debug keypair --dry-run"
check 1 'authentication' env MICROVISOR_AUTH_TOKEN=wrong "$MV" apps remove 'first app' --dry-run

# TSV: names of the fields, one record a line, whatever is in the values.
printf 'tab\there\nback\\slash\033[31m' | "$MV" configs set odd >out 2>err
check 0 '' "$MV" configs list --tsv
printf 'key\tdate_updated\tvalue\n' >expected
head -n 1 out | diff expected - || fail "the names of a TSV"
[ "$(wc -l <out)" = 2 ] && [ "$(sed -n 2p out | cut -f 3)" = 'tab\there\nback\\slash\x1b[31m' ] || fail "a TSV value"
check 0 '' "$MV" devices list -o tsv
[ "$(tail -n 1 out | cut -f 2)" = dev ] || fail "devices list -o tsv"
check 0 '' "$MV" devices show dev --tsv
[ "$(wc -l <out)" = 2 ] && head -n 1 out | grep -q $'^sid\tunique_name\t' || fail "a record as TSV"
check 0 '' "$MV" secrets list --tsv --device dev
[ "$(wc -l <out)" = 1 ] || fail "an empty TSV"
check 0 '' "$MV" devices update dev --restart-app --tsv
[ "$(wc -l <out)" = 2 ] || fail "an action as TSV"
check 1 '^error: not found' "$MV" devices show nobody --tsv
check 1 '^\{"code":"not_found","message":".*","hint":".*","doc":"cli/README.md#not_found","retryable":false\}$' \
    "$MV" devices show nobody -o json
check 0 '' "$MV" devices list -o columns
head -n 1 out | grep -q '^SID  *UNIQUE NAME' || fail "-o columns"
check 0 '' "$MV" keys create --role read --tsv
[ "$(head -n 1 out | awk -F'\t' '{print $NF}')" = secret ] || fail "the secret of a new key as TSV"

# The manifest as the cloud signed it is the one in the bundle that it gave back.
check 0 '' "$MV" apps manifest 'first app' --file manifest
unzip -p signed.zip manifest | cmp - manifest || fail "the signed manifest"
check 0 '' "$MV" apps manifest 'first app' --json
check 1 'not found' "$MV" apps manifest nothing

# The old tool's forms: results are arrays, SIDs may be options.
check 0 'vector table' "$MV" apps:bundle app.bin old.zip --connection-grace-time 5
check 0 '' "$MV" microvisor:apps:create old.zip -o json
python_says 'print(json.load(open("out"))[0]["sid"], file=open("sid", "w"))'
check 0 '' "$MV" api:microvisor:v1:apps:fetch --sid "$(cat sid)" -o json
python_says 'assert json.load(open("out"))[0]["sid"] == open("sid").read().strip()'
check 0 '' "$MV" api:microvisor:v1:devices:update --sid dev --target-app "$(cat sid)" -o json
check 0 '' "$MV" api:microvisor:v1:devices:fetch --sid=dev -o json
python_says 'assert json.load(open("out"))[0]["app"]["target_sid"] == open("sid").read().strip()'
check 0 '' "$MV" api:microvisor:v1:devices:list -o tsv
check 3 '"code":"timeout"' "$MV" devices update dev --target-app 'first app' --wait --timeout 1 --json

# Who did it.
check 0 '' "$MV" audit --tsv
grep -q '/v1/Devices/' out && grep -q '/v1/Secrets' out && ! grep -q 'do not tell' out || fail "the audit log"
check 0 '' "$MV" devices retire dev
check 1 'not found' "$MV" devices show dev

# Profiles: the one in use, another by name, another chosen, one forgotten.
check 0 '' "$MV" login --from "$T/state" --profile work --tsv
[ "$(tail -n 1 out | cut -f 1-2)" = "work	$url" ] || fail "login --tsv"
check 0 '' "$MV" profiles list --tsv
printf 'name\tused\turl\taccount_sid\n' | diff - <(head -n 1 out) || fail "profiles list"
[ "$(cut -f 1,2 out | tail -n +2 | sort | tr '\t\n' '= ')" = 'default=yes work=no ' ] || fail "the profile in use"
! grep -q "$(sed -n 's/.*"auth_token": *"\([^"]*\)".*/\1/p' state/account.json | head -n 1)" out || fail "a token is listed"
check 0 '' "$MV" profiles use work
check 0 '' "$MV" info --tsv
[ "$(tail -n 1 out | cut -f 3)" = work ] || fail "profiles use"
check 0 '' env MICROVISOR_PROFILE=default "$MV" info --json
grep -q '"profile":"default"' out || fail "MICROVISOR_PROFILE"
check 1 "no profile 'none'" "$MV" profiles use none
check 0 '' "$MV" logout
grep -q "'work'" out && ! grep -q work "$HOME/.config/microvisor/config.json" || fail "logout"
check 0 '' "$MV" profiles remove default
check 1 'not_logged_in' "$MV" apps list --json
check 1 'no profile' "$MV" logout
[ "$(stat -c %a "$HOME/.config/microvisor/config.json")" = 600 ] || fail "the configuration is readable"
