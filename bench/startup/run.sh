#!/usr/bin/env bash
# Milliseconds that the command line takes to start and end: without the cloud, and for one request.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../cloud.sh"

bench_cloud
times() { # COMMAND…: the median of 101 runs in ms
    /usr/bin/python3 -c '
import os, statistics, sys, time
out = os.open("/dev/null", os.O_WRONLY)
def once():
    start = time.monotonic()
    pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, out, 1)])
    if os.waitpid(pid, 0)[1] != 0:
        sys.exit("the command failed")
    return (time.monotonic() - start) * 1000
print(statistics.median(once() for _ in range(101)))' "$@"
}
record "command line: start and end (help)" "$(times "$MV_BIN/microvisor" help)" ms
record "command line: with one request (apps list)" "$(times "$MV_BIN/microvisor" apps list)" ms
