/* SPDX-License-Identifier: Apache-2.0
 * Signals by name ("TERM", "KILL"), as the bindings take and give them. */
#ifndef HOST_SIGNAME_H
#define HOST_SIGNAME_H

#include <lua.h>

/* The number of a name, with or without "SIG"; raises when unknown. */
int signame_check(lua_State *L, int idx);
/* Pushes the name; "SIG<number>" for one without. */
void signame_push(lua_State *L, int number);

#endif
