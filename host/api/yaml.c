/* SPDX-License-Identifier: Apache-2.0
 * host.yaml: reads the first document of a YAML text into Lua values, by
 * libyaml's events. Used by lua/std/yaml.lua, which writes YAML too. A call
 * owns one parser and one event, in a box that the collector frees. */
#include "../bind.h"
#include "api.h"
#include "yaml_scalar.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#define READER "host.yaml.reader"
#define ARRAY  "json.array" /* host.json's mark: one mark for both */
#define TAG    "tag:yaml.org,2002:"

enum { MAX_SIZE = 4 * 1024 * 1024, MAX_DEPTH = 100, MAX_ALIASES = 10000 };
/* stack: text, options, reader, anchors, lines (or nil) */
enum { ANCHORS = 4, LINES = 5 };

struct reader {
  yaml_parser_t parser;
  yaml_event_t event;
  bool has_parser, has_event;
  bool strings; /* scalars keep their text */
  lua_Integer max_depth;
  lua_Integer aliases_left; /* nodes that aliases may still stand for */
  const char *code;         /* set by the first failure, with: */
  yaml_mark_t mark;
  char why[200];
};

static void release(struct reader *r) {
  if (r->has_event) yaml_event_delete(&r->event);
  if (r->has_parser) yaml_parser_delete(&r->parser);
  r->has_event = r->has_parser = false;
}

static int reader_gc(lua_State *L) {
  release(luaL_checkudata(L, 1, READER));
  return 0;
}

__attribute__((format(printf, 4, 5))) static bool fail(struct reader *r,
                                                       yaml_mark_t mark,
                                                       const char *code,
                                                       const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  vsnprintf(r->why, sizeof r->why, fmt, args);
  va_end(args);
  r->code = code;
  r->mark = mark;
  return false;
}

static bool next_event(struct reader *r) {
  yaml_parser_t *p = &r->parser;
  if (r->has_event) yaml_event_delete(&r->event);
  r->has_event = yaml_parser_parse(p, &r->event) != 0;
  if (r->has_event) return true;
  yaml_mark_t mark = p->error == YAML_READER_ERROR ? p->mark : p->problem_mark;
  const char *code = p->error == YAML_MEMORY_ERROR ? "ENOMEM" : "syntax";
  return fail(r, mark, code, "%s", p->problem ? p->problem : "cannot be read");
}

/* The name of the current event's anchor, nil without one. */
static void push_anchor(lua_State *L, struct reader *r) {
  const yaml_event_t *e = &r->event;
  const yaml_char_t *name = NULL;
  if (e->type == YAML_SCALAR_EVENT) name = e->data.scalar.anchor;
  if (e->type == YAML_SEQUENCE_START_EVENT)
    name = e->data.sequence_start.anchor;
  if (e->type == YAML_MAPPING_START_EVENT) name = e->data.mapping_start.anchor;
  lua_pushstring(L, (const char *)name);
}

/* Does the current scalar carry the tag !!name? */
static bool tagged(const struct reader *r, const char *name) {
  const char *tag = (const char *)r->event.data.scalar.tag;
  return tag && strncmp(tag, TAG, sizeof TAG - 1) == 0 &&
         strcmp(tag + sizeof TAG - 1, name) == 0;
}

static bool push_typed(lua_State *L, struct reader *r, struct scalar value) {
  switch (value.kind) {
  case SCALAR_NULL:
    lua_pushlightuserdata(L, NULL);
    break;
  case SCALAR_BOOL:
    lua_pushboolean(L, value.boolean);
    break;
  case SCALAR_INTEGER:
    lua_pushinteger(L, value.integer);
    break;
  case SCALAR_FLOAT:
    lua_pushnumber(L, value.number);
    break;
  case SCALAR_TOO_BIG:
    return fail(r, r->event.start_mark, "too-large",
                "an integer beyond 64 bits; quote it");
  default:
    lua_pushlstring(L, (const char *)r->event.data.scalar.value,
                    r->event.data.scalar.length);
  }
  return true;
}

