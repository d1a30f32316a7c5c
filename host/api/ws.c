/* SPDX-License-Identifier: Apache-2.0
 * host.ws: WebSocket connections over Unix sockets, nonblocking once opened;
 * the caller waits with host.poll. Frames are ws_frame.c, the opening is
 * ws_handshake.c. Documented in docs/api/ws.lua. */
#include "ws_frame.h"

#include "../bind.h"
#include "api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONN            "host.ws.conn"
#define MESSAGE_DEFAULT ((lua_Integer)16 << 20)
#define QUEUE_MAX       ((size_t)1 << 20) /* unsent bytes before send says again */
#define TIMEOUT_DEFAULT 10.0

struct conn {
  int fd; /* -1: closed */
  bool open, client;
  bool close_sent, close_seen;
  bool unwritable; /* sending failed; what was received is still to be read */
  struct ws_reader reader;
  struct buffer out;
  char why[160]; /* the connection is over, and why */
  const char *code;
};

/* --- checkers and pushers ------------------------------------------------- */

static struct conn *check_conn(lua_State *L) {
  return luaL_checkudata(L, 1, CONN);
}

static void over(struct conn *c, const char *code, const char *why) {
  if (c->code) return;
  c->code = code;
  snprintf(c->why, sizeof c->why, "%s", why);
}

static int push_over(lua_State *L, const struct conn *c) {
  if (!c->open) return bind_fail(L, "closed", "the connection is closed");
  if (strcmp(c->code, "ENOMEM") == 0) return luaL_error(L, "not enough memory");
  return bind_fail(L, c->code, "%s", c->why);
}

static struct conn *push_conn(lua_State *L, bool client, lua_Integer max) {
  struct conn *c = bind_box(L, sizeof *c, CONN);
  c->fd = -1;
  c->client = client;
  c->reader.from_client = !client;
  c->reader.max_message = (uint64_t)max;
  return c;
}

static lua_Integer check_max(lua_State *L, int idx) {
  lua_Integer max = bind_optinteger(L, idx, "max_message", MESSAGE_DEFAULT);
  if (max <= 0) luaL_error(L, "field 'max_message': positive size expected");
  return max;
}

static void check_line(lua_State *L, const char *what, const char *s,
                       size_t len) {
  for (size_t i = 0; i < len; i++)
    if ((unsigned char)s[i] < ' ' || s[i] == 127)
      luaL_error(L, "%s: byte %d is not allowed", what, (unsigned char)s[i]);
}

/* The option 'headers' as lines, left on the stack as a string. */
static const char *push_headers(lua_State *L, int idx) {
  luaL_Buffer lines;
  lua_getfield(L, idx, "headers");
  if (!lua_isnil(L, -1)) luaL_checktype(L, -1, LUA_TTABLE);
  lua_newtable(L);
  lua_Integer count = 0;
  if (lua_istable(L, -2))
    for (lua_pushnil(L); lua_next(L, -3); lua_pop(L, 1)) {
      size_t name_len, value_len;
      if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "field 'headers': string names and values expected");
      const char *name = lua_tolstring(L, -2, &name_len);
      const char *value = lua_tolstring(L, -1, &value_len);
      check_line(L, "header name", name, name_len);
      check_line(L, "header value", value, value_len);
      lua_pushfstring(L, "%s: %s\r\n", name, value);
      lua_rawseti(L, -4, ++count);
    }
  luaL_buffinit(L, &lines);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_rawgeti(L, idx + 2, i);
    luaL_addvalue(&lines);
  }
  luaL_pushresult(&lines);
  return lua_tostring(L, -1);
}

/* --- the socket ----------------------------------------------------------- */

/* Sends what the socket takes now. */
static void flush(struct conn *c) {
  while (!c->unwritable && buffer_size(&c->out) > 0) {
    ssize_t n = send(c->fd, c->out.data + c->out.start, buffer_size(&c->out),
                     MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0)
      buffer_consume(&c->out, (size_t)n);
    else if (errno == EAGAIN)
      return;
    else if (errno != EINTR)
      c->unwritable = true;
  }
  if (c->unwritable) buffer_free(&c->out);
}

/* One read from the socket; false: nothing there now, or over. */
static bool fill(struct conn *c) {
  struct buffer *in = &c->reader.in;
  if (!buffer_reserve(in, 65536)) {
    over(c, "ENOMEM", "out of memory");
    return false;
  }
  ssize_t n;
  do
    n = recv(c->fd, in->data + in->len, 65536, MSG_DONTWAIT);
  while (n < 0 && errno == EINTR);
  if (n > 0) in->len += (size_t)n;
  if (n == 0)
    over(c, "closed",
         c->reader.in_frame || c->reader.fragmented || buffer_size(in) > 0
             ? "the peer closed the connection inside a message"
             : "the peer closed the connection");
  if (n < 0 && errno != EAGAIN) over(c, "closed", strerror(errno));
  return n > 0;
}

