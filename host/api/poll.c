/* SPDX-License-Identifier: Apache-2.0
 * host.poll: wait until one of several descriptors is ready. The only place
 * where a program of ours waits for more than one thing. Described in
 * docs/api/poll.lua; owns no handle. */
#include "../bind.h"
#include "api.h"

#include <errno.h>
#include <poll.h>

#define ENTRIES_MAX 65536

static short events_of(lua_State *L, int entry) {
  bool read = bind_optbool(L, entry, "read", false);
  bool write = bind_optbool(L, entry, "write", false);
  return (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0));
}

/* Reads the entry on the top of the stack into `p`. */
static void check_entry(lua_State *L, struct pollfd *p, lua_Integer i) {
  if (!lua_istable(L, -1))
    luaL_error(L, "entry %I: table expected, got %s", i, luaL_typename(L, -1));
  int entry = lua_gettop(L);
  lua_getfield(L, entry, "fd");
  int *file = luaL_testudata(L, -1, "host.fs.file");
  int ok = 1;
  lua_Integer fd = file ? *file : lua_tointegerx(L, -1, &ok);
  if (!ok || fd < 0 || fd > 0x7fffffff)
    luaL_error(L, "entry %I: closed or bad descriptor", i);
  lua_pop(L, 1);
  *p = (struct pollfd){.fd = (int)fd, .events = events_of(L, entry)};
}

static void set_flag(lua_State *L, const char *name, bool on) {
  if (on)
    lua_pushboolean(L, 1);
  else
    lua_pushnil(L);
  lua_setfield(L, -2, name);
}

/* Marks every entry, also those not ready: tables are used again. */
static void push_ready(lua_State *L, const struct pollfd *p, lua_Integer n) {
  lua_newtable(L);
  lua_Integer ready = 0;
  for (lua_Integer i = 0; i < n; i++) {
    short r = p[i].revents;
    lua_geti(L, 1, i + 1);
    set_flag(L, "readable", r & POLLIN);
    set_flag(L, "writable", r & POLLOUT);
    set_flag(L, "hangup", r & (POLLHUP | POLLERR | POLLNVAL));
    set_flag(L, "error", r & (POLLERR | POLLNVAL));
    if (r)
      lua_seti(L, -2, ++ready);
    else
      lua_pop(L, 1);
  }
}

/* wait(entries, timeout = none) -> the entries that are ready, {} when the
 * timeout (seconds) passed | nil, message, code */
static int poll_wait(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  double timeout = luaL_optnumber(L, 2, -1);
  luaL_argcheck(L, timeout == timeout, 2, "not a number");
  lua_settop(L, 1);
  lua_Integer n = luaL_len(L, 1);
  luaL_argcheck(L, n <= ENTRIES_MAX, 1, "too many entries");
  luaL_argcheck(L, n > 0 || timeout >= 0, 1, "nothing to wait for");
  struct pollfd *p = lua_newuserdatauv(L, (size_t)n * sizeof *p + 1, 0);
  for (lua_Integer i = 0; i < n; i++) {
    lua_geti(L, 1, i + 1);
    check_entry(L, &p[i], i + 1);
    lua_pop(L, 1);
  }
  double deadline = bind_deadline(timeout);
  int count, left;
  do {
    left = bind_remaining(deadline);
    count = poll(p, (nfds_t)n, left);
  } while ((count < 0 && errno == EINTR) || (count == 0 && left != 0));
  if (count < 0) return bind_errno(L, errno, "cannot wait for descriptors");
  push_ready(L, p, n);
  return 1;
}

static const luaL_Reg functions[] = {
    {"wait", poll_wait},
    {NULL, NULL},
};

int luaopen_host_poll(lua_State *L) {
  return bind_module(L, functions);
}
