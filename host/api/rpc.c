/* SPDX-License-Identifier: Apache-2.0
 * host.rpc: calls of Juju's unit agent, Go net/rpc with gob over a stream
 * socket. Several may be on their way, and replies come in any order. Any
 * failure but the agent's own "rpc" error closes the connection, since what
 * was sent cannot be taken back. */
#include "../bind.h"
#include "api.h"
#include "rpc_codec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CLASS "host.rpc.conn"

/* What may be on its way, each call counted as the kernel does: less than a
 * socket's buffer, so that neither side waits for the other to read. */
#define MAX_UNREAD (64 * 1024)
#define PER_CALL   1024

/* User value 1 has each call by its number: the hook tool while it is on its
 * way, then the reply as a table. */
struct conn {
  struct stream stream;
  bool busy, defined;
  uint64_t seq;
  size_t outstanding, unread; /* calls, and their bytes */
  struct gob_out body, frame;
};

static const struct outcome fine = {NULL, NULL, 0};

static struct conn *check_conn(lua_State *L, int idx) {
  return luaL_checkudata(L, idx, CLASS);
}

static int conn_close(lua_State *L) {
  struct conn *c = check_conn(L, 1);
  stream_close(&c->stream);
  gob_out_free(&c->body);
  gob_out_free(&c->frame);
  memset(c, 0, sizeof *c);
  return 0;
}

/* Reads one reply, of whichever call, to where it is kept. */
static struct outcome read_reply(lua_State *L, struct conn *c,
                                 double deadline) {
  uint64_t seq = 0;
  bool failed = false;
  int top = lua_gettop(L);
  lua_getiuservalue(L, 1, 1);
  lua_createtable(L, 0, 3);
  struct outcome o = rpc_read_header(L, &c->stream, &seq, &failed, deadline);
  if (!o.code && lua_rawgeti(L, top + 1, (lua_Integer)seq) != LUA_TSTRING)
    o = outcome_protocol("reply belongs to another request");
  if (o.code) return o;
  lua_pop(L, 1);
  if (failed)
    lua_setfield(L, top + 2, "error");
  else
    lua_pop(L, 1);
  o = rpc_read_body(L, &c->stream, failed, deadline);
  if (o.code) return o;
  lua_rawseti(L, top + 1, (lua_Integer)seq);
  lua_settop(L, top);
  c->outstanding--;
  if (c->outstanding == 0) c->unread = 0;
  return fine;
}

/* Sends the frame of the next call; what was sent before may have to be read
 * first. */
static struct outcome send_frame(lua_State *L, struct conn *c,
                                 const char *command, double deadline) {
  size_t weight = c->frame.len + PER_CALL;
  struct outcome o = fine;
  while (!o.code && c->outstanding > 0 && c->unread + weight > MAX_UNREAD)
    o = read_reply(L, c, deadline);
  if (o.code) return o;
  lua_getiuservalue(L, 1, 1);
  lua_pushstring(L, command);
  lua_rawseti(L, -2, (lua_Integer)c->seq);
  lua_pop(L, 1);
  c->defined = true;
  c->seq++;
  c->outstanding++;
  c->unread += weight;
  return stream_send(&c->stream, c->frame.data, c->frame.len, deadline);
}

static int call_failed(lua_State *L, struct outcome o, const char *command) {
  lua_pushcfunction(L, conn_close);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 0);
  if (strcmp(o.code, "errno") == 0)
    return bind_errno(L, o.err, "cannot call %s", command);
  return bind_fail(L, o.code, "cannot call %s: %s", command, o.why);
}

static int shut(lua_State *L, const char *command) {
  struct outcome o = {"closed", "connection is closed", 0};
  return call_failed(L, o, command);
}

/* Sends the call at 2. Returns 0, or the number of results of its failure. */
static int send_call(lua_State *L, struct conn *c, double deadline) {
  const char *command = bind_optstring(L, 2, "command", "", NULL);
  rpc_put_body(L, &c->body);
  if (!c->stream.open || c->busy) return shut(L, command);
  rpc_put_frame(&c->frame, &c->body, c->seq, !c->defined);
  if (c->frame.failed) return call_failed(L, outcome_errno(ENOMEM), command);
  if (c->body.len > STREAM_MAX_MESSAGE)
    return bind_fail(L, "too-large",
                     "cannot call %s: request is longer than 64 MiB", command);
  /* An error raised from here on (memory) leaves `busy` set: what the stream
   * holds next is then unknown, and the connection is done for. */
  c->busy = true;
  struct outcome o = send_frame(L, c, command, deadline);
  if (o.code) return call_failed(L, o, command);
  c->busy = false;
  return 0;
}

