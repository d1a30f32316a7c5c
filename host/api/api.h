/* SPDX-License-Identifier: Apache-2.0
 * The whole surface between C and Lua: one line a module. main.c preloads
 * them; nothing else names them. A module is host/api/<name>.c, and is
 * documented for authors in docs/api/<name>.lua. */
#ifndef HOST_API_H
#define HOST_API_H

#include <lua.h>

int luaopen_host_deflate(lua_State *L);
int luaopen_host_fs(lua_State *L);
int luaopen_host_http(lua_State *L);
int luaopen_host_json(lua_State *L);
int luaopen_host_poll(lua_State *L);
int luaopen_host_pq(lua_State *L);
int luaopen_host_proc(lua_State *L);
int luaopen_host_rpc(lua_State *L);
int luaopen_host_sys(lua_State *L);
int luaopen_host_ws(lua_State *L);
int luaopen_host_yaml(lua_State *L);

#endif