/* A scalar with a tag of its own: !!str, !!int, !!float, !!bool, !!null. */
static bool read_tagged(lua_State *L, struct reader *r, struct scalar value) {
  const struct scalar text = {SCALAR_STRING, false, 0, 0};
  if (tagged(r, "str") || strcmp((char *)r->event.data.scalar.tag, "!") == 0)
    return push_typed(L, r, text);
  if (tagged(r, "float") && value.kind == SCALAR_INTEGER) {
    value.kind = SCALAR_FLOAT;
    value.number = (double)value.integer;
  }
  if ((tagged(r, "int") && value.kind == SCALAR_INTEGER) ||
      (tagged(r, "float") && value.kind == SCALAR_FLOAT) ||
      (tagged(r, "bool") && value.kind == SCALAR_BOOL) ||
      (tagged(r, "null") && value.kind == SCALAR_NULL))
    return push_typed(L, r, value);
  return fail(r, r->event.start_mark, "syntax",
              "the tag %.60s is unknown or does not fit its value",
              (char *)r->event.data.scalar.tag);
}

static bool read_scalar(lua_State *L, struct reader *r) {
  const yaml_event_t *e = &r->event;
  struct scalar value =
      scalar_resolve((char *)e->data.scalar.value, e->data.scalar.length);
  if (e->data.scalar.tag && !r->strings) return read_tagged(L, r, value);
  if (e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
    value.kind = SCALAR_STRING;
  if (r->strings && value.kind == SCALAR_NULL) {
    lua_pushliteral(L, "");
    return true;
  }
  if (r->strings) value.kind = SCALAR_STRING;
  return push_typed(L, r, value);
}

static bool too_deep(struct reader *r, lua_Integer depth) {
  return depth > r->max_depth &&
         !fail(r, r->event.start_mark, "too-deep",
               "nested deeper than %lld levels", (long long)r->max_depth);
}

/* Pushes a deep copy of the value at idx. Values are trees, so that one who
 * changes or walks them meets no sharing; the nodes are counted instead. */
static bool push_copy(lua_State *L, struct reader *r, int idx,
                      lua_Integer depth) {
  luaL_checkstack(L, 8, "yaml nested too deep");
  if (r->aliases_left-- <= 0)
    return fail(r, r->event.start_mark, "too-large",
                "aliases stand for too many nodes");
  if (lua_type(L, idx) != LUA_TTABLE) {
    lua_pushvalue(L, idx);
    return true;
  }
  if (too_deep(r, depth + 1)) return false;
  idx = lua_absindex(L, idx);
  lua_newtable(L);
  if (lua_getmetatable(L, idx)) lua_setmetatable(L, -2);
  lua_pushnil(L);
  while (lua_next(L, idx)) {
    lua_pushvalue(L, -2);
    if (!push_copy(L, r, -2, depth + 1)) return false;
    lua_rawset(L, -5);
    lua_pop(L, 1);
  }
  return true;
}

static bool read_alias(lua_State *L, struct reader *r, lua_Integer depth) {
  const char *name = (const char *)r->event.data.alias.anchor;
  if (lua_getfield(L, ANCHORS, name) == LUA_TNIL)
    return fail(r, r->event.start_mark, "syntax",
                "the alias *%.60s has no complete anchor before it", name);
  if (!push_copy(L, r, -1, depth)) return false;
  lua_remove(L, -2);
  return true;
}

/* Notes the line of what is under the key at the top, which stays there, in
 * the container at `idx`. */
static void note_line(lua_State *L, const struct reader *r, int idx) {
  if (lua_isnil(L, LINES)) return;
  idx = lua_absindex(L, idx);
  lua_pushvalue(L, idx);
  if (lua_rawget(L, LINES) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, idx);
    lua_pushvalue(L, -2);
    lua_rawset(L, LINES);
  }
  lua_pushvalue(L, -2);
  lua_pushinteger(L, (lua_Integer)r->event.start_mark.line + 1);
  lua_rawset(L, -3);
  lua_pop(L, 1);
}

