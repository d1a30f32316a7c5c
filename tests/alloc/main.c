/* SPDX-License-Identifier: Apache-2.0
 * Runs each script with an allocator that fails at the n-th call, for every n,
 * and once with a collection at every allocation: no binding may crash, or
 * leave a descriptor or a child behind (what it leaves in memory ASan tells).
 * Calls are Lua's and those of our own C; the linker wraps the latter.
 * usage: alloc TALLY SCRIPT...  A script calls arm() where the trial begins. */
#include "../../host/api/fs_core.h"
#include "../../host/program.h"

#include <dirent.h>
#include <lauxlib.h>
#include <lualib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SMALL 512 /* bytes; buffers are bigger, and give up at once */

int luaopen_host_lab_net(lua_State *L);
int luaopen_host_lab_pty(lua_State *L);
int luaopen_host_lab_signals(lua_State *L);

struct trial {
  bool armed;
  bool stress; /* each small allocation fails at first: Lua collects, retries */
  bool retry;
  long count, fail_at;
  char dir[32];
};

/* Lua collects and asks again when an allocation fails, so two fail. */
static bool refuses(struct trial *t, size_t size) {
  if (!t->armed) return false;
  if (t->stress) return size < SMALL && (t->retry = !t->retry);
  t->count++;
  return t->count == t->fail_at || t->count == t->fail_at + 1;
}

static struct trial *current;

/* Nobody asks our own C's allocator again: under stress it does not fail. */
static bool refuses_c(void) {
  return current && !current->stress && refuses(current, 0);
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size) {
  return refuses_c() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  return refuses_c() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
  return refuses_c() ? NULL : __real_realloc(old, size);
}

static void *allocate(void *data, void *old, size_t old_size, size_t size) {
  if (size == 0) {
    free(old);
    return NULL;
  }
  bool grows = !old || size > old_size;
  return grows && refuses(data, size) ? NULL : __real_realloc(old, size);
}

static int arm(lua_State *L) {
  struct trial *t = lua_touserdata(L, lua_upvalueindex(1));
  t->armed = true;
  return 0;
}

static void open_modules(lua_State *L) {
  static const luaL_Reg lab[] = {
      {"host.lab.net", luaopen_host_lab_net},
      {"host.lab.pty", luaopen_host_lab_pty},
      {"host.lab.signals", luaopen_host_lab_signals},
      {NULL, NULL},
  };
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  luaL_setfuncs(L, host_modules, 0);
  luaL_setfuncs(L, lab, 0);
  lua_pop(L, 1);
}

/* 0: it ran to its end; 1: memory ended it; 2: something else did. */
static int run(struct trial *t, const char *script) {
  current = t;
  lua_State *L = lua_newstate(allocate, t);
  if (!L) return 2;
  open_modules(L);
  lua_pushlightuserdata(L, t);
  lua_pushcclosure(L, arm, 1);
  lua_setglobal(L, "arm");
  lua_pushstring(L, t->dir);
  lua_setglobal(L, "DIR");
  int status = luaL_loadfile(L, script);
  if (status == LUA_OK) status = lua_pcall(L, 0, 0, 0);
  t->armed = false;
  int result = status == LUA_OK ? 0 : 1;
  if (status != LUA_OK && status != LUA_ERRMEM &&
      (t->stress || !strstr(luaL_tolstring(L, -1, NULL), "memory"))) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    result = 2;
  }
  lua_close(L);
  current = NULL;
  return result;
}

static int count_open(void) {
  int n = 0;
  DIR *dir = opendir("/proc/self/fd");
  if (!dir) return -1;
  while (readdir(dir))
    n++;
  closedir(dir);
  return n;
}

/* One state from its beginning to its end, in a folder of its own. */
static int attempt(struct trial *t, const char *script) {
  strcpy(t->dir, "/tmp/charmhost-alloc-XXXXXX");
  int before = count_open();
  if (!mkdtemp(t->dir)) return 2;
  int result = run(t, script);
  if (fs_remove_all(t->dir) != 0) result = 2;
  if (count_open() != before) {
    fprintf(stderr, "%s: a descriptor is left open\n", script);
    result = 2;
  }
  if (waitpid(-1, NULL, WNOHANG) != -1) {
    fprintf(stderr, "%s: a child is left\n", script);
    result = 2;
  }
  return result;
}

static bool passes(const char *script) {
  long n = 0;
  int result;
  do {
    struct trial t = {.fail_at = ++n};
    result = attempt(&t, script);
  } while (result == 1);
  struct trial stress = {.stress = true};
  if (result == 0) result = attempt(&stress, script);
  printf("%s: %ld allocations%s\n", script, n - 1,
         result == 0 ? "" : " and then FAILED");
  return result == 0;
}

int main(int argc, char **argv) {
  int failed = 0, passed = 0;
  if (argc < 3 || signal(SIGPIPE, SIG_IGN) == SIG_ERR) return 2;
  for (int i = 2; i < argc; i++) {
    bool ok = passes(argv[i]);
    passed += ok;
    failed += !ok;
  }
  FILE *tally = fopen(argv[1], "a");
  if (!tally) return 2;
  fprintf(tally, "%d %d 0\n", passed, failed);
  return fclose(tally) == 0 && failed == 0 ? 0 : 1;
}
