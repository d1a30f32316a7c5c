#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fetches crates that carry C sources, with cargo, from the registry that it is
# set up for; checks the sum of each and unpacks it as DIR/NAME.
# usage: fetch.sh DIR NAME CRATE VERSION SHA256 ... (four for each)
set -eu
dir=$1
shift

rm -rf "$dir/fetch"
mkdir -p "$dir/fetch/src"
: >"$dir/fetch/src/lib.rs"
cat >"$dir/fetch/Cargo.toml" <<TOML
[package]
name = "fetch"
version = "0.0.0"
[workspace]
[dependencies]
$(printf '%s %s %s %s\n' "$@" | sed 's/^[^ ]* \([^ ]*\) \([^ +]*\).*/\1 = "=\2"/')
TOML
(cd "$dir/fetch" && cargo fetch -q)

cache=${CARGO_HOME:-$HOME/.cargo}/registry/cache
while [ $# -gt 0 ]; do
  name=$1 file=$2-$3.crate sum=$4
  shift 4
  found=
  for path in "$cache"/*/"$file"; do
    got=$(sha256sum <"$path")
    [ "${got%% *}" != "$sum" ] || found=$path
  done
  if [ ! "$found" ]; then
    echo "cannot use $file: its SHA-256 is ${got%% *}," \
      "vendor/versions.mk says $sum" >&2
    exit 1
  fi
  rm -rf "${dir:?}/$name"
  mkdir "$dir/$name"
  tar -xzf "$found" -C "$dir/$name" --strip-components 1 --no-same-owner
done
rm -rf "$dir/fetch"
