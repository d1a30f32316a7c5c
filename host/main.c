/* SPDX-License-Identifier: Apache-2.0
 * charmhost: what a charm's `dispatch` is. What it does with its arguments is
 * policy, in lua/cli/main.lua. */
#include "program.h"

extern const struct embedded charmhost_lua[];
extern const size_t charmhost_lua_count;

static const luaL_Reg no_more_modules[] = {{NULL, NULL}};

int main(int argc, char **argv) {
  const struct program program = {"cli.main", no_more_modules, charmhost_lua,
                                  charmhost_lua_count};
  return program_main(&program, argc, argv);
}
