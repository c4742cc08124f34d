# The agent's sources for FreeBSD: functions of scripts/package.sh, which sets what make.sh has, and: bin, only, maintainer.
# shellcheck shell=bash disable=SC2154

# What the agent is built of; what is only for tests or other programs stays out.
source_parts='CMakeLists.txt LICENSE agent cmake common protocol docs/man/assist-agent.8 packaging/freebsd scripts/embed_zones.py'

wants_source() {
  case "$only" in '' | source) ;; *) return 1 ;; esac
  git -C "$top" rev-parse --verify -q HEAD >/dev/null 2>&1 && return 0
  [ -z "$only" ] || die "--only source: $top is no git checkout, and what belongs into the archive is what git knows"
  say "LEFT OUT: the sources for FreeBSD, since $top is no git checkout"
  return 1
}

make_source() {
  wants_source || return 0
  local folder=assist-agent-$version-freebsd-src tree file level=-9
  file=$folder.tar.gz
  tree=$work/source/$folder
  mkdir -p "$tree"
  # What is committed: the same bytes from every checkout of it.
  # shellcheck disable=SC2086
  git -C "$top" diff --quiet HEAD -- $source_parts || say "the sources for FreeBSD are those of the last commit, without the changes since"
  # shellcheck disable=SC2086
  git -C "$top" archive HEAD $source_parts | tar -x -C "$tree"
  sed "s/@version@/$version/; s/@maintainer@/$maintainer/" "$tree/packaging/freebsd/manifest.json" \
    >"$tree/packaging/freebsd/+MANIFEST"
  rm "$tree/packaging/freebsd/manifest.json"
  $emulator "$bin/assist-agent" service print --system rc.d --program /usr/local/sbin/assist-agent \
    >"$tree/packaging/freebsd/assist_agent"
  chmod 0555 "$tree/packaging/freebsd/assist_agent"
  [ "$fast" = 0 ] || level=-1
  tar -C "$work/source" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" --mode=go-w -cf - "$folder" |
    gzip -n "$level" >"$dist/$file"
  made+=("$file")
}
