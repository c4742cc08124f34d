#!/usr/bin/env bash
# Makes packages of the programs that lie in build/release/bin: dist/ with deb, rpm and tar.gz of agent and server,
# setup.exe and zip of the agent for Windows when it is built, its sources for FreeBSD, SHA256SUMS and its signature.
# What an earlier run made and is still there stays in SHA256SUMS, so that one dist/ can have the packages of several machines.
#   scripts/package.sh [--bin DIR] [--dist DIR] [--arch amd64|arm64] [--version V] [--maintainer 'NAME <MAIL>']
#                      [--key FILE] [--only deb|rpm|tar|exe|zip|source] [--windows-bin DIR] [--fast]
#     --bin         folder of the programs; default build/release/bin, and build/arm64/bin for --arch arm64 elsewhere
#     --windows-bin folder of those for Windows (scripts/windows.sh); default build/windows/bin
#     --arch        of those programs; default this machine's. Cross-built for arm64 (scripts/arm64.sh) it is the agent alone
#     --version     default what assist-agent --version says
#     --key         Ed25519 private key (PEM: openssl genpkey -algorithm ed25519); without it the sums are unsigned
#     --fast        compress little
# Needs: dpkg-deb and dpkg-shlibdeps (dpkg-dev), rpmbuild (rpm), strip, openssl, makensis (nsis): scripts/deps.sh --packages
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
source "$top/packaging/make.sh"
source "$top/packaging/make_windows.sh"
source "$top/packaging/make_source.sh"

bin=
windows_bin=$top/build/windows/bin
dist=$top/dist
arch=$(dpkg --print-architecture 2>/dev/null || uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
version=
maintainer='Assist packagers <packages@assist.example.com>'
key=
only=
fast=0

while [ $# -gt 0 ]; do
  case "$1" in
    --bin | --dist | --arch | --version | --maintainer | --key | --only)
      [ $# -ge 2 ] || die "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    --windows-bin)
      [ $# -ge 2 ] || die "$1 needs a value"
      windows_bin=$(realpath -m "$2")
      shift
      ;;
    --fast) fast=1 ;;
    -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "unknown argument '$1'; --help shows what there is" ;;
  esac
  shift
done
case "$arch" in
  amd64) machine=x86_64 built=release prefix=x86_64-linux-gnu- emulator=qemu-x86_64-static ;;
  arm64) machine=aarch64 built=arm64 prefix=aarch64-linux-gnu- emulator=qemu-aarch64-static ;;
  *) die "--arch: '$arch' is not known; use amd64 or arm64" ;;
esac
[ "$(uname -m)" != "$machine" ] || built=release prefix='' emulator=''
bin=${bin:-$top/build/$built/bin}
strip=${prefix}strip
case "$only" in '' | deb | rpm | tar | exe | zip | source) ;; *) die "--only: '$only' is none of deb, rpm, tar, exe, zip, source" ;; esac
[ -z "$key" ] || [ -r "$key" ] || die "--key: cannot read $key"
kinds='agent server'
if [ "$only" = exe ] || [ "$only" = zip ]; then
  kinds= # nothing of Linux is needed
elif [ "$only" = source ]; then
  kinds=agent # it prints its script
elif [ "$built" = arm64 ] && [ ! -e "$bin/assist-server" ]; then
  kinds=agent
  say "the agent alone: the server is not built for $arch here"
fi
for kind in $kinds; do
  for program in $(programs_of "$kind"); do
    [ -x "$bin/$program" ] || die "$bin/$program is missing; build $built first, or name another folder with --bin"
  done
done
# Units and scripts come from the programs themselves; those of another machine run under QEMU.
[ -z "$kinds" ] || [ -z "$emulator" ] || command -v "$emulator" >/dev/null || die "$emulator is missing: scripts/deps.sh --arm64"
if [ -z "$version" ] && [ -n "$kinds" ]; then
  version=$($emulator "$bin/assist-agent" --version) || die "$bin/assist-agent does not run on this machine"
fi
[ -n "$version" ] || version=$(sed -n 's/^project(assist VERSION \([^ ]*\).*/\1/p' "$top/CMakeLists.txt")
case "$version" in '' | *[!0-9.a-z~+]*) die "version '$version' fits no package" ;; esac
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH=$epoch

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
mkdir -p "$dist"
dist=$(cd "$dist" && pwd)
made=()
for kind in $kinds; do
  [ "$only" != source ] || continue
  make_tree "$kind"
  [ -n "$only" ] && [ "$only" != deb ] || make_deb "$kind"
  [ -n "$only" ] && [ "$only" != rpm ] || make_rpm "$kind"
  [ -n "$only" ] && [ "$only" != tar ] || make_tar "$kind"
done
if [ "$built" != arm64 ] || [ -n "$only" ]; then # cross-built ones are put beside the others, which have these
  make_windows
  make_source
fi
cd "$dist"
# What stands in the sums of an earlier run is signed again only when that run's signature is of the same key.
if [ -f SHA256SUMS ] && [ -n "$key" ]; then
  openssl pkey -in "$key" -pubout -out "$work/public.pem" 2>/dev/null || die "--key: $key is no private key that openssl can read"
  openssl pkeyutl -verify -rawin -pubin -inkey "$work/public.pem" -in SHA256SUMS -sigfile SHA256SUMS.sig >/dev/null 2>&1 ||
    die "$dist/SHA256SUMS is not signed by this key; take away what lies in $dist, or name another folder with --dist"
fi
{
  [ ! -f SHA256SUMS ] || while read -r sum file; do
    [ ! -f "$file" ] || [[ " ${made[*]} " == *" $file "* ]] || printf '%s  %s\n' "$sum" "$file"
  done <SHA256SUMS
  sha256sum "${made[@]}"
} >"$work/sums"
sha256sum --strict --quiet -c "$work/sums" >&2 || die "$dist: packages of an earlier run are not what it made; take them away"
rm -f SHA256SUMS SHA256SUMS.sig
cp "$work/sums" SHA256SUMS
if [ -n "$key" ]; then
  openssl pkeyutl -sign -rawin -inkey "$key" -in SHA256SUMS -out SHA256SUMS.sig ||
    die "--key: $key is no Ed25519 key that openssl can sign with"
  say "signed: SHA256SUMS.sig"
else
  say "UNSIGNED: no --key was given, so that SHA256SUMS proves nothing but a whole download"
fi
printf '%s\n' "${made[@]}"
