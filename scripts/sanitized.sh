#!/usr/bin/env bash
# What .ci/run has no time for, to be run before a release: programs and rooms under a sanitizer.
#   scripts/sanitized.sh asan       unit tests, and the integration tests with programs under AddressSanitizer and UBSan
#   scripts/sanitized.sh asan-gcc   the same with g++, which ships and whose coroutines are the worse ones
#   scripts/sanitized.sh tsan       what has threads, under ThreadSanitizer
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1:-} in
  asan | asan-gcc)
    targets=(all)
    tests=(-L 'unit|integration')
    ;;
  tsan)
    targets=(common_async_test common_runtime_test common_net_test server_store_sqlite_test server_gateway_test
             server_service_test agent_transport_test)
    tests=(-R "^($(IFS='|'; echo "${targets[*]}"))\$")
    ;;
  *)
    echo "scripts/sanitized.sh: say which sanitizer: asan, asan-gcc or tsan" >&2
    exit 2
    ;;
esac
scripts/deps.sh --test
cmake --preset "$1"
cmake --build --preset "$1" --target "${targets[@]}"
exec ctest --preset "$1" -j2 "${tests[@]}"
