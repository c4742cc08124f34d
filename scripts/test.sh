#!/usr/bin/env bash
# Installs what is missing, builds release, runs every test. Ends with ctest's summary.
#   scripts/test.sh [ctest arguments…]      e.g. scripts/test.sh -R integration
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/deps.sh --test
cmake --preset release
cmake --build --preset release
exec ctest --preset release -j2 "$@"