static bool read_node(lua_State *L, struct reader *r, lua_Integer depth);

static bool read_sequence(lua_State *L, struct reader *r, lua_Integer depth) {
  lua_newtable(L);
  luaL_setmetatable(L, ARRAY);
  for (lua_Integer i = 1;; i++) {
    if (!next_event(r)) return false;
    if (r->event.type == YAML_SEQUENCE_END_EVENT) return true;
    lua_pushinteger(L, i);
    note_line(L, r, -2);
    lua_pop(L, 1);
    if (!read_node(L, r, depth)) return false;
    lua_rawseti(L, -2, i);
  }
}

static bool is_map(lua_State *L, int idx) {
  if (lua_type(L, idx) != LUA_TTABLE) return false;
  if (!lua_getmetatable(L, idx)) return true;
  lua_pop(L, 1);
  return false;
}

/* Adds to the map at -2 what it lacks of the map at the top; pops that. */
static void merge_map(lua_State *L) {
  lua_pushnil(L);
  while (lua_next(L, -2)) {
    lua_pushvalue(L, -2);
    if (lua_rawget(L, -5) == LUA_TNIL) {
      lua_pushvalue(L, -3);
      lua_pushvalue(L, -3);
      lua_rawset(L, -7);
    }
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
}

/* Applies the value of `<<` at the top, a map or a list of maps, to the map
 * below it; earlier ones win. Pops the value. */
static bool merge(lua_State *L, struct reader *r) {
  if (is_map(L, -1)) {
    merge_map(L);
    return true;
  }
  lua_Integer n =
      lua_type(L, -1) == LUA_TTABLE ? (lua_Integer)lua_rawlen(L, -1) : 0;
  bool good = n > 0;
  for (lua_Integer i = 1; good && i <= n; i++) {
    lua_rawgeti(L, -1, i);
    good = is_map(L, -1);
    if (!good) break;
    lua_pushvalue(L, -3);
    lua_insert(L, -2);
    merge_map(L);
    lua_pop(L, 1);
  }
  if (!good)
    return fail(r, r->event.start_mark, "syntax",
                "the merge key << wants a mapping or a list of mappings");
  lua_pop(L, 1);
  return true;
}

static bool is_merge_key(const struct reader *r) {
  const yaml_event_t *e = &r->event;
  return e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
         !e->data.scalar.tag && strcmp((char *)e->data.scalar.value, "<<") == 0;
}

/* Pushes the current scalar as a key: its text, whatever it looks like. */
static bool read_key(lua_State *L, struct reader *r, int map) {
  const yaml_event_t *e = &r->event;
  if (e->type != YAML_SCALAR_EVENT)
    return fail(r, e->start_mark, "syntax", "a key that is not a scalar");
  lua_pushlstring(L, (char *)e->data.scalar.value, e->data.scalar.length);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, map) != LUA_TNIL)
    return fail(r, e->start_mark, "duplicate-key",
                "the key %.80s is there twice", (char *)e->data.scalar.value);
  lua_pop(L, 1);
  note_line(L, r, map);
  push_anchor(L, r);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    return true;
  }
  lua_pushvalue(L, -2);
  lua_rawset(L, ANCHORS);
  return true;
}

static bool read_mapping(lua_State *L, struct reader *r, lua_Integer depth) {
  lua_newtable(L);
  int map = lua_gettop(L);
  lua_pushnil(L); /* the value of << */
  for (;;) {
    if (!next_event(r)) return false;
    if (r->event.type == YAML_MAPPING_END_EVENT) break;
    if (!read_key(L, r, map)) return false;
    bool merging = is_merge_key(r);
    if (merging && !lua_isnil(L, map + 1))
      return fail(r, r->event.start_mark, "duplicate-key",
                  "the key << is there twice");
    if (!next_event(r) || !read_node(L, r, depth)) return false;
    if (merging) {
      lua_replace(L, map + 1);
      lua_pop(L, 1);
    } else {
      lua_rawset(L, map);
    }
  }
  if (!lua_isnil(L, map + 1)) return merge(L, r);
  lua_pop(L, 1);
  return true;
}

