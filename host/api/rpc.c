/* SPDX-License-Identifier: Apache-2.0
 * host.rpc: calls of Juju's unit agent, Go net/rpc with gob over a stream
 * socket. One call at a time on a connection; any failure but the agent's own
 * "rpc" error closes it, since what was sent cannot be taken back. */
#include "../bind.h"
#include "../stream.h"
#include "api.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CLASS "host.rpc.conn"

struct conn {
  struct stream stream;
  bool calling, defined;
  uint64_t seq;
  struct gob_out body, frame;
};

static const struct outcome fine = {NULL, NULL, 0};

static struct conn *check_conn(lua_State *L, int idx) {
  return luaL_checkudata(L, idx, CLASS);
}

/* The request -------------------------------------------------------------- */

/* What Go's encoder sends before the first value of a type: the header's type
 * 64, the body's type 65 and its []string 66. Strings are cut where a hex
 * escape would run on. */
static const char header_type[] = "\x2e\x7f\x03\x01\x01\x07"
                                  "Request"
                                  "\x01\xff\x80\x00\x01\x02\x01\x0d"
                                  "ServiceMethod"
                                  "\x01\x0c\x00\x01\x03"
                                  "Seq"
                                  "\x01\x06\x00\x00";
static const char body_types[] = "\x66\xff\x81\x03\x01\x01\x07"
                                 "Request"
                                 "\x01\xff\x82\x00\x01\x07\x01\x09"
                                 "ContextId"
                                 "\x01\x0c\x00\x01\x03"
                                 "Dir"
                                 "\x01\x0c\x00\x01\x0b"
                                 "CommandName"
                                 "\x01\x0c\x00\x01\x04"
                                 "Args"
                                 "\x01\xff\x84\x00\x01\x08"
                                 "StdinSet"
                                 "\x01\x02\x00\x01\x05"
                                 "Stdin"
                                 "\x01\x0a\x00\x01\x05"
                                 "Token"
                                 "\x01\x0c\x00\x00\x00"
                                 "\x16\xff\x83\x02\x01\x01\x08"
                                 "[]string"
                                 "\x01\xff\x84\x00\x01\x0c\x00";

/* A field that is not zero: its distance to the last one, then the caller's
 * value. */
static void put_field(struct gob_out *out, int *last, int number) {
  gob_put_uint(out, (uint64_t)(number - *last));
  *last = number;
}

static void put_text(struct gob_out *out, int *last, int number,
                     const char *text, size_t len) {
  if (len == 0) return;
  put_field(out, last, number);
  gob_put_bytes(out, text, len);
}

/* The field of the call's table, into the body. */
static void put_option(lua_State *L, struct gob_out *out, int *last, int number,
                       const char *name, const char *dflt) {
  size_t len;
  const char *text = bind_optstring(L, 2, name, dflt, &len);
  if (!text) luaL_error(L, "field '%s': string expected, got nil", name);
  put_text(out, last, number, text, len);
}

