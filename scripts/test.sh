#!/usr/bin/env bash
# Installs what is missing, builds release, tries the quickstart, runs every test. Ends with ctest's summary.
#   scripts/test.sh [ctest arguments…]      e.g. scripts/test.sh -R integration, which leaves the quickstart out
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/deps.sh --test
cmake --preset release
cmake --build --preset release
[ $# -gt 0 ] || timeout 300 scripts/try_quickstart.sh
exec ctest --preset release -j2 "$@"
