/* SPDX-License-Identifier: Apache-2.0 */
#include "../bind.h"

int luaopen_host_lab_signals(lua_State *L);

static const luaL_Reg functions[] = {{NULL, NULL}};

int luaopen_host_lab_signals(lua_State *L) {
  return bind_module(L, functions);
}
