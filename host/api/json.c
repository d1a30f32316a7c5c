/* SPDX-License-Identifier: Apache-2.0
 * host.json: reads JSON text (RFC 8259, nothing beside it) straight into Lua
 * values, with no tree in between, so that all memory is Lua's. Integers are
 * 64 bits or refused, arrays are marked. lua/std/json.lua uses it and writes.
 */
#include "../bind.h"
#include "api.h"
#include "json_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY "json.array"

enum { MAX_DEPTH = 200, DEPTH_CAP = 2000, MAX_SIZE = 64 * 1024 * 1024 };

static bool fail(struct json_text *t, const char *fault) {
  t->fault = fault;
  return false;
}

static int peek(const struct json_text *t) {
  return t->at < t->end ? (unsigned char)*t->at : -1;
}

static void skip_space(struct json_text *t) {
  int c;
  while ((c = peek(t)) == ' ' || c == '\t' || c == '\r' || c == '\n')
    t->at++;
}

static bool take(struct json_text *t, char wanted) {
  skip_space(t);
  if (peek(t) != wanted) return false;
  t->at++;
  return true;
}

static bool read_word(struct json_text *t, const char *word) {
  for (; *word; word++, t->at++)
    if (peek(t) != *word) return fail(t, "a value is expected");
  return true;
}

/* --- numbers -------------------------------------------------------------- */

static bool skip_digits(struct json_text *t) {
  const char *start = t->at;
  while (peek(t) >= '0' && peek(t) <= '9')
    t->at++;
  return t->at > start || fail(t, "a digit is expected");
}

/* Checks the grammar; whole: neither fraction nor exponent. */
static bool skip_number(struct json_text *t, bool *whole) {
  *whole = true;
  if (peek(t) == '-') t->at++;
  if (peek(t) == '0')
    t->at++;
  else if (!skip_digits(t))
    return false;
  if (peek(t) == '.') {
    *whole = false;
    t->at++;
    if (!skip_digits(t)) return false;
  }
  if (peek(t) == 'e' || peek(t) == 'E') {
    *whole = false;
    t->at++;
    if (peek(t) == '+' || peek(t) == '-') t->at++;
    if (!skip_digits(t)) return false;
  }
  return true;
}

/* Counts down: the lowest integer has no positive counterpart. */
static bool push_integer(lua_State *L, struct json_text *t, const char *at) {
  bool negative = *at == '-';
  lua_Integer n = 0;
  for (at += negative; at < t->at; at++)
    if (__builtin_mul_overflow(n, 10, &n) ||
        __builtin_sub_overflow(n, *at - '0', &n))
      return fail(t, "the integer is beyond 64 bits");
  if (!negative && __builtin_mul_overflow(n, -1, &n))
    return fail(t, "the integer is beyond 64 bits");
  lua_pushinteger(L, n);
  return true;
}

static bool read_number(lua_State *L, struct json_text *t) {
  const char *start = t->at;
  bool whole;
  if (!skip_number(t, &whole)) return false;
  if (whole) return push_integer(L, t, start);
  char *end; /* a Lua string ends with a NUL, so strtod stays inside */
  double n = strtod(start, &end);
  if (end != t->at || isinf(n)) return fail(t, "the number is out of range");
  lua_pushnumber(L, n);
  return true;
}

/* --- strings -------------------------------------------------------------- */

static bool read_escape(struct json_text *t, luaL_Buffer *out) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  const char *found = peek(t) > 0 ? strchr(from, *t->at) : NULL;
  if (found) {
    t->at++;
    luaL_addchar(out, to[found - from]);
    return true;
  }
  if (peek(t) != 'u') return fail(t, "the escape is unknown");
  t->at++;
  long code = json_text_escape(t);
  if (code < 0) return fail(t, "the escape is no character");
  char utf8[4];
  luaL_addlstring(out, utf8, json_text_encode(code, utf8));
  return true;
}

