/* SPDX-License-Identifier: Apache-2.0
 * What the files of host.proc share: proc.c starts processes for Lua, with
 * proc_run.c running one to its end. */
#ifndef HOST_API_PROC_H
#define HOST_API_PROC_H

#include "proc_child.h"

#include <lua.h>

/* How the standard streams are joined: a word as in `spawn`, or NULL to take
 * the field of the options. */
struct proc_streams {
  const char *words[3];
  bool group; /* whatever the options say */
};

/* Starts what the options table at index 1 says. Pushes the Process and
 * returns 0 with `*ends` our ends of the pipes (NULL where there is none),
 * or pushes nil, message, code and returns 3. */
int proc_push(lua_State *L, const struct proc_streams *streams,
              struct child **child, int *ends[3]);
/* Pushes {code=} or {signal=}. */
void proc_push_end(lua_State *L, const struct child *child);
/* run{...}; and the class of what it holds on to */
int proc_run(lua_State *L);
void proc_run_class(lua_State *L);

#endif
