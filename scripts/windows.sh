#!/usr/bin/env bash
# Cross-builds the agent for Windows (x86-64) with Debian's mingw-w64 (docs/windows.md).
#   scripts/windows.sh                  libraries (once, kept in build/windows-libraries), then the preset `windows`
#   scripts/windows.sh libraries        the libraries only
#   scripts/windows.sh build [TARGET…]  what is already there, and these targets of it
#   scripts/windows.sh test             imports of the programs; the unit tests that are built, the agent as a whole,
#                                       and its setup.exe and zip, under Wine; the server is that of ASSIST_BIN_DIR
#                                       (build/release/bin)
#   scripts/windows.sh test-programs    the same without unit tests
# Packages: scripts/deps.sh --windows (called here). Jobs: ASSIST_JOBS, else the number of processors.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
target=x86_64-w64-mingw32
libraries=$root/build/windows-libraries
jobs=${ASSIST_JOBS:-$(nproc)}

die() { echo "scripts/windows.sh: $*" >&2; exit 1; }

# Source packages are asked for from where this system gets its packages: the same entries, with deb-src for deb, in
# a folder of their own. Nothing of the system's own lists changes.
source_lists() { # FOLDER
  local file
  mkdir -p "$1/parts" "$1/lists/partial" "$1/cache/archives/partial"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    case "$file" in
      *.sources) sed 's/^Types:.*/Types: deb-src/' "$file" >"$1/parts/$(basename "$file")" ;;
      *) sed -n 's/^[[:space:]]*deb[[:space:]]/deb-src /p' "$file" >"$1/parts/$(basename "$file" .list).list" ;;
    esac
  done
}

fetch_source() { # NAME FOLDER: the sources of that package come to lie in FOLDER/NAME-VERSION
  local name=$1 folder=$2 apt=$2/apt version
  source_lists "$apt"
  local options=(-o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$apt/parts" -o "Dir::State::Lists=$apt/lists"
    -o "Dir::Cache=$apt/cache" -o "APT::Sandbox::User=$(id -un)")
  # A third party's entry without sources makes this fail; what counts is whether the package is found.
  apt-get "${options[@]}" update >&2 || true
  # The newest that can be had whole: a mirror may name a version before it has all of its files.
  for version in $(apt-cache "${options[@]}" showsrc --only-source "$name" | sed -n 's/^Version: //p' | sort -rVu); do
    (cd "$folder" && apt-get "${options[@]}" --only-source source "$name=$version" >&2) && return 0
    echo "scripts/windows.sh: $name $version could not be fetched" >&2
  done
  die "no source package $name could be fetched: is there a network, and do apt's sources name Debian?"
}

# Static, without what no program of ours calls.
build_openssl() {
  local mark=$libraries/openssl.built version
  [ ! -f "$mark" ] || return 0
  local work=$libraries/work
  rm -rf "$work"
  mkdir -p "$work"
  fetch_source openssl "$work"
  version=$(basename "$(find "$work" -maxdepth 1 -type d -name 'openssl-*' | head -1)")
  [ -n "$version" ] || die "no folder openssl-… came out of Debian's source package"
  echo "scripts/windows.sh: building $version for Windows (some minutes, once)" >&2
  # What was compiled before is taken from ccache, which looks like the compiler here.
  if command -v ccache >/dev/null; then
    mkdir -p "$work/ccache"
    ln -s "$(command -v ccache)" "$work/ccache/$target-gcc"
  fi
  (
    export PATH="$work/ccache:$PATH" CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
    cd "$work/$version" &&
      ./Configure mingw64 --cross-compile-prefix=$target- --prefix="$libraries" --libdir=lib --openssldir='C:/assist-no-such-folder' \
        no-shared no-tests no-engine no-module no-legacy no-dso no-ui-console no-srp no-gost no-idea no-seed \
        no-camellia no-aria no-bf no-cast no-rc2 no-rc4 no-rc5 no-des no-mdc2 no-whirlpool no-rmd160 no-sm2 no-sm3 no-sm4 \
        no-cmp no-cms no-ct no-ts no-dtls no-ssl3 no-tls1 no-tls1_1 no-comp no-psk no-srtp no-nextprotoneg \
        -D_WIN32_WINNT=0x0601 -Os -ffunction-sections -fdata-sections &&
      make -j"$jobs" build_libs && make install_dev
  ) >"$libraries/openssl.log" 2>&1 || die "OpenSSL was not built; see $libraries/openssl.log"
  rm -rf "$work"
  echo "$version" >"$mark"
}

