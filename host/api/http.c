/* SPDX-License-Identifier: Apache-2.0
 * host.http: HTTP over a Unix socket or TCP, by libcurl. A client keeps its
 * connection; a request has a deadline, a limit and no way to hang. The curl
 * side is http_transfer.c. Documented in docs/api/http.lua. */
#include "http.h"

#include "../bind.h"
#include "api.h"

#include <string.h>
#include <unistd.h>

#define TIMEOUT_DEFAULT 30.0
#define BODY_DEFAULT    ((lua_Integer)64 << 20)

/* --- checkers ------------------------------------------------------------- */

static struct http_client *check_client(lua_State *L) {
  struct http_client *c = luaL_checkudata(L, 1, HTTP_CLIENT);
  luaL_argcheck(L, c->multi, 1, "the client is closed");
  return c;
}

/* What goes on a line of its own must not be able to end that line. */
static void check_line(lua_State *L, const char *what, const char *s,
                       size_t len, bool spaces) {
  for (size_t i = 0; i < len; i++) {
    unsigned char ch = (unsigned char)s[i];
    if (ch == '\t' && spaces) continue;
    if (ch < ' ' || ch == 127 || (ch == ' ' && !spaces))
      luaL_error(L, "%s: byte %d is not allowed", what, (int)ch);
  }
}

/* Adds the headers of the table at the top of the stack; pops it. */
static void add_headers(lua_State *L, struct http_transfer *t) {
  luaL_checktype(L, -1, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    size_t name_len, value_len;
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "field 'headers': string names and values expected");
    const char *name = lua_tolstring(L, -2, &name_len);
    const char *value = lua_tolstring(L, -1, &value_len);
    check_line(L, "header name", name, name_len, false);
    check_line(L, "header value", value, value_len, true);
    /* libcurl drops "Name:" and sends "Name;" as an empty header */
    lua_pushfstring(L, *value ? "%s: %s" : "%s;", name, value);
    struct curl_slist *more =
        curl_slist_append(t->headers, lua_tostring(L, -1));
    if (!more) luaL_error(L, "not enough memory");
    t->headers = more;
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Fills `p` from the value at the top of the stack, a string or {fd=,size=},
 * and keeps that value alive in the anchor table; pops it. */
static void set_piece(lua_State *L, struct http_piece *p, int anchor) {
  size_t len;
  p->fd = -1;
  if (lua_type(L, -1) == LUA_TSTRING) {
    p->data = lua_tolstring(L, -1, &len);
    p->left = (curl_off_t)len;
  } else {
    luaL_checktype(L, -1, LUA_TTABLE);
    p->left = bind_optinteger(L, lua_absindex(L, -1), "size", -1);
    lua_getfield(L, -1, "fd");
    p->fd = bind_checkfd(L, lua_absindex(L, -1));
    lua_remove(L, -2);
  }
  lua_rawseti(L, anchor, (lua_Integer)lua_rawlen(L, anchor) + 1);
}

/* The body at the top of the stack becomes t->pieces; pops it. */
static void set_body(lua_State *L, struct http_transfer *t, int anchor,
                     struct http_plan *plan) {
  int body = lua_absindex(L, -1);
  bool list = lua_istable(L, body);
  size_t count = list ? (size_t)luaL_len(L, body) : lua_isnil(L, body) ? 0 : 1;
  struct http_piece *pieces =
      lua_newuserdatauv(L, (count + 1) * sizeof *pieces, 0);
  memset(pieces, 0, (count + 1) * sizeof *pieces);
  lua_setfield(L, anchor, "pieces");
  t->pieces = pieces;
  for (size_t i = 0; i < count; i++) {
    if (list)
      lua_geti(L, body, (lua_Integer)i + 1);
    else
      lua_pushvalue(L, body);
    set_piece(L, &pieces[i], anchor);
    t->piece_count = i + 1;
    if (pieces[i].left < 0 || plan->body_size < 0)
      plan->body_size = -1;
    else
      plan->body_size += pieces[i].left;
  }
  plan->has_body = count > 0 || (strcmp(plan->method, "GET") != 0 &&
                                 strcmp(plan->method, "HEAD") != 0 &&
                                 strcmp(plan->method, "DELETE") != 0);
  lua_pop(L, 1);
}

/* --- pushers -------------------------------------------------------------- */

static void set_header(lua_State *L, const char *line, size_t len) {
  const char *colon = memchr(line, ':', len);
  if (!colon) return;
  char name[256];
  size_t n = (size_t)(colon - line);
  if (n >= sizeof name) return;
  for (size_t i = 0; i < n; i++)
    name[i] = (char)(line[i] >= 'A' && line[i] <= 'Z' ? line[i] + 32 : line[i]);
  const char *value = colon + 1, *end = line + len;
  while (value < end && (*value == ' ' || *value == '\t'))
    value++;
  while (end > value && (end[-1] == ' ' || end[-1] == '\r' || end[-1] == '\t'))
    end--;
  lua_pushlstring(L, name, n);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) != LUA_TNIL) {
    lua_pushliteral(L, ", ");
    lua_pushlstring(L, value, (size_t)(end - value));
    lua_concat(L, 3);
  } else {
    lua_pop(L, 1);
    lua_pushlstring(L, value, (size_t)(end - value));
  }
  lua_rawset(L, -3);
}

