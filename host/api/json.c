/* SPDX-License-Identifier: Apache-2.0
 * host.json: reads JSON text into Lua values, by jansson. Used by lua/std/
 * json.lua, which writes JSON too. A call owns one parsed tree, in a box that
 * the collector frees when a Lua error cuts the call short. */
#include "../bind.h"
#include "api.h"

#include <jansson.h>
#include <string.h>

#define TREE  "host.json.tree"
#define ARRAY "json.array"

enum { MAX_DEPTH = 200, MAX_SIZE = 64 * 1024 * 1024 };

struct tree {
  json_t *root;
};

static int tree_gc(lua_State *L) {
  struct tree *tree = luaL_checkudata(L, 1, TREE);
  json_decref(tree->root);
  tree->root = NULL;
  return 0;
}

/* How deep the tree is, counted up to limit + 1: a loop cannot be in it. */
static lua_Integer depth_of(json_t *value, lua_Integer limit) {
  lua_Integer deepest = 0;
  const char *key;
  json_t *item;
  size_t i;
  if (limit < 0 || !(json_is_object(value) || json_is_array(value))) return 0;
  json_array_foreach(value, i, item) {
    lua_Integer depth = depth_of(item, limit - 1);
    if (depth > deepest) deepest = depth;
  }
  json_object_foreach(value, key, item) {
    lua_Integer depth = depth_of(item, limit - 1);
    if (depth > deepest) deepest = depth;
  }
  return deepest + 1;
}

static void push_value(lua_State *L, json_t *value);

static void push_array(lua_State *L, json_t *array) {
  size_t i;
  json_t *item;
  lua_createtable(L, (int)json_array_size(array), 0);
  luaL_setmetatable(L, ARRAY);
  json_array_foreach(array, i, item) {
    push_value(L, item);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

static void push_object(lua_State *L, json_t *object) {
  const char *key;
  json_t *item;
  lua_createtable(L, 0, (int)json_object_size(object));
  json_object_foreach(object, key, item) {
    lua_pushstring(L, key);
    push_value(L, item);
    lua_rawset(L, -3);
  }
}

static void push_value(lua_State *L, json_t *value) {
  luaL_checkstack(L, 4, "json nested too deep");
  switch (json_typeof(value)) {
  case JSON_OBJECT:
    push_object(L, value);
    break;
  case JSON_ARRAY:
    push_array(L, value);
    break;
  case JSON_STRING:
    lua_pushlstring(L, json_string_value(value), json_string_length(value));
    break;
  case JSON_INTEGER:
    lua_pushinteger(L, (lua_Integer)json_integer_value(value));
    break;
  case JSON_REAL:
    lua_pushnumber(L, json_real_value(value));
    break;
  case JSON_NULL:
    lua_pushlightuserdata(L, NULL);
    break;
  default:
    lua_pushboolean(L, json_is_true(value));
  }
}

/* The parser quotes the text near the fault, which may be a secret: cut. */
static int push_fault(lua_State *L, json_error_t *fault) {
  char *near = strstr(fault->text, " near '");
  if (near) *near = '\0';
  return bind_fail(L, "syntax", "cannot decode json: line %d, column %d: %s",
                   fault->line, fault->column, fault->text);
}

static int json_decode(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size);
  lua_Integer max_depth = bind_optinteger(L, 2, "max_depth", MAX_DEPTH);
  lua_Integer max_size = bind_optinteger(L, 2, "max_size", MAX_SIZE);
  json_error_t fault;
  memset(&fault, 0, sizeof fault);
  if (max_size >= 0 && size > (size_t)max_size)
    return bind_fail(L, "too-large",
                     "cannot decode json: %zu bytes are more than %lld", size,
                     (long long)max_size);

  struct tree *tree = bind_box(L, sizeof *tree, TREE);
  tree->root = json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, &fault);
  if (!tree->root) return push_fault(L, &fault);
  if (depth_of(tree->root, max_depth) > max_depth)
    return bind_fail(L, "too-deep",
                     "cannot decode json: nested deeper than %lld levels",
                     (long long)max_depth);

  push_value(L, tree->root);
  json_decref(tree->root);
  tree->root = NULL;
  return 1;
}

static const luaL_Reg functions[] = {{"decode", json_decode}, {NULL, NULL}};

int luaopen_host_json(lua_State *L) {
  luaL_newmetatable(L, TREE); /* a box, never seen by Lua */
  lua_pushcfunction(L, tree_gc);
  lua_setfield(L, -2, "__gc");
  bind_module(L, functions);
  luaL_newmetatable(L, ARRAY);
  lua_setfield(L, -2, "array");
  return 1;
}
