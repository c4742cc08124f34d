#!/bin/sh
# Installs the agent of Assist and makes this machine known to its server. Made by an Assist server for its own CA and
# its own packages: what is downloaded is compared with the SHA-256 below, and the server's certificate with the
# fingerprint below, so that nothing rests on the connection this came over. `assist activation create` prints the line
# that fetches this file and compares it with its SHA-256 before anything runs.
#   ASSIST_ACTIVATION_CODE=CODE sh install.sh --server URL --activation-id ID
#     --download URL          where packages are fetched; default: the server
#     --ca-fingerprint system   the server is believed by this system's certificates (a proxy that ends TLS), not by its CA
#     --name NAME, --tag KEY=VALUE, --region REGION    as `assist-agent register` takes them
#     --format deb|rpm|tar|pkg    which package; default: what this system has tools for
#     --prefix DIR            where the tar goes; default /opt/assist
#     --no-service            the tar without a service: a container, an image that starts the agent itself
set -eu
umask 022
unset code agent work url got sum file package # a caller's variable of this name would be handed on
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

ca_fingerprint='@CA_FINGERPRINT@'
packages() { # format, architecture, SHA-256, file
  cat <<'END'
@PACKAGES@
END
}

say() { echo "assist install: $*"; }
die() { echo "assist install: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

if [ "$(id -u)" != 0 ]; then
  have sudo || die "run it as root"
  printf '%s\n' "${ASSIST_ACTIVATION_CODE:-}" | sudo sh "$0" "$@" --code-from-stdin # not as an argument: those are shown to all
  exit
fi

server= download= id= format= prefix=/opt/assist service=1
count=$#
while [ "$count" -gt 0 ]; do
  option=$1
  shift
  count=$((count - 1))
  case $option in
    --server | --download | --ca-fingerprint | --activation-id | --name | --tag | --region | --format | --prefix)
      [ "$count" -gt 0 ] || die "$option needs a value"
      value=$1
      shift
      count=$((count - 1))
      ;;
  esac
  case $option in
    --server) server=${value%/} ;;
    --download) download=${value%/} ;;
    --ca-fingerprint) ca_fingerprint=$value ;;
    --activation-id) id=$value ;;
    --name | --tag | --region) set -- "$@" "$option" "$value" ;;
    --format) format=$value ;;
    --prefix) prefix=$value ;;
    --no-service) service=0 ;;
    --code-from-stdin) IFS= read -r ASSIST_ACTIVATION_CODE || die "no activation code came" ;;
    *) die "unknown argument '$option'; the first lines of this file say what there is" ;;
  esac
done
case $server in
  [Hh][Tt][Tt][Pp][Ss]://?*) rest=${server#*://} server=https://$rest port=443 ;;
  [Hh][Tt][Tt][Pp]://?*) rest=${server#*://} server=http://$rest port=80 ;;
  *) die "--server: '$server' is no address such as https://assist.example.com:8443" ;;
