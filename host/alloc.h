/* SPDX-License-Identifier: Apache-2.0
 * Memory for a Lua state that lives for one event: small blocks are cut from
 * large pieces, given back to lists by size, and to the system by its end. */
#ifndef CHARMHOST_ALLOC_H
#define CHARMHOST_ALLOC_H

#include <lua.h>

/* A state on such memory; NULL when there is none. The memory stays the
 * program's after lua_close. */
lua_State *alloc_state(void);

#endif
