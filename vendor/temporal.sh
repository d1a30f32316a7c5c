#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds Temporal's server and SQL tool from their Go module into DIR: bin/
# and schema/. The module's sum is checked against the pin, and what it needs
# against its own go.sum. Go's caches lie in DIR and go when the build is done.
# usage: temporal.sh DIR GO_DIR GO_MINIMUM MODULE VERSION SUM
set -eu
mkdir -p "$1"
dir=$(cd "$1" && pwd) module=$4 version=$5 sum=$6
go=$(sh "$(dirname "$0")/go.sh" "$2" "$3")
case $go in /*) ;; *) go=$PWD/$go ;; esac

export GOTOOLCHAIN=local GOWORK=off GOFLAGS=-modcacherw
export GOMODCACHE="$dir/cache/mod" GOCACHE="$dir/cache/build"

echo "building Temporal $version with $("$go" env GOVERSION);" \
  "the first time takes about five minutes"
got=$(cd "$dir" && "$go" mod download -json "$module@$version" |
  sed -n 's/^\t"Sum": "\(.*\)",$/\1/p')
if [ "$got" != "$sum" ]; then
  echo "cannot build Temporal: $module@$version has the sum '$got'," \
    "vendor/versions.mk says '$sum'" >&2
  exit 1
fi
source=$GOMODCACHE/$module@$version
mkdir -p "$dir/bin"
# Go names each module it downloads; that is for the reader only when it fails.
build() {
  "$go" build -mod=readonly -buildvcs=false -trimpath "$@" \
    2>"$dir/build.log" || { cat "$dir/build.log" >&2; exit 1; }
}
# The old golang.org/x/net it pins reaches into the standard library by name,
# which newer linkers refuse unless told not to look.
cd "$source"
build -ldflags='-s -w -checklinkname=0' -o "$dir/bin/temporal-server" \
  ./cmd/server
build -ldflags='-s -w' -o "$dir/bin/temporal-sql-tool" ./cmd/tools/sql
rm -rf "$dir/schema"
cp -r "$source/schema/postgresql/v96" "$dir/schema"
cp "$source/LICENSE" "$dir/LICENSE"
cd "$dir"
rm -rf "$dir/cache"
