#!/usr/bin/env bash
# The agent in roots of other systems (docs/static_agent.md): installs what is missing, builds release, and tries one root
# or all. Root; the first run fetches a root from Debian's mirror (ASSIST_MIRROR names another), later ones keep it.
#   scripts/roots.sh bullseye|bookworm|trixie   the agent in a chroot of that Debian
#   scripts/roots.sh rpm                        its rpm in a root laid out as those of Fedora and RHEL
#   scripts/roots.sh systemd|openrc             as a service, with that init as process 1 in namespaces
#   scripts/roots.sh deb_systemd|rpm_systemd|server_systemd    packages where systemd is process 1
#   scripts/roots.sh all
set -euo pipefail
cd "$(dirname "$0")/.."
known='bullseye bookworm trixie rpm systemd openrc deb_systemd rpm_systemd server_systemd'
die() { echo "scripts/roots.sh: $*" >&2; exit 1; }
[ $# = 1 ] || die "name one of: $known, or all"
case " $known all " in
  *" $1 "*) ;;
  *) die "unknown root '$1' ($known, or all)" ;;
esac
[ "$(id -u)" = 0 ] || die 'needs root, for chroot and mounts'
scripts/deps.sh --roots
cmake --preset release
cmake --build --preset release --target assist_agent assist_supervisor assist_container assist_server
name=$1
[ "$name" != all ] || name='.*'
exec env ASSIST_ROOTS="$known" ctest --preset release --no-tests=error -R "^platforms_root_$name\$" --output-on-failure