void http_push_headers(lua_State *L, const struct buffer *lines) {
  lua_newtable(L);
  const char *at = lines->data, *end = at ? at + lines->len : at;
  while (at < end) {
    const char *nl = memchr(at, '\n', (size_t)(end - at));
    size_t len = (size_t)((nl ? nl : end) - at);
    set_header(L, at, len);
    at += len + 1;
  }
}

/* --- the client ----------------------------------------------------------- */

/* Pushes a transfer (class of a response), prepared from the options at 2 and
 * started; anchors client, body and descriptors in its user value. */
static struct http_transfer *push_transfer(lua_State *L, bool *started,
                                           bool streaming) {
  struct http_client *c = check_client(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  struct http_plan plan = {.method = bind_optstring(L, 2, "method", "GET", 0)};
  const char *path = bind_optstring(L, 2, "path", "/", NULL);
  luaL_argcheck(L, path[0] == '/', 2, "field 'path': must start with /");
  check_line(L, "path", path, strlen(path), false);
  check_line(L, "method", plan.method, strlen(plan.method), false);
  double timeout = bind_optnumber(L, 2, "timeout", TIMEOUT_DEFAULT);
  double idle = bind_optnumber(L, 2, "idle_timeout", -1);
  lua_Integer cap = bind_optinteger(L, 2, "max_body", -1);
  int sink = -1;
  if (lua_getfield(L, 2, "sink") != LUA_TNIL) sink = bind_checkfd(L, 3);
  if (cap < 0 && sink < 0 && !streaming) cap = BODY_DEFAULT;

  struct http_transfer *t = bind_box(L, sizeof *t, HTTP_RESPONSE);
  t->sink = sink;
  t->max_body = cap;
  t->streaming = streaming;
  t->idle = idle;
  lua_newtable(L);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "client");
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, -3, 1);
  lua_getfield(L, 2, "body");
  set_body(L, t, 5, &plan);
  t->headers = curl_slist_append(NULL, "Expect:");
  if (!t->headers) luaL_error(L, "not enough memory");
  if (lua_getfield(L, 2, "headers") == LUA_TNIL)
    lua_pop(L, 1);
  else
    add_headers(L, t);
  plan.url =
      lua_pushfstring(L, "%s%s", c->socket ? "http://localhost" : c->url, path);
  t->client = c;
  t->deadline = bind_deadline(timeout);
  *started = http_start(t, &plan);
  lua_settop(L, 5);
  return t;
}

/* client:request{...} -> {status=, headers=, trailers=, body=} */
static int client_request(lua_State *L) {
  bool started;
  struct http_transfer *t = push_transfer(L, &started, false);
  if (!started || !http_drive(t, HTTP_END)) return http_fail(L, t);
  lua_createtable(L, 0, 4);
  lua_pushinteger(L, http_status(t));
  lua_setfield(L, -2, "status");
  http_push_headers(L, &t->head);
  lua_setfield(L, -2, "headers");
  http_push_headers(L, &t->trailers);
  lua_setfield(L, -2, "trailers");
  lua_pushlstring(L, t->body.data ? t->body.data : "", t->body.len);
  lua_setfield(L, -2, "body");
  http_finish(t);
  return 1;
}

/* client:stream{...} -> response, as soon as its headers are there */
static int client_stream(lua_State *L) {
  bool started;
  struct http_transfer *t = push_transfer(L, &started, true);
  if (!started || !http_drive(t, HTTP_HEADERS)) return http_fail(L, t);
  lua_pushinteger(L, http_status(t));
  lua_setfield(L, 5, "status");
  http_push_headers(L, &t->head);
  lua_setfield(L, 5, "headers");
  lua_settop(L, 4);
  return 1;
}

static int client_close(lua_State *L) {
  struct http_client *c = luaL_checkudata(L, 1, HTTP_CLIENT);
  while (c->transfers)
    http_finish(c->transfers);
  if (c->spare) curl_easy_cleanup(c->spare);
  c->spare = NULL;
  if (c->multi) {
    curl_multi_cleanup(c->multi);
    if (c->dir >= 0) close(c->dir);
  }
  c->multi = NULL;
  return 0;
}

/* http.client{socket= | url=, http2=, connect_timeout=} -> client */
static int http_client_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  const char *socket = bind_optstring(L, 1, "socket", NULL, NULL);
  const char *url = bind_optstring(L, 1, "url", NULL, NULL);
  luaL_argcheck(L, !socket != !url, 1, "one of 'socket' and 'url' expected");
  luaL_argcheck(L, !socket || *socket, 1, "field 'socket': is empty");
  bool http2 = bind_optbool(L, 1, "http2", false);
  double connect_timeout = bind_optnumber(L, 1, "connect_timeout", 10);

  struct http_client *c = bind_box(L, sizeof *c, HTTP_CLIENT);
  lua_pushstring(L, socket ? socket : url);
  const char *anchored = lua_tostring(L, -1);
  lua_setiuservalue(L, -2, 1);
  c->socket = socket ? anchored : NULL;
  c->url = socket ? NULL : anchored;
  c->dir = -1;
  c->http2 = http2;
  c->connect_timeout = connect_timeout;
  c->multi = curl_multi_init();
  if (!c->multi) return luaL_error(L, "not enough memory");
  return 1;
}

static const luaL_Reg methods[] = {
    {"request", client_request},
    {"stream", client_stream},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"client", http_client_new},
    {NULL, NULL},
};

int luaopen_host_http(lua_State *L) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return luaL_error(L, "cannot initialise libcurl");
  bind_class(L, HTTP_CLIENT, methods, client_close);
  http_open_response(L);
  return bind_module(L, functions);
}
