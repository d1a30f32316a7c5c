/* SPDX-License-Identifier: Apache-2.0 */
#include "../bind.h"
#include "api.h"

static const luaL_Reg functions[] = {{NULL, NULL}};

int luaopen_host_yaml(lua_State *L) {
  return bind_module(L, functions);
}