esac
case ${rest##*]} in *:*) ;; *) server=$server:$port ;; esac # as the agent keeps it
download=${download:-$server}
case $prefix in /*) ;; *) die "--prefix: '$prefix' is no absolute path" ;; esac
[ -n "$id" ] || die "--activation-id is missing"
[ -n "${ASSIST_ACTIVATION_CODE:-}" ] || die "the activation code is missing: put it into ASSIST_ACTIVATION_CODE"
code=$ASSIST_ACTIVATION_CODE
unset ASSIST_ACTIVATION_CODE # a service that is started below would keep it

case $(uname -s) in
  Linux) ;;
  FreeBSD) [ -n "$format" ] || format=pkg ;;
  *) die "this script installs on Linux and FreeBSD; here it is $(uname -s)" ;;
esac
case $(uname -m) in
  x86_64 | amd64) machine=amd64 ;;
  aarch64 | arm64) machine=arm64 ;;
  *) die "there is no agent for processors of the kind $(uname -m)" ;;
esac
# What is here already, before anything is fetched: a machine of another server is left as it is.
case $(uname -s) in FreeBSD) packaged=/usr/local/sbin/assist-agent ;; *) packaged=/usr/sbin/assist-agent ;; esac
registered() { # PROGRAM
  "$1" status --json 2>/dev/null | grep -q '"Registered":true'
}
check_server() { # PROGRAM
  "$1" status --json | grep -qF "\"Server\":\"$server\"" || die "this machine is registered already, but not at $server ($("$1" status --json)); \`$1 deregister\` first, then again"
}
for agent in "$packaged" "$prefix/bin/assist-agent"; do
  if [ -x "$agent" ] && registered "$agent"; then check_server "$agent"; fi
done
listed() { packages | while read -r f m sum file; do if [ "$f $m" = "$1 $machine" ]; then echo "$sum $file"; fi; done; }
if [ -z "$format" ]; then
  format=tar
  if [ $service = 1 ] && have dpkg && [ -s /var/lib/dpkg/status ] && [ -w /usr ] && [ -n "$(listed deb)" ] &&
    dpkg --compare-versions "$(dpkg-query -W -f '${Version}' init-system-helpers 2>/dev/null || echo 0)" ge 1.54; then
    format=deb
  elif [ $service = 1 ] && have rpm && rpm -q rpm >/dev/null 2>&1 && [ -w /usr ] && [ ! -e /run/ostree-booted ] && [ -n "$(listed rpm)" ]; then
    format=rpm
  fi
fi
case $format in deb | rpm | tar | pkg) ;; *) die "--format: '$format' is none of deb, rpm, tar, pkg" ;; esac
[ $service = 1 ] || [ "$format" = tar ] || die "--no-service goes with --format tar"
package=$(listed "$format")
[ -n "$package" ] || die "$server has no $format for $(uname -s) on $machine; it has: $(packages | while read -r f m sum file; do printf '%s ' "$file"; done)"
sum=${package%% *} file=${package#* }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
say "fetching $file from $download"
url=$download/download/$file # -k and the like: what comes is compared below
if have curl; then
  curl -fsSk --retry 3 --connect-timeout 20 --speed-time 60 --speed-limit 1 -o "$work/$file" "$url" || die "$url could not be fetched (curl)"
elif have wget; then
  wget -q --no-check-certificate -O "$work/$file" "$url" || die "$url could not be fetched (wget)"
elif have fetch; then # FreeBSD
  fetch -q -T 60 --no-verify-peer --no-verify-hostname -o "$work/$file" "$url" || die "$url could not be fetched (fetch)"
else
  die "neither curl nor wget is here"
fi
if have sha256sum; then
  got=$(sha256sum "$work/$file")
elif have sha256; then
  got=$(sha256 -q "$work/$file")
else
  got=$(openssl dgst -sha256 -r "$work/$file") || die "neither sha256sum nor openssl is here"
fi
[ "${got%% *}" = "$sum" ] || die "$file is not what this script was made for (SHA-256 ${got%% *}, not $sum): somebody changed it on its way, or the server has newer packages; let \`assist activation create\` print a new line"

agent=$packaged
other="see above; what is wrong there mended, run this again, or install without the package manager: sh install.sh … --format tar"
case $format in
  deb) dpkg --force-confdef --force-confold -i "$work/$file" </dev/null || die "dpkg failed, $other" ;;
  rpm) rpm -U --replacepkgs "$work/$file" || die "rpm failed, $other" ;;
  pkg) pkg add -f "$work/$file" || die "pkg failed, see above" ;;
  tar)
    tar -C "$work" -xzf "$work/$file" || die "$file could not be unpacked into $work"
    folder=$work/${file%.tar.gz}
    agent=$prefix/bin/assist-agent
    sh "$folder/install.sh" --prefix "$prefix" --no-service # by sh: temporary folders may forbid programs
    if [ $service = 1 ] && ! "$agent" service print >/dev/null; then
      say "no service system was found: the agent will not be started by this machine itself"
      service=0
    fi
    [ $service = 0 ] || sh "$folder/install.sh" --prefix "$prefix"
    ;;
esac

state() { "$agent" status --json; }
if registered "$agent"; then
  check_server "$agent"
  say "this machine is registered at $server already: its agent was brought up to date"
else
  case $ca_fingerprint in '' | system) ;; *) set -- "$@" --ca-fingerprint "$ca_fingerprint" ;; esac
  ASSIST_ACTIVATION_CODE=$code "$agent" register --server "$server" --activation-id "$id" "$@" || die "installed, but not registered; see above. Then: $agent register …"
fi
if [ $service = 0 ]; then
  say "done; start it with: $agent run"
  exit
fi
"$agent" service start
for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
  if state | grep -q '"Connected":true'; then
    say "done: this machine is connected"
    exit
  fi
  sleep 1
done
die "registered, but not connected within $second s; \`$agent status\` says why"
