/* SPDX-License-Identifier: Apache-2.0
 * Parameters go out as text whose type the server infers from where they
 * stand (bytea as binary); results come back by their type. See the header. */
#include "pq_values.h"

#include "../bind.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fixed numbers of the server's catalogue (pg_type). */
enum {
  OID_BOOL = 16,
  OID_BYTEA = 17,
  OID_INT8 = 20,
  OID_INT2 = 21,
  OID_INT4 = 23,
  OID_OID = 26,
  OID_FLOAT4 = 700,
  OID_FLOAT8 = 701,
};

enum { MAX_PARAMS = 65535 }; /* the protocol counts them in 16 bits */

int pq_result_gc(lua_State *L) {
  struct pq_result *result = luaL_checkudata(L, 1, PQ_RESULT);
  PQclear(result->pg);
  PQfreemem(result->scratch);
  result->pg = NULL;
  result->scratch = NULL;
  return 0;
}

static void push_float(lua_State *L, double number) {
  char text[32];
  if (isnan(number))
    lua_pushliteral(L, "NaN");
  else if (isinf(number))
    lua_pushstring(L, number > 0 ? "Infinity" : "-Infinity");
  else {
    snprintf(text, sizeof text, "%.17g", number);
    lua_pushstring(L, text);
  }
}

/* Replaces the value at the top by its text; false: it has none. */
static bool to_text(lua_State *L) {
  switch (lua_type(L, -1)) {
  case LUA_TSTRING:
    return strlen(lua_tostring(L, -1)) == lua_rawlen(L, -1);
  case LUA_TBOOLEAN:
    lua_pushstring(L, lua_toboolean(L, -1) ? "true" : "false");
    break;
  case LUA_TNUMBER:
    if (lua_isinteger(L, -1))
      lua_pushfstring(L, "%I", (LUAI_UACINT)lua_tointeger(L, -1));
    else
      push_float(L, lua_tonumber(L, -1));
    break;
  default:
    return false;
  }
  lua_remove(L, -2);
  return true;
}

/* Sets parameter i from the value at the top, which stays as its anchor. */
static void set_param(lua_State *L, struct pq_params *p, int i) {
  p->types[i] = 0;
  p->formats[i] = 0;
  p->lengths[i] = 0;
  p->values[i] = NULL;
  if (lua_islightuserdata(L, -1) && !lua_touserdata(L, -1)) return;
  if (luaL_testudata(L, -1, PQ_BYTES)) {
    lua_getiuservalue(L, -1, 1);
    lua_remove(L, -2);
    size_t size;
    p->values[i] = lua_tolstring(L, -1, &size);
    p->types[i] = OID_BYTEA;
    p->formats[i] = 1;
    p->lengths[i] = (int)size;
    return;
  }
  if (lua_type(L, -1) == LUA_TSTRING &&
      strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1))
    luaL_error(L, "parameter %d: a string with a NUL byte; send bytes", i + 1);
  if (!to_text(L))
    luaL_error(L, "parameter %d: %s cannot be sent", i + 1,
               luaL_typename(L, -1));
  p->values[i] = lua_tostring(L, -1);
}

static void *array(lua_State *L, int count, size_t size) {
  return lua_newuserdatauv(L, (size_t)count * size + 1, 0);
}

struct pq_params pq_check_params(lua_State *L, int idx) {
  struct pq_params p = {0, NULL, NULL, NULL, NULL};
  lua_Integer keys = 0;
  if (lua_isnoneornil(L, idx)) return p;
  luaL_checktype(L, idx, LUA_TTABLE);
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1))
    keys++;
  luaL_argcheck(L, keys == (lua_Integer)lua_rawlen(L, idx), idx,
                "parameters must be a sequence; use null for NULL");
  luaL_argcheck(L, keys <= MAX_PARAMS, idx, "more than 65535 parameters");
  luaL_checkstack(L, (int)keys + 8, "too many parameters");
  p.count = (int)keys;
  p.types = array(L, p.count, sizeof *p.types);
  p.values = array(L, p.count, sizeof *p.values);
  p.lengths = array(L, p.count, sizeof *p.lengths);
  p.formats = array(L, p.count, sizeof *p.formats);
  for (int i = 0; i < p.count; i++) {
    lua_rawgeti(L, idx, i + 1);
    set_param(L, &p, i);
  }
  return p;
}

static void push_bytes(lua_State *L, struct pq_result *result,
                       const char *text) {
  size_t size = 0;
  PQfreemem(result->scratch);
  result->scratch = PQunescapeBytea((const unsigned char *)text, &size);
  if (!result->scratch) luaL_error(L, "not enough memory");
  lua_pushlstring(L, (const char *)result->scratch, size);
}

static void push_value(lua_State *L, struct pq_result *result, int row,
                       int column) {
  const char *text = PQgetvalue(result->pg, row, column);
  if (PQgetisnull(result->pg, row, column)) {
    lua_pushlightuserdata(L, NULL);
    return;
  }
  switch (PQftype(result->pg, column)) {
  case OID_BOOL:
    lua_pushboolean(L, *text == 't');
    break;
  case OID_BYTEA:
    push_bytes(L, result, text);
    break;
  case OID_INT2:
  case OID_INT4:
  case OID_INT8:
  case OID_OID:
    lua_pushinteger(L, (lua_Integer)strtoll(text, NULL, 10));
    break;
  case OID_FLOAT4:
  case OID_FLOAT8:
    lua_pushnumber(L, strtod(text, NULL));
    break;
  default:
    lua_pushlstring(L, text, (size_t)PQgetlength(result->pg, row, column));
  }
}

/* Pushes one row, {name = value}; the names are in the table at `columns`. */
static void push_row(lua_State *L, struct pq_result *result, int columns,
                     int row) {
  int count = PQnfields(result->pg);
  lua_createtable(L, 0, count);
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, columns, i + 1);
    push_value(L, result, row, i);
    lua_rawset(L, -3);
  }
}

void pq_push_result(lua_State *L, struct pq_result *result) {
  int column_count = PQnfields(result->pg), row_count = PQntuples(result->pg);
  lua_createtable(L, 0, 3);
  lua_createtable(L, column_count, 0);
  int columns = lua_gettop(L);
  for (int i = 0; i < column_count; i++) {
    lua_pushstring(L, PQfname(result->pg, i));
    lua_rawseti(L, columns, i + 1);
  }
  lua_createtable(L, row_count, 0);
  for (int i = 0; i < row_count; i++) {
    push_row(L, result, columns, i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -3, "rows");
  lua_setfield(L, -2, "columns");
  const char *affected = PQcmdTuples(result->pg);
  lua_pushinteger(L, (lua_Integer)strtoll(affected, NULL, 10));
  lua_setfield(L, -2, "affected");
}
