#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# luacheck over the Lua, clang-format over the C. Appends its counts to TALLY.
# usage: lint.sh TALLY
set -u
mkdir -p "$(dirname "$1")"
passed=0 failed=0

check() {
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

check luacheck --quiet --codes $(git ls-files '*.lua')
check clang-format --dry-run --Werror $(git ls-files '*.c' '*.h')
echo "$passed $failed 0" >>"$1"
[ "$failed" = 0 ]
