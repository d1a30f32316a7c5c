/* SPDX-License-Identifier: Apache-2.0
 * Runs a program (program.h): one Lua state, everything in one protected
 * call, a traceback on standard error for what nobody caught. */
#include "program.h"

#include "alloc.h"
#include "api/api.h"

#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* KiB that are not collected: most events end before they need more. */
enum { UNCOLLECTED = 2048 };

const luaL_Reg host_modules[] = {
    {"host.deflate", luaopen_host_deflate}, {"host.fs", luaopen_host_fs},
    {"host.http", luaopen_host_http},       {"host.json", luaopen_host_json},
    {"host.poll", luaopen_host_poll},       {"host.pq", luaopen_host_pq},
    {"host.proc", luaopen_host_proc},       {"host.rpc", luaopen_host_rpc},
    {"host.sys", luaopen_host_sys},         {"host.ws", luaopen_host_ws},
    {"host.yaml", luaopen_host_yaml},       {NULL, NULL},
};

struct invocation {
  const struct program *program;
  int argc;
  char **argv;
  int exit_code;
  int ended; /* nothing is left but to close the state */
};

static int compare_name(const void *name, const void *item) {
  return strcmp(name, ((const struct embedded *)item)->name);
}

/* package.searchers entry: the embedded modules (upvalue 1: the program). */
static int search_embedded(lua_State *L) {
  const struct program *p = lua_touserdata(L, lua_upvalueindex(1));
  const char *name = luaL_checkstring(L, 1);
  const struct embedded *found =
      bsearch(name, p->lua, p->lua_count, sizeof *p->lua, compare_name);
  if (!found) {
    lua_pushfstring(L, "no embedded module '%s'", name);
    return 1;
  }
  int status =
      luaL_loadbufferx(L, (const char *)found->code, found->size, name, "b");
  if (status != LUA_OK) return lua_error(L);
  lua_pushliteral(L, ":embedded:");
  return 2;
}

static void preload(lua_State *L, const luaL_Reg *modules) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  luaL_setfuncs(L, modules, 0);
  lua_pop(L, 1);
}

/* Embedded modules are found before files; no C module is ever loaded. */
static void set_searchers(lua_State *L, const struct program *p) {
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  lua_Integer n = luaL_len(L, -1);
  for (lua_Integer i = 3; i <= n; i++) {
    lua_pushnil(L);
    lua_seti(L, -2, i);
  }
  lua_geti(L, -1, 2);
  lua_seti(L, -2, 3);
  lua_pushlightuserdata(L, (void *)(size_t)p);
  lua_pushcclosure(L, search_embedded, 1);
  lua_seti(L, -2, 2);
  lua_pop(L, 1);
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "path");
  lua_pushliteral(L, "");
  lua_setfield(L, -2, "cpath");
  lua_pop(L, 1);
}

static int flushed_exit_code(const struct invocation *inv) {
  int lost = fflush(stdout) != 0 || ferror(stdout);
  return lost && inv->exit_code == 0 ? 1 : inv->exit_code;
}

#ifdef __SANITIZE_ADDRESS__

/* Leaks are to be seen: the state is closed to its end. */
static void skip_freeing(lua_State *L, struct invocation *inv) {
  (void)L;
  (void)inv;
}

#else

static int end_process(lua_State *L) {
  const struct invocation *inv = *(struct invocation **)lua_touserdata(L, 1);
  if (inv->ended) _exit(flushed_exit_code(inv));
  return 0;
}

/* Lua calls finalizers last set first: called before any other object has one,
 * this one ends the process when all that holds more than memory is closed.
 * The system takes memory back at once; Lua would object by object. */
static void skip_freeing(lua_State *L, struct invocation *inv) {
  struct invocation **last = lua_newuserdatauv(L, sizeof *last, 0);
  *last = inv;
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, end_process);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  luaL_ref(L, LUA_REGISTRYINDEX);
}

#endif

static int run(lua_State *L) {
  struct invocation *inv = lua_touserdata(L, 1);
  skip_freeing(L, inv);
  lua_pushboolean(L, 1); /* the caller's LUA_PATH is none of a charm's */
  lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
  luaL_openlibs(L);
  preload(L, host_modules);
  preload(L, inv->program->modules);
  set_searchers(L, inv->program);
  lua_getglobal(L, "require");
  lua_pushstring(L, inv->program->entry);
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "main");
  lua_createtable(L, inv->argc, 1);
  for (int i = 0; i < inv->argc; i++) {
    lua_pushstring(L, inv->argv[i]);
    lua_seti(L, -2, i);
  }
  lua_call(L, 1, 1);
  inv->exit_code = (int)luaL_checkinteger(L, -1);
  return 0;
}

static int add_traceback(lua_State *L) {
  luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
  return 1;
}

int program_main(const struct program *program, int argc, char **argv) {
  struct invocation inv = {program, argc, argv, 1, 0};
  if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) return 1;
  lua_State *L = alloc_state();
  if (!L) {
    fputs("cannot start: out of memory\n", stderr);
    return 1;
  }
  lua_gc(L, LUA_GCGEN, 0, 0);
  lua_gc(L, LUA_GCSTEP, -UNCOLLECTED);
  lua_pushcfunction(L, add_traceback);
  lua_pushcfunction(L, run);
  lua_pushlightuserdata(L, &inv);
  if (lua_pcall(L, 1, 0, 1) != LUA_OK) {
    fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
    inv.exit_code = 1;
  }
  inv.ended = 1;
  lua_close(L);
  return flushed_exit_code(&inv);
}
