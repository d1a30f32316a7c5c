/* SPDX-License-Identifier: Apache-2.0
 * Helpers every binding shares: soft failures, boxes (userdata that own a C
 * handle), option tables, deadlines. Used by host/api and host/lab; owns no
 * state. A function that returns int for Lua returns its result count. */
#ifndef HOST_BIND_H
#define HOST_BIND_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* nil, message, code: the world's failure. `code` is a short stable word. */
int bind_fail(lua_State *L, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for an errno value: message "what: strerror", code "ENOENT". */
int bind_errno(lua_State *L, int err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* "ENOENT" for ENOENT; "E<number>" for one without a name here. */
const char *bind_errname(int err, char *buf, size_t size);

/* Pushes a zeroed userdata of class `name` (one user value). The caller
 * acquires into it afterwards, so that an error leaves a collectable box. */
void *bind_box(lua_State *L, size_t size, const char *name);
/* Makes class `name`: methods, and `close` as close, __close and __gc. `close`
 * must be idempotent. Leaves nothing on the stack. */
void bind_class(lua_State *L, const char *name, const luaL_Reg *methods,
                lua_CFunction close);
/* Pushes a module table; the luaopen of every binding ends with it. */
int bind_module(lua_State *L, const luaL_Reg *functions);

/* Fields of an options table at `idx` (nil or none: all defaults). A field of
 * the wrong type raises, naming the field. Strings stay anchored in the table,
 * so they live as long as it does. */
const char *bind_optstring(lua_State *L, int idx, const char *field,
                           const char *dflt, size_t *len);
lua_Integer bind_optinteger(lua_State *L, int idx, const char *field,
                            lua_Integer dflt);
double bind_optnumber(lua_State *L, int idx, const char *field, double dflt);
bool bind_optbool(lua_State *L, int idx, const char *field, bool dflt);

/* A string for the system: raises when it contains a zero byte, which would
 * silently cut it. The same for an option field (NULL: absent). */
const char *bind_checktext(lua_State *L, int idx);
const char *bind_opttext(lua_State *L, int idx, const char *field);
/* An integer argument or option field within limits; raises otherwise. */
lua_Integer bind_checkrange(lua_State *L, int idx, lua_Integer min,
                            lua_Integer max);
/* A file descriptor: an integer, or an open `host.fs.file`. Raises otherwise.
 */
int bind_checkfd(lua_State *L, int idx);

/* Deadlines are monotonic seconds; a timeout below 0 means none. */
double bind_now(void);
double bind_deadline(double timeout);
/* Milliseconds left, for poll(2): -1 none, 0 passed, otherwise rounded up. */
int bind_remaining(double deadline);

#endif