static bool queue(struct conn *c, enum ws_opcode opcode, const void *data,
                  size_t size) {
  if (ws_encode(&c->out, opcode, data, size, c->client)) return true;
  over(c, "ENOMEM", "out of memory");
  return false;
}

static void queue_close(struct conn *c, int status) {
  unsigned char payload[2] = {(unsigned char)(status >> 8),
                              (unsigned char)(status & 255)};
  if (c->close_sent) return;
  c->close_sent = true;
  queue(c, WS_CLOSE, payload, status ? 2 : 0);
  flush(c);
}

/* Pings are answered at once; one the peer doesn't collect is dropped. */
static void answer_control(struct conn *c) {
  const struct buffer *got = &c->reader.control;
  if (c->reader.frame.opcode == WS_PING && !c->close_sent &&
      buffer_size(&c->out) < QUEUE_MAX) {
    queue(c, WS_PONG, got->data, buffer_size(got));
    flush(c);
  }
  if (c->reader.frame.opcode == WS_CLOSE) {
    c->close_seen = true;
    queue_close(c, buffer_size(got) >= 2 ? (unsigned char)got->data[0] << 8 |
                                               (unsigned char)got->data[1]
                                         : 0);
  }
}

/* --- methods -------------------------------------------------------------- */

static int conn_fd(lua_State *L) {
  struct conn *c = check_conn(L);
  luaL_argcheck(L, c->open, 1, "the connection is closed");
  lua_pushinteger(L, c->fd);
  return 1;
}

static int conn_pending(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)buffer_size(&check_conn(L)->out));
  return 1;
}

/* conn:send(data, "binary"|"text") -> true | nil, message, code */
static int conn_send(lua_State *L) {
  static const char *const kinds[] = {"binary", "text", NULL};
  struct conn *c = check_conn(L);
  size_t size;
  const char *data = luaL_checklstring(L, 2, &size);
  int kind = luaL_checkoption(L, 3, "binary", kinds);
  if (!c->open || c->code) return push_over(L, c);
  if (buffer_size(&c->out) >= QUEUE_MAX) flush(c);
  if (c->close_sent || c->unwritable)
    return bind_fail(L, "closed", "the peer takes no more");
  if (buffer_size(&c->out) >= QUEUE_MAX)
    return bind_fail(L, "again", "the queue is full");
  queue(c, kind ? WS_TEXT : WS_BINARY, data, size);
  if (c->code) return push_over(L, c);
  lua_pushboolean(L, 1);
  return 1;
}

/* conn:flush() -> bytes still queued | nil, message, code */
static int conn_flush(lua_State *L) {
  struct conn *c = check_conn(L);
  if (c->open) flush(c);
  if (!c->open || c->code) return push_over(L, c);
  if (c->unwritable) return bind_fail(L, "closed", "the peer takes no more");
  lua_pushinteger(L, (lua_Integer)buffer_size(&c->out));
  return 1;
}

static int push_close(lua_State *L, struct conn *c) {
  const struct buffer *got = &c->reader.control;
  size_t size = buffer_size(got);
  over(c, "closed", "the peer closed the connection");
  lua_pushlstring(L, size > 2 ? got->data + 2 : "", size > 2 ? size - 2 : 0);
  lua_pushliteral(L, "close");
  return 2;
}

/* conn:recv() -> data, kind | nil, message, code */
static int conn_recv(lua_State *L) {
  struct conn *c = check_conn(L);
  struct ws_reader *r = &c->reader;
  if (!c->open || c->code) return push_over(L, c);
  for (;;) {
    switch (ws_next(r)) {
    case WS_MESSAGE:
      lua_pushlstring(L, r->message.data ? r->message.data : "",
                      buffer_size(&r->message));
      lua_pushstring(L, r->kind == WS_TEXT ? "text" : "binary");
      if (r->message.cap > QUEUE_MAX) buffer_free(&r->message);
      buffer_consume(&r->message, buffer_size(&r->message));
      return 2;
    case WS_CONTROL:
      answer_control(c);
      if (c->close_seen) return push_close(L, c);
      break;
    case WS_ERROR:
      queue_close(c, r->too_large ? 1009 : 1002);
      over(c,
           r->no_memory   ? "ENOMEM"
           : r->too_large ? "too-large"
                          : "protocol",
           r->error);
      return push_over(L, c);
    case WS_NOTHING:
      if (fill(c)) break;
      if (c->code) return push_over(L, c);
      return bind_fail(L, "again", "again");
    }
  }
}

