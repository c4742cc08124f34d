# Packages of the agent for Windows: functions of scripts/package.sh, which sets what make.sh has, and: windows_bin, only.
# shellcheck shell=bash disable=SC2154

windows_programs='assist-agent.exe assist-supervisor.exe'

# Whether setup.exe and zip are to be made. What was not asked for by name is left out, aloud, when it cannot be made.
wants_windows() {
  local program missing=
  case "$only" in '' | exe | zip) ;; *) return 1 ;; esac
  for program in $windows_programs; do [ -f "$windows_bin/$program" ] || missing=$windows_bin/$program; done
  if [ -n "$missing" ] && [ -z "$only" ]; then
    say "LEFT OUT: setup.exe and zip for Windows, since $missing is missing (scripts/windows.sh makes it; --windows-bin names another folder)"
    return 1
  fi
  [ -z "$missing" ] || die "$missing is missing; scripts/windows.sh makes it, or name another folder with --windows-bin"
  [ "$only" = zip ] || command -v makensis >/dev/null || die "makensis is missing: scripts/deps.sh --packages"
}

# Texts with the line ends of Windows.
make_windows_texts() {
  mkdir -p "$work/windows/texts"
  sed 's/$/\r/' "$top/LICENSE" >"$work/windows/texts/LICENSE.txt"
  sed "s/VERSION/$version/; s/\$/\r/" "$top/packaging/windows/README.txt" >"$work/windows/texts/README.txt"
  sed 's/$/\r/' "$top/packaging/windows/install.cmd" >"$work/windows/texts/install.cmd"
}

make_exe() {
  local file=assist-agent-$version-windows-amd64-setup.exe numbers
  # Four numbers: what follows the first letter of a version counts for people only.
  numbers=$(printf '%s.0.0.0.0' "${version%%[!0-9.]*}" | tr -s . | cut -d. -f1-4)
  # Its weaknesses as SYSTEM are why setup.exe refuses that account, whichever version it is (setup.nsi: RefuseUnsafeTemp).
  say "setup.exe: made with makensis $(makensis -VERSION)"
  makensis -V2 -WX -NOCD -INPUTCHARSET UTF8 "-DVERSION=$version" "-DNUMBERS=$numbers" "-DPROGRAMS=$windows_bin" \
    "-DTEXTS=$work/windows/texts" "-DOUT=$dist/$file" "-X!addincludedir $top/packaging/windows" \
    "$top/packaging/windows/setup.nsi" >"$work/windows/makensis.log" 2>&1 || die "makensis: $(cat "$work/windows/makensis.log")"
  made+=("$file")
}

make_zip() {
  local folder=assist-agent-$version-windows-amd64 file program
  file=$folder.zip
  mkdir -p "$work/windows/$folder"
  for program in $windows_programs; do install -m 0755 "$windows_bin/$program" "$work/windows/$folder/$program"; done
  install -m 0644 "$work/windows/texts/"* "$work/windows/$folder/"
  # The same bytes for the same programs: names in order, one time for all.
  python3 - "$work/windows" "$folder" "$dist/$file" "$epoch" <<'PYTHON'
import os, sys, time, zipfile

above, folder, out, epoch = sys.argv[1:]
when = time.gmtime(max(int(epoch), 315532800))[:6]  # zip begins with 1980
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target:
    for name in sorted(os.listdir(os.path.join(above, folder))):
        with open(os.path.join(above, folder, name), "rb") as file:
            target.writestr(zipfile.ZipInfo(f"{folder}/{name}", when), file.read(), zipfile.ZIP_DEFLATED)
PYTHON
  made+=("$file")
}

make_windows() {
  wants_windows || return 0
  make_windows_texts
  [ -n "$only" ] && [ "$only" != exe ] || make_exe
  [ -n "$only" ] && [ "$only" != zip ] || make_zip
}