# Static, without the formats of before its first release.
build_zstd() {
  local mark=$libraries/zstd.built version
  [ ! -f "$mark" ] || return 0
  local work=$libraries/work
  rm -rf "$work"
  mkdir -p "$work"
  fetch_source libzstd "$work"
  version=$(basename "$(find "$work" -maxdepth 1 -type d -name 'libzstd-*' | head -1)")
  [ -n "$version" ] || die "no folder libzstd-… came out of Debian's source package"
  echo "scripts/windows.sh: building $version for Windows" >&2
  (
    cd "$work/$version/lib" && mkdir -p "$libraries/lib" "$libraries/include" &&
      make -j"$jobs" CC=$target-gcc AR=$target-ar TARGET_SYSTEM=Windows_NT ZSTD_LEGACY_SUPPORT=0 ZSTD_LIB_DEPRECATED=0 \
        ZSTD_LIB_DICTBUILDER=0 CFLAGS='-Os -D_WIN32_WINNT=0x0601 -ffunction-sections -fdata-sections' libzstd.a &&
      cp libzstd.a "$libraries/lib/" && cp zstd.h zstd_errors.h zdict.h "$libraries/include/"
  ) >"$libraries/zstd.log" 2>&1 || die "zstd was not built; see $libraries/zstd.log"
  rm -rf "$work"
  echo "$version" >"$mark"
}

# Libraries that are headers only: the system's, seen through links, since the folder above them has the headers of
# another C library.
link_headers() {
  mkdir -p "$libraries/include"
  local name
  for name in boost fmt spdlog CLI toml++ tl; do
    [ -e "/usr/include/$name" ] || die "/usr/include/$name is missing: scripts/deps.sh --windows"
    ln -sfn "/usr/include/$name" "$libraries/include/$name"
  done
}

build_libraries() {
  scripts/deps.sh --windows
  mkdir -p "$libraries"
  link_headers
  build_openssl
  build_zstd
}

build() {
  cmake --preset windows
  nice cmake --build --preset windows -j "$jobs" ${1:+--target "$@"}
}

run_tests() {
  local bin=$root/build/windows/bin test failed=0 prefix
  python3 -B test/windows/check_imports.py "$bin"/assist-*.exe || failed=1
  prefix=$(mktemp -d)
  # Made first, so that no test waits for it; the wineserver ends with the last program.
  WINEPREFIX=$prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' \
    timeout 300 /usr/lib/wine/wine64 wineboot.exe --init </dev/null >/dev/null 2>&1 || failed=1
  for test in "$bin"/*_test.exe; do
    [ "$1" = all ] || break
    [ -e "$test" ] || { echo "scripts/windows.sh: no unit test is built (scripts/windows.sh build unit_tests)" >&2; break; }
    echo "== $(basename "$test")"
    WINEPREFIX=$prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' \
      timeout 600 /usr/lib/wine/wine64 "$test" --gtest_brief=1 || { echo "FAILED: $(basename "$test")" >&2; failed=1; }
  done
  rm -rf "$prefix"
  (
    cd test/windows
    ASSIST_BIN_DIR=${ASSIST_BIN_DIR:-$root/build/release/bin} ASSIST_WINDOWS_BIN_DIR=$bin \
      PYTHONPATH=$root/test/support timeout 1800 python3 -B -m unittest -v test_windows_agent test_windows_ways
  ) || failed=1
  if command -v makensis >/dev/null; then
    (
      cd test/packages
      ASSIST_BIN_DIR=${ASSIST_BIN_DIR:-$root/build/release/bin} ASSIST_WINDOWS_BIN_DIR=$bin ASSIST_SOURCE_DIR=$root \
        PYTHONPATH=$root/test/support timeout 1200 python3 -B -m unittest -v test_windows_setup
    ) || failed=1
  else
    echo "scripts/windows.sh: NOT TESTED: setup.exe, since makensis is missing (scripts/deps.sh --packages)" >&2
  fi
  return "$failed"
}

case "${1:-}" in
  '') build_libraries && build ;;
  libraries) build_libraries ;;
  build) shift && build "$@" ;;
  test) run_tests all ;;
  test-programs) run_tests programs ;;
  *) die "unknown argument '$1' (libraries, build, test, test-programs)" ;;
esac
