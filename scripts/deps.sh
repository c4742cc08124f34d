#!/usr/bin/env bash
# Installs the Debian packages that a build needs, those that are missing only. Root or sudo.
#   scripts/deps.sh           to build and run
#   scripts/deps.sh --test    to run the tests too
#   scripts/deps.sh --packages    to make packages (scripts/package.sh) and test them (ctest -L packages)
#   scripts/deps.sh --windows to cross-build the agent for Windows and try it under Wine
#   scripts/deps.sh --roots   to try the agent in roots of other systems (scripts/roots.sh)
#   scripts/deps.sh --arm64   to cross-build the agent for arm64 and try it under QEMU
#   scripts/deps.sh --bench   to build, and what bench/run.py measures beside (nats-server)
#   scripts/deps.sh --list    print the packages of all sets but the last, one a line, and do nothing
set -euo pipefail

build=(
  g++ cmake ninja-build ccache
  libboost1.81-dev      # libboost-dev of Debian 12 is 1.74
  libssl-dev libsqlite3-dev libexpected-dev libspdlog-dev libfmt-dev libcli11-dev libtomlplusplus-dev libc-ares-dev
  zlib1g-dev libzstd-dev  # archives of packages
  prometheus-cpp-dev libdtl-dev
  tzdata                # programs carry the time zones of the machine that builds them
  libgtest-dev libgmock-dev python3  # configuring looks for what the tests need
)
test=(
  clang libclang-rt-14-dev clang-format clang-tidy jq curl nodejs
  zip unzip tar zstd  # archives that others made
  bash zsh fish groff man-db  # completion is loaded by real shells, man pages are set
  podman runc busybox-static  # commands in real containers, a bare root; crun, the other runtime, fails where cgroups are hybrid
)
packages=(
  dpkg-dev rpm binutils openssl nsis  # make; nsis: setup.exe
  lintian rpmlint systemd  # look at what was made; systemd-analyze reads the units
)
windows=(
  g++-mingw-w64-x86-64-posix binutils-mingw-w64-x86-64 libz-mingw-w64-dev dpkg-dev perl make  # OpenSSL and zstd come from their source packages
  wine64 googletest  # the programs are tried here; the tests' library as sources
)
roots=(
  debootstrap debian-archive-keyring  # that of Debian 12 knows the keys of bullseye, bookworm and trixie
)
arm64=(
  g++-aarch64-linux-gnu lld dpkg-dev  # scripts/arm64.sh fetches the libraries, into the build's folder
  qemu-user-static busybox-static  # the programs are tried here, in a bare root
  zip unzip zstd  # a unit test makes archives with them
)
bench=(
  nats-server  # Debian starts its service where there is systemd; the bench starts one of its own
  openssl python3
)

die() { echo "scripts/deps.sh: $*" >&2; exit 1; }

wanted=("${build[@]}")
case "${1:-}" in
  '') ;;
  --test)
    wanted+=("${test[@]}")
    # npm of Debian pulls in hundreds of packages; another Node brings its own.
    command -v npm >/dev/null || wanted+=(npm)
    ;;
  --packages) wanted+=("${packages[@]}") ;;
  --windows) wanted+=("${windows[@]}") ;;
  --roots) wanted+=("${test[@]}" "${packages[@]}" "${roots[@]}") ;;
  --arm64) wanted+=("${arm64[@]}") ;;
  --bench) wanted+=("${bench[@]}") ;;
  --list) printf '%s\n' "${build[@]}" "${test[@]}" npm "${packages[@]}" "${windows[@]}" "${roots[@]}" "${arm64[@]}"; exit 0 ;;
  *) die "unknown argument '$1' (--test, --packages, --windows, --roots, --arm64, --bench, --list)" ;;
esac

installed() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]; }

# A tool that is there without its package (from elsewhere) is as good; libraries are asked for by package.
present() {
  case "$1" in
    g++ | cmake | ccache | python3 | clang | clang-format | clang-tidy | jq | curl | npm) command -v "$1" >/dev/null ;;
    nodejs) command -v node >/dev/null ;;
    ninja-build) command -v ninja >/dev/null ;;
    *) installed "$1" ;;
  esac
}

missing=()
for package in "${wanted[@]}"; do
  present "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null ||
  die "this system has no apt-get; install by hand what corresponds to: ${missing[*]}"
as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || die "needs root or sudo to install: ${missing[*]}"
  as_root=(sudo)
fi

echo "scripts/deps.sh: installing ${missing[*]}" >&2
install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2
}
known() {
  local package
  for package in "$@"; do apt-cache show "$package" >/dev/null 2>&1 || return 1; done
}
# The package lists are fetched only when something cannot be found or downloaded with those that are there.
if ! known "${missing[@]}" || ! install; then
  "${as_root[@]}" apt-get update >&2 || die "apt-get update failed: is there a network, and are the sources right?"
  install || die "apt-get could not install: ${missing[*]}"
fi
