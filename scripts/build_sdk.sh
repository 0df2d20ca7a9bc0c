#!/usr/bin/env bash
# build_sdk.sh OUT: assembles the SDK at OUT, ready to be copied into a project, and builds the sample
# applications beside it (OUT-examples).
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=${1:?usage: build_sdk.sh OUT}

mkdir -p "$out"
out=$(cd "$out" && pwd)
cp -rp "$ROOT/sdk/CMakeLists.txt" "$ROOT/sdk/toolchain.cmake" "$ROOT/sdk/stm32u5" "$ROOT/sdk/startup" \
    "$ROOT/sdk/hal" "$ROOT/sdk/examples" "$out/" # with their times, so that nothing is built anew
[ ! -f "$ROOT/LICENSE" ] || cp "$ROOT/LICENSE" "$out/"
"$ROOT/sdk/import/update.sh" "$out/stm32u5"

# The samples are built from the assembled SDK, as a user would.
for example in "$out"/examples/*/; do
    name=$(basename "$example")
    sample=$out-examples/$name
    grep -qsx "CMAKE_HOME_DIRECTORY:INTERNAL=$out/examples/$name" "$sample/CMakeCache.txt" ||
        rm -rf "$sample" # configured from another folder: CMake would refuse
    cmake -S "$out/examples/$name" -B "$sample" -G Ninja
    cmake --build "$sample"
done
