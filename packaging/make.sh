# Functions of scripts/package.sh, which sets: top, bin, dist, work, arch, machine, strip, emulator, version, maintainer, fast, made.
# shellcheck shell=bash disable=SC2154

say() { printf 'scripts/package.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

summary_of() { # KIND
  case "$1" in
    agent) echo 'Runs commands for an Assist server on this machine' ;;
    server) echo 'Runs commands on machines through their Assist agents' ;;
  esac
}

programs_of() { # KIND: that which is run first
  case "$1" in
    agent) echo 'assist-agent assist-supervisor assist-container' ;;
    server) echo 'assist-server assist' ;;
  esac
}

put() { # MODE FROM TO
  mkdir -p "$(dirname "$3")"
  install -m "$1" "$2" "$3"
}

# $work/KIND/tree: the files as they lie on a machine, but for what differs between deb and rpm; $work/KIND/bin: stripped.
make_tree() { # KIND
  local kind=$1 name=assist-$1 tree=$work/$1/tree program
  mkdir -p "$work/$kind/bin" "$tree/etc/init.d"
  for program in $(programs_of "$kind"); do
    install -m 0755 "$bin/$program" "$work/$kind/bin/$program"
    "$strip" --strip-unneeded --remove-section=.comment --remove-section=.note "$work/$kind/bin/$program"
  done
  if [ "$kind" = agent ]; then
    # The agent finds its small programs beside itself; only it belongs into the PATH.
    for program in $(programs_of agent); do put 0755 "$work/agent/bin/$program" "$tree/usr/lib/assist-agent/$program"; done
    mkdir -p "$tree/usr/sbin"
    ln -s ../lib/assist-agent/assist-agent "$tree/usr/sbin/assist-agent"
  else
    put 0755 "$work/server/bin/assist-server" "$tree/usr/sbin/assist-server"
    put 0755 "$work/server/bin/assist" "$tree/usr/bin/assist"
    mkdir -p "$tree/usr/share/man/man1"
    $emulator "$bin/assist" man | gzip -9n >"$tree/usr/share/man/man1/assist.1.gz"
  fi
  mkdir -p "$tree/usr/share/man/man8"
  gzip -9n <"$top/docs/man/$name.8" >"$tree/usr/share/man/man8/$name.8.gz"
  put 0644 "$top/packaging/logrotate/$name" "$tree/etc/logrotate.d/$name"
  $emulator "$bin/$name" service print --system sysv --program "/usr/sbin/$name" >"$tree/etc/init.d/$name"
  chmod 0755 "$tree/etc/init.d/$name"
  $emulator "$bin/$name" service print --system systemd --program "/usr/sbin/$name" >"$work/$kind/unit"
}

# What the programs need of the system, as Debian names it.
deb_needs() { # KIND
  local folder=$work/$1/shlibs program files=()
  mkdir -p "$folder/debian"
  printf 'Source: assist\nPackage: assist-%s\nArchitecture: any\n' "$1" >"$folder/debian/control"
  for program in $(programs_of "$1"); do files+=("-e$work/$1/bin/$program"); done
  (cd "$folder" && dpkg-shlibdeps -O "${files[@]}" 2>"$folder/said") | sed -n 's/^shlibs:Depends=//p' ||
    die "dpkg-shlibdeps: $(cat "$folder/said")"
}

