#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Says which security fixes Debian made to the C libraries that we link, as the
# changelogs of its newest packages tell, since somebody last read them. Which
# versions of upstream have a fix, Debian does not say. Ends with 1 for any.
# usage: advisories.sh DIR DATE PACKAGE...
set -eu
export LC_ALL=C
dir=$1/advisories since=$(date -d "$2" +%s)
shift 2

# Each entry of a changelog that is later than $since and names a CVE, a line.
fixes() {
  awk '/^[^ ]/ { title = $1 " " $2; cves = "" }
    { rest = $0
      while (match(rest, /CVE-[0-9]+-[0-9]+/)) {
        cves = cves " " substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
      } }
    /^ -- / && cves { sub(/.*>  /, ""); print $0 "|" title "|" cves }' |
  while IFS='|' read -r when title cves; do
    [ "$(date -d "$when" +%s)" -le "$since" ] ||
      echo "$title, $(date -d "$when" +%F):$cves"
  done
}

rm -rf "$dir"
mkdir -p "$dir"
found=0
for package; do
  (cd "$dir" && apt-get download -q "$package" >/dev/null 2>log) ||
    { cat "$dir/log" >&2; exit 2; }
  dpkg-deb --fsys-tarfile "$dir/$package"_*.deb | tar x -C "$dir" --wildcards \
    './usr/share/doc/*/changelog*'
  news=$(find "$dir/usr" -name 'changelog.Debian.gz' -exec zcat {} + | fixes)
  rm -rf "$dir/usr"
  if [ "$news" ]; then
    echo "$news" | fold -s -w 78 | sed '2,$s/^CVE/  CVE/'
    found=1
  fi
done
rm -rf "$dir"
[ "$found" = 1 ] || echo "Debian has fixed nothing in them since it was read"
exit "$found"
