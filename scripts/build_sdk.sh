#!/usr/bin/env bash
# build_sdk.sh OUT: assembles the SDK at OUT and builds the sample applications beside it (OUT-examples).
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=${1:?usage: build_sdk.sh OUT}

cmake -S "$ROOT/sdk/examples/first_light" -B "$out-examples/first_light" -G Ninja
cmake --build "$out-examples/first_light"
