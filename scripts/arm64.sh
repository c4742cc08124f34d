#!/usr/bin/env bash
# Cross-builds the agent for Linux on arm64 with Debian's aarch64 compiler (docs/static_agent.md).
#   scripts/arm64.sh                  libraries (once, kept in build/arm64-libraries), then the preset `arm64`
#   scripts/arm64.sh libraries        the libraries only, and QEMU
#   scripts/arm64.sh build [TARGET…]  what is already there, and these targets of it
#   scripts/arm64.sh test             under QEMU: the unit tests that are built, the agent as a whole and its packages;
#                                     the server is that of ASSIST_BIN_DIR (build/release/bin). Root.
# Debian packages: scripts/deps.sh --arm64, for test --packages too (called here). Jobs: ASSIST_JOBS, else the number of processors.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
libraries=$root/build/arm64-libraries
jobs=${ASSIST_JOBS:-$(nproc)}
# What the agent and its tests link: static libraries and their headers.
packages=(libssl-dev libc-ares-dev zlib1g-dev libzstd-dev libgtest-dev libgmock-dev)

die() { echo "scripts/arm64.sh: $*" >&2; exit 1; }

# An apt of its own folder that knows arm64 and nothing of what is installed: from where this system gets its packages.
# The system's own lists and architectures do not change.
fetch() { # FOLDER ARCHITECTURE SOURCES PACKAGE…: the packages come to lie in FOLDER/debs
  local apt=$1/apt folder=$1 architecture=$2 sources=$3
  shift 3
  mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$folder/debs"
  touch "$apt/status"
  local options=(-o "Dir::State=$apt/state" -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache"
    -o "APT::Architecture=$architecture" -o "APT::Architectures::=$architecture" -o Acquire::Languages=none
    -o "APT::Sandbox::User=$(id -un)")
  [ -z "$sources" ] || options+=(-o "Dir::Etc::SourceList=$sources" -o Dir::Etc::SourceParts=/dev/null)
  apt-get "${options[@]}" -qq update >&2 ||
    die "apt-get update for $architecture failed: is there a network, and do apt's sources have $architecture?"
  (cd "$folder/debs" && apt-get "${options[@]}" -qq download "$@" >&2) || die "these could not be fetched for $architecture: $*"
}

# The supervisor is a subreaper (prctl(2), PR_SET_CHILD_SUBREAPER), or starts nothing. QEMU 7.2 of Debian 12 refuses that to
# its programs; QEMU 10 of the backports passes it on.
qemu_serves() { # FOLDER QEMU
  printf '#include <sys/prctl.h>\nint main(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0; }\n' |
    aarch64-linux-gnu-gcc -static -xc -o "$1/probe" - && "$2" "$1/probe"
}

get_qemu() {
  local work=$libraries/qemu-work installed codename mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg
  [ ! -x "$libraries/qemu-aarch64" ] || return 0
  rm -rf "$work"
  mkdir -p "$work"
  if installed=$(command -v qemu-aarch64-static) && qemu_serves "$work" "$installed"; then
    ln -sfn "$installed" "$libraries/qemu-aarch64"
  else
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    # shellcheck disable=SC2016  # apt's words, not the shell's
    mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Identifier: Packages' | sed -n "s/^$codename //p" | head -1)
    [ -n "$mirror" ] || die "apt's sources name no archive of '$codename', from whose backports a younger QEMU would come"
    echo "scripts/arm64.sh: fetching QEMU from $codename-backports" >&2
    echo "deb [signed-by=$keys] $mirror $codename-backports main" >"$work/backports.list"
    fetch "$work" "$(dpkg --print-architecture)" "$work/backports.list" qemu-user
    dpkg-deb --fsys-tarfile "$work"/debs/qemu-user_*.deb | tar -x -C "$work" ./usr/bin/qemu-aarch64
    qemu_serves "$work" "$work/usr/bin/qemu-aarch64" || die "QEMU of $codename-backports is too old or not static"
    mv "$work/usr/bin/qemu-aarch64" "$libraries/"
  fi
  rm -rf "$work"
}

