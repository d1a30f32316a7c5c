/* SPDX-License-Identifier: Apache-2.0
 * Fuzzes the two multipart readers, which are Lua: multipart.lua has the
 * rules, in one state for all inputs. libFuzzer sees which lines run. */
#include "fuzz.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <string.h>

#define DRIVER "tests/fuzz/multipart.lua"
#define LINES  3000 /* the readers' begin at 1001 and at 2001 */

#ifdef __clang__
__attribute__((section("__libfuzzer_extra_counters")))
#endif
static volatile uint8_t lines[LINES]; /* read by libFuzzer */
static uint8_t ever[LINES];

static void on_line(lua_State *L, lua_Debug *at) {
  lua_getinfo(L, "l", at);
  if (at->currentline <= 1000 || at->currentline >= LINES) return;
  if (lines[at->currentline] < 255) lines[at->currentline]++;
  ever[at->currentline] = 1;
}

static void tell_lines(void) {
  int ran[LINES / 1000] = {0};
  for (size_t i = 0; i < LINES; i++)
    ran[i / 1000] += ever[i];
  printf("lines that ran: %d of the client's, %d of the lab's\n", ran[1],
         ran[2]);
}

static lua_State *start(void) {
  lua_State *L = luaL_newstate();
  fuzz_must(L != NULL, "there is memory");
  luaL_openlibs(L);
  atexit(tell_lines);
  lua_gc(L, LUA_GCGEN, 0, 0);
  if (luaL_loadfile(L, DRIVER) != LUA_OK || lua_pcall(L, 0, 1, 0) != LUA_OK)
    fuzz_must(0, lua_tostring(L, -1));
  return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static lua_State *L;
  if (!L) L = start();
  uint64_t seed = fuzz_seed(data, size) | 1;
  bool watched =
      (seed >> 60 & 1) == 0; /* half of them: it takes half the time */
  lua_sethook(L, watched ? on_line : NULL, watched ? LUA_MASKLINE : 0, 0);
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_pushlstring(L, (const char *)data, size);
  lua_pushinteger(L, (lua_Integer)seed);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) fuzz_must(0, lua_tostring(L, -1));
  return 0;
}
