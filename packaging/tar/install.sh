#!/bin/sh
# Installs the program beside this script, where no package fits (CoreOS, busybox, …): files below one folder, and the
# service of this system. Again, it upgrades: only the program is restarted, scripts that run go on.
#   ./install.sh [--prefix DIR] [--into DIR] [--no-service]
#     default prefix /opt/assist; --into: an image that is being built; --no-service: programs only
#   ./install.sh --remove [--prefix DIR] [--purge]
set -eu

name=@name@
prefix=/opt/assist
into=
remove=0
purge=0
service=1
from=$(cd "$(dirname "$0")" && pwd)
die() { echo "install.sh: $*" >&2; exit 1; }

while [ $# -gt 0 ]; do
  case $1 in
    --prefix | --into)
      [ $# -gt 1 ] || die "$1 needs a folder"
      case $2 in /*) ;; *) die "$1: '$2' must be an absolute path" ;; esac
      if [ "$1" = --prefix ]; then prefix=$2; else into=$2; fi
      shift
      ;;
    --remove) remove=1 ;;
    --purge) purge=1 ;;
    --no-service) service=0 ;;
    *) die "unknown argument '$1' (--prefix DIR, --into DIR, --no-service, --remove, --purge)" ;;
  esac
  shift
done
[ $purge = 0 ] || [ $remove = 1 ] || die "--purge goes with --remove"
[ "$(id -u)" = 0 ] || [ -n "$into" ] || die "run as root"
folder=$into$prefix/bin

if [ $remove = 1 ]; then
  [ -x "$folder/$name" ] || die "$folder/$name is not there; was it installed with another --prefix?"
  if [ -n "$into" ]; then "$folder/$name" service uninstall --into "$into"; else "$folder/$name" service uninstall; fi
  for program in "$from"/bin/*; do rm -f "$folder/$(basename "$program")"; done
  [ $purge = 0 ] || rm -rf "$into/var/lib/$name"
  echo "$name removed"
  exit 0
fi

if [ $name = assist-server ] && [ -z "$into" ] && ! id -u assist-server >/dev/null 2>&1; then
  if command -v useradd >/dev/null; then
    useradd --system --user-group --home-dir /var/lib/assist-server --no-create-home --shell /sbin/nologin assist-server
  else
    adduser -S -D -H -h /var/lib/assist-server -s /sbin/nologin assist-server # busybox
  fi
fi
mkdir -p "$folder"
for program in "$from"/bin/*; do
  file=$(basename "$program")
  cp "$program" "$folder/.new.$file" # beside it, then in one step: what runs keeps its own
  chmod 0755 "$folder/.new.$file"
  mv -f "$folder/.new.$file" "$folder/$file"
done
[ $service = 1 ] || exit 0
if [ -n "$into" ]; then
  "$from/bin/$name" service install --program "$prefix/bin/$name" --into "$into"
  exit 0
fi
[ $name != assist-server ] || install -d -m 0700 -o assist-server /var/lib/assist-server
running=0
if "$folder/$name" service status >/dev/null 2>&1; then running=1; fi
"$folder/$name" service install --program "$prefix/bin/$name"
if [ $running = 1 ]; then
  "$folder/$name" service stop
  "$folder/$name" service start
fi
