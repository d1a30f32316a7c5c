/* SPDX-License-Identifier: Apache-2.0
 * charmlab: the local model. What it does with its arguments is policy, in
 * lua/lab/main.lua. Its own C modules are listed here. */
#include "../program.h"

extern const struct embedded charmlab_lua[];
extern const size_t charmlab_lua_count;

int luaopen_host_lab_net(lua_State *L);
int luaopen_host_lab_pty(lua_State *L);
int luaopen_host_lab_signals(lua_State *L);

static const luaL_Reg lab_modules[] = {
    {"host.lab.net", luaopen_host_lab_net},
    {"host.lab.pty", luaopen_host_lab_pty},
    {"host.lab.signals", luaopen_host_lab_signals},
    {NULL, NULL},
};

int main(int argc, char **argv) {
  const struct program program = {"lab.main", lab_modules, charmlab_lua,
                                  charmlab_lua_count};
  return program_main(&program, argc, argv);
}