/* The results of a call, whose entry is at the top, above all calls. */
static int finish(lua_State *L, struct conn *c, lua_Integer seq,
                  double deadline) {
  int calls = lua_gettop(L) - 1;
  while (lua_isstring(L, -1)) {
    const char *command = lua_tostring(L, -1);
    if (!c->stream.open || c->busy) return shut(L, command);
    c->busy = true;
    struct outcome o = read_reply(L, c, deadline);
    if (o.code) return call_failed(L, o, command);
    c->busy = false;
    lua_pop(L, 1);
    lua_rawgeti(L, calls, seq);
  }
  lua_pushnil(L);
  lua_rawseti(L, calls, seq);
  if (lua_getfield(L, -1, "error") == LUA_TNIL) {
    lua_pop(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_insert(L, -2);
  lua_pushliteral(L, "rpc");
  return 3;
}

static double call_deadline(lua_State *L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  return bind_deadline(bind_optnumber(L, 2, "timeout", -1));
}

static int conn_send(lua_State *L) {
  struct conn *c = check_conn(L, 1);
  int failed = send_call(L, c, call_deadline(L));
  if (failed) return failed;
  lua_pushinteger(L, (lua_Integer)c->seq - 1);
  return 1;
}

static int conn_receive(lua_State *L) {
  struct conn *c = check_conn(L, 1);
  lua_Integer seq = luaL_checkinteger(L, 2);
  double deadline = bind_deadline(luaL_optnumber(L, 3, -1));
  lua_getiuservalue(L, 1, 1);
  if (lua_rawgeti(L, -1, seq) == LUA_TNIL)
    return luaL_argerror(L, 2, "no such call is on its way");
  return finish(L, c, seq, deadline);
}

static int conn_call(lua_State *L) {
  struct conn *c = check_conn(L, 1);
  double deadline = call_deadline(L);
  int failed = send_call(L, c, deadline);
  if (failed) return failed;
  lua_Integer seq = (lua_Integer)c->seq - 1;
  lua_getiuservalue(L, 1, 1);
  lua_rawgeti(L, -1, seq);
  return finish(L, c, seq, deadline);
}

/* A new connection, not yet open. */
static struct conn *push_conn(lua_State *L) {
  struct conn *c = bind_box(L, sizeof *c, CLASS);
  lua_newtable(L);
  lua_setiuservalue(L, -2, 1);
  return c;
}

/* An integer is taken over; a host.fs.file stays its owner's. */
static int take(lua_State *L, int idx) {
  int fd = bind_checkfd(L, idx);
  return lua_isuserdata(L, idx) ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : fd;
}

static int rpc_adopt(lua_State *L) {
  bind_checkfd(L, 1);
  if (!lua_isnoneornil(L, 2)) bind_checkfd(L, 2);
  struct conn *c = push_conn(L);
  int in = take(L, 1);
  int out = lua_isnoneornil(L, 2) || in < 0 ? in : take(L, 2);
  if (out < 0 && in >= 0) {
    int err = errno;
    close(in);
    return bind_errno(L, err, "cannot adopt a descriptor");
  }
  int err = in < 0 ? errno : stream_open(&c->stream, in, out);
  if (err) return bind_errno(L, err, "cannot adopt a descriptor");
  return 1;
}

static int rpc_connect(lua_State *L) {
  const char *network = luaL_checkstring(L, 1);
  const char *address = luaL_checkstring(L, 2);
  double timeout = luaL_optnumber(L, 3, -1);
  struct conn *c = push_conn(L);
  if (strcmp(network, "unix") != 0)
    return bind_fail(L, "connect",
                     "cannot connect to %s: network %s has no "
                     "support here",
                     address, network);
  int err = stream_connect(&c->stream, address, timeout);
  if (err == ETIMEDOUT)
    return bind_fail(L, "timeout", "cannot connect to %s: timed out", address);
  if (err) return bind_errno(L, err, "cannot connect to %s", address);
  return 1;
}

static const luaL_Reg functions[] = {
    {"adopt", rpc_adopt},
    {"connect", rpc_connect},
    {NULL, NULL},
};

static const luaL_Reg methods[] = {
    {"call", conn_call},
    {"receive", conn_receive},
    {"send", conn_send},
    {NULL, NULL},
};

int luaopen_host_rpc(lua_State *L) {
  bind_class(L, CLASS, methods, conn_close);
  return bind_module(L, functions);
}