static void put_args(lua_State *L, struct gob_out *out, int *last) {
  int type = lua_getfield(L, 2, "args");
  if (type != LUA_TNIL && type != LUA_TTABLE)
    luaL_error(L, "field 'args': table expected, got %s", luaL_typename(L, -1));
  lua_Unsigned count = type == LUA_TTABLE ? lua_rawlen(L, -1) : 0;
  if (count > 0) {
    put_field(out, last, 3);
    gob_put_uint(out, count);
  }
  for (lua_Unsigned i = 1; i <= count; i++) {
    size_t len;
    if (lua_rawgeti(L, -1, (lua_Integer)i) != LUA_TSTRING)
      luaL_error(L, "field 'args': string expected, got %s",
                 luaL_typename(L, -1));
    const char *arg = lua_tolstring(L, -1, &len);
    gob_put_bytes(out, arg, len);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

static void put_body(lua_State *L, struct gob_out *out) {
  int last = -1;
  size_t len;
  out->len = 0;
  gob_put(out, "\xff\x82", 2);
  put_option(L, out, &last, 0, "context_id", NULL);
  put_option(L, out, &last, 1, "dir", NULL);
  put_option(L, out, &last, 2, "command", NULL);
  put_args(L, out, &last);
  const char *stdin_text = bind_optstring(L, 2, "stdin", NULL, &len);
  if (stdin_text) {
    put_field(out, &last, 4);
    gob_put_uint(out, 1);
    put_text(out, &last, 5, stdin_text, len);
  }
  put_option(L, out, &last, 6, "token", "");
  gob_put(out, "", 1);
}

static void put_header(struct gob_out *out, uint64_t seq) {
  static const char method[] = "\xff\x80\x01\x0a"
                               "Jujuc.Main";
  struct gob_out number = {0};
  unsigned char bytes[9];
  number.data = bytes; /* never grows: nine bytes hold any number */
  number.cap = sizeof bytes;
  if (seq > 0) gob_put_uint(&number, seq);
  size_t seq_len = seq > 0 ? number.len + 1 : 0;
  gob_put_uint(out, sizeof method - 1 + seq_len + 1);
  gob_put(out, method, sizeof method - 1);
  if (seq > 0) gob_put(out, "\x01", 1);
  gob_put(out, bytes, number.len);
  gob_put(out, "", 1);
}

static void put_frame(struct conn *c) {
  struct gob_out *out = &c->frame;
  out->len = 0;
  if (!c->defined) gob_put(out, header_type, sizeof header_type);
  put_header(out, c->seq);
  if (!c->defined) gob_put(out, body_types, sizeof body_types);
  gob_put_bytes(out, c->body.data, c->body.len);
  out->failed |= c->body.failed;
}

/* The reply ---------------------------------------------------------------- */

static void push_bytes(lua_State *L, struct gob_bytes bytes) {
  lua_pushlstring(L, (const char *)bytes.data, bytes.len);
}

struct header {
  uint64_t seq;
  bool failed;
};

/* Pushes the agent's error text, which is empty when there is none. */
static struct outcome read_header(lua_State *L, struct conn *c,
                                  struct header *header, double deadline) {
  struct gob_in in;
  struct gob_walk walk;
  struct gob_bytes error = {(const unsigned char *)"", 0};
  int64_t id;
  struct outcome o = stream_value(&c->stream, &in, &id, deadline);
  if (o.code) return o;
  gob_struct(&c->stream.types, &in, id, &walk);
  for (const struct gob_field *f; (f = gob_next(&in, &walk));) {
    if (gob_is(&in, f, "Seq", GOB_UINT))
      header->seq = gob_uint(&in);
    else if (gob_is(&in, f, "Error", GOB_STRING))
      error = gob_bytes(&in);
    else
      gob_skip(&c->stream.types, &in, f->id);
  }
  if (!in.error && in.p != in.end) gob_bad(&in, "bytes left over");
  if (in.error) return outcome_protocol(in.error);
  header->failed = error.len > 0;
  push_bytes(L, error);
  return fine;
}

/* Pushes the result; nothing when the header had an error. */
static struct outcome read_body(lua_State *L, struct conn *c, bool failed,
                                double deadline) {
  struct gob_in in;
  struct gob_walk walk;
  struct gob_bytes text[2] = {{(const unsigned char *)"", 0},
                              {(const unsigned char *)"", 0}};
  int64_t id, code = 0;
  struct outcome o = stream_value(&c->stream, &in, &id, deadline);
  if (o.code) return o;
  if (failed) {
    gob_skip_top(&c->stream.types, &in, id);
    return in.error ? outcome_protocol(in.error) : fine;
  }
  gob_struct(&c->stream.types, &in, id, &walk);
  for (const struct gob_field *f; (f = gob_next(&in, &walk));) {
    if (gob_is(&in, f, "Code", GOB_INT))
      code = gob_int(&in);
    else if (gob_is(&in, f, "Stdout", GOB_BYTES))
      text[0] = gob_bytes(&in);
    else if (gob_is(&in, f, "Stderr", GOB_BYTES))
      text[1] = gob_bytes(&in);
    else
      gob_skip(&c->stream.types, &in, f->id);
  }
  if (!in.error && in.p != in.end) gob_bad(&in, "bytes left over");
  if (in.error) return outcome_protocol(in.error);
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, code);
  lua_setfield(L, -2, "code");
  push_bytes(L, text[0]);
  lua_setfield(L, -2, "stdout");
  push_bytes(L, text[1]);
  lua_setfield(L, -2, "stderr");
  return fine;
}

/* Functions ---------------------------------------------------------------- */

static int conn_close(lua_State *L) {
  struct conn *c = check_conn(L, 1);
  stream_close(&c->stream);
  gob_out_free(&c->body);
  gob_out_free(&c->frame);
  memset(c, 0, sizeof *c);
  return 0;
}

static struct outcome exchange(lua_State *L, struct conn *c,
                               struct header *header, double deadline) {
  struct outcome o =
      stream_send(&c->stream, c->frame.data, c->frame.len, deadline);
  c->defined = true;
  if (!o.code) o = read_header(L, c, header, deadline);
  if (o.code) return o;
  if (header->seq != c->seq)
    return outcome_protocol("reply belongs to another request");
  c->seq++;
  return read_body(L, c, header->failed, deadline);
}

static int call_failed(lua_State *L, struct outcome o, const char *command) {
  lua_pushcfunction(L, conn_close);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 0);
  if (strcmp(o.code, "errno") == 0)
    return bind_errno(L, o.err, "cannot call %s", command);
  return bind_fail(L, o.code, "cannot call %s: %s", command, o.why);
}

static int conn_call(lua_State *L) {
  struct conn *c = check_conn(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  const char *command = bind_optstring(L, 2, "command", "", NULL);
  double timeout = bind_optnumber(L, 2, "timeout", -1);
  put_body(L, &c->body);
  if (!c->stream.open || c->calling) {
    struct outcome shut = {"closed", "connection is closed", 0};
    return call_failed(L, shut, command);
  }
  put_frame(c);
  if (c->frame.failed) return call_failed(L, outcome_errno(ENOMEM), command);
  if (c->body.len > STREAM_MAX_MESSAGE)
    return bind_fail(L, "too-large",
                     "cannot call %s: request is longer than 64 MiB", command);
  /* An error raised from here on (memory) leaves `calling` set: what the
   * stream holds next is then unknown, and the connection is done for. */
  struct header header = {0};
  c->calling = true;
  struct outcome o = exchange(L, c, &header, bind_deadline(timeout));
  if (o.code) return call_failed(L, o, command);
  c->calling = false;
  if (!header.failed) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  lua_pushliteral(L, "rpc");
  return 3;
}

/* An integer is taken over; a host.fs.file stays its owner's. */
static int take(lua_State *L, int idx) {
  int fd = bind_checkfd(L, idx);
  return lua_isuserdata(L, idx) ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : fd;
}

static int rpc_adopt(lua_State *L) {
  bind_checkfd(L, 1);
  if (!lua_isnoneornil(L, 2)) bind_checkfd(L, 2);
  struct conn *c = bind_box(L, sizeof *c, CLASS);
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
  struct conn *c = bind_box(L, sizeof *c, CLASS);
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
    {NULL, NULL},
};

int luaopen_host_rpc(lua_State *L) {
  bind_class(L, CLASS, methods, conn_close);
  return bind_module(L, functions);
}
