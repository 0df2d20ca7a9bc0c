#!/usr/bin/env bash
# kill -9 of the server under load, 200 times (or as often as the argument says) on each database;
# programs under test: MV_BIN (default build/host/bin).
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
bin=${MV_BIN:-$root/build/host/bin}
export MICROVISORD=$bin/microvisord MICROVISOR=$bin/microvisor MV_ROOT=$root
export MV_KILL_ROUNDS=${1:-200}
test=$root/tests/unit/cloud/rest_kill.py
/usr/bin/python3 -B "$test"
/usr/bin/python3 -B "$root/tests/unit/cloud/with_postgres.py" /usr/bin/python3 -B "$test"
