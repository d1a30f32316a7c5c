#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a command in a mount namespace: the machine as it is, and beside it a
# /charm, where dispatches look for Pebble, and a /bench on a tmpfs.
# usage: sandbox.sh COMMAND...
set -eu
command=$*
set -- --die-with-parent --tmpfs /charm --tmpfs /bench
for path in /*; do
  case $path in
    /charm | /bench) ;;
    *) if [ -L "$path" ]; then
      set -- "$@" --symlink "$(readlink "$path")" "$path"
    else
      set -- "$@" --dev-bind "$path" "$path"
    fi ;;
  esac
done
[ "$(id -u)" != 0 ] || set -- "$@" --cap-add ALL
exec bwrap "$@" --chdir "$PWD" -- $command
