/* SPDX-License-Identifier: Apache-2.0
 * Values between Lua and PostgreSQL: a query's parameters, a result's rows.
 * Called by pq.c. Owns nothing that the collector does not free. */
#ifndef HOST_API_PQ_VALUES_H
#define HOST_API_PQ_VALUES_H

#include <libpq-fe.h>
#include <lua.h>

#define PQ_BYTES  "host.pq.bytes"
#define PQ_RESULT "host.pq.result"

/* The arrays PQsendQueryParams wants. They live in userdata and strings that
 * are left on the Lua stack: valid until the caller pops them. */
struct pq_params {
  int count;
  Oid *types;
  const char **values;
  int *lengths;
  int *formats;
};

/* A box: pq.c acquires into `pg`. */
struct pq_result {
  PGresult *pg;
  unsigned char *scratch;
};

/* Reads the sequence at idx (nil: none). Raises for what cannot be sent. */
struct pq_params pq_check_params(lua_State *L, int idx);
/* Pushes {rows=, columns=, affected=}. */
void pq_push_result(lua_State *L, struct pq_result *result);
int pq_result_gc(lua_State *L);

#endif
