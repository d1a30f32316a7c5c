/* SPDX-License-Identifier: Apache-2.0
 * The class of a streamed response (client:stream): its body is read in
 * pieces, in constant memory; the transfer pauses while nobody reads. */
#include "http.h"

#include "../bind.h"

#include <string.h>

#define READ_DEFAULT ((lua_Integer)64 << 10)

/* Every failure of a transfer becomes Lua's here. The transfer is finished,
 * so its descriptors and its connection are gone when the caller learns it. */
int http_fail(lua_State *L, struct http_transfer *t) {
  const struct http_client *c = t->client;
  const char *at = c && c->socket ? c->socket : c && c->url ? c->url : "peer";
  if (t->code && strcmp(t->code, "ENOMEM") == 0) {
    http_finish(t);
    return luaL_error(L, "not enough memory");
  }
  bool connect = t->code && strcmp(t->code, "connect") == 0;
  lua_pushfstring(L,
                  connect ? "cannot connect to %s: %s"
                          : "cannot complete the request to %s: %s",
                  at, t->message);
  http_finish(t);
  return bind_fail(L, t->code, "%s", lua_tostring(L, -1));
}

static struct http_transfer *check_open(lua_State *L) {
  struct http_transfer *t = luaL_checkudata(L, 1, HTTP_RESPONSE);
  luaL_argcheck(L, t->client, 1, "the response is closed");
  return t;
}

/* response:read([max]) -> string ("" at the end) | nil, message, code */
static int response_read(lua_State *L) {
  struct http_transfer *t = luaL_checkudata(L, 1, HTTP_RESPONSE);
  lua_Integer max = luaL_optinteger(L, 2, READ_DEFAULT);
  luaL_argcheck(L, max > 0, 2, "a positive size expected");
  if (!t->client)
    return t->code ? bind_fail(L, t->code, "%s", t->message)
                   : bind_fail(L, "closed", "the response is closed");
  if (buffer_size(&t->body) == 0) {
    http_resume(t);
    if (!http_drive(t, HTTP_DATA)) return http_fail(L, t);
  }
  size_t have = buffer_size(&t->body);
  if (have > (size_t)max) have = (size_t)max;
  lua_pushlstring(L, t->body.data ? t->body.data + t->body.start : "", have);
  buffer_consume(&t->body, have);
  return 1;
}

/* How much of the bytes there is before `stop`, or before what may be the
 * beginning of one that goes on later. */
static size_t before_stop(const char *at, size_t have, const char *stop,
                          size_t len, bool *found) {
  const char *p = memmem(at, have, stop, len);
  *found = p != NULL;
  if (p) return (size_t)(p - at);
  for (size_t k = have < len ? have : len - 1; k > 0; k--)
    if (memcmp(at + have - k, stop, k) == 0) return have - k;
  return have;
}

/* response:copy(fd, stop) -> bytes copied, found | nil, message, code */
static int response_copy(lua_State *L) {
  struct http_transfer *t = check_open(L);
  size_t len;
  int fd = bind_checkfd(L, 2);
  const char *stop = luaL_checklstring(L, 3, &len);
  luaL_argcheck(L, len > 0, 3, "is empty");
  lua_Integer total = 0;
  bool found = false, more = true;
  while (more) {
    const char *at = t->body.data ? t->body.data + t->body.start : "";
    size_t take = before_stop(at, buffer_size(&t->body), stop, len, &found);
    if (!http_write(t, fd, at, take)) return http_fail(L, t);
    buffer_consume(&t->body, take);
    total += (lua_Integer)take;
    t->held = buffer_size(&t->body);
    if (found) break;
    http_resume(t);
    if (!http_drive(t, HTTP_DATA)) return http_fail(L, t);
    more = buffer_size(&t->body) > t->held;
  }
  t->held = 0;
  lua_pushinteger(L, total);
  lua_pushboolean(L, found);
  return 2;
}

/* response:trailers() -> table of what followed the body */
static int response_trailers(lua_State *L) {
  http_push_headers(L, &check_open(L)->trailers);
  return 1;
}

int http_response_close(lua_State *L) {
  http_finish(luaL_checkudata(L, 1, HTTP_RESPONSE));
  return 0;
}

/* response.status and response.headers live in the user value. */
static int response_index(lua_State *L) {
  luaL_checkudata(L, 1, HTTP_RESPONSE);
  const char *key = luaL_checkstring(L, 2);
  if (strcmp(key, "status") == 0 || strcmp(key, "headers") == 0)
    lua_getiuservalue(L, 1, 1);
  else
    lua_pushvalue(L, lua_upvalueindex(1));
  lua_getfield(L, -1, key);
  return 1;
}

static const luaL_Reg methods[] = {
    {"read", response_read},
    {"copy", response_copy},
    {"trailers", response_trailers},
    {NULL, NULL},
};

void http_open_response(lua_State *L) {
  bind_class(L, HTTP_RESPONSE, methods, http_response_close);
  luaL_getmetatable(L, HTTP_RESPONSE);
  lua_getfield(L, -1, "__index");
  lua_pushcclosure(L, response_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
}
