#!/usr/bin/env bash
# ./run demo: from a bundle to an application running on a simulated STM32U585, logs coming back.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

once=
app=
state=$BUILD/demo
[ -t 1 ] || once=1
while [ $# -gt 0 ]; do
    case "$1" in
    --once) once=1 ;;
    --app | --state)
        [ $# -ge 2 ] || die_usage "$1 needs a value"
        if [ "$1" = --app ]; then app=$2; else state=$2; fi
        shift
        ;;
    *) die_usage "demo does not know '$1'" ;;
    esac
    shift
done
if [ -n "$app" ]; then
    [ -f "$app" ] || die "there is no file '$app'"
    case "$app" in *.elf | *.bin | *.zip) ;; *) die_usage "--app takes an .elf or .bin file" ;; esac
    app=$(readlink -f "$app")
fi

build_all
mkdir -p "$state"
state=$(cd "$state" && pwd)
MV_BIN=$BUILD/bin
MV_BUILD=$BUILD
. "$ROOT/scripts/world.sh"
trap world_stop EXIT
trap 'exit 0' INT TERM
app=${app:-$(sample_elf)}
name=demo-board

say "start the cloud (microvisord, state in $state/cloud)"
cloud_start "$state/cloud"
if [ ! -f "$state/board/identity.bin" ]; then
    say "make a device: key, certificate, factory step (state in $state/board)"
    device_provision "$state/board" "$name" >&2
fi
say "boot the simulated board (output in $state/board/board.log)"
board_start "$state/board"

say "deploy $(basename "$app") to $name"
"$MV_BIN/microvisor" deploy "$app" --device "$name" --wait >&2

cat >"$state/env" <<EOF
# How the command line finds the demo's cloud: . $state/env
export MICROVISOR_URL=$MICROVISOR_URL
export MICROVISOR_ACCOUNT_SID=$MICROVISOR_ACCOUNT_SID
export MICROVISOR_AUTH_TOKEN=$MICROVISOR_AUTH_TOKEN
export PATH=$BUILD/bin:\$PATH
EOF
chmod 600 "$state/env"

next_steps() {
    cat >&2 <<EOF

The application runs. While the demo runs, type in another terminal:
  . $state/env
  microvisor devices show $name
  microvisor logs $name
  microvisor deploy YOUR.elf --device $name
Everything the demo keeps is in $state; './run clean' removes it.
EOF
}

if [ -n "$once" ]; then
    say "the device's log, until five lines of the application have come"
    "$MV_BIN/microvisor" logs "$name" --lines 5 --type app_logging --timeout 60
    next_steps
else
    next_steps
    say "the device's log (Ctrl-C ends the demo)"
    "$MV_BIN/microvisor" logs "$name" --replay 20 || true
fi