/* conn:finish([status]): queues the closing frame; recv sees the answer. */
static int conn_finish(lua_State *L) {
  struct conn *c = check_conn(L);
  lua_Integer status = luaL_optinteger(L, 2, 1000);
  luaL_argcheck(L, status >= 1000 && status <= 4999, 2, "bad close status");
  if (c->open && !c->code) queue_close(c, (int)status);
  return 0;
}

static int conn_close(lua_State *L) {
  struct conn *c = check_conn(L);
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
  c->open = false;
  buffer_free(&c->out);
  buffer_free(&c->reader.in);
  buffer_free(&c->reader.message);
  buffer_free(&c->reader.control);
  return 0;
}

/* --- functions ------------------------------------------------------------ */

static int fail_connect(lua_State *L, int err, const char *socket_path) {
  return bind_fail(L, err == ETIMEDOUT ? "timeout" : "connect",
                   "cannot connect to %s: %s", socket_path, strerror(err));
}

/* ws.connect{socket=, path=, headers=, timeout=, max_message=} -> conn
 * | nil, message, code [, status, body] */
static int ws_connect(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  const char *socket_path = bind_optstring(L, 1, "socket", NULL, NULL);
  luaL_argcheck(L, socket_path && *socket_path, 1, "field 'socket' expected");
  struct ws_request request = {.path = bind_optstring(L, 1, "path", "/", 0)};
  luaL_argcheck(L, request.path[0] == '/' && !strchr(request.path, ' '), 1,
                "field 'path': must start with / and hold no space");
  check_line(L, "path", request.path, strlen(request.path));
  double timeout = bind_optnumber(L, 1, "timeout", TIMEOUT_DEFAULT);
  lua_Integer max = check_max(L, 1);
  request.deadline = bind_deadline(timeout);
  request.headers = push_headers(L, 1);

  struct conn *c = push_conn(L, true, max);
  int err = ws_dial(socket_path, request.deadline, &c->fd);
  if (err) return fail_connect(L, err, socket_path);
  c->open = true;
  struct ws_answer answer = {0};
  bool ok = ws_upgrade(c->fd, &request, &answer);
  /* the box owns the bytes from here on, whatever Lua raises */
  c->reader.in = answer.rest;
  if (ok) return 1;
  if (strcmp(answer.code, "ENOMEM") == 0)
    return luaL_error(L, "not enough memory");
  bind_fail(L, answer.code, "cannot open a websocket at %s%s: %s", socket_path,
            request.path, answer.why);
  if (strcmp(answer.code, "refused") != 0) return 3;
  lua_pushinteger(L, answer.status);
  lua_pushlstring(L, answer.rest.data ? answer.rest.data : "",
                  buffer_size(&answer.rest));
  return 5;
}

/* ws.adopt(fd, {role=, buffered=, max_message=}) -> conn, which owns fd */
static int ws_adopt(lua_State *L) {
  lua_Integer fd = luaL_checkinteger(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  const char *role = bind_optstring(L, 2, "role", "server", NULL);
  bool client = strcmp(role, "client") == 0;
  luaL_argcheck(L, client || strcmp(role, "server") == 0, 2,
                "field 'role': \"client\" or \"server\" expected");
  size_t size;
  const char *buffered = bind_optstring(L, 2, "buffered", "", &size);
  lua_Integer max = check_max(L, 2);

  struct conn *c = push_conn(L, client, max);
  if (!buffer_append(&c->reader.in, buffered, size))
    return luaL_error(L, "not enough memory");
  int flags = fcntl((int)fd, F_GETFL);
  if (flags < 0 || fcntl((int)fd, F_SETFL, flags | O_NONBLOCK) < 0)
    return bind_errno(L, errno, "cannot adopt descriptor %d", (int)fd);
  c->fd = (int)fd;
  c->open = true;
  return 1;
}

static const luaL_Reg methods[] = {
    {"fd", conn_fd},     {"send", conn_send},       {"flush", conn_flush},
    {"recv", conn_recv}, {"pending", conn_pending}, {"finish", conn_finish},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"connect", ws_connect},
    {"adopt", ws_adopt},
    {NULL, NULL},
};

int luaopen_host_ws(lua_State *L) {
  bind_class(L, CONN, methods, conn_close);
  return bind_module(L, functions);
}
