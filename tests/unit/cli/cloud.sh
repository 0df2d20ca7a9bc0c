#!/usr/bin/env bash
# Commands against a pretended cloud: what is asked of it, what is made of its answers.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$T"

/usr/bin/python3 "$HERE/fake_cloud.py" "$T" 2>cloud.log & # clients that hang up make it noisy
SERVER_PID=$!
for _ in $(seq 100); do [ -f port ] && break || sleep 0.1; done
url=http://127.0.0.1:$(cat port)
device=UV22222222222222222222222222222222
app=KA11111111111111111111111111111111

# Logging in: the token comes from standard input, is checked, and is kept where only we can read it.
check 2 'url URL and --account' "$MV" login
printf 'wrong\n' | "$MV" login --url "$url" --account AC1 >out 2>err && fail "a wrong token was kept"
grep -q 'authentication failed' err || fail "a wrong token was not named"
[ ! -e "$HOME/.config" ] || fail "a wrong token was written"
printf 'secret\n' | "$MV" login --url "$url/" --account AC1 >out 2>err || fail "logging in failed"
[ "$(stat -c %a "$HOME/.config/microvisor/config.json")" = 600 ] || fail "the configuration is readable"
printf 'secret\n' | "$MV" login --profile two --url "$url" --account AC1 >out || fail "second profile"
check 0 '' "$MV" info
grep -q 'Cloud answers *yes' out && ! grep -q secret out || fail "info"
check 1 "no profile 'three'" "$MV" apps list --profile three
check 1 'authentication' env MICROVISOR_AUTH_TOKEN=wrong "$MV" apps list
check 0 '' env MICROVISOR_AUTH_TOKEN=wrong "$MV" apps list --profile two

# Lists follow the pages, tables are plain when not on a terminal.
check 0 '' "$MV" apps list
[ "$(wc -l <out)" = 4 ] || fail "not all pages were listed"
! grep -q $'\033' out || fail "colours without a terminal"
check 0 '' "$MV" apps list --json
/usr/bin/python3 -c 'import json; assert len(json.load(open("out"))) == 3'

# Captured before it is searched: a search that ends early would cut the program off in mid-output.
on_terminal() { TERM=${TERM_NAME:-xterm} script -qec "$*" /dev/null </dev/null >terminal; }
on_terminal "$MV" apps list || fail "a list on a terminal"
grep -q $'\033\\[1m' terminal || fail "no colour on a terminal"
NO_COLOR=1 on_terminal "$MV" apps list || fail "a list with NO_COLOR"
! grep -q $'\033\\[[0-9]*m' terminal || fail "NO_COLOR is ignored"
TERM_NAME=dumb on_terminal "$MV" apps list || fail "a list on a dumb terminal"
! grep -q $'\033' terminal || fail "colour on a dumb terminal"

# Names are escaped, errors become exit codes.
check 0 '' "$MV" devices show 'a/b c'
check 1 'not found' "$MV" devices show nobody
check 1 '"code":"not_found"' "$MV" devices show nobody --json
check 3 'out of order' "$MV" apps show broken
check 1 'not JSON' "$MV" apps show html
check 0 '' "$MV" apps remove gone
check 1 'still targeted' "$MV" apps remove used
check 2 'nothing to change' "$MV" devices update dev
check 2 'true or false' "$MV" devices update dev --logging-enabled maybe
check 0 '' "$MV" devices update dev --unique-name 'my device' --logging-enabled true --restart-app
grep -q 'UniqueName=my%20device&LoggingEnabled=true&RestartApp=true' requests || fail "the form"

# Making a device: the key is ours, certificates and addresses are the cloud's.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -subj /CN=test \
    -out certificate.pem 2>/dev/null
check 2 '--identity-out' "$MV" devices provision
check 0 '' "$MV" devices provision --identity-out id.bin --unique-name thing --gateway-port 4433
[ "$(stat -c %a id.bin)" = 600 ] || fail "the identity can be read by others"
cp id.bin before.bin
check 1 'exists' "$MV" devices provision --identity-out id.bin
cmp id.bin before.bin || fail "an identity was overwritten"
check 0 '' "$MV" devices provision --identity-out id.bin --force --gateway-host 10.0.2.2 --json
openssl req -in csr.pem -verify -noout 2>err || fail "the signing request is not signed by its key"
openssl req -in csr.pem -pubkey -noout >csr.pub
/usr/bin/python3 - <<'PYTHON' >id.der || fail "the identity record"
import sys
record = open("id.bin", "rb").read()
assert record[:4] == b"MVID" and len(record) == 2656
for text in (b"UV" + b"2" * 32, b"10.0.2.2\0", b"gateway.test\0", b"\x04" + b"\x5a" * 64):
    assert text in record, text
assert record[88:90] == (8883).to_bytes(2, "little")
key = record[52:84]  # as an EC private key: SEQUENCE { 1, OCTET STRING key, [0] P-256 }
sys.stdout.buffer.write(bytes.fromhex("30310201010420") + key + bytes.fromhex("a00a06082a8648ce3d030107"))
PYTHON
openssl ec -inform DER -in id.der -pubout 2>/dev/null | cmp - csr.pub ||
    fail "the identity's key is not that of the signing request"
printf 'garbage' >certificate.pem
check 1 'identity cannot be made' "$MV" devices provision --identity-out other.bin
[ ! -e other.bin ] || fail "a broken identity was written"

# Deploying: the steps are told, the device is waited for.
head -c 4000 /dev/zero >app.bin
check 0 'vector table' "$MV" deploy app.bin --device dev --wait --unique-name 'v 1'
printf '%s\n' 'Bundling app.bin …' 'Uploading app.bin …' "Assigning app $app to device $device" \
    "Waiting for device $device to run it …" "Device $device runs app $app" | diff - out ||
    fail "the steps of a deployment"
grep -qa 'name="UniqueName"' upload && grep -qa 'name="File"; filename=' upload || fail "the upload"
check 0 '' env MV_DEVICE_SID=dev "$MV" deploy app.bin --json
grep -qx '{"app_sid":"'"$app"'","device_sid":"'"$device"'","running":false}' out || fail "deploy --json"
check 1 'not found' "$MV" deploy app.bin --device nobody
check 1 'zip' "$MV" deploy "$MV_ROOT/README.md.zip" --device dev
printf 'PK\003\004 and nothing more' >bad.zip
check 1 'zip' "$MV" deploy bad.zip --device dev

# Logs: kept ones, then a stream that breaks off after two records each time.
check 0 '' "$MV" logs dev --history 3
head -n 1 out | grep -qx '2026-01-02T03:04:05.000001Z \[app_logging \] line 1' || fail "the text form"
sed -n 2p out | grep -qx ' *with \\x1b\[31mmore' || fail "a control character reached the terminal"
check 0 '' "$MV" logs dev --lines 5 --json
/usr/bin/python3 - <<'PYTHON' || fail "records were lost or came twice"
import json
assert [json.loads(line)["sequence"] for line in open("out")] == [4, 5, 6, 7, 8]
PYTHON
check 0 '' "$MV" logs dev --replay 3 --lines 2 --type app_logging --json
/usr/bin/python3 -c 'import json
assert [json.loads(line)["sequence"] for line in open("out")] == [1, 3, 5, 7]' || fail "--replay"
check 3 'have passed' "$MV" logs dev --type never --timeout 1
check 1 'not found' "$MV" logs nobody

# The token is in no request but its header, and in no argument.
! grep -q secret requests || fail "the token is in a request's text"
