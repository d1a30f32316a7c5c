#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Says which crates are behind what the registry has, by asking cargo for the
# newest of each. Ends with 1 if one is.
# usage: check.sh DIR NAME CRATE VERSION SHA256 ... (four for each)
set -eu
dir=$1/check
shift

rm -rf "$dir"
mkdir -p "$dir/src"
: >"$dir/src/lib.rs"
cat >"$dir/Cargo.toml" <<TOML
[package]
name = "check"
version = "0.0.0"
[workspace]
[dependencies]
$(printf '%s %s %s %s\n' "$@" | sed 's/^[^ ]* \([^ ]*\) .*/\1 = "*"/')
TOML
(cd "$dir" && cargo generate-lockfile -q)

behind=0
while [ $# -gt 0 ]; do
  newest=$(sed -n "/^name = \"$2\"/{n;s/.*\"\(.*\)\"/\1/p}" "$dir/Cargo.lock")
  if [ "$newest" != "$3" ]; then
    echo "$1: $2 $3 is behind $newest"
    behind=1
  fi
  shift 4
done
rm -rf "$dir"
[ "$behind" = 1 ] || echo "the C libraries are the newest that the registry has"
exit "$behind"