/* Pieces without escapes are added whole; most strings are one such piece. */
static bool read_string(lua_State *L, struct json_text *t) {
  luaL_Buffer out;
  const char *piece = ++t->at;
  bool escaped = false;
  for (;;) {
    int c = peek(t);
    if (c < 0x20)
      return fail(t, c < 0 ? "the string does not end"
                           : "a control character is in a string");
    if (c == '"') break;
    if (c != '\\') {
      size_t size = json_text_sequence(t);
      if (size == 0) return fail(t, "the text is not UTF-8");
      t->at += size;
      continue;
    }
    if (!escaped) luaL_buffinit(L, &out);
    escaped = true;
    luaL_addlstring(&out, piece, (size_t)(t->at++ - piece));
    if (!read_escape(t, &out)) return false;
    piece = t->at;
  }
  if (escaped) {
    luaL_addlstring(&out, piece, (size_t)(t->at++ - piece));
    luaL_pushresult(&out);
  } else {
    lua_pushlstring(L, piece, (size_t)(t->at++ - piece));
  }
  return true;
}

/* --- values --------------------------------------------------------------- */

static bool read_value(lua_State *L, struct json_text *t, lua_Integer depth);

static bool read_array(lua_State *L, struct json_text *t, lua_Integer depth) {
  lua_newtable(L);
  luaL_setmetatable(L, ARRAY);
  if (take(t, ']')) return true;
  for (lua_Integer i = 1;; i++) {
    if (!read_value(L, t, depth)) return false;
    lua_rawseti(L, -2, i);
    if (take(t, ']')) return true;
    if (!take(t, ',')) return fail(t, "',' or ']' is expected");
  }
}

static bool read_object(lua_State *L, struct json_text *t, lua_Integer depth) {
  lua_newtable(L);
  if (take(t, '}')) return true;
  for (;;) {
    skip_space(t);
    if (peek(t) != '"') return fail(t, "a key is expected");
    if (!read_string(L, t)) return false;
    if (!take(t, ':')) return fail(t, "':' is expected");
    if (!read_value(L, t, depth)) return false;
    lua_rawset(L, -3);
    if (take(t, '}')) return true;
    if (!take(t, ',')) return fail(t, "',' or '}' is expected");
  }
}

/* depth: how many more arrays and objects may open. */
static bool read_value(lua_State *L, struct json_text *t, lua_Integer depth) {
  luaL_checkstack(L, LUA_MINSTACK, "json nested too deep");
  skip_space(t);
  int c = peek(t);
  switch (c) {
  case '[':
  case '{':
    if (depth <= 0) {
      t->too_deep = true;
      return fail(t, "");
    }
    t->at++;
    return c == '[' ? read_array(L, t, depth - 1)
                    : read_object(L, t, depth - 1);
  case '"':
    return read_string(L, t);
  case 'n':
    lua_pushlightuserdata(L, NULL);
    return read_word(t, "null");
  case 't':
  case 'f':
    lua_pushboolean(L, c == 't');
    return read_word(t, c == 't' ? "true" : "false");
  default:
    if (c == '-' || (c >= '0' && c <= '9')) return read_number(L, t);
    return fail(t, "a value is expected");
  }
}

/* Quotes nothing of the text, which may be a secret. */
static int push_fault(lua_State *L, const struct json_text *t,
                      lua_Integer max_depth) {
  if (t->too_deep)
    return bind_fail(L, "too-deep",
                     "cannot decode json: nested deeper than %lld levels",
                     (long long)max_depth);
  struct json_place place = json_text_place(t);
  return bind_fail(L, "syntax", "cannot decode json: line %zu, column %zu: %s",
                   place.line, place.column, t->fault);
}

static int json_decode(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_Integer max_depth = bind_optinteger(L, 2, "max_depth", MAX_DEPTH);
  lua_Integer max_size = bind_optinteger(L, 2, "max_size", MAX_SIZE);
  if (max_depth > DEPTH_CAP) max_depth = DEPTH_CAP; /* of C's stack */
  if (max_size >= 0 && size > (size_t)max_size)
    return bind_fail(L, "too-large",
                     "cannot decode json: %zu bytes are more than %lld", size,
                     (long long)max_size);

  struct json_text t = {.start = text, .at = text, .end = text + size};
  if (!read_value(L, &t, max_depth)) return push_fault(L, &t, max_depth);
  skip_space(&t);
  if (t.at < t.end) {
    fail(&t, "the end is expected");
    return push_fault(L, &t, max_depth);
  }
  return 1;
}

static const luaL_Reg functions[] = {{"decode", json_decode}, {NULL, NULL}};

int luaopen_host_json(lua_State *L) {
  bind_module(L, functions);
  luaL_newmetatable(L, ARRAY);
  lua_setfield(L, -2, "array");
  return 1;
}
