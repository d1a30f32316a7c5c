/* SPDX-License-Identifier: Apache-2.0
 * Helpers every binding shares; see bind.h. */
#include "bind.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct errname {
  int number;
  const char *name;
};

#define NAME(e)                                                                \
  { e, #e }
static const struct errname errnames[] = {
    NAME(EACCES),       NAME(EADDRINUSE),   NAME(EADDRNOTAVAIL),
    NAME(EAGAIN),       NAME(EBADF),        NAME(EBUSY),
    NAME(ECHILD),       NAME(ECONNREFUSED), NAME(ECONNRESET),
    NAME(EEXIST),       NAME(EFBIG),        NAME(EINTR),
    NAME(EINVAL),       NAME(EIO),          NAME(EISDIR),
    NAME(ELOOP),        NAME(EMFILE),       NAME(ENAMETOOLONG),
    NAME(ENOENT),       NAME(ENOEXEC),      NAME(ENOMEM),
    NAME(ENOSPC),       NAME(ENOTCONN),     NAME(ENOTDIR),
    NAME(ENOTEMPTY),    NAME(ENOTSUP),      NAME(EPERM),
    NAME(EPIPE),        NAME(EROFS),        NAME(ESRCH),
    NAME(ETIMEDOUT),    NAME(ETXTBSY),      NAME(EXDEV),
    NAME(E2BIG),        NAME(EHOSTUNREACH), NAME(ENETUNREACH),
    NAME(EAFNOSUPPORT), NAME(ECONNABORTED), NAME(EDQUOT),
    NAME(EINPROGRESS),  NAME(EISCONN),      NAME(EMLINK),
    NAME(EMSGSIZE),     NAME(ENFILE),       NAME(ENOBUFS),
    NAME(ENODEV),       NAME(ENOSYS),       NAME(ENOTSOCK),
    NAME(ENOTTY),       NAME(ENXIO),        NAME(EOVERFLOW),
    NAME(ERANGE),       NAME(ESPIPE),       NAME(EPROTO),
};
#undef NAME

const char *bind_errname(int err, char *buf, size_t size) {
  for (size_t i = 0; i < sizeof errnames / sizeof *errnames; i++)
    if (errnames[i].number == err) return errnames[i].name;
  snprintf(buf, size, "E%d", err);
  return buf;
}

static void push_vmessage(lua_State *L, const char *fmt, va_list args) {
  char text[1024];
  vsnprintf(text, sizeof text, fmt, args);
  lua_pushstring(L, text);
}

int bind_fail(lua_State *L, const char *code, const char *fmt, ...) {
  va_list args;
  lua_pushnil(L);
  va_start(args, fmt);
  push_vmessage(L, fmt, args);
  va_end(args);
  lua_pushstring(L, code);
  return 3;
}

int bind_errno(lua_State *L, int err, const char *fmt, ...) {
  char name[16];
  va_list args;
  lua_pushnil(L);
  va_start(args, fmt);
  push_vmessage(L, fmt, args);
  va_end(args);
  lua_pushfstring(L, "%s: %s", lua_tostring(L, -1), strerror(err));
  lua_remove(L, -2);
  lua_pushstring(L, bind_errname(err, name, sizeof name));
  return 3;
}

void *bind_box(lua_State *L, size_t size, const char *name) {
  void *box = lua_newuserdatauv(L, size, 1);
  memset(box, 0, size);
  luaL_setmetatable(L, name);
  return box;
}

void bind_class(lua_State *L, const char *name, const luaL_Reg *methods,
                lua_CFunction close) {
  luaL_newmetatable(L, name);
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_pushcfunction(L, close);
  lua_setfield(L, -2, "close");
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, close);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, close);
  lua_setfield(L, -2, "__close");
  lua_pop(L, 1);
}

int bind_module(lua_State *L, const luaL_Reg *functions) {
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
  return 1;
}

/* Pushes the field (nil when the table or the field is absent). */
static int push_field(lua_State *L, int idx, const char *field) {
  if (lua_isnoneornil(L, idx)) {
    lua_pushnil(L);
    return LUA_TNIL;
  }
  luaL_checktype(L, idx, LUA_TTABLE);
  return lua_getfield(L, idx, field);
}

static void field_error(lua_State *L, const char *field, const char *want) {
  luaL_error(L, "field '%s': %s expected, got %s", field, want,
             luaL_typename(L, -1));
}

const char *bind_optstring(lua_State *L, int idx, const char *field,
                           const char *dflt, size_t *len) {
  const char *s = dflt;
  if (len) *len = dflt ? strlen(dflt) : 0;
  int type = push_field(L, idx, field);
  if (type == LUA_TSTRING)
    s = lua_tolstring(L, -1, len);
  else if (type != LUA_TNIL)
    field_error(L, field, "string");
  lua_pop(L, 1);
  return s;
}

lua_Integer bind_optinteger(lua_State *L, int idx, const char *field,
                            lua_Integer dflt) {
  int ok = 1;
  lua_Integer n = dflt;
  if (push_field(L, idx, field) != LUA_TNIL) n = lua_tointegerx(L, -1, &ok);
  if (!ok) field_error(L, field, "integer");
  lua_pop(L, 1);
  return n;
}

double bind_optnumber(lua_State *L, int idx, const char *field, double dflt) {
  int ok = 1;
  double n = dflt;
  if (push_field(L, idx, field) != LUA_TNIL) n = lua_tonumberx(L, -1, &ok);
  if (!ok || isnan(n)) field_error(L, field, "number");
  lua_pop(L, 1);
  return n;
}

bool bind_optbool(lua_State *L, int idx, const char *field, bool dflt) {
  bool b = dflt;
  int type = push_field(L, idx, field);
  if (type == LUA_TBOOLEAN)
    b = lua_toboolean(L, -1);
  else if (type != LUA_TNIL)
    field_error(L, field, "boolean");
  lua_pop(L, 1);
  return b;
}

const char *bind_checktext(lua_State *L, int idx) {
  size_t len;
  const char *s = luaL_checklstring(L, idx, &len);
  luaL_argcheck(L, strlen(s) == len, idx, "contains a zero byte");
  return s;
}

const char *bind_opttext(lua_State *L, int idx, const char *field) {
  size_t len;
  const char *s = bind_optstring(L, idx, field, NULL, &len);
  if (s && strlen(s) != len)
    luaL_error(L, "field '%s': contains a zero byte", field);
  return s;
}

lua_Integer bind_checkrange(lua_State *L, int idx, lua_Integer min,
                            lua_Integer max) {
  lua_Integer n = luaL_checkinteger(L, idx);
  luaL_argcheck(L, n >= min && n <= max, idx, "out of range");
  return n;
}

int bind_checkfd(lua_State *L, int idx) {
  int *file = luaL_testudata(L, idx, "host.fs.file");
  lua_Integer fd = file ? *file : luaL_checkinteger(L, idx);
  luaL_argcheck(L, fd >= 0 && fd <= INT_MAX, idx, "closed or bad descriptor");
  return (int)fd;
}

double bind_now(void) {
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

double bind_deadline(double timeout) {
  return timeout < 0 ? -1 : bind_now() + timeout;
}

int bind_remaining(double deadline) {
  if (deadline < 0) return -1;
  double left = ceil((deadline - bind_now()) * 1000);
  if (left <= 0) return 0;
  return left > INT_MAX ? INT_MAX : (int)left;
}
