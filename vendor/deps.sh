#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the packages of debian.txt that this machine lacks; says nothing
# and asks for nothing where none is missing. As an ordinary user, by sudo.
set -eu
here=$(dirname "$0")

missing=
for package in $(grep -v '^#' "$here/debian.txt"); do
  state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || :)
  case $state in
    ii*) ;;
    *) missing="$missing $package" ;;
  esac
done
# Any cargo will do; what Debian 12 calls so is too old to read the registry
# without a copy of its whole history.
command -v cargo >/dev/null || missing="$missing cargo"
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "cannot install$missing: this is no Debian or Ubuntu machine" >&2
  exit 1
fi
as_root=
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "cannot install$missing: neither root nor sudo;" \
      "ask an administrator for: apt-get install$missing" >&2
    exit 1
  fi
  as_root=sudo
fi
echo "installing$missing"
$as_root apt-get -qq update
case "$missing " in
  *" cargo "*)
    if apt-cache show cargo-web >/dev/null 2>&1; then
      missing="${missing% cargo} cargo-web"
    fi
    ;;
esac
$as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get -qq install -y --no-install-recommends $missing >/dev/null