make_deb() { # KIND
  local kind=$1 name=assist-$1 root=$work/$1/deb needs level=6 file
  file=${name}_$version-1_$arch.deb
  cp -a "$work/$kind/tree" "$root"
  put 0644 "$work/$kind/unit" "$root/lib/systemd/system/$name.service"
  put 0644 "$top/packaging/deb/copyright" "$root/usr/share/doc/$name/copyright"
  printf '%s (%s-1) stable; urgency=medium\n\n  * Assist %s.\n\n -- %s  %s\n' "$name" "$version" "$version" \
    "$maintainer" "$(date -u -R -d "@$epoch")" | gzip -9n >"$root/usr/share/doc/$name/changelog.Debian.gz"
  put 0644 "$top/packaging/deb/$kind/lintian-overrides" "$root/usr/share/lintian/overrides/$name"
  mkdir -p "$root/DEBIAN"
  needs=$(deb_needs "$kind")
  needs=${needs:+$needs, }'init-system-helpers (>= 1.54)'
  [ "$kind" = agent ] || needs="$needs, passwd"
  {
    grep -v '^Description:\|^ ' "$top/packaging/deb/$kind/control"
    printf 'Version: %s-1\nArchitecture: %s\nMaintainer: %s\nDepends: %s\n' "$version" "$arch" "$maintainer" "$needs"
    printf 'Installed-Size: %s\n' "$(du -sk --apparent-size "$root" | cut -f1)"
    grep '^Description:\|^ ' "$top/packaging/deb/$kind/control"
  } >"$root/DEBIAN/control"
  printf '/etc/init.d/%s\n/etc/logrotate.d/%s\n' "$name" "$name" >"$root/DEBIAN/conffiles"
  install -m 0755 "$top/packaging/deb/$kind/"{postinst,prerm,postrm} "$root/DEBIAN/"
  (cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
  [ "$fast" = 0 ] || level=0
  dpkg-deb --root-owner-group -Zxz "-z$level" --build "$root" "$dist/$file" >/dev/null
  made+=("$file")
}

make_rpm() { # KIND
  local kind=$1 name=assist-$1 root=$work/$1/rpm payload=w6.xzdio file
  file=$name-$version-1.$machine.rpm
  cp -a "$work/$kind/tree" "$root"
  put 0644 "$work/$kind/unit" "$root/usr/lib/systemd/system/$name.service"
  put 0644 "$top/LICENSE" "$root/usr/share/licenses/$name/LICENSE"
  {
    printf '%%config(noreplace) /etc/logrotate.d/%s\n/etc/init.d/%s\n' "$name" "$name"
    printf '%%license /usr/share/licenses/%s/LICENSE\n' "$name"
    [ "$kind" != agent ] || echo '%dir /usr/lib/assist-agent'
    (cd "$root" && find usr \( -type f -o -type l \) ! -path 'usr/share/licenses/*' -printf '/%p\n' | sort) |
      sed 's,^/usr/share/man/,%doc &,'
  } >"$work/$kind/list"
  [ "$fast" = 0 ] || payload=w0.ufdio
  rpmbuild -bb --quiet --target "$machine" --define "_topdir $work/$kind/rpmbuild" --define "_rpmdir $work/$kind/rpms" \
    --define "assist_name $name" --define "assist_version $version" --define "assist_tree $root" \
    --define "assist_list $work/$kind/list" --define "assist_summary $(summary_of "$kind")" \
    --define "assist_packager $maintainer" --define "assist_date $(LC_ALL=C date -u '+%a %b %d %Y' -d "@$epoch")" \
    --define "_binary_payload $payload" --define '_sbindir /usr/sbin' \
    --define "_buildhost assist" --define 'use_source_date_epoch_as_buildtime 1' \
    "$top/packaging/rpm/package.spec" >"$work/$kind/rpmbuild.log" 2>&1 || die "rpmbuild: $(cat "$work/$kind/rpmbuild.log")"
  cp "$work/$kind/rpms/$machine/$file" "$dist/$file"
  made+=("$file")
}

make_tar() { # KIND
  local kind=$1 name=assist-$1 folder file level=-9
  folder=$name-$version-linux-$machine
  file=$folder.tar.gz
  mkdir -p "$work/$kind/tar/$folder"
  cp -a "$work/$kind/bin" "$work/$kind/tar/$folder/bin"
  sed "s/@name@/$name/" "$top/packaging/tar/install.sh" >"$work/$kind/tar/$folder/install.sh"
  chmod 0755 "$work/$kind/tar/$folder/install.sh"
  put 0644 "$top/LICENSE" "$work/$kind/tar/$folder/LICENSE"
  put 0644 "$top/docs/man/$name.8" "$work/$kind/tar/$folder/$name.8"
  [ "$fast" = 0 ] || level=-1
  tar -C "$work/$kind/tar" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" -cf - "$folder" |
    gzip -n "$level" >"$dist/$file"
  made+=("$file")
}
