/* SPDX-License-Identifier: Apache-2.0
 * Requests and replies of host.rpc; see rpc_codec.h. */
#include "rpc_codec.h"

#include "../bind.h"

static const struct outcome fine = {NULL, NULL, 0};

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

void rpc_put_body(lua_State *L, struct gob_out *out) {
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

void rpc_put_frame(struct gob_out *out, const struct gob_out *body,
                   uint64_t seq, bool first) {
  out->len = 0;
  if (first) gob_put(out, header_type, sizeof header_type);
  put_header(out, seq);
  if (first) gob_put(out, body_types, sizeof body_types);
  gob_put_bytes(out, body->data, body->len);
  out->failed |= body->failed;
}

/* The reply ---------------------------------------------------------------- */

static void push_bytes(lua_State *L, struct gob_bytes bytes) {
  lua_pushlstring(L, (const char *)bytes.data, bytes.len);
}

struct outcome rpc_read_header(lua_State *L, struct stream *s, uint64_t *seq,
                               bool *failed, double deadline) {
  struct gob_in in;
  struct gob_walk walk;
  struct gob_bytes error = {(const unsigned char *)"", 0};
  int64_t id;
  struct outcome o = stream_value(s, &in, &id, deadline);
  if (o.code) return o;
  gob_struct(&s->types, &in, id, &walk);
  for (const struct gob_field *f; (f = gob_next(&in, &walk));) {
    if (gob_is(&in, f, "Seq", GOB_UINT))
      *seq = gob_uint(&in);
    else if (gob_is(&in, f, "Error", GOB_STRING))
      error = gob_bytes(&in);
    else
      gob_skip(&s->types, &in, f->id);
  }
  if (!in.error && in.p != in.end) gob_bad(&in, "bytes left over");
  if (in.error) return outcome_protocol(in.error);
  *failed = error.len > 0;
  push_bytes(L, error);
  return fine;
}

struct outcome rpc_read_body(lua_State *L, struct stream *s, bool failed,
                             double deadline) {
  struct gob_in in;
  struct gob_walk walk;
  struct gob_bytes text[2] = {{(const unsigned char *)"", 0},
                              {(const unsigned char *)"", 0}};
  int64_t id, code = 0;
  struct outcome o = stream_value(s, &in, &id, deadline);
  if (o.code) return o;
  if (failed) {
    gob_skip_top(&s->types, &in, id);
    return in.error ? outcome_protocol(in.error) : fine;
  }
  gob_struct(&s->types, &in, id, &walk);
  for (const struct gob_field *f; (f = gob_next(&in, &walk));) {
    if (gob_is(&in, f, "Code", GOB_INT))
      code = gob_int(&in);
    else if (gob_is(&in, f, "Stdout", GOB_BYTES))
      text[0] = gob_bytes(&in);
    else if (gob_is(&in, f, "Stderr", GOB_BYTES))
      text[1] = gob_bytes(&in);
    else
      gob_skip(&s->types, &in, f->id);
  }
  if (!in.error && in.p != in.end) gob_bad(&in, "bytes left over");
  if (in.error) return outcome_protocol(in.error);
  lua_pushinteger(L, code);
  lua_setfield(L, -2, "code");
  push_bytes(L, text[0]);
  lua_setfield(L, -2, "stdout");
  push_bytes(L, text[1]);
  lua_setfield(L, -2, "stderr");
  return fine;
}