/* Pushes the value that begins with the current event. */
static bool read_node(lua_State *L, struct reader *r, lua_Integer depth) {
  bool good;
  luaL_checkstack(L, 12, "yaml nested too deep");
  if (r->event.type == YAML_ALIAS_EVENT) return read_alias(L, r, depth);
  push_anchor(L, r);
  if (r->event.type == YAML_SCALAR_EVENT)
    good = read_scalar(L, r);
  else if (too_deep(r, depth + 1))
    good = false;
  else if (r->event.type == YAML_SEQUENCE_START_EVENT)
    good = read_sequence(L, r, depth + 1);
  else
    good = read_mapping(L, r, depth + 1);
  if (!good) return false;
  if (!lua_isnil(L, -2)) {
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, ANCHORS);
  }
  lua_remove(L, -2);
  return true;
}

/* Pushes the first document's value, null when there is none. */
static bool read_document(lua_State *L, struct reader *r) {
  do {
    if (!next_event(r)) return false;
  } while (r->event.type == YAML_STREAM_START_EVENT);
  if (r->event.type == YAML_STREAM_END_EVENT) {
    lua_pushlightuserdata(L, NULL);
    return true;
  }
  return next_event(r) && read_node(L, r, 0);
}

static int yaml_decode(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_Integer max_size = bind_optinteger(L, 2, "max_size", MAX_SIZE);
  lua_Integer max_depth = bind_optinteger(L, 2, "max_depth", MAX_DEPTH);
  lua_Integer aliases = bind_optinteger(L, 2, "max_aliases", MAX_ALIASES);
  bool strings = bind_optbool(L, 2, "strings", false);
  bool lines = bind_optbool(L, 2, "lines", false);
  if (max_size >= 0 && size > (size_t)max_size)
    return bind_fail(L, "too-large",
                     "cannot decode yaml: %zu bytes are more than %lld", size,
                     (long long)max_size);
  lua_settop(L, 2);

  struct reader *r = bind_box(L, sizeof *r, READER);
  r->max_depth = max_depth;
  r->aliases_left = aliases;
  r->strings = strings;
  lua_newtable(L);
  if (lines)
    lua_newtable(L);
  else
    lua_pushnil(L);
  r->has_parser = yaml_parser_initialize(&r->parser) != 0;
  if (!r->has_parser) return luaL_error(L, "not enough memory");
  yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&r->parser, (const unsigned char *)text, size);

  bool good = read_document(L, r);
  release(r);
  if (good && lines) {
    lua_pushvalue(L, LINES);
    return 2;
  }
  if (good) return 1;
  lua_settop(L, ANCHORS);
  if (strcmp(r->code, "ENOMEM") == 0) return luaL_error(L, "not enough memory");
  return bind_fail(L, r->code, "cannot decode yaml: line %zu, column %zu: %s",
                   r->mark.line + 1, r->mark.column + 1, r->why);
}

/* is_string(text) -> boolean: may an unquoted scalar of this text only be a
 * string? */
static int yaml_is_string(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_pushboolean(L, scalar_resolve(text, size).kind == SCALAR_STRING);
  return 1;
}

static const luaL_Reg functions[] = {
    {"decode", yaml_decode}, {"is_string", yaml_is_string}, {NULL, NULL}};

int luaopen_host_yaml(lua_State *L) {
  luaL_newmetatable(L, READER); /* a box, never seen by Lua */
  lua_pushcfunction(L, reader_gc);
  lua_setfield(L, -2, "__gc");
  luaL_newmetatable(L, ARRAY);
  lua_pop(L, 1);
  return bind_module(L, functions);
}
