#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Links by zig's compiler with the relative relocations packed (RELR): a tenth
# of the program that is neither stored nor read at each start. `zig cc` has no
# word for that, but says how it calls its linker, which is called again.
# usage: link.sh ZIG cc ARGUMENTS... -o OUT ARGUMENTS...
set -eu
if ! said=$("$@" --verbose 2>&1); then
  printf '%s\n' "$said" >&2
  exit 1
fi
out='' before=''
for word; do
  [ "$before" != -o ] || out=$word
  before=$word
done
# At first it links parts of its own, too.
if ! call=$(printf '%s\n' "$said" | sed -n 's/^ld\.lld //p' |
  grep -F " -o $out "); then
  echo "cannot link $out: zig does not say how (vendor/link.sh)" >&2
  exit 1
fi
# shellcheck disable=SC2086 -- words of a command, and no path has a blank
exec "$1" ld.lld $call --pack-dyn-relocs=relr