# Libraries that are headers only: the system's, seen through links, since the folder above them has the headers of
# another architecture.
link_headers() {
  local name
  for name in boost fmt spdlog CLI toml++ tl; do
    [ -e "/usr/include/$name" ] || die "/usr/include/$name is missing: scripts/deps.sh --arm64"
    ln -sfn "/usr/include/$name" "$libraries/usr/include/$name"
  done
}

build_libraries() {
  scripts/deps.sh --arm64
  local mark=$libraries/made work=$libraries/work package header
  for package in "${packages[@]}"; do
    grep -q "^${package}_" "$mark" 2>/dev/null || rm -f "$mark"  # made when fewer were needed
  done
  if [ ! -f "$mark" ]; then
    rm -rf "$libraries"
    mkdir -p "$work"
    fetch "$work" arm64 '' "${packages[@]}"
    for package in "$work"/debs/*.deb; do dpkg -x "$package" "$libraries"; done
    # CMake names one folder of headers for a library; these lie in a second one.
    for header in "$libraries"/usr/include/aarch64-linux-gnu/openssl/*.h; do
      ln -s "../aarch64-linux-gnu/openssl/$(basename "$header")" "$libraries/usr/include/openssl/"
    done
    (cd "$work/debs" && printf '%s\n' *.deb) >"$libraries/packages"
    rm -rf "$work"
    mv "$libraries/packages" "$mark"
  fi
  link_headers
  get_qemu
}

build() {
  cmake --preset arm64
  nice cmake --build --preset arm64 -j "$jobs" ${1:+--target "$@"}
}

beyond_qemu=(
  # Resident memory is QEMU's.
  SupervisorProgramTest.HundredMegabytesPassInOneMegabyteOfMemory SupervisorProgramTest.MeasuringTakesNoMoreThanItsMegabyte
  # QEMU makes a fork of posix_spawn's vfork, so that a program that is not there is an exit code of the child and no error.
  PosixServiceHostTest.ToolsAreRunAndTheirExitCodesTold FindTest.WithoutCrictlACriRuntimeCannotBeReached
  # Their tables come from iconv, whose modules a static program cannot load.
  ConsoleTextTest.EveryCodePageBecomesUtf8HoweverItIsCut ConsoleTextTest.AHalfCharacterSwallowsNothingBehindIt
  ConsoleTextTest.ZeroBytesAndLineEndsStay ConsoleTextTest.AScriptThatChangesItsCodePageIsFollowed
)

# What an arm64 program starts needs the kernel to know QEMU; test/platforms/arm64_kernel.py tells it while that lasts.
run_tests() {
  local failed=0 bin=$root/build/arm64/bin name built=() other=()
  scripts/deps.sh --packages
  [ -x "$libraries/qemu-aarch64" ] || die "QEMU is missing: scripts/arm64.sh libraries"
  export ASSIST_QEMU_ARM64=$libraries/qemu-aarch64
  export ASSIST_ARM64_BIN_DIR=$bin ASSIST_BIN_DIR=${ASSIST_BIN_DIR:-$root/build/release/bin}
  for name in $(ctest --preset arm64 -N -L unit | sed -n 's/^ *Test *#[0-9]*: //p'); do
    if [ -x "$bin/$name" ]; then built+=("$name"); else other+=("$name"); fi
  done
  echo "scripts/arm64.sh: not built for arm64 (scripts/arm64.sh build unit_tests), or no program: ${other[*]}" >&2
  echo "scripts/arm64.sh: left out, what QEMU cannot show: ${beyond_qemu[*]}" >&2
  GTEST_FILTER="-$(IFS=:; echo "${beyond_qemu[*]}")" python3 -B test/platforms/arm64_kernel.py \
    ctest --preset arm64 -j "$jobs" -R "^($(IFS='|'; echo "${built[*]}"))$" || failed=1
  (
    cd test/platforms
    PYTHONPATH=$root/test/support timeout 600 python3 -B -m unittest -v test_arm64_agent test_arm64_packages
  ) || failed=1
  return "$failed"
}

case "${1:-}" in
  '') build_libraries && build ;;
  libraries) build_libraries ;;
  build) shift && build "$@" ;;
  test) run_tests ;;
  *) die "unknown argument '$1' (libraries, build, test)" ;;
esac
